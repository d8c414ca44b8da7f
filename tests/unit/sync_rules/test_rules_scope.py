"""R37: who is out stands still, nothing of it is made or linked, and it comes back without a surprise."""

from __future__ import annotations

from functools import cache

from tests.simulation.agreement import mapping_of
from tests.simulation.crm_rows import Row
from tests.unit.sync_rules.desk import Desk
from tests.unit.sync_rules.test_rules_tombstones import delete
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.mapping import LeadMapping
from leadpact.sync.undoing import OUT
from leadpact_mappings import default_text

OUT_THERE = "    scope: {field: country, op: is_not, value: Brazil}\n"
"""Of Salesforce, under the CRM."""
OUT_HERE = "        scope: {not: {field: hs_lead_status, op: is, value: OPEN_DEAL}}\n"
"""Of HubSpot, by a field of its own, under the kind."""


@cache
def scoped(there: str = OUT_THERE, here: str = "") -> LeadMapping:
    """The default mapping with scopes."""
    text = default_text("mapping.yaml")
    kinds = "  salesforce:\n    values: typed\n"
    contacts = "      contacts:\n        external_id: leadpact_lead_id\n"
    assert kinds in text
    assert contacts in text
    return mapping_of(text.replace(kinds, kinds + there).replace(contacts, contacts + here))


def agreed() -> tuple[Desk, Row, Row]:
    """Ann in both CRMs, in scope, agreed and quiet."""
    desk = Desk()
    desk.scoped = scoped()
    contact = desk.contact(jobtitle="VP", country="Norway")
    lead = desk.lead(Title="VP", Country="Norway")
    for _until_settled in range(3):
        desk.sync()
    desk.later(minutes=1)
    return desk, contact, lead


class TestLeaving:
    def test_nothing_of_it_is_written_blanked_or_agreed(self) -> None:
        desk, contact, lead = agreed()
        before = desk.link(contact)
        desk.put(lead, Country="BR", Title="CTO", Status="Working - Contacted")
        desk.put(contact, phone="+47 1234")
        report = desk.sync()
        assert desk.writes() == []
        assert desk.link(contact) == before
        assert (report.counts["out_of_scope"], report.counts["unchanged"]) == (1, 1)
        (out,) = desk.store.out_of_scope(9)
        assert (out.ref, out.why) == (lead.ref, "not (country is brazil)")
        desk.put(contact, jobtitle="CFO")
        desk.sync()
        assert desk.writes() == []

    def test_a_request_meanwhile_is_kept_and_handed_to_nobody(self) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, Country="Brazil")
        desk.sync()
        desk.put(contact, last_demo_request=desk.world.now.isoformat())
        desk.sync()
        assert desk.stage(contact).stage != "mql"
        assert list(desk.store.waiting_handoffs(9)) == []

    def test_deleted_meanwhile_it_is_known(self) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, Country="Brazil")
        desk.sync()
        delete(desk, lead)
        desk.sync()
        assert desk.side_state(lead.ref) == "gone"
        assert list(desk.store.out_of_scope(9)) == []
        assert contact.fields["jobtitle"] == "VP"

    def test_an_undo_puts_nothing_of_it_back_until_it_is_in_again(self) -> None:
        desk = UndoDesk()
        desk.scoped = scoped()
        contact = desk.contact(jobtitle="VP", country="Norway")
        lead = desk.lead(Country="Norway")
        desk.sync()
        first = desk.last_run()
        assert lead.fields["Title"] == "VP"
        desk.put(lead, Country="Brazil")
        desk.sync()
        before, stage, shown = desk.link(contact), desk.stage(contact), desk.shown()
        report = desk.undo(first, archive=True)
        assert desk.writes() == []
        assert desk.shown() == shown
        assert set(desk.results(report).values()) == {"not possible"}
        assert {one.why for one in report.undone} == {OUT}
        assert (desk.link(contact), desk.stage(contact)) == (before, stage)
        assert list(desk.store.pins()) == []
        desk.put(lead, Country="Norway")
        desk.sync()
        assert "put back" in desk.results(desk.undo(first)).values()
        assert lead.fields["Title"] is None

    def test_a_record_that_was_made_for_it_is_not_taken_away(self) -> None:
        desk = UndoDesk()
        desk.scoped = scoped(here=OUT_HERE)
        desk.later(minutes=1)
        contact = desk.contact(country="Norway", lifecyclestage="marketingqualifiedlead")
        desk.sync()
        first = desk.last_run()
        (made,) = desk.world.salesforce.live()
        desk.put(contact, hs_lead_status="OPEN_DEAL")
        report = desk.undo(first, archive=True)
        assert not made.gone
        assert desk.results(report)["salesforce.record"] == "not possible"
        desk.put(contact, hs_lead_status=None)
        desk.undo(first, archive=True)
        assert made.gone

    def test_where_the_field_is_not_answered_who_is_in_stays_in(self) -> None:
        desk, contact, lead = agreed()
        desk.world.salesforce.hidden = frozenset({"Country"})
        desk.put(contact, jobtitle="CFO")
        desk.sync()
        assert lead.fields["Title"] == "CFO"


