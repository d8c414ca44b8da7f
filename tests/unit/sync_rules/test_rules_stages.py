"""R11-R14 and R16 through the engine: who is heard, what is written back, what is left to a person."""

from __future__ import annotations

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import MARKETER, REP, WORKFLOW
from tests.unit.sync_rules.desk import BANT, Desk

from leadpact.model.record import Author
from leadpact.sync.effects import ReadHistory

OPEN, WORKING, REJECTED = "Open - Not Contacted", "Working - Contacted", "Closed - Not Converted"
STAGE = "lifecyclestage"


def agreed(stage: str = "mql") -> tuple[Desk, Row, Row]:
    """A lead at this stage in both CRMs."""
    native = {"lead": "lead", "mql": "marketingqualifiedlead", "sql": "salesqualifiedlead"}[stage]
    desk = Desk()
    contact = desk.contact(lifecyclestage=native, leadpact_stage=stage)
    lead = desk.lead(Status=WORKING if stage == "sql" else OPEN, leadpact_stage__c=stage)
    desk.sync()
    assert desk.stage(contact).stage == stage
    return desk, contact, lead


class TestBothAssert:
    """R11."""

    @pytest.mark.parametrize("order", [("hubspot", "salesforce"), ("salesforce", "hubspot")])
    def test_the_strongest_wins_and_the_loser_is_recorded_as_overtaken(
        self, order: tuple[str, ...]
    ) -> None:
        desk, contact, lead = agreed()
        desk.names = order
        desk.put(contact, hs_lead_status="UNQUALIFIED", leadpact_rejection_reason="competitor")
        desk.put(lead, Status=WORKING)
        desk.sync()
        assert desk.stage(contact).stage == "disqualified"
        assert ("overtaken", "Overtaken: marketing (HubSpot) rejected: Competitor.") in desk.told(
            contact
        )
        desk.sync()
        assert lead.fields["Status"] == REJECTED
        assert desk.writes() == []

    def test_two_different_of_equal_rank_are_held_and_nothing_is_written(self) -> None:
        desk, contact, lead = agreed()
        person = Author("person", "u-rae", "Sales")
        desk.put(contact, person, lifecyclestage="salesqualifiedlead", **BANT)
        desk.put(lead, leadpact_stage__c="sal")
        desk.sync()
        assert "equal_rank" in desk.holds(contact)
        assert desk.stage(contact).stage == "mql"
        assert contact.fields[STAGE] == "salesqualifiedlead"
        assert lead.fields["leadpact_stage__c"] == "sal"
        desk.answer(contact, "equal_rank", "set:sal")
        desk.sync()
        assert desk.stage(contact).stage == "sal"
        assert contact.fields["leadpact_stage"] == lead.fields["leadpact_stage__c"] == "sal"


class TestActor:
    """R12."""

    def test_the_author_is_asked_only_where_a_stage_differs(self) -> None:
        desk, contact, lead = agreed()
        desk.put(contact, city="Oslo")
        desk.put(lead, Title="VP")
        desk.sync()
        assert not any(isinstance(one, ReadHistory) for one in desk.effects)
        # What this cycle wrote is looked up once by the next (R7).
        desk.sync()
        desk.put(lead, Status=WORKING)
        desk.sync()
        asked = [one for one in desk.effects if isinstance(one, ReadHistory)]
        assert [(one.crm, one.ids, one.fields) for one in asked] == [
            ("salesforce", (lead.ref.id,), ("Status",))
        ]

    def test_an_editing_persons_team_goes_before_the_crms_own(self) -> None:
        desk, contact, _lead = agreed()
        desk.put(contact, REP, lifecyclestage="salesqualifiedlead", **BANT)
        desk.sync()
        assert desk.stage(contact).stage == "sql"
        desk, contact, _lead = agreed()
        desk.put(contact, MARKETER, lifecyclestage="salesqualifiedlead")
        desk.sync()
        assert desk.stage(contact).stage == "mql"

    def test_an_automation_alone_is_refused_and_believed_with_an_opportunity(self) -> None:
        desk, _contact, lead = agreed()
        desk.put(lead, WORKFLOW, leadpact_stage__c="sql")
        desk.sync()
        assert desk.stage(lead).stage == "mql"
        assert "opportunity" in desk.told(lead)[-1][1]
        contact = desk.world.salesforce.convert(
            lead, WORKFLOW, into=None, deal=True, carry_ours=True
        )
        desk.sync()
        assert desk.stage(contact).stage == "opportunity"


