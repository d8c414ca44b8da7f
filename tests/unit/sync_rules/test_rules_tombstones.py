"""R26 through the engine: what a person may say of the deleted, who comes in their place, and the daily sweep."""

from __future__ import annotations

import pytest
from tests.simulation.crm_hubspot import CONTACTS
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import LEAD
from tests.simulation.world import MARKETER, REP
from tests.unit.sync_rules.desk import Desk

from leadpact.errors import WaitUntil
from leadpact.model.link import Link
from leadpact.sync.context import Limits
from leadpact.sync.effects import CollectArchived, Effect, Write
from leadpact.sync.report import CycleReport

MQL = "marketingqualifiedlead"


def delete(desk: Desk, *rows: Row) -> None:
    desk.later(minutes=1)
    for row in rows:
        row.gone = True
        desk.world.crms[row.ref.crm].put(row, {}, REP)


def made(desk: Desk) -> list[Row]:
    return [row for crm in desk.world.crms.values() for row in crm.live() if row.made_by_us]


def deleted_lead(**fields: str) -> tuple[Desk, Row, Row]:
    """A contact whose Lead was deleted, and the question that stands since."""
    desk = Desk()
    contact, lead = desk.contact(lifecyclestage=MQL, **fields), desk.lead()
    desk.sync()
    delete(desk, lead)
    desk.sync()
    assert "deleted_in_salesforce" in desk.holds(contact)
    return desk, contact, lead


