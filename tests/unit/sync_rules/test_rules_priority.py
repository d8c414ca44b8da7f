"""R14: a priority MQL is an MQL with a flag, which both CRMs show in a field of our own."""

from __future__ import annotations

from tests.simulation.crm_rows import Row
from tests.simulation.world import REP, WORKFLOW
from tests.unit.sync_rules.desk import Desk

from leadpact.model.record import Native

HERE, THERE = "leadpact_priority", "leadpact_priority__c"


def an_mql() -> tuple[Desk, Row, Row]:
    """A lead at MQL in both CRMs, without any fast lane."""
    desk = Desk()
    contact = desk.contact(lifecyclestage="marketingqualifiedlead", leadpact_stage="mql")
    lead = desk.lead(Status="Open - Not Contacted", leadpact_stage__c="mql")
    desk.sync()
    return desk, contact, lead


def asked(desk: Desk) -> str:
    """The instant of a demo request right now, as the CRM keeps it."""
    return desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")


def flags(contact: Row, lead: Row) -> tuple[Native, Native]:
    return contact.fields[HERE], lead.fields[THERE]


def test_a_fast_lane_raises_the_flag_in_both_crms_with_the_stage() -> None:
    desk = Desk()
    contact, lead = desk.contact(lifecyclestage="lead"), desk.lead()
    desk.sync()
    assert flags(contact, lead) == (None, None)
    desk.put(contact, last_demo_request=asked(desk))
    desk.sync()
    assert desk.stage(contact).stage == "mql"
    assert flags(contact, lead) == ("true", True)
    desk.sync()
    assert desk.writes() == []


def test_a_lane_that_opens_at_mql_makes_it_a_priority_one() -> None:
    desk, contact, lead = an_mql()
    assert not desk.stage(contact).priority
    desk.put(contact, last_demo_request=asked(desk))
    desk.sync()
    assert (desk.stage(contact).stage, desk.stage(contact).priority) == ("mql", True)
    assert flags(contact, lead) == ("true", True)


def test_it_goes_down_when_sales_takes_the_lead() -> None:
    desk, contact, lead = an_mql()
    desk.put(contact, last_demo_request=asked(desk))
    desk.sync()
    desk.put(lead, REP, Status="Working - Contacted")
    desk.sync()
    assert desk.stage(contact).stage == "sal"
    assert flags(contact, lead) == ("false", False)
    desk.sync()
    assert desk.writes() == []


def test_a_lane_that_was_open_before_go_live_raises_nothing() -> None:
    desk = Desk()
    before = desk.world.now.replace(day=1).strftime("%Y-%m-%dT%H:%M:%SZ")
    contact = desk.contact(
        lifecyclestage="marketingqualifiedlead", leadpact_stage="mql", last_demo_request=before
    )
    lead = desk.lead(Status="Open - Not Contacted", leadpact_stage__c="mql")
    desk.sync()
    assert flags(contact, lead) == (None, None)


def test_what_somebody_sets_there_is_put_back_once_a_day_and_then_left() -> None:
    desk, contact, lead = an_mql()
    desk.put(contact, last_demo_request=asked(desk))
    desk.sync()
    desk.put(lead, WORKFLOW, leadpact_priority__c=False)
    desk.sync()
    assert flags(contact, lead) == ("true", True)
    for _again in range(3):
        desk.put(lead, WORKFLOW, leadpact_priority__c=False)
        desk.sync()
        assert flags(contact, lead) == ("true", False)
        assert desk.writes() == []
    desk.later(hours=25)
    desk.put(lead, WORKFLOW, leadpact_priority__c=False)
    desk.sync()
    assert flags(contact, lead) == ("true", True)


def test_without_the_field_the_stage_moves_all_the_same() -> None:
    desk = Desk()
    desk.world.hubspot.hidden = frozenset({HERE})
    contact, lead = desk.contact(lifecyclestage="lead"), desk.lead()
    desk.sync()
    desk.put(contact, last_demo_request=asked(desk))
    desk.sync()
    assert desk.stage(contact).stage == "mql"
    assert flags(contact, lead) == (None, True)


def test_a_record_made_for_a_priority_mql_bears_the_flag() -> None:
    desk = Desk()
    contact = desk.contact(lifecyclestage="lead")
    desk.sync()
    desk.put(contact, last_demo_request=asked(desk))
    desk.sync()
    (lead,) = desk.world.salesforce.live()
    assert (lead.fields["leadpact_stage__c"], lead.fields[THERE]) == ("mql", True)
