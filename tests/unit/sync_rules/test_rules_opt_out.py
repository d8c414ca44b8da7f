"""R28 through the engine: an opt-out goes to both CRMs and first; where a CRM cannot take it, a person is asked."""

from __future__ import annotations

import pytest
from tests.simulation.crm_rows import Row
from tests.unit.sync_rules.desk import Desk
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.sync.context import Limits
from leadpact.sync.effects import Write


def agreed(count: int = 1) -> tuple[Desk, list[Row], list[Row]]:
    """So many leads, agreed, in both CRMs."""
    desk = Desk()
    people = [
        {"email": f"p{number}@acme.example", "lastname": f"Name{number}"} for number in range(count)
    ]
    contacts = [desk.contact(**one) for one in people]
    leads = [desk.lead(Email=one["email"], LastName=one["lastname"]) for one in people]
    desk.sync()
    return desk, contacts, leads


class TestHubSpotCannotTakeIt:
    def said(self) -> tuple[Desk, Row, Row]:
        desk, (contact,), (lead,) = agreed()
        desk.put(lead, HasOptedOutOfEmail=True)
        desk.sync()
        return desk, contact, lead

    def test_it_is_agreed_told_on_the_contact_and_asked_of_a_person(self) -> None:
        desk, contact, _lead = self.said()
        assert desk.link(contact).base["email_opt_out"] is True
        assert contact.fields["leadpact_opted_out"] == "true"
        asked = desk.holds(contact)["opt_out_owed"]
        assert asked.why.startswith("Salesforce says that this person opted out, and HubSpot lets")
        assert dict(asked.shown) == {"salesforce": "true", "hubspot": "false"}

    def test_it_stands_until_hubspot_shows_it(self) -> None:
        desk, contact, lead = self.said()
        desk.put(contact, city="Oslo")
        desk.sync()
        assert "opt_out_owed" in desk.holds(contact)
        assert "consent_reopened" not in desk.holds(contact)
        desk.put(contact, hs_email_optout=True)
        desk.sync()
        assert desk.holds(contact) == {}
        assert contact.fields["leadpact_opted_out"] == "false"
        assert lead.fields["HasOptedOutOfEmail"] is True

    def test_taken_back_in_salesforce_alone_it_is_held(self) -> None:
        desk, contact, lead = self.said()
        desk.put(lead, HasOptedOutOfEmail=False)
        desk.sync()
        assert "consent_reopened" in desk.holds(contact)
        assert desk.link(contact).base["email_opt_out"] is True


class TestNobodyIsOptedIn:
    @pytest.mark.parametrize("shown", [None, False])
    def test_no_fill_and_no_first_sight_writes_that_somebody_is_in(
        self, shown: bool | None
    ) -> None:
        desk = Desk()
        desk.contact(hs_email_optout=False)
        lead = desk.lead(HasOptedOutOfEmail=shown)
        desk.sync()
        assert desk.written("HasOptedOutOfEmail") == []
        assert lead.fields["HasOptedOutOfEmail"] is shown


class TestFirst:
    def test_it_is_written_before_everything_else(self) -> None:
        desk, contacts, leads = agreed(4)
        for contact in contacts[:3]:
            desk.put(contact, city="Oslo")
        desk.put(contacts[3], hs_email_optout=True)
        desk.sync(limits=Limits(page=2))
        sent = [row.id for one in desk.effects if isinstance(one, Write) for row in one.rows]
        assert sent[0] == leads[3].ref.id
        assert len(sent) == 4

    def test_it_waits_for_no_approval_of_the_rest(self) -> None:
        desk, contacts, leads = agreed(4)
        for contact in contacts[:3]:
            desk.put(contact, city="Oslo")
        desk.put(contacts[3], hs_email_optout=True)
        report = desk.sync(limits=Limits(max_writes=2))
        assert report.status == "needs_approval"
        assert leads[3].fields["HasOptedOutOfEmail"] is True
        assert [lead.fields["City"] for lead in leads[:3]] == [None, None, None]

    def test_too_many_at_once_wait_like_everything_else(self) -> None:
        desk, contacts, leads = agreed(3)
        for contact in contacts:
            desk.put(contact, hs_email_optout=True)
        report = desk.sync(limits=Limits(max_writes=2))
        assert report.status == "needs_approval"
        assert not any(lead.fields["HasOptedOutOfEmail"] for lead in leads)


def test_an_undo_leaves_our_word_on_an_opt_out_as_it_stands() -> None:
    """What HubSpot's lists heed, where its own field cannot be written, is consent as well (R28, R32)."""
    desk = UndoDesk()
    contact, lead = desk.contact(), desk.lead()
    desk.sync()
    desk.put(lead, HasOptedOutOfEmail=True)
    desk.sync()
    assert contact.fields["leadpact_opted_out"] == "true"
    report = desk.undo()
    assert desk.results(report)["hubspot.leadpact_opted_out"] == "never undone"
    assert contact.fields["leadpact_opted_out"] == "true"
