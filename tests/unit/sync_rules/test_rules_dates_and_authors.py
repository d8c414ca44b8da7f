"""R6 and R12: since when an adopted stage stands, and who really said it, from the CRMs' own history."""

from __future__ import annotations

from datetime import timedelta

from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import OPEN, WORKING
from tests.simulation.world import REP, START, WORKFLOW
from tests.unit.sync_rules.desk import Desk

from leadpact.model.record import SINCE
from leadpact.sync.effects import Observe

MQL = "marketingqualifiedlead"


class TestStageDates:
    """R6: equal is adopted, dated from the CRMs' own stage dates."""

    def test_the_crms_own_date_counts_not_the_first_sync(self) -> None:
        desk = Desk()
        contact = desk.contact()
        desk.put(contact, lifecyclestage=MQL)
        at = desk.world.now
        desk.later(days=40)
        desk.lead()
        desk.sync()
        stage = desk.stage(contact)
        assert (stage.stage, stage.since, stage.since_approximate) == ("mql", at, False)
        assert [result for result, _why in desk.told(contact)] == ["adopted"]

    def test_a_sure_date_goes_before_one_that_leaves_the_deciding_value_undated(self) -> None:
        desk = Desk()
        desk.world.salesforce.tracked = True
        contact = desk.contact()
        desk.put(contact, lifecyclestage="lead", hs_lead_status="BAD_TIMING")
        desk.later(days=9)
        lead = desk.lead()
        desk.put(lead, Status="Closed - Not Converted")
        at = desk.world.now
        desk.later(days=9)
        desk.sync()
        # HubSpot dates the lifecycle stage, not the lead status which says that the lead was rejected.
        stage = desk.stage(contact)
        assert (stage.stage, stage.since, stage.since_approximate) == ("recycled", at, False)

    def test_of_two_sure_dates_the_earlier_counts(self) -> None:
        desk = Desk()
        desk.world.salesforce.tracked = True
        contact, lead = desk.contact(), desk.lead()
        desk.put(contact, lifecyclestage="salesqualifiedlead")
        at = desk.world.now
        desk.later(days=9)
        desk.put(lead, Status=WORKING)
        desk.sync()
        stage = desk.stage(contact)
        assert (stage.stage, stage.since, stage.since_approximate) == ("sql", at, False)

    def test_a_value_that_an_earlier_stage_shares_is_only_a_bound(self) -> None:
        desk = Desk(("salesforce",))
        lead = desk.lead()
        desk.later(days=3)
        desk.sync()
        stage = desk.stage(lead)
        assert (stage.since, stage.since_approximate) == (START, True)

    def test_tracked_history_dates_the_status(self) -> None:
        desk = Desk(("salesforce",))
        desk.world.salesforce.tracked = True
        lead = desk.lead()
        desk.put(lead, Status=WORKING)
        at = desk.world.now
        desk.later(days=3)
        desk.put(lead, City="Oslo")
        desk.sync()
        assert desk.stage(lead).since == at

    def test_where_no_crm_has_a_date_the_first_look_counts_and_is_marked(self) -> None:
        desk = Desk(("salesforce",))
        lead = desk.lead()
        desk.put(lead, Status=WORKING)
        desk.later(days=3)
        desk.sync()
        stage = desk.stage(lead)
        assert stage.since_approximate
        assert desk.world.now - stage.since < timedelta(minutes=1)

    def test_a_stage_that_a_person_chose_is_dated_by_the_choice(self) -> None:
        desk = Desk()
        contact = desk.contact(lifecyclestage="salesqualifiedlead")
        desk.lead(Status=OPEN)
        desk.sync()
        desk.later(days=2)
        desk.answer(contact, "stages_differ", "take:hubspot")
        desk.sync()
        stage = desk.stage(contact)
        assert not stage.since_approximate
        assert desk.world.now - stage.since < timedelta(minutes=1)

    def test_dates_are_asked_with_the_first_reading_alone(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(lifecyclestage=MQL), desk.lead()
        desk.sync()
        assert dated(desk) == {"hubspot", "salesforce"}
        assert len([one for one in desk.effects if isinstance(one, Observe)]) <= 4
        desk.put(contact, city="Oslo")
        desk.put(lead, Title="VP")
        desk.sync()
        assert dated(desk) == set()

    def test_dates_are_no_values_of_the_record(self) -> None:
        desk = Desk()
        desk.contact(lifecyclestage=MQL)
        desk.lead()
        desk.slow = timedelta(seconds=3)
        desk.sync()
        assert desk.writes(), "a row read again without its dates has not moved"


def dated(desk: Desk) -> set[str]:
    """CRMs that were asked for stage dates in the last cycle."""
    return {
        one.crm
        for one in desk.effects
        if isinstance(one, Observe) and any(name.startswith(SINCE) for name in one.fields)
    }


def agreed() -> tuple[Desk, Row, Row]:
    """An MQL that both CRMs know."""
    desk = Desk()
    contact, lead = desk.contact(lifecyclestage=MQL), desk.lead()
    for _until_settled in range(2):
        desk.sync()
    assert desk.stage(contact).stage == "mql"
    return desk, contact, lead


class TestWhoSaidIt:
    """R12: the author of the field, not who touched the record last."""

    def test_tracked_history_names_the_author_behind_a_later_touch(self) -> None:
        desk, _contact, lead = agreed()
        desk.world.salesforce.tracked = True
        desk.put(lead, REP, Status=WORKING)
        desk.put(lead, WORKFLOW, City="Oslo")
        desk.sync()
        assert desk.stage(lead).stage == "sal"
        assert actor(desk, lead) == f"sales ({REP})"

    def test_without_it_the_last_to_touch_the_record_is_taken_and_marked(self) -> None:
        desk, _contact, lead = agreed()
        desk.put(lead, REP, Status=WORKING)
        desk.put(lead, WORKFLOW, City="Oslo")
        desk.sync()
        assert desk.stage(lead).stage == "mql", "an automation alone moves nobody"
        assert actor(desk, lead) == f"automation ({WORKFLOW}, who changed the record last)"

    def test_our_own_touch_in_tracked_history_is_ours(self) -> None:
        desk, _contact, lead = agreed()
        desk.world.salesforce.tracked = True
        told = desk.told(lead)
        desk.put(lead, WORKFLOW, City="Oslo")
        desk.sync()
        desk.sync()
        assert desk.told(lead) == told


def actor(desk: Desk, row: Row) -> str:
    """Who is named in the newest line of a lead's stage history."""
    return desk.store.transitions(desk.link(row).id)[-1].actor
