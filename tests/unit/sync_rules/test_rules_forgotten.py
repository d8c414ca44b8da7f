"""R27 through the engine: who was erased is not taken in again, by record, by address or by our own id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from tests.simulation.agreement import mapping
from tests.simulation.crm_rows import Row
from tests.simulation.world import REP
from tests.unit.sync_rules.desk import ANN, Desk
from tests.unit.sync_rules.test_rules_coexistence import beside_it

from leadpact.audit.person import person_of
from leadpact.matching.forgotten import Forgotten, mark_of
from leadpact.matching.keys import folded
from leadpact.model.erasure import Erasure, Mark
from leadpact.model.link import Hold, Side
from leadpact.model.record import Native, RecordRef
from leadpact.model.source_signal import OUTSIDE, SourceSignal
from leadpact.ports.state_store import StateChanges
from leadpact.sync.collect_signals import sort_in
from leadpact.sync.context import address_id
from leadpact.sync.effects import Observe

KEY = b"a key of sixteen"
HOME = "ann.doe@home.example"


def forget(desk: Desk, row: Row) -> None:
    """As ``leadpact forget`` does."""
    person = person_of(desk.store, mapping(), desk.link(row).id, folded)
    told = [("record", str(ref)) for ref in person.refs]
    told += [("address", one) for one in person.addresses]
    told += [("our_id", one) for one in person.our_ids]
    told += [("digest", one) for one in desk.store.addresses_of(person.link_ids)]
    now = desk.world.now
    marks = [Mark(mark_of(KEY, *one), "state", now, "e1") for one in told]
    lease = desk.store.acquire("forget", now, desk.world.now - now + desk.slow)
    assert lease is not None
    desk.store.erase(person, Erasure("e1", now, "asked"), marks, lease)
    desk.store.release(lease)
    desk.forgotten = Forgotten({"state": KEY}, desk.store.forgotten, partial(address_id, "desk"))


def erased(**contact: Native) -> tuple[Desk, Row, Row]:
    desk = Desk()
    ann, lead = desk.contact(**contact), desk.lead()
    desk.sync()
    forget(desk, ann)
    return desk, ann, lead


def redacted(hold: Hold) -> Hold:
    """As an erasure leaves a question of somebody else that named a record of hers."""
    return replace(hold, shown=dict.fromkeys(hold.shown, "Lead [erased]"))


def sides(desk: Desk, row: Row) -> Sequence[Side]:
    link_id = desk.link(row).id
    return desk.store.sides([link_id])[link_id]


def known(desk: Desk, *rows: Row) -> bool:
    return bool(desk.store.link_ids([row.ref for row in rows]))


class TestErased:
    def test_an_edit_of_her_records_brings_nobody_back(self) -> None:
        desk, ann, lead = erased()
        desk.put(ann, city="Oslo")
        desk.put(lead, Title="VP")
        report = desk.sync()
        assert report.counts["due"] == 0
        assert not known(desk, ann, lead)
        assert lead.fields["City"] is None

    def test_a_new_record_with_her_address_is_turned_away(self) -> None:
        desk, _ann, _lead = erased()
        again = desk.lead(Title="CEO")
        desk.sync()
        assert not known(desk, again)
        assert desk.writes() == []
        desk.put(again, Title="CFO")
        desk.sync()
        assert not known(desk, again)

    def test_nor_is_one_known_that_became_a_contact_before_it_was_looked_at(self) -> None:
        desk, _ann, _lead = erased()
        again = desk.lead(Title="CEO")
        contact = desk.world.salesforce.convert(again, REP, into=None, deal=False, carry_ours=False)
        desk.sync()
        assert not known(desk, again, contact)

    def test_so_is_one_with_an_address_that_she_had_before(self) -> None:
        desk, again = Desk(), HOME
        ann, _lead = desk.contact(email=again), desk.lead(Email=again)
        desk.sync()
        desk.put(ann, email="ann@acme.example")
        desk.sync()
        desk.answer(ann, "field_changed", "accept")
        desk.sync()
        # The journal, which has the old address in the clear, is kept for 90 days only.
        desk.store._intents_of.clear()
        forget(desk, ann)
        other = desk.lead(Email=again, LastName="Doe-Smith")
        desk.sync()
        assert not known(desk, other)

    def test_or_with_her_id_of_ours(self) -> None:
        desk = Desk()
        ann = desk.contact()
        desk.lead()
        desk.sync()
        ours = desk.link(ann).external_id
        forget(desk, ann)
        carried = desk.lead(Email="new@acme.example", leadpact_lead_id__c=ours)
        desk.sync()
        assert not known(desk, carried)

    def test_nobody_is_made_beside_a_record_of_hers(self) -> None:
        desk = Desk()
        lead = desk.lead(Email=HOME)
        desk.sync()
        forget(desk, lead)
        # Her address is moved to another record's: by address alone she is told apart no more.
        lead.fields["Email"] = "ann@new.example"
        other = desk.contact(email="ann@new.example", lifecyclestage="marketingqualifiedlead")
        for _cycle in range(3):
            desk.sync()
        assert known(desk, other)
        assert len(desk.world.salesforce.rows) == 1
        assert not known(desk, lead)

    def test_somebody_else_is_taken_in(self) -> None:
        desk, _ann, _lead = erased()
        bob = desk.contact(email="bob@acme.example", firstname="Bob", lastname="Roe")
        desk.sync()
        assert known(desk, bob)

    def test_what_a_source_tells_of_her_is_not_kept(self) -> None:
        desk, ann, _lead = erased()
        context = desk.context()
        rule = next(iter(context.mapping.signal_sources.values()))
        row = rule.rows[0]
        refs = (
            ann.ref,
            RecordRef(OUTSIDE, "email", str(ANN["email"])),
            RecordRef(OUTSIDE, "email", "bob@acme.example"),
        )
        acts = [(SourceSignal("forms", ref.id, ref, "form", desk.world.now), row) for ref in refs]
        changes = sort_in(context, acts, "hubspot.forms", desk.world.now)
        assert {one.ref for one in changes.waiting} == {refs[-1]}

    def test_an_id_that_another_sync_keeps_leads_to_no_record_of_hers(self) -> None:
        desk = beside_it()
        lead = desk.lead(Email=HOME)
        desk.sync()
        forget(desk, lead)
        contact = desk.contact(their_lead_id=lead.ref.id)
        desk.sync()
        assert known(desk, contact)
        assert not known(desk, lead)


class TestMergedIntoHers:
    """Somebody merged a record into one of hers, whose address leadpact never knew."""

    def test_who_is_new_is_turned_away(self) -> None:
        desk = Desk()
        hers, other = desk.lead(Email=None), desk.lead(LastName="Doe-Smith")
        desk.killed(lambda effect: isinstance(effect, Observe))
        forget(desk, hers)
        desk.world.salesforce.merge(other, hers, REP)
        desk.put(hers, Email=ANN["email"])
        contact = desk.contact(lifecyclestage="marketingqualifiedlead")
        for _cycle in range(2):
            desk.sync()
        assert not known(desk, hers, other)
        assert known(desk, contact)
        assert [row for row in desk.world.salesforce.live() if row.made_by_us] == []

    def test_nor_is_who_has_the_address_of_such_a_lead_once_that_is_gone(self) -> None:
        desk = Desk()
        lead = desk.lead(leadpact_lead_id__c="an-earlier-id")
        hers = desk.world.salesforce.convert(lead, REP, into=None, deal=False, carry_ours=False)
        desk.killed(lambda effect: isinstance(effect, Observe))
        forget(desk, hers)
        assert not desk.store.forgotten([mark_of(KEY, "address", str(ANN["email"]))])
        contact, namesake = desk.contact(), desk.lead(LastName="Roe")
        desk.sync()
        assert not known(desk, hers, lead, contact, namesake)
        lead.gone = hers.gone = True
        desk.put(contact, city="Oslo")
        other = desk.contact(email="ann@new.example", leadpact_lead_id="an-earlier-id")
        desk.sync()
        assert not known(desk, hers, lead, contact, other)
        assert desk.writes() == []

    def test_of_who_was_agreed_a_person_is_asked(self) -> None:
        desk = Desk()
        hers = desk.lead(Email=HOME)
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        forget(desk, hers)
        desk.world.salesforce.merge(lead, hers, REP)
        for _cycle in range(2):
            desk.sync()
        assert not known(desk, hers)
        asked = desk.holds(contact)["privacy_deletion"]
        assert f"merged Lead {lead.ref.id} into a record of somebody who was erased" in asked.why
        assert hers.ref.id not in asked.why
        assert desk.side_state(lead.ref) == "merged"
        desk.put(contact, city="Bodø")
        desk.answer(contact, "privacy_deletion", "refuse")
        desk.sync()
        assert desk.holds(contact) == {}
        assert hers.fields["City"] is None
        assert len(desk.world.salesforce.live()) == 1

    def test_nor_is_hers_linked_that_a_duplicate_rule_names(self) -> None:
        desk = Desk()
        hers = desk.lead(Email=HOME)
        desk.sync()
        forget(desk, hers)
        desk.world.salesforce.duplicate_rule = True
        contact = desk.contact(lifecyclestage="marketingqualifiedlead")
        desk.sync()
        for _answer in range(2):
            desk.answer(contact, "duplicate_rule", "accept")
            desk.sync()
            assert not known(desk, hers)
            asked = desk.holds(contact)["duplicate_rule"]
            assert asked.why.count("It is of somebody who was erased") == 1
            assert len(desk.world.salesforce.live()) == 1
        desk.store.commit(StateChanges(holds=[redacted(asked)]), None, desk.world.now)
        desk.answer(contact, "duplicate_rule", "accept")
        desk.sync()
        assert [one.ref for one in sides(desk, contact)] == [contact.ref]


class TestKeys:
    def test_a_mark_under_an_earlier_key_still_counts(self) -> None:
        desk, ann, lead = erased()
        assert desk.forgotten is not None
        desk.forgotten = replace(desk.forgotten, keys={"new": b"x" * 16, "state": KEY})
        desk.put(ann, city="Oslo")
        desk.sync()
        assert not known(desk, ann, lead)

    def test_without_its_key_nobody_is_recognised(self) -> None:
        desk, ann, _lead = erased()
        desk.forgotten = Forgotten({"new": b"x" * 16}, desk.store.forgotten)
        desk.put(ann, city="Oslo")
        desk.sync()
        assert known(desk, ann)


class TestPrivacyDeletion:
    """HubSpot deleted her for good."""

    def deleted(self) -> tuple[Desk, Row, Row]:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        contact.gone = True
        desk.world.hubspot.erased.add(contact.ref)
        desk.put(lead, Title="VP")
        desk.sync()
        return desk, contact, lead

    def test_erasure_is_asked_about_and_nobody_is_made_again(self) -> None:
        desk, contact, lead = self.deleted()
        asked = desk.holds(lead)["privacy_deletion"]
        assert contact.ref.id in asked.why
        assert f"Salesforce Lead {lead.ref.id} of this person is still there" in asked.why
        assert "deleted_in_hubspot" not in desk.holds(lead)
        desk.put(lead, Title="CEO")
        desk.sync()
        assert "privacy_deletion" in desk.holds(lead)
        assert [row for row in desk.world.hubspot.live() if row.made_by_us] == []

    def test_refused_the_question_is_gone(self) -> None:
        desk, _contact, lead = self.deleted()
        desk.answer(lead, "privacy_deletion", "refuse")
        desk.sync()
        desk.put(lead, Title="CEO")
        desk.sync()
        assert desk.holds(lead) == {}
        assert [row for row in desk.world.hubspot.live() if row.made_by_us] == []