class TestAccept:
    def test_it_is_made_anew_once_under_a_new_id_of_ours(self) -> None:
        desk, contact, lead = deleted_lead(city="Oslo")
        desk.answer(contact, "deleted_in_salesforce", "accept")
        desk.sync()
        (again,) = made(desk)
        assert (again.ref.kind, again.fields["City"]) == (LEAD, "Oslo")
        assert again.fields["leadpact_lead_id__c"] != lead.fields["leadpact_lead_id__c"]
        assert again.fields["leadpact_lead_id__c"] == contact.fields["leadpact_lead_id"]
        assert desk.link(again).id == desk.link(contact).id == desk.link(lead).id
        desk.put(contact, city="Bergen")
        desk.sync()
        assert again.fields["City"] == "Bergen"
        assert (made(desk), desk.holds(contact)) == ([again], {})
        assert lead.gone

    def test_also_below_the_stage_from_which_leads_are_made(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        delete(desk, lead)
        desk.sync()
        desk.answer(contact, "deleted_in_salesforce", "accept")
        desk.sync()
        assert [row.ref.kind for row in made(desk)] == [LEAD]

    def test_a_hubspot_contact_too(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead(City="Oslo")
        desk.sync()
        delete(desk, contact)
        desk.put(lead, Title="VP")
        desk.sync()
        desk.answer(lead, "deleted_in_hubspot", "accept")
        desk.sync()
        (again,) = made(desk)
        assert (again.ref.kind, again.fields["city"]) == (CONTACTS, "Oslo")

    def test_not_without_the_conditions_of_any_creation(self) -> None:
        desk, contact, _lead = deleted_lead()
        desk.put(contact, hs_email_optout="true")
        desk.sync()
        desk.answer(contact, "deleted_in_salesforce", "accept")
        desk.sync()
        assert made(desk) == []
        assert "opt-out" in desk.holds(contact)["deleted_in_salesforce"].why
        desk.sync()
        assert desk.side_state(_lead.ref) == "gone"

    def test_not_where_somebody_there_has_the_address_by_now(self) -> None:
        desk, contact, _lead = deleted_lead()
        by_hand = desk.lead()
        desk.answer(contact, "deleted_in_salesforce", "accept")
        desk.sync()
        assert made(desk) == []
        assert desk.link(by_hand).id == desk.link(contact).id

    @pytest.mark.parametrize("times", [1, 2])
    def test_killed_on_the_way_it_is_made_once(self, times: int) -> None:
        desk, contact, _lead = deleted_lead()
        desk.answer(contact, "deleted_in_salesforce", "accept")
        sent: list[Effect] = []

        def at_writing(effect: Effect) -> bool:
            """Before the Lead is made, or after it and before that is heard."""
            before = len(sent)
            if isinstance(effect, Write) and effect.crm == "salesforce":
                sent.append(effect)
            return len(sent) == 1 if times == 1 else before == 1

        desk.killed(at_writing)
        assert len(made(desk)) == times - 1
        desk.sync()
        assert len(made(desk)) == 1
        desk.sync()
        assert len(made(desk)) == 1

    def test_restored_beside_the_new_one_it_is_a_duplicate(self) -> None:
        desk, contact, lead = deleted_lead()
        desk.answer(contact, "deleted_in_salesforce", "accept")
        desk.sync()
        (again,) = made(desk)
        desk.later(minutes=1)
        lead.gone = False
        desk.world.salesforce.put(lead, {}, REP)
        desk.put(contact, city="Oslo")
        desk.sync()
        assert desk.link(lead).id == desk.link(again).id
        assert (again.fields["City"], lead.fields["City"]) == ("Oslo", None)

    def test_of_both_deleted_nothing_is_left_to_make_it_from(self) -> None:
        desk, contact, lead = deleted_lead()
        delete(desk, contact)
        desk.later(days=2)
        desk.sync()
        assert desk.link(lead).status == "tombstone"
        desk.answer(lead, "deleted_in_salesforce", "accept")
        desk.sync()
        assert made(desk) == []
        assert "Nothing is left" in desk.holds(lead)["deleted_in_salesforce"].why


class TestRefuse:
    def test_it_stays_deleted_and_nobody_is_asked_again(self) -> None:
        desk, contact, lead = deleted_lead()
        desk.answer(contact, "deleted_in_salesforce", "refuse")
        for title in ("VP", "CEO"):
            desk.sync()
            assert desk.holds(contact) == {}
            desk.put(contact, jobtitle=title)
        desk.sync()
        assert (made(desk), desk.side_state(lead.ref)) == ([], "buried")

    def test_a_restore_revives_it_all_the_same(self) -> None:
        desk, contact, lead = deleted_lead()
        desk.answer(contact, "deleted_in_salesforce", "refuse")
        desk.sync()
        desk.later(minutes=1)
        lead.gone = False
        desk.world.salesforce.put(lead, {}, REP)
        desk.put(contact, city="Oslo")
        desk.sync()
        assert (desk.side_state(lead.ref), lead.fields["City"]) == ("live", "Oslo")


class TestAddressOfTheDeleted:
    def comes_again(self, crm: str = "hubspot") -> tuple[Desk, Link, Row]:
        """Ann was deleted in both CRMs; somebody makes a record with her address."""
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        delete(desk, contact, lead)
        desk.sync()
        buried = desk.link(lead)
        assert buried.status == "tombstone"
        new = desk.contact(lifecyclestage=MQL) if crm == "hubspot" else desk.lead()
        desk.sync()
        return desk, buried, new

    @pytest.mark.parametrize("crm", ["hubspot", "salesforce"])
    def test_a_new_record_waits_for_a_person_and_makes_none(self, crm: str) -> None:
        desk, buried, new = self.comes_again(crm)
        for _look in range(2):
            held = desk.holds(new)["person_deleted"]
            assert "was deleted in HubSpot and Salesforce on 2 Mar 2026" in held.why
            assert made(desk) == []
            assert desk.link(new).id != buried.id
            desk.put(new, None, **{"city" if crm == "hubspot" else "City": "Oslo"})
            desk.sync()

    def test_accepted_it_is_that_person_again_and_the_other_record_stays_deleted(self) -> None:
        desk, buried, new = self.comes_again()
        desk.answer(new, "person_deleted", "accept")
        desk.sync()
        assert desk.link(new).id == buried.id
        assert desk.link(new).status == "live"
        assert desk.holds(new).keys() == {"deleted_in_salesforce"}
        assert made(desk) == []
        desk.answer(new, "deleted_in_salesforce", "accept")
        desk.sync()
        assert [row.ref.kind for row in made(desk)] == [LEAD]
        assert desk.holds(new) == {}

    def test_refused_it_is_somebody_new_and_nobody_is_asked_again(self) -> None:
        desk, buried, new = self.comes_again()
        desk.answer(new, "person_deleted", "refuse")
        desk.sync()
        desk.sync()
        assert desk.link(new).id != buried.id
        assert [row.ref.kind for row in made(desk)] == [LEAD]
        assert desk.holds(new) == {}

    def test_restored_the_address_is_free_again(self) -> None:
        desk, _buried, new = self.comes_again("salesforce")
        contact = next(iter(desk.world.hubspot.rows.values()))
        desk.later(minutes=1)
        contact.gone = False
        desk.world.hubspot.put(contact, {}, MARKETER)
        desk.sync()
        desk.put(new, City="Oslo")
        desk.sync()
        assert desk.link(new).id == desk.link(contact).id
        assert desk.link(contact).status == "live" == desk.link(new).status
        assert "person_deleted" not in desk.holds(new)


class TestSweep:
    def swept(self, desk: Desk) -> int:
        return sum(isinstance(one, CollectArchived) for one in desk.effects)

    def test_a_contact_that_is_gone_shows_within_a_day_though_nothing_looks_at_it(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.sync()
        desk.later(hours=1)
        delete(desk, contact)
        desk.sync()
        assert desk.side_state(contact.ref) == "live"
        desk.later(hours=24)
        report = desk.sync()
        assert desk.side_state(contact.ref) == "gone"
        assert "deleted_in_hubspot" in desk.holds(lead)
        assert (report.counts["sweep_calls_hubspot"], report.counts["sweep_found"]) == (1, 1)

    def test_it_asks_once_a_day_and_the_first_time_nothing(self) -> None:
        desk = Desk()
        desk.contact()
        report = desk.sync()
        assert (self.swept(desk), report.counts["sweep_calls_hubspot"]) == (1, 0)
        asked = 0
        for _quarter in range(4 * 24 * 3 - 1):
            asked += desk.sync().counts["sweep_calls_hubspot"]
        assert asked == 2

    def test_a_crm_that_cannot_be_asked_is_named_and_asked_again(self) -> None:
        desk = Desk()
        contact = desk.contact()
        desk.sync()
        desk.later(days=1)

        def limit(effect: Effect) -> None:
            if isinstance(effect, CollectArchived):
                raise WaitUntil("Too many calls.", code="limit")

        desk.before = limit
        report: CycleReport = desk.sync()
        assert report.status == "done"
        assert "Too many calls" in report.problems["hubspot"]
        desk.before = lambda _effect: None
        delete(desk, contact)
        desk.sync()
        assert desk.side_state(contact.ref) == "gone"

    def test_a_plan_sweeps_nothing(self) -> None:
        desk = Desk()
        desk.contact()
        desk.sync()
        desk.later(days=2)
        desk.sync(dry=True)
        assert self.swept(desk) == 0


class TestManyAtOnce:
    def test_one_percent_or_a_hundred_whichever_comes_first(self) -> None:
        assert [Limits.deletes(links) for links in (0, 300, 5_000, 40_000)] == [10, 10, 50, 100]

    def test_more_than_one_percent_stop_for_approval(self) -> None:
        desk = Desk()
        rows = [desk.contact(email=f"p{number}@acme.example") for number in range(12)]
        desk.sync()
        delete(desk, *rows[:11])
        desk.later(days=1)
        report = desk.sync(limits=Limits())
        assert (report.status, report.exit_code) == ("needs_approval", 6)
        assert "10 deletions" in report.note
        assert desk.side_state(rows[0].ref) == "live"
        desk.sync()
        assert desk.side_state(rows[0].ref) == "gone"
