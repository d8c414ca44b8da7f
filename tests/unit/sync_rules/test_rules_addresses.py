"""R29 and R26 through the engine: what a changed address does, and who comes again under an earlier one."""

from __future__ import annotations

from datetime import timedelta

from tests.simulation.crm_rows import Row
from tests.simulation.world import MARKETER, REP
from tests.unit.sync_rules.desk import Desk

from leadpact.sync.effects import FindMatches

OLD, NEW, HOME = "ann@acme.example", "ann.roe@acme.example", "ann.doe@home.example"


def changed(answer: str = "accept") -> tuple[Desk, Row, Row]:
    """Ann's address was changed in HubSpot, and a person said so to it."""
    desk = Desk()
    contact, lead = desk.contact(), desk.lead()
    desk.sync()
    desk.put(contact, email=NEW)
    desk.sync()
    desk.answer(contact, "field_changed", answer)
    desk.sync()
    return desk, contact, lead


class TestWrittenAcross:
    def test_where_nobody_has_it(self) -> None:
        desk, contact, lead = changed()
        assert lead.fields["Email"] == NEW
        assert desk.link(contact).id == desk.link(lead).id

    def test_not_where_somebody_else_has_it(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        other = desk.lead(Email=NEW, LastName="Roe")
        desk.sync()
        desk.put(contact, email=NEW)
        desk.sync()
        asked = desk.holds(contact)["probable_duplicate"]
        assert other.ref.id in asked.why
        assert "field_changed" not in desk.holds(contact)
        assert lead.fields["Email"] == OLD
        assert desk.link(contact).id == desk.link(lead).id != desk.link(other).id
        desk.put(contact, city="Oslo")
        desk.sync()
        assert "probable_duplicate" in desk.holds(contact)
        assert lead.fields["City"] == "Oslo"

    def test_once_the_other_is_merged_into_it_the_change_goes_on(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        other = desk.lead(Email=NEW, LastName="Roe")
        desk.sync()
        desk.put(contact, email=NEW)
        desk.sync()
        desk.world.salesforce.merge(other, lead, MARKETER)
        desk.sync()
        assert "probable_duplicate" not in desk.holds(contact)

    def test_nobody_is_asked_where_no_address_changed(self) -> None:
        desk = Desk()
        contact, _lead = desk.contact(), desk.lead()
        desk.sync()
        desk.put(contact, city="Oslo")
        desk.sync()
        asked = [one for one in desk.effects if isinstance(one, FindMatches)]
        assert [one for one in asked if one.key in ("email", "Email")] == []


class TestTheOldOneStaysAKey:
    def test_a_new_record_with_it_is_that_person(self) -> None:
        desk, contact, lead = changed()
        again = desk.lead(Email=OLD)
        desk.sync()
        assert desk.link(again).id == desk.link(contact).id == desk.link(lead).id

    def test_not_under_another_surname(self) -> None:
        desk, contact, _lead = changed()
        other = desk.lead(Email=OLD, LastName="Miller")
        desk.sync()
        assert desk.link(other).id != desk.link(contact).id

    def test_a_change_alters_no_link(self) -> None:
        desk, contact, lead = changed("refuse")
        assert contact.fields["email"] == OLD
        assert desk.link(contact).id == desk.link(lead).id


class TestDeleted:
    def gone(self, desk: Desk, *rows: Row) -> None:
        desk.later(minutes=1)
        for row in rows:
            row.gone = True
            desk.world.crms[row.ref.crm].put(row, {}, MARKETER)
        desk.later(days=2)
        desk.sync()
        desk.sync()

    def test_who_comes_again_under_a_further_address_is_asked_about(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(hs_additional_emails=HOME), desk.lead()
        desk.sync()
        self.gone(desk, contact, lead)
        again = desk.lead(Email=HOME)
        desk.sync()
        assert "person_deleted" in desk.holds(again)

    def test_or_under_an_earlier_one(self) -> None:
        desk, contact, lead = changed()
        self.gone(desk, contact, lead)
        again = desk.lead(Email=OLD)
        desk.sync()
        assert "person_deleted" in desk.holds(again)

    def test_refused_it_is_somebody_new_and_nobody_is_asked_again(self) -> None:
        desk, contact, lead = changed()
        self.gone(desk, contact, lead)
        again = desk.lead(Email=OLD)
        desk.sync()
        desk.answer(again, "person_deleted", "refuse")
        desk.sync()
        assert desk.holds(again) == {}
        desk.put(again, Title="VP")
        desk.sync()
        assert desk.holds(again) == {}


def test_a_further_record_that_shows_somebody_elses_address_is_asked_about() -> None:
    """It stays with its person, and is not written; whose it is, a person must say (R23, R29)."""
    desk = Desk()
    ann, ben = desk.contact(), desk.contact(email=NEW, lastname="Roe")
    leads = desk.lead(), desk.lead()
    desk.sync()
    further = next(one for one in leads if not one.fields["leadpact_lead_id__c"])
    desk.put(further, Email=NEW)
    desk.sync()
    asked = desk.holds(ann)["probable_duplicate"]
    assert further.ref.id in asked.why
    assert ben.ref.id in asked.why
    assert asked.field == ""
    assert desk.link(further).id == desk.link(ann).id
    desk.put(further, Email=OLD)
    desk.sync()
    assert "probable_duplicate" not in desk.holds(ann)


def test_whose_address_changed_is_looked_for_though_a_twin_keeps_the_old_one() -> None:
    desk = Desk()
    desk.go_live = desk.world.now + timedelta(days=2)  # nobody of before is made in HubSpot
    ann = desk.contact()
    desk.lead()
    ben, twin = desk.lead(Email=NEW, FirstName="Ben"), desk.lead(Email=NEW, FirstName="Ben")
    desk.sync()
    assert desk.link(ben).id == desk.link(twin).id != desk.link(ann).id
    desk.put(ben, Email=OLD)
    became = desk.world.salesforce.convert(ben, REP, into=None, deal=False, carry_ours=False)
    desk.sync()
    assert desk.link(became).id == desk.link(ann).id
