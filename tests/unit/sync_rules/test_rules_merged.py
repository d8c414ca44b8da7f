"""R25 through the engine: two people who are one, because somebody merged them in a CRM."""

from __future__ import annotations

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import OPEN, REJECTED, WORKING
from tests.simulation.world import MARKETER, REP
from tests.unit.sync_rules.desk import Desk

from leadpact.model.record import ChangePage, Native
from leadpact.sync.context import Limits
from leadpact.sync.effects import Commit, Effect, Write

HOME = "ann.doe@home.example"
SQL = "salesqualifiedlead"


class Twice:
    """Ann, twice in both CRMs, each linked to her other self."""

    def __init__(
        self,
        one: dict[str, Native] | None = None,
        other: dict[str, Native] | None = None,
        leads: tuple[str, str] = (OPEN, OPEN),
        **lead: Native,
    ) -> None:
        self.desk = Desk()
        self.contacts = [
            self.desk.contact(**(one or {})),
            self.desk.contact(email=HOME, **(other or {})),
        ]
        self.leads = [
            self.desk.lead(Status=leads[0], **lead),
            self.desk.lead(Email=HOME, Status=leads[1]),
        ]
        self.desk.sync()
        assert self.desk.link(self.leads[0]).id != self.desk.link(self.leads[1]).id

    def in_hubspot(self, first: int = 0) -> Row:
        merged = self.desk.world.hubspot.merge(
            self.contacts[first], self.contacts[1 - first], MARKETER
        )
        self.desk.sync()
        return merged

    def standing(self) -> Row:
        """The Lead that is written."""
        link_id = self.desk.link(self.leads[0]).id
        sides = self.desk.store.sides([link_id])[link_id]
        return next(
            row
            for row in self.leads
            for one in sides
            if one.ref == row.ref and one.primary and one.state == "live"
        )

    def in_salesforce(self, winner: int = 0) -> None:
        self.desk.world.salesforce.merge(self.leads[1 - winner], self.leads[winner], REP)
        self.desk.sync()


def written(desk: Desk) -> set[str]:
    return {row.id for one in desk.effects if isinstance(one, Write) for row in one.rows}


