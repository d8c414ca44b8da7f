"""R23, R24 and R26 through the engine: several records, conversion, deletion."""

from __future__ import annotations

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import CONTACT, IS_OPEN
from tests.simulation.world import MARKETER, REP, WORKFLOW
from tests.unit.sync_rules.desk import Desk

from leadpact.model.record import Author, RecordRef
from leadpact.sync.effects import LastTouched, Write

NAME_OF_LEAD = {"Email": "ann@acme.example", "FirstName": "Ann", "LastName": "Doe"}


def rows_written(desk: Desk) -> set[str]:
    return {row.id for one in desk.effects if isinstance(one, Write) for row in one.rows}


def sf_contact(desk: Desk, **fields: str) -> Row:
    return desk.world.salesforce.make(CONTACT, {**NAME_OF_LEAD, **fields}, 0, REP)


class TestSeveralRecords:
    """R23."""

    def test_a_contact_goes_before_a_lead_and_only_it_is_written(self) -> None:
        desk = Desk()
        contact = desk.contact(city="Oslo")
        lead = desk.lead()
        person = sf_contact(desk)
        desk.sync()
        assert desk.link(lead).id == desk.link(person).id == desk.link(contact).id
        assert person.fields["MailingCity"] == "Oslo"
        assert lead.fields["City"] is None
        assert lead.ref.id not in rows_written(desk)

    def test_of_two_leads_the_most_advanced_is_written(self) -> None:
        desk = Desk()
        desk.contact(lifecyclestage="salesqualifiedlead", city="Oslo")
        first = desk.lead()
        second = desk.lead(Status="Working - Contacted")
        desk.sync()
        assert (first.fields["City"], second.fields["City"]) == (None, "Oslo")

    def test_of_two_equal_ones_the_last_touched_then_the_lowest_id(self) -> None:
        desk = Desk()
        desk.contact(city="Oslo")
        first, second = desk.lead(), desk.lead()
        desk.sync()
        assert (first.fields["City"], second.fields["City"]) == ("Oslo", None)
        desk = Desk()
        desk.contact(city="Oslo")
        first, second = desk.lead(), desk.lead()
        desk.put(second, Title="VP")
        desk.sync()
        assert (first.fields["City"], second.fields["City"]) == (None, "Oslo")

    def test_what_an_automation_touched_last_counts_for_nothing(self) -> None:
        desk = Desk()
        desk.contact(city="Oslo")
        first, second, third = desk.lead(), desk.lead(), desk.lead()
        desk.put(second, REP, Title="VP")
        desk.put(third, WORKFLOW, Title="VP")
        desk.put(first, Author("ours", "leadpact"), Title="VP")
        desk.sync()
        assert [row.fields["City"] for row in (first, second, third)] == [None, "Oslo", None]
        assert sum(isinstance(one, LastTouched) for one in desk.effects) == 1
        desk.put(third, REP, Title="CEO")
        desk.sync()
        # Chosen once, it stays; people are asked of only among records of which none was written.
        assert not any(isinstance(one, LastTouched) for one in desk.effects)
        assert [row.fields["City"] for row in (first, second, third)] == [None, "Oslo", None]

    def test_duplicates_are_counted_and_listed(self) -> None:
        desk = Desk()
        desk.contact()
        leads = [desk.lead(), desk.lead(), desk.lead()]
        report = desk.sync()
        assert report.counts["duplicates"] == desk.store.count("duplicates", desk.world.now) == 2
        assert {one.ref for one in desk.store.duplicates(9)} == {row.ref for row in leads[1:]}
        desk.world.salesforce.merge(leads[2], leads[0], REP)
        assert desk.sync().counts["duplicates"] == 1

    def test_a_contact_with_an_open_opportunity_goes_first(self) -> None:
        desk = Desk()
        desk.contact(city="Oslo", lifecyclestage="opportunity")
        first, second = sf_contact(desk), sf_contact(desk)
        desk.world.salesforce.open_deal(second, REP)
        desk.sync()
        assert second.fields["MailingCity"] == "Oslo"
        assert first.fields["MailingCity"] is None

    @pytest.mark.parametrize("touched", [0, 1])
    def test_an_edit_on_a_duplicate_is_no_edit_of_the_lead(self, touched: int) -> None:
        desk = Desk()
        contact = desk.contact(city="Oslo")
        leads = [desk.lead(), desk.lead()]
        desk.put(leads[touched], Title="VP")
        primary, duplicate = leads[touched], leads[1 - touched]
        desk.sync()
        desk.put(duplicate, City="Bergen", Status="Working - Contacted")
        desk.sync()
        assert contact.fields["city"] == primary.fields["City"] == "Oslo"
        assert duplicate.fields["City"] == "Bergen"
        assert desk.stage(contact).stage == "lead"

    def test_two_contacts_for_one_salesforce_record_are_held(self) -> None:
        desk = Desk()
        one = desk.contact(city="Oslo")
        desk.lead()
        desk.sync()
        other = desk.contact(city="Bergen")
        desk.sync()
        assert desk.link(one).id != desk.link(other).id
        assert "several_records_one_person" in desk.holds(other)

    def test_a_second_contact_leaves_the_questions_about_the_first_as_they_are(self) -> None:
        """A new contact with the address that the first one had: the first one is not read but for it."""
        desk = Desk()
        one = desk.contact()
        lead = desk.lead(Status="Closed - Not Converted")
        desk.sync()
        desk.put(one, email="ann.new@acme.example")
        desk.sync()
        asked = desk.holds(one)
        assert {"stages_differ", "field_changed"} <= asked.keys()
        desk.contact()
        for _look in range(2):
            desk.sync()
            after = desk.holds(one)
            assert {cause: after[cause] for cause in asked} == asked
            assert "several_records_one_person" in after
        assert lead.fields["Email"] == "ann@acme.example"