class TestNoWars:
    """R13."""

    def test_a_refused_value_is_put_back_once_and_told(self) -> None:
        desk, contact, _lead = agreed()
        desk.put(contact, lifecyclestage="salesqualifiedlead")
        desk.sync()
        assert contact.fields[STAGE] == "marketingqualifiedlead"
        assert "Marketing (HubSpot) may not move" in str(contact.fields["leadpact_stage_reason"])
        assert desk.told(contact)[-1][0] == "refused"

    def test_back_within_24_hours_it_is_contested_and_never_written_again(self) -> None:
        desk, contact, lead = agreed()
        desk.put(contact, WORKFLOW, lifecyclestage="salesqualifiedlead")
        desk.sync()
        desk.later(hours=20)
        desk.put(contact, WORKFLOW, lifecyclestage="salesqualifiedlead")
        desk.sync()
        hold = desk.holds(contact)["contested"]
        assert "workflow:wf-7" in hold.why
        for _again in range(3):
            desk.later(days=2)
            desk.put(contact, WORKFLOW, lifecyclestage="salesqualifiedlead")
            desk.sync()
            assert desk.written(STAGE, "leadpact_stage", "leadpact_stage_reason") == []
        assert contact.fields[STAGE] == "salesqualifiedlead"
        assert lead.fields["leadpact_stage__c"] == "mql"

    def test_also_after_somebody_had_put_it_right_by_hand(self) -> None:
        desk, contact, _lead = agreed()
        for _time in range(2):
            desk.put(contact, WORKFLOW, lifecyclestage="salesqualifiedlead")
            desk.sync()
        desk.put(contact, lifecyclestage="marketingqualifiedlead")
        desk.sync()
        assert desk.holds(contact) == {}
        desk.later(days=3)
        desk.put(contact, WORKFLOW, lifecyclestage="salesqualifiedlead")
        desk.sync()
        assert desk.written(STAGE) == []
        assert "contested" in desk.holds(contact)

    def test_another_refused_value_within_24_hours_is_not_written_back_either(self) -> None:
        desk, contact, _lead = agreed()
        desk.put(contact, lifecyclestage="salesqualifiedlead")
        desk.sync()
        desk.put(contact, lifecyclestage="opportunity")
        desk.sync()
        assert desk.written(STAGE) == []
        assert "contested" in desk.holds(contact)

    def test_the_third_time_in_an_episode_is_contested(self) -> None:
        desk, contact, _lead = agreed()
        for _time in range(2):
            desk.put(contact, lifecyclestage="salesqualifiedlead")
            desk.sync()
            assert contact.fields[STAGE] == "marketingqualifiedlead"
            desk.later(hours=25)
        desk.put(contact, lifecyclestage="salesqualifiedlead")
        desk.sync()
        assert "contested" in desk.holds(contact)
        assert contact.fields[STAGE] == "salesqualifiedlead"

    def test_an_answer_ends_it(self) -> None:
        desk, contact, _lead = agreed()
        for _time in range(2):
            desk.put(contact, lifecyclestage="salesqualifiedlead")
            desk.sync()
        desk.answer(contact, "contested", "refuse")
        desk.sync()
        assert contact.fields[STAGE] == "marketingqualifiedlead"
        assert desk.holds(contact) == {}

    def test_other_fields_of_a_contested_record_go_on(self) -> None:
        desk, contact, lead = agreed()
        for _time in range(2):
            desk.put(contact, lifecyclestage="salesqualifiedlead")
            desk.sync()
        desk.put(lead, City="Oslo")
        desk.sync()
        assert contact.fields["city"] == "Oslo"
        assert "contested" in desk.holds(contact)


class TestProjection:
    """R14."""

    def test_a_shared_status_asserts_only_when_somebody_changed_it(self) -> None:
        desk, contact, lead = agreed("sql")
        desk.put(contact, REP, leadpact_stage="opportunity")
        desk.sync()
        told = desk.told(contact)
        desk.put(lead, Title="VP")
        desk.sync()
        # Status says sal..customer all the time; nobody changed it, so it says nothing.
        assert desk.told(contact) == told
        assert desk.stage(contact).stage == desk.stage(lead).stage

    def test_and_then_the_nearest_stage_that_is_allowed(self) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, Status=WORKING)
        desk.sync()
        assert desk.stage(contact).stage == "sal"
        assert contact.fields[STAGE] == "marketingqualifiedlead"
        assert contact.fields["hs_lead_status"] == "IN_PROGRESS"


class TestRejection:
    """R16."""

    def test_without_a_reason_it_is_recycled_and_the_reason_is_owed(self) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, Status=REJECTED)
        desk.sync()
        state = desk.stage(contact)
        assert (state.stage, state.reason, state.reason_owed) == ("recycled", "", True)
        assert "owed" in str(lead.fields["leadpact_stage_reason__c"])
        assert contact.fields["leadpact_stage"] == "recycled"
        desk.put(lead, leadpact_rejection_reason__c="no_budget")
        desk.sync()
        state = desk.stage(contact)
        assert (state.stage, state.reason, state.reason_owed) == ("recycled", "no_budget", False)
        assert contact.fields["leadpact_rejection_reason"] == "no_budget"

    def test_a_conversion_without_opportunity_is_an_sql_with_the_steps_between_implied(
        self,
    ) -> None:
        desk, contact, lead = agreed()
        converted = desk.world.salesforce.convert(lead, REP, into=None, deal=False, carry_ours=True)
        desk.sync()
        assert desk.stage(contact).stage == "sql"
        assert desk.link(converted).id == desk.link(contact).id
        last = desk.store.transitions(desk.link(contact).id)[-2:]
        assert [(one.result, one.to_stage) for one in last] == [
            ("implied", "sal"),
            ("accepted", "sql"),
        ]
        assert last[0].at == last[1].at


def test_the_same_word_in_another_field_after_the_answer_is_told() -> None:
    """It is answered with the rest, not lost: the lead's history says so (R11, R13)."""
    desk, contact, _lead = agreed()
    for _time in range(2):
        desk.put(contact, lifecyclestage="customer")
        desk.sync()
    desk.answer(contact, "contested", "refuse")
    desk.put(contact, leadpact_stage="customer")
    desk.sync()
    assert contact.fields["leadpact_stage"] == "mql"
    told = ("overtaken", "A person has answered in review: MQL stands.")
    assert told in desk.told(contact)