class TestInHubSpot:
    @pytest.mark.parametrize("first", [0, 1])
    def test_their_links_become_one_that_bears_one_id_of_ours(self, first: int) -> None:
        here = Twice()
        merged = here.in_hubspot(first)
        ids = {here.desk.link(row).id for row in (merged, *here.contacts, *here.leads)}
        assert len(ids) == 1
        ours = here.desk.link(merged).external_id
        assert merged.fields["leadpact_lead_id"] == ours
        assert ours in {row.fields["leadpact_lead_id__c"] for row in here.leads}

    @pytest.mark.parametrize("lifted", [False, True])
    def test_on_two_pages_of_a_plan_the_new_record_is_one_leads(
        self, lifted: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here, pages = Twice(), Limits(page=1, lifted=lifted, canary=0)
        desk = here.desk
        for row in here.leads:
            desk.put(row, Title="Head of all")
        merged = desk.world.hubspot.merge(here.contacts[0], here.contacts[1], MARKETER)
        versions: list[str] = []

        def look(effect: Effect) -> None:
            sides = effect.changes.sides if isinstance(effect, Commit) else ()
            versions.extend(one.version.removesuffix("+") for one in sides if one.ref == merged.ref)

        desk.before = look
        with monkeypatch.context() as patch:
            # The search shows the new record later than the reads by id do (R1).
            patch.setattr(
                desk.world.hubspot, "changes", lambda _kind, since: ChangePage((), since, True)
            )
            desk.sync(limits=pages)
        for _until_settled in range(3):
            desk.sync(limits=pages)
        seen = [version for version in versions if version]
        assert seen == sorted(seen)
        assert len({desk.link(row).id for row in (merged, *here.contacts, *here.leads)}) == 1
        assert desk.sync().counts["written"] == 0

    def test_the_same_merge_is_proposed_in_salesforce_and_never_made(self) -> None:
        here = Twice()
        merged = here.in_hubspot()
        asked = here.desk.holds(merged)["merge_proposed"]
        assert all(row.ref.id in asked.why for row in here.leads)
        assert asked.why.startswith("HubSpot merged 101 and 102 into one. Salesforce still has")
        assert not any(row.gone for row in here.leads)
        here.desk.sync()
        assert "merge_proposed" in here.desk.holds(merged)

    def test_merged_there_too_the_question_is_gone(self) -> None:
        here = Twice()
        merged = here.in_hubspot()
        here.in_salesforce()
        assert here.desk.holds(merged) == {}
        here.desk.put(merged, city="Bodø")
        here.desk.sync()
        assert here.leads[0].fields["City"] == "Bodø"

    def test_refused_they_stay_apart_and_nobody_is_asked_again(self) -> None:
        here = Twice()
        merged = here.in_hubspot()
        here.desk.answer(merged, "merge_proposed", "refuse")
        for city in ("Bodø", "Oslo"):
            here.desk.put(merged, city=city)
            here.desk.sync()
        assert here.desk.holds(merged) == {}
        assert sorted(str(row.fields["City"]) for row in here.leads) == ["None", "Oslo"]

    def test_signals_of_both_count_once_each(self) -> None:
        day = "2026-03-02T08:00:00Z"
        here = Twice(
            {"last_pricing_page_view": day},
            {"last_pricing_page_view": day, "last_demo_page_view": day},
        )
        merged = here.in_hubspot()
        link_id = here.desk.link(merged).id
        stored = here.desk.store.signals([link_id], here.desk.world.now.replace(year=2025))
        assert sorted(one.name for one in stored[link_id]) == ["demo_page", "pricing_page"]


class TestStage:
    @pytest.mark.parametrize("first", [0, 1])
    def test_the_more_advanced_stands_in_both_crms(self, first: int) -> None:
        here = Twice(other={"lifecyclestage": SQL}, leads=(OPEN, WORKING))
        merged = here.in_hubspot(first)
        here.desk.sync()
        assert here.desk.stage(merged).stage == "sql"
        assert merged.fields["leadpact_stage"] == "sql"
        assert merged.fields["lifecyclestage"] == SQL
        standing = here.standing()
        assert standing.fields["leadpact_stage__c"] == "sql"

    @pytest.mark.parametrize("first", [0, 1])
    def test_a_disqualification_is_kept_and_held(self, first: int) -> None:
        here = Twice(
            {"hs_lead_status": "UNQUALIFIED"},
            {"lifecyclestage": SQL},
            (REJECTED, WORKING),
        )
        merged = here.in_hubspot(first)
        assert here.desk.stage(merged).stage == "disqualified"
        asked = here.desk.holds(merged)["merged_disqualified"]
        assert dict(asked.shown) == {"merged": "sql", "agreed": "disqualified"}
        assert not {"lifecyclestage", "Status", "leadpact_stage"} & set(
            here.desk.written("lifecyclestage", "Status", "leadpact_stage")
        )
        here.desk.sync()
        assert "merged_disqualified" in here.desk.holds(merged)

    @pytest.mark.parametrize(
        ("answer", "stage"), [("take:merged", "sql"), ("refuse", "disqualified")]
    )
    def test_a_person_has_the_last_word(self, answer: str, stage: str) -> None:
        here = Twice(
            {"hs_lead_status": "UNQUALIFIED"},
            {"lifecyclestage": SQL},
            (REJECTED, WORKING),
        )
        merged = here.in_hubspot()
        here.desk.answer(merged, "merged_disqualified", answer)
        here.desk.sync()
        here.desk.sync()
        assert here.desk.stage(merged).stage == stage
        assert merged.fields["leadpact_stage"] == stage
        assert "merged_disqualified" not in here.desk.holds(merged)


class TestConsent:
    @pytest.mark.parametrize("first", [0, 1])
    def test_an_opt_out_on_either_is_kept_and_held(self, first: int) -> None:
        here = Twice(
            {"hs_email_optout": "true"}, {"hs_email_optout": "false"}, HasOptedOutOfEmail=True
        )
        assert here.leads[0].fields["HasOptedOutOfEmail"] is True
        merged = here.in_hubspot(first)
        assert here.desk.link(merged).base["email_opt_out"] is True
        assert "merged_opt_out" in here.desk.holds(merged)
        standing = here.standing()
        assert standing.fields["HasOptedOutOfEmail"] is True


class TestInSalesforce:
    @pytest.mark.parametrize("winner", [0, 1])
    def test_one_lead_one_contact_that_stands_and_one_that_is_a_duplicate(
        self, winner: int
    ) -> None:
        here = Twice()
        here.in_salesforce(winner)
        lead, stands, spare = (
            here.leads[winner],
            here.contacts[winner],
            here.contacts[1 - winner],
        )
        assert len({here.desk.link(row).id for row in (lead, stands, spare)}) == 1
        assert here.desk.side_state(spare.ref) == "duplicate"
        assert f"{spare.ref.id} is a duplicate" in (
            here.desk.holds(stands)["several_records_one_person"].why
        )
        assert lead.fields["leadpact_lead_id__c"] == stands.fields["leadpact_lead_id"]
        here.desk.put(stands, city="Bodø")
        here.desk.sync()
        assert lead.fields["City"] == "Bodø"
        assert spare.ref.id not in written(here.desk)

    @pytest.mark.parametrize("winner", [0, 1])
    def test_the_more_advanced_stage_stands(self, winner: int) -> None:
        here = Twice(other={"lifecyclestage": SQL}, leads=(OPEN, WORKING))
        here.in_salesforce(winner)
        assert here.desk.stage(here.leads[winner]).stage == "sql"
        assert here.contacts[winner].fields["lifecyclestage"] == SQL


class TestMadeAndMergedUnheard:
    """A killed run had made the Lead; before the next one a rep merges or deletes it (R2, R25, R26)."""

    def made(self) -> tuple[Desk, Row, Row, Row]:
        desk = Desk()
        older = desk.lead(Email=HOME)
        desk.sync()
        contact = desk.contact(lifecyclestage="marketingqualifiedlead")
        sent: list[Effect] = []

        def after_the_write(effect: Effect) -> bool:
            sent.extend([effect] if isinstance(effect, Write) else [])
            return bool(sent) and not isinstance(effect, Write)

        desk.killed(after_the_write)
        (lead,) = (row for row in desk.world.salesforce.live() if row.made_by_us)
        return desk, contact, lead, older

    def test_what_it_was_merged_into_is_the_leads(self) -> None:
        desk, contact, lead, older = self.made()
        desk.world.salesforce.merge(lead, older, REP)
        for _until_settled in range(3):
            desk.sync()
        assert desk.world.salesforce.live() == [older]
        assert desk.link(older).id == desk.link(contact).id

    def test_of_a_deletion_a_person_is_asked(self) -> None:
        desk, contact, lead, older = self.made()
        lead.gone = True
        desk.world.salesforce.put(lead, {}, REP)
        for _until_settled in range(3):
            desk.sync()
        assert desk.world.salesforce.live() == [older]
        assert "deleted_in_salesforce" in desk.holds(contact)


def test_the_blank_of_the_lead_it_was_merged_into_empties_no_field_that_is_only_written() -> None:
    """R24, R6: HubSpot's range of employees is never taken from there, so nothing could fill the blank."""
    desk = Desk()
    contact, lead = desk.contact(), desk.lead(NumberOfEmployees=60)
    desk.sync()
    other = desk.lead()
    desk.sync()
    desk.world.salesforce.merge(lead, other, REP)
    for _ in range(2):
        desk.sync()
        assert contact.fields["numemployees"] == "50-100"
    desk.put(other, NumberOfEmployees=300)
    desk.sync()
    assert contact.fields["numemployees"] == "100-500"
    desk.put(other, NumberOfEmployees=None)
    desk.sync()
    assert contact.fields["numemployees"] is None