class TestComingBack:
    def test_a_change_on_one_side_is_carried_over_and_one_on_both_is_a_conflict(self) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, Country="Brazil", City="Bergen")
        desk.sync()
        desk.put(contact, jobtitle="CFO", city="Tromsoe", phone="+47 1234")
        desk.sync()
        desk.put(lead, Country="Norway")
        desk.sync()
        assert (lead.fields["Title"], lead.fields["Phone"]) == ("CFO", "+471234")
        assert (contact.fields["city"], lead.fields["City"]) == ("Bergen", "Bergen")
        assert list(desk.store.out_of_scope(9)) == []

    def test_a_stage_that_was_set_meanwhile_is_no_edit(self) -> None:
        desk, contact, lead = agreed()
        before = desk.stage(contact)
        desk.put(lead, Country="Brazil")
        desk.sync()
        desk.put(contact, lifecyclestage="salesqualifiedlead")
        desk.sync()
        desk.put(lead, Country="Norway")
        desk.sync()
        assert "stages_differ" in desk.holds(contact)
        assert desk.stage(contact) == before
        assert contact.fields["lifecyclestage"] == "salesqualifiedlead"
        assert [result for result, _why in desk.told(contact)] == ["adopted"]

    def test_a_step_back_that_was_set_meanwhile_is_asked_of_a_person_and_not_written_over(
        self,
    ) -> None:
        desk = Desk()
        desk.scoped = scoped()
        contact = desk.contact(lifecyclestage="marketingqualifiedlead")
        lead = desk.lead()
        for _until_settled in range(3):
            desk.sync()
        desk.put(lead, Country="Brazil")
        desk.sync()
        desk.put(contact, lifecyclestage="lead")
        desk.sync()
        desk.put(lead, Country="Norway")
        desk.sync()
        desk.sync()
        assert contact.fields["lifecyclestage"] == "lead"
        assert "is back in scope and shows mql + lead" in desk.holds(contact)["stages_differ"].why

    def test_what_was_set_beside_a_status_that_stands_for_the_stage_is_asked_of_a_person(
        self,
    ) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, Status="Closed - Not Converted", leadpact_rejection_reason__c="bad_timing")
        desk.sync()
        assert desk.stage(contact).stage == "recycled"
        desk.put(lead, Country="Brazil")
        desk.sync()
        desk.put(contact, lifecyclestage="opportunity")
        desk.sync()
        desk.put(lead, Country="Norway")
        for _until_settled in range(2):
            desk.sync()
        assert contact.fields["lifecyclestage"] == "opportunity"
        assert "+ opportunity" in desk.holds(contact)["stages_differ"].why
        desk.answer(contact, "stages_differ", "set:recycled")
        desk.sync()
        assert contact.fields["lifecyclestage"] == "lead"
        assert desk.holds(contact) == {}

    def test_who_was_made_meanwhile_is_found_and_what_was_agreed_of_either_stands(self) -> None:
        desk = Desk()
        desk.scoped = scoped()
        desk.later(days=-9)  # for whom was there before go-live no contact is made
        lead = desk.lead(Status="Working - Contacted")
        desk.later(days=9)
        desk.sync()
        desk.sync()
        desk.put(lead, Country="Brazil")
        desk.sync()
        contact = desk.contact(lifecyclestage="lead")
        desk.sync()
        desk.sync()
        assert desk.link(contact).id != desk.link(lead).id
        desk.put(lead, Country="Norway")
        for _until_settled in range(3):
            desk.sync()
        assert desk.link(contact).id == desk.link(lead).id
        assert desk.stage(contact).stage == "sal"
        assert contact.fields["leadpact_stage"] == "sal"

    def test_a_step_back_that_was_set_meanwhile_is_asked_also_where_another_lead_is_found_to_be_it(
        self,
    ) -> None:
        orders = set()
        for others in (0, 1):
            desk = Desk()
            desk.scoped = scoped()
            for _before_them in range(others):
                desk.contact(email="")
            contact = desk.contact(lifecyclestage="marketingqualifiedlead")
            desk.later(days=-9)  # for whom was there before go-live no contact is made
            lead, second = desk.lead(), desk.lead(Email="second@acme.example")
            desk.later(days=9)
            for _until_settled in range(3):
                desk.sync()
            desk.put(lead, Country="Brazil")
            desk.sync()
            desk.put(contact, lifecyclestage="lead", email="moved@acme.example")
            desk.put(second, Email="ann@acme.example")
            desk.sync()
            desk.sync()
            ids = desk.link(contact).id, desk.link(second).id
            desk.put(lead, Country="Norway")
            for _until_settled in range(3):
                desk.sync()
            assert desk.link(contact) == desk.link(second) == desk.link(lead)
            assert contact.fields["lifecyclestage"] == "lead"
            assert "shows mql + lead" in desk.holds(contact)["stages_differ"].why
            orders.add(ids[0] < ids[1])
        assert orders == {True, False}, "it takes the other lead in, or becomes part of it"

    def test_what_was_done_meanwhile_moves_nobody_and_what_is_done_then_does(self) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, Country="Brazil")
        desk.sync()
        desk.put(contact, last_demo_request=desk.world.now.isoformat())
        desk.sync()
        desk.put(lead, Country="Norway")
        desk.sync()
        desk.sync()
        assert desk.stage(contact).stage != "mql"
        desk.later(days=1)
        desk.put(contact, last_demo_request=desk.world.now.isoformat())
        desk.sync()
        assert desk.stage(contact).stage == "mql"

    def test_another_mapping_lets_it_back_in_by_itself(self) -> None:
        desk, contact, lead = agreed()
        desk.put(lead, Country="Brazil")
        desk.sync()
        desk.put(contact, jobtitle="CFO")
        desk.sync()
        desk.scoped = scoped("")
        desk.sync()
        assert lead.fields["Title"] == "CFO"
        assert list(desk.store.out_of_scope(9)) == []


