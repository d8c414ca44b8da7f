"""S28, R11, R36: a disqualifier of the agreement beats everything but an opportunity, and people."""

from __future__ import annotations

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import MARKETER, REP
from tests.unit.sync_rules.desk import Desk

RIVAL = "ann@mail.rival.example"
NATIVE = {
    "lead": ("lead", "Open - Not Contacted"),
    "mql": ("marketingqualifiedlead", "Open - Not Contacted"),
    "sql": ("salesqualifiedlead", "Working - Contacted"),
    "customer": ("customer", "Working - Contacted"),
}


def rival(stage: str = "lead") -> tuple[Desk, Row, Row]:
    """A competitor's person who was there before the agreement took effect."""
    desk = Desk()
    native, status = NATIVE[stage]
    contact = desk.contact(email=RIVAL, lifecyclestage=native, leadpact_stage=stage)
    lead = desk.lead(Email=RIVAL, Status=status, leadpact_stage__c=stage)
    for row in (contact, lead):
        row.created = row.created.replace(year=2025)
    desk.sync()
    assert desk.stage(contact).stage == stage
    return desk, contact, lead


def acts(desk: Desk, contact: Row) -> None:
    now = desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    desk.put(contact, last_demo_request=now)
    desk.sync()


def test_adopting_moves_nobody() -> None:
    desk, contact, lead = rival()
    assert [result for result, _why in desk.told(contact)] == ["adopted"]
    assert lead.fields["Status"] == "Open - Not Contacted"


@pytest.mark.parametrize("stage", ["lead", "mql", "sql"])
def test_an_act_after_go_live_disqualifies_with_the_reason_in_both_crms(stage: str) -> None:
    desk, contact, lead = rival(stage)
    acts(desk, contact)
    state = desk.stage(contact)
    assert (state.stage, state.reason, state.reason_owed) == ("disqualified", "competitor", False)
    assert not state.priority
    assert state.why == "A rule of the agreement disqualifies it: Works for a competitor."
    assert contact.fields["hs_lead_status"] == "UNQUALIFIED"
    assert contact.fields["leadpact_rejection_reason"] == "competitor"
    assert lead.fields["Status"] == "Closed - Not Converted"
    assert lead.fields["leadpact_rejection_reason__c"] == "competitor"
    assert lead.fields["leadpact_stage_reason__c"] == state.why
    desk.sync()
    assert desk.writes() == []


def test_somebody_new_from_a_competitor_is_out_at_once() -> None:
    desk = Desk()
    contact = desk.contact(email=RIVAL, lifecyclestage="lead")
    desk.sync()
    assert desk.stage(contact).stage == "disqualified"
    assert desk.world.salesforce.live() == []


def test_a_customer_is_never_moved() -> None:
    desk, contact, _lead = rival("customer")
    acts(desk, contact)
    assert desk.stage(contact).stage == "customer"
    assert all(result != "refused" for result, _why in desk.told(contact))


def test_an_open_opportunity_stands_above_it() -> None:
    desk, contact, lead = rival()
    desk.world.salesforce.convert(lead, REP, into=None, deal=True, carry_ours=True)
    acts(desk, contact)
    assert desk.stage(contact).stage == "opportunity"


def test_it_beats_what_a_rep_says_in_the_same_cycle() -> None:
    desk, contact, lead = rival("mql")
    desk.put(lead, REP, Status="Working - Contacted")
    acts(desk, contact)
    assert desk.stage(contact).stage == "disqualified"
    assert any(result == "overtaken" for result, _why in desk.told(contact))
    desk.sync()
    assert lead.fields["Status"] == "Closed - Not Converted"


def test_whom_a_person_took_back_it_leaves_alone() -> None:
    desk, contact, _lead = rival()
    acts(desk, contact)
    for _twice in range(2):
        desk.put(contact, MARKETER, leadpact_stage="lead")
        desk.sync()
    desk.answer(contact, "contested", "set:lead")
    desk.sync()
    assert desk.stage(contact).stage == "lead"
    acts(desk, contact)
    assert desk.stage(contact).stage == "lead"
    assert contact.fields["leadpact_stage"] == "lead"
