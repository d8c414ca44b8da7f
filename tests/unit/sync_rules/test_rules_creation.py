"""R30 through the engine: nobody is made who has any of the addresses, who bears our id, or whom a rule stops."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.simulation.crm_hubspot import CONTACTS
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import CONTACT
from tests.simulation.world import REP, START
from tests.unit.sync_rules.desk import Desk

from leadpact.model.record import Author
from leadpact.sync.effects import FindMatches
from leadpact_app.store.memory import MemoryStore

MQL = "marketingqualifiedlead"
IMPORT = Author("import", "imp-7")
SECOND = "ann.doe@home.example"


def made(desk: Desk, crm: str = "salesforce") -> list[Row]:
    return [row for row in desk.world.crms[crm].rows.values() if row.made_by_us]


class TestAnyOfTheAddresses:
    @pytest.mark.parametrize("found", ["Lead", "Contact", "converted Lead"])
    def test_a_second_address_of_hers_keeps_a_lead_from_being_made(self, found: str) -> None:
        desk = Desk()
        contact = desk.contact(lifecyclestage=MQL, hs_additional_emails=f"x@y.example;{SECOND}")
        if found == "Contact":
            there = desk.world.salesforce.make(
                CONTACT, {"Email": SECOND, "LastName": "Doe"}, 0, REP
            )
        else:
            there = desk.lead(Email=SECOND.upper())
        if found == "converted Lead":
            person = desk.world.salesforce.convert(
                there, REP, into=None, deal=False, carry_ours=False
            )
            person.fields["Email"] = "other@acme.example"
        desk.sync()
        assert made(desk) == []
        assert desk.link(there).id == desk.link(contact).id

    def test_role_addresses_among_them_never_link_alone(self) -> None:
        desk = Desk()
        contact = desk.contact(lifecyclestage=MQL, hs_additional_emails="info@acme.example")
        lead = desk.lead(Email="info@acme.example")
        desk.sync()
        assert desk.link(lead).id != desk.link(contact).id
        assert made(desk) == []

    def test_a_lead_with_her_second_address_finds_her_before_a_contact_is_made(self) -> None:
        desk = Desk()
        contact = desk.contact(hs_additional_emails=SECOND)
        desk.sync()
        desk.later(days=1)
        desk.go_live = START + timedelta(hours=1)
        lead = desk.lead(Email=SECOND)
        desk.sync()
        assert made(desk, "hubspot") == []
        assert desk.link(lead).id == desk.link(contact).id

    def test_the_address_of_her_converted_lead_finds_her_before_a_contact_is_made(self) -> None:
        desk = Desk()
        desk.go_live = START
        desk.sync()
        desk.world.hubspot.lag = timedelta(hours=2)
        contact, lead = desk.contact(), desk.lead()
        person = desk.world.salesforce.convert(lead, REP, into=None, deal=False, carry_ours=False)
        desk.put(person, Email="ann.new@acme.example")
        desk.later(hours=1)
        desk.sync()
        assert made(desk, "hubspot") == []
        assert desk.link(person).id == desk.link(contact).id

    def test_who_shares_a_page_with_somebody_found_so_is_judged_once(self) -> None:
        desk = Desk()
        ann, ben = desk.contact(), desk.contact(email=SECOND)
        desk.lead()
        desk.sync()
        desk.later(days=1)
        desk.world.salesforce.lag = timedelta(hours=2)
        there = desk.lead(Email=SECOND)
        desk.later(hours=1)
        desk.put(ann, IMPORT, lifecyclestage=MQL)
        desk.put(ben, lifecyclestage=MQL)
        desk.sync()
        assert desk.link(there).id == desk.link(ben).id
        assert [result for result, _stage in desk.told(ann)].count("refused") == 1
        assert desk.holds(ann) == {}
        assert ann.fields["lifecyclestage"] == "lead"

    def test_all_leads_of_a_page_are_asked_for_together(self) -> None:
        desk = Desk()
        for number in range(30):
            desk.contact(
                email=f"p{number}@acme.example",
                lifecyclestage=MQL,
                hs_additional_emails=f"p{number}@home.example",
            )
        desk.sync()
        asked = [one for one in desk.effects if isinstance(one, FindMatches)]
        assert len(made(desk)) == 30
        # At first sight, and once more right before they are made.
        assert len(asked) == 2 * 2
        assert all(len(one.values) == 60 for one in asked)


class TestAfterALostState:
    """Records that bear our id are one person, whatever their addresses say by now."""

    def lost(self, desk: Desk) -> None:
        desk.store = MemoryStore()
        desk.later(days=1)

    def test_our_id_links_them_and_stays(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(lifecyclestage=MQL), desk.lead()
        desk.sync()
        ours = contact.fields["leadpact_lead_id"]
        desk.put(lead, Email="ann.new@acme.example")
        self.lost(desk)
        desk.sync()
        assert desk.link(contact).id == desk.link(lead).id
        assert (made(desk), made(desk, "hubspot")) == ([], [])
        assert desk.written("leadpact_lead_id", "leadpact_lead_id__c") == []
        assert desk.link(contact).external_id == ours == lead.fields["leadpact_lead_id__c"]

    def test_a_record_made_later_for_one_of_them_bears_the_same_id(self) -> None:
        desk = Desk()
        contact = desk.contact()
        desk.sync()
        contact.fields["leadpact_lead_id"] = "an earlier id"
        self.lost(desk)
        desk.sync()
        desk.put(contact, lifecyclestage=MQL)
        desk.sync()
        (lead,) = made(desk)
        assert lead.fields["leadpact_lead_id__c"] == "an earlier id"

    def test_the_id_of_another_lead_is_not_taken_over(self) -> None:
        desk = Desk()
        contact = desk.contact()
        desk.sync()
        ours = contact.fields["leadpact_lead_id"]
        copied = desk.world.salesforce.make(
            CONTACT,
            {"Email": "ben@acme.example", "LastName": "Poe", "leadpact_lead_id__c": ours},
            1,
            REP,
        )
        desk.sync()
        # It bears Ann's id, so it is Ann's: whoever copied it is told by what differs.
        assert desk.link(copied).id == desk.link(contact).id


class TestDuplicateRule:
    def stopped(self) -> tuple[Desk, Row, Row]:
        desk = Desk()
        desk.go_live = START + timedelta(days=1)
        contact = desk.contact(lifecyclestage=MQL)
        other = desk.lead(Email="a.doe@acme.example")
        desk.world.salesforce.duplicate_rule = True
        desk.sync()
        return desk, contact, other

    def test_it_is_held_names_the_other_record_and_is_not_tried_again(self) -> None:
        desk, contact, other = self.stopped()
        for _look in range(2):
            held = desk.holds(contact)["duplicate_rule"]
            assert f"Lead {other.ref.id}" in held.why
            assert held.shown == {"salesforce": f"Lead {other.ref.id}"}
            assert made(desk) == []
            assert not desk.store.failures()
            desk.put(contact, city="Oslo")
            desk.sync()
            assert [one for one in desk.writes() if one[:2] == ("salesforce", "make")] == []

    def test_accepted_they_are_one_person(self) -> None:
        desk, contact, other = self.stopped()
        desk.answer(contact, "duplicate_rule", "accept")
        desk.sync()
        assert desk.link(other).id == desk.link(contact).id
        assert "duplicate_rule" not in desk.holds(contact)
        assert made(desk) == []

    def test_refused_it_is_tried_again(self) -> None:
        desk, contact, other = self.stopped()
        desk.answer(contact, "duplicate_rule", "refuse")
        desk.sync()
        assert "duplicate_rule" in desk.holds(contact)
        desk.answer(contact, "duplicate_rule", "refuse")
        desk.world.salesforce.duplicate_rule = False
        desk.sync()
        (lead,) = made(desk)
        assert desk.link(lead).id == desk.link(contact).id != desk.link(other).id
        assert desk.holds(contact) == {}


def test_a_hubspot_contact_is_not_made_for_a_second_address() -> None:
    desk = Desk()
    desk.go_live = START
    contact = desk.contact(email="ann@acme.example", hs_additional_emails=SECOND)
    lead = desk.lead(Email=SECOND, LastName="Poe")
    desk.sync()
    # Two surnames: a person decides, and meanwhile none is made.
    assert desk.link(lead).id != desk.link(contact).id
    assert [row for row in desk.world.hubspot.live(CONTACTS) if row.made_by_us] == []


def test_a_status_moved_since_our_stage_was_written_does_not_go_under_with_the_state() -> None:
    desk = Desk()
    contact, lead = desk.contact(), desk.lead()
    desk.sync()
    desk.put(lead, Status="Closed - Not Converted")
    desk.store = MemoryStore()
    desk.sync()
    held = desk.holds(contact)["stages_differ"]
    assert held.shown["salesforce"] == "lead, but Closed - Not Converted"
    assert lead.fields["Status"] == "Closed - Not Converted"
    desk.answer(contact, "stages_differ", "take:salesforce")
    desk.sync()
    assert desk.stage(contact).stage == "recycled"