class TestNewcomers:
    def test_who_is_out_from_the_start_is_linked_with_nobody(self) -> None:
        desk = Desk()
        desk.scoped = scoped()
        contact, lead = desk.contact(), desk.lead(Country="Brazil")
        desk.sync()
        desk.sync()
        ids = desk.store.link_ids([contact.ref, lead.ref])
        assert ids[contact.ref] != ids[lead.ref]
        assert contact.fields["leadpact_stage"]
        assert not lead.fields["leadpact_stage__c"]
        desk.put(lead, Country="Norway")
        desk.sync()
        ids = desk.store.link_ids([contact.ref, lead.ref])
        assert ids[contact.ref] == ids[lead.ref]
        assert lead.fields["leadpact_stage__c"]

    def test_nobody_is_made_beside_a_record_that_is_out(self) -> None:
        desk = Desk()
        desk.scoped = scoped()
        desk.lead(Country="Brazil")
        desk.contact(lifecyclestage="marketingqualifiedlead")
        desk.sync()
        desk.sync()
        assert not [op for _crm, op, _fields in desk.writes() if op == "make"]

    def test_none_is_made_that_would_be_out_itself(self) -> None:
        desk = Desk()
        desk.scoped = scoped()
        desk.contact(lifecyclestage="marketingqualifiedlead", country="BR")
        desk.sync()
        assert not [op for _crm, op, _fields in desk.writes() if op == "make"]

    def test_a_field_of_the_crm_itself_may_say_it(self) -> None:
        desk = Desk()
        desk.scoped = scoped("", OUT_HERE)
        contact = desk.contact(hs_lead_status="OPEN_DEAL")
        desk.sync()
        (out,) = desk.store.out_of_scope(9)
        assert out.ref == contact.ref
        assert desk.writes() == []
