"""R6 and R30: first sight has no base, nothing is written before approval, and what may be made."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.simulation.crm_hubspot import CONTACTS
from tests.simulation.world import START
from tests.unit.sync_rules.desk import Desk

from leadpact.sync.context import Limits
from leadpact.sync.effects import Effect, FindMatches, Write

FAST_LANE = (START + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class TestFirstSight:
    """R6."""

    @pytest.mark.parametrize("page", [1, 3])
    def test_who_is_found_in_both_crms_is_looked_at_once(self, page: int) -> None:
        """Each person is on the list twice, once for each record, and mostly on different pages."""
        desk = Desk()
        for number in range(8):
            desk.contact(email=f"p{number}@acme.example", city="Oslo")
            desk.lead(Email=f"p{number}@acme.example")
        report = desk.sync(limits=Limits(page=page, lifted=True))
        assert (report.counts["leads"], report.counts["unchanged"]) == (8, 0)
        assert report.counts["written"] == 16

    def test_nothing_is_written_before_the_first_plan_is_approved(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(city="Oslo"), desk.lead()
        desk.contact(email="only@hubspot.example", lifecyclestage="marketingqualifiedlead")
        report = desk.sync(approved=False)
        assert (report.status, report.exit_code) == ("needs_approval", 6)
        assert report.counts["planned_writes"] > 0
        assert desk.writes() == []
        assert lead.fields["City"] is None
        assert contact.fields["leadpact_stage"] is None
        assert desk.link(contact).base == {}
        plan = desk.store.plan(report.plan_id)
        assert plan is not None
        assert (plan.kind, plan.status) == ("first_sync", "proposed")

    def test_nor_by_a_plan_that_is_only_asked_for(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(city="Oslo"), desk.lead()
        desk.sync(dry=True)
        assert desk.writes() == []
        assert desk.link(contact).base == {}
        assert lead.fields["City"] is None

    def test_a_plan_that_was_outgrown_is_made_anew(self) -> None:
        desk = Desk()
        desk.contact(email="one@acme.example")
        desk.sync(dry=True)
        for number in range(60):
            desk.contact(email=f"late{number}@acme.example")
        report = desk.sync(limits=Limits(lifted=True, approved=1))
        assert (report.status, report.exit_code, desk.writes()) == ("needs_approval", 6, [])
        assert "61 records are due now, against 1 when" in report.note
        plan = desk.store.plan(report.plan_id)
        assert plan is not None
        assert (plan.status, plan.counts["due"], plan.counts["leads"]) == ("proposed", 61, 61)
        report = desk.sync(limits=Limits(lifted=True, approved=61))
        assert report.status == "done"
        assert desk.writes()

    @pytest.mark.parametrize(("seen", "due"), [(0, 50), (10, 62), (1000, 1250)])
    def test_a_fifth_and_fifty_more_is_what_a_plan_bears(self, seen: int, due: int) -> None:
        limits = Limits(lifted=True, approved=seen)
        assert not limits.outgrown(due)
        assert limits.outgrown(due + 1)
        assert not Limits(lifted=True).outgrown(10**9)

    def test_equal_values_are_adopted_without_a_write(self) -> None:
        desk = Desk()
        contact = desk.contact(city="Oslo")
        desk.lead(City="Oslo")
        report = desk.sync()
        assert desk.link(contact).base["city"] == "Oslo"
        assert desk.written("city", "City", "firstname", "FirstName") == []
        assert [result for result, _why in desk.told(contact)] == ["adopted"]
        assert report.counts["stage_moves"] == 0

    def test_a_blank_is_filled_from_the_other_side(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(city="Oslo", jobtitle=None), desk.lead(Title="VP")
        desk.sync()
        assert (lead.fields["City"], contact.fields["jobtitle"]) == ("Oslo", "VP")

    def test_different_values_follow_the_fields_initial_policy(self) -> None:
        desk = Desk()
        contact = desk.contact(city="Oslo")
        lead = desk.lead(City="Bergen", Email="ANN@acme.example")
        desk.sync()
        assert contact.fields["city"] == lead.fields["City"] == "Bergen"
        assert contact.fields["email"] == "ann@acme.example"

    def test_different_stages_are_held_and_left_as_they_stand(self) -> None:
        desk = Desk()
        contact = desk.contact(lifecyclestage="salesqualifiedlead")
        lead = desk.lead(Status="Open - Not Contacted")
        report = desk.sync()
        assert "stages_differ" in desk.holds(contact)
        assert desk.link(contact).stage is None
        assert contact.fields["lifecyclestage"] == "salesqualifiedlead"
        assert lead.fields["Status"] == "Open - Not Contacted"
        assert desk.written("leadpact_stage", "leadpact_stage__c", "lifecyclestage") == []
        assert report.exit_code == 1
        desk.answer(contact, "stages_differ", "take:hubspot")
        desk.sync()
        assert desk.stage(contact).stage == "sql"
        assert lead.fields["Status"] == "Working - Contacted"

    @pytest.mark.parametrize(
        ("shown", "stage", "reason"),
        [
            ({"lifecyclestage": "lead", "hs_lead_status": "BAD_TIMING"}, "recycled", "no_budget"),
            ({"hs_lead_status": "UNQUALIFIED"}, "disqualified", "competitor"),
        ],
    )
    def test_a_rejection_from_before_owes_no_reason(
        self, shown: dict[str, str], stage: str, reason: str
    ) -> None:
        desk = Desk()
        contact, lead = desk.contact(**shown), desk.lead(Status="Closed - Not Converted")
        desk.sync()
        state = desk.stage(contact)
        assert (state.stage, state.reason, state.reason_owed) == (stage, "", False)
        assert (list(desk.store.owing(10)), desk.holds(contact)) == ([], {})
        assert "owed" not in str(lead.fields["leadpact_stage_reason__c"])
        desk.put(lead, leadpact_rejection_reason__c=reason)
        desk.sync()
        assert (desk.stage(contact).stage, desk.stage(contact).reason) == (stage, reason)
        assert desk.told(contact)[-1] == ("accepted", "a reason was given")
        assert contact.fields["leadpact_rejection_reason"] == reason

    @pytest.mark.parametrize("contact_out", [True, False])
    def test_consent_that_differs_at_first_sight_is_held(self, contact_out: bool) -> None:
        desk = Desk()
        contact = desk.contact(hs_email_optout=contact_out)
        lead = desk.lead(HasOptedOutOfEmail=not contact_out)
        desk.sync()
        assert [one.field for one in desk.holds(contact).values()] == ["email_opt_out"]
        assert lead.fields["HasOptedOutOfEmail"] is not contact_out

    def test_an_opt_out_after_that_goes_to_the_other_side(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.put(contact, hs_email_optout=True)
        desk.sync()
        assert lead.fields["HasOptedOutOfEmail"] is True

    def test_a_lead_seen_first_in_both_at_once_gets_no_second_record(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(lifecyclestage="marketingqualifiedlead"), desk.lead()
        desk.sync()
        assert desk.link(contact).id == desk.link(lead).id
        assert len(desk.world.salesforce.rows) == len(desk.world.hubspot.rows) == 1


class TestCreation:
    """R30."""

    def due(self, **fields: str) -> Desk:
        """A contact that asked for a demo: a Salesforce Lead is due."""
        desk = Desk()
        desk.world.now = START + timedelta(hours=2)
        desk.contact(last_demo_request=FAST_LANE, jobtitle="director", **fields)
        return desk

    def made(self, desk: Desk, crm: str = "salesforce") -> int:
        return sum(row.made_by_us for row in desk.world.crms[crm].rows.values())

    def test_a_lead_is_made_from_mql_on_and_once(self) -> None:
        desk = self.due()
        desk.sync()
        assert self.made(desk) == 1
        (lead,) = desk.world.salesforce.live("Lead")
        assert lead.fields["leadpact_stage__c"] == "mql"
        assert lead.fields["Email"] == "ann@acme.example"
        desk.sync()
        assert self.made(desk) == 1

    def test_below_mql_none_is_made(self) -> None:
        desk = Desk()
        desk.contact()
        desk.sync()
        assert self.made(desk) == 0

    def test_none_is_made_before_the_first_plan_is_approved(self) -> None:
        desk = self.due()
        desk.sync(approved=False)
        assert self.made(desk) == 0
        assert not any(isinstance(one, Write) for one in desk.effects)

    def test_none_for_who_opted_out(self) -> None:
        desk = self.due(hs_email_optout="true")
        desk.sync()
        assert self.made(desk) == 0

    def test_none_without_an_address_and_none_without_the_required_fields(self) -> None:
        desk = self.due(email="")
        desk.sync()
        assert self.made(desk) == 0
        desk = self.due(company="")
        desk.sync()
        assert self.made(desk) == 0
        (contact,) = desk.world.hubspot.rows.values()
        assert "company" in desk.holds(contact)["creation_lacks_fields"].why

    def test_none_where_a_person_must_decide_something_first(self) -> None:
        desk = self.due(lifecyclestage="other")
        desk.sync()
        assert self.made(desk) == 0

    def test_it_looks_once_more_right_before_making(self) -> None:
        desk = self.due()
        looks: list[Effect] = []

        def types(effect: Effect) -> None:
            if isinstance(effect, FindMatches) and effect.crm == "salesforce":
                looks.append(effect)
                if effect.kind == "Lead" and sum(e.kind == "Lead" for e in looks) == 2:  # type: ignore[union-attr]
                    desk.lead()

        desk.before = types
        desk.sync()
        assert self.made(desk) == 0
        (lead,) = desk.world.salesforce.live("Lead")
        (contact,) = desk.world.hubspot.rows.values()
        assert desk.link(lead).id == desk.link(contact).id

    @pytest.mark.parametrize("found", ["Contact", "converted Lead"])
    def test_none_where_anybody_there_has_the_address(self, found: str) -> None:
        desk = self.due()
        lead = desk.lead()
        if found == "Contact":
            desk.world.salesforce.convert(lead, lead.author, into=None, deal=False, carry_ours=True)
            desk.world.salesforce.rows.pop(lead.ref)
        else:
            contact = desk.world.salesforce.convert(
                lead, lead.author, into=None, deal=False, carry_ours=True
            )
            contact.fields["Email"] = "other@acme.example"
        desk.sync()
        assert self.made(desk) == 0

    def test_a_contact_only_for_records_made_after_go_live(self) -> None:
        desk = Desk()
        desk.go_live = START + timedelta(days=1)
        desk.lead()
        desk.sync()
        assert self.made(desk, "hubspot") == 0
        desk.later(days=2)
        desk.lead(Email="ben@acme.example", LastName="Poe")
        desk.sync()
        (contact,) = desk.world.hubspot.live(CONTACTS)
        assert contact.fields["email"] == "ben@acme.example"

    def test_creations_over_the_cap_wait_for_approval(self) -> None:
        desk = Desk()
        for number in range(51):
            desk.contact(email=f"p{number}@acme.example", lifecyclestage="marketingqualifiedlead")
        report = desk.sync(limits=Limits())
        assert report.status == "needs_approval"
        assert "50 records to create" in report.note
        assert self.made(desk) == 0

    def test_after_a_lost_answer_no_second_one_is_made(self) -> None:
        desk = self.due()
        sent: list[Effect] = []

        def after_making(effect: Effect) -> bool:
            seen = bool(sent)
            made = isinstance(effect, Write) and effect.crm == "salesforce"
            sent.extend([effect] if made else [])
            return seen

        desk.killed(after_making)
        assert self.made(desk) == 1
        desk.sync()
        assert self.made(desk) == 1
        (lead,) = desk.world.salesforce.live("Lead")
        (contact,) = desk.world.hubspot.rows.values()
        assert desk.link(lead).id == desk.link(contact).id