class TestConversion:
    """R24."""

    def test_into_a_new_contact_the_link_follows_and_the_lead_is_never_written(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        person = desk.world.salesforce.convert(lead, REP, into=None, deal=False, carry_ours=False)
        desk.sync()
        assert desk.link(person).id == desk.link(contact).id
        assert desk.side_state(lead.ref) == "converted"
        desk.put(contact, city="Oslo")
        desk.sync()
        assert person.fields["MailingCity"] == "Oslo"
        assert lead.fields["City"] is None
        assert rows_written(desk) == {person.ref.id, contact.ref.id} & rows_written(desk)

    def test_what_the_conversion_left_different_has_no_base_and_is_no_edit(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(city="Oslo"), desk.lead(City="Oslo")
        desk.sync()
        person = desk.world.salesforce.convert(lead, REP, into=None, deal=False, carry_ours=False)
        person.fields["MailingCity"] = None
        desk.sync()
        # Without the rule the Contact's blank would be an edit, and would empty the HubSpot contact.
        assert contact.fields["city"] == "Oslo"
        assert person.fields["MailingCity"] == "Oslo"

    def test_an_edit_made_meanwhile_in_the_other_crm_is_still_an_edit(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(city="Oslo"), desk.lead(City="Oslo")
        desk.sync()
        desk.put(contact, city="Bergen")
        person = desk.world.salesforce.convert(lead, REP, into=None, deal=False, carry_ours=False)
        desk.sync()
        # What the Contact carries on as agreed is no difference of the conversion's.
        assert contact.fields["city"] == person.fields["MailingCity"] == "Bergen"

    def test_its_opportunity_makes_it_an_opportunity(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(lifecyclestage="marketingqualifiedlead"), desk.lead()
        desk.sync()
        desk.world.salesforce.convert(lead, REP, into=None, deal=True, carry_ours=False)
        desk.sync()
        assert desk.stage(contact).stage == "opportunity"
        assert contact.fields["lifecyclestage"] == "opportunity"

    def test_an_opportunity_won_later_makes_a_customer(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(lifecyclestage="marketingqualifiedlead"), desk.lead()
        desk.sync()
        desk.world.salesforce.convert(lead, REP, into=None, deal=True, carry_ours=False)
        desk.sync()
        (deal,) = desk.world.salesforce.live("Opportunity")
        desk.put(deal, REP, **{IS_OPEN: False, "leadpact:is_won": True})
        desk.sync()
        assert desk.stage(contact).stage == "customer"
        assert contact.fields["lifecyclestage"] == "customer"


class TestDeletion:
    """R26."""

    def gone(self, desk: Desk, row: Row) -> None:
        desk.later(minutes=1)
        row.gone = True
        desk.world.crms[row.ref.crm].put(row, {}, REP)

    def test_it_leaves_a_tombstone_and_nothing_makes_it_again(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(lifecyclestage="marketingqualifiedlead"), desk.lead()
        desk.sync()
        self.gone(desk, lead)
        desk.sync()
        assert "deleted_in_salesforce" in desk.holds(contact)
        for _time in range(2):
            desk.put(contact, city="Oslo", jobtitle="director")
            desk.sync()
        assert len(desk.world.salesforce.rows) == 1
        assert desk.side_state(lead.ref) == "gone"

    def test_both_gone_is_a_tombstone(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        self.gone(desk, lead)
        self.gone(desk, contact)
        desk.sync()
        assert desk.link(lead).status == "tombstone"
        desk.sync()
        assert all(not row.made_by_us for row in desk.world.hubspot.rows.values())
        assert all(not row.made_by_us for row in desk.world.salesforce.rows.values())

    def test_it_beats_an_edit_of_the_same_cycle(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.put(contact, city="Oslo")
        self.gone(desk, lead)
        desk.sync()
        assert contact.fields["city"] == "Oslo"
        assert lead.fields["City"] is None
        assert "deleted_in_salesforce" in desk.holds(contact)

    def test_a_restore_revives_it_with_no_base(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(city="Oslo"), desk.lead(City="Oslo")
        desk.sync()
        self.gone(desk, lead)
        desk.sync()
        desk.put(contact, city="Bergen", jobtitle="VP")
        desk.sync()
        desk.later(minutes=1)
        lead.gone = False
        desk.world.salesforce.put(lead, {}, REP)
        desk.sync()
        assert desk.side_state(lead.ref) == "live"
        assert desk.holds(contact) == {}
        # No base, so it is a difference at first sight: the system of record wins, as R6 says.
        assert contact.fields["city"] == lead.fields["City"] == "Oslo"
        # Its blank is no edit either: it is filled, and empties nothing.
        assert contact.fields["jobtitle"] == lead.fields["Title"] == "VP"

    def test_a_hubspot_contact_that_is_gone_shows_when_next_looked_at(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.sync()
        desk.later(hours=1)
        contact.gone = True
        desk.world.hubspot.put(contact, {}, MARKETER)
        desk.sync()
        assert desk.side_state(contact.ref) == "live"
        desk.put(lead, Title="VP")
        desk.sync()
        assert desk.side_state(RecordRef("hubspot", "contacts", contact.ref.id)) == "gone"
        assert "deleted_in_hubspot" in desk.holds(lead)
