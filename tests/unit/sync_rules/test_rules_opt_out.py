"""R28 through the engine: an opt-out goes to both CRMs and first; where a CRM cannot take it, a person is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import MARKETER
from tests.unit.sync_rules.desk import Desk
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.errors import SetAside
from leadpact.model.link import WorkItem
from leadpact.model.record import Native
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Limits
from leadpact.sync.effects import Write

OPT_OUT = "HasOptedOutOfEmail"


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


class TestByItself:
    """No other value of the lead keeps an opt-out from being written."""

    def test_it_goes_in_a_row_of_its_own_and_the_rest_follows(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.sync()
        desk.put(contact, hs_email_optout=True, jobtitle="CTO")
        desk.put(contact, lifecyclestage="marketingqualifiedlead")

        report = desk.sync()

        rows = [fields for crm, _op, fields in desk.writes() if crm == "salesforce"]
        assert rows[0] == {OPT_OUT: True}
        assert (lead.fields[OPT_OUT], lead.fields["Title"]) == (True, "CTO")
        assert desk.stage(lead).stage == "mql"
        assert lead.fields["leadpact_stage__c"] == "mql"
        assert report.counts["stage_moves"] == 1
        desk.sync()
        assert desk.writes() == []

    def test_a_value_that_is_refused_holds_it_not_up(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.sync()
        refusal = desk.world.salesforce.refusal

        def rule(row: Row | None, kind: str, fields: Mapping[str, Native]) -> SetAside | None:
            if "Title" in fields:
                return SetAside("A rule of the org says no.", code="validation_rule")
            return refusal(row, kind, fields)

        desk.world.salesforce.refusal = rule  # type: ignore[method-assign]
        desk.put(contact, hs_email_optout=True, jobtitle="CTO")
        desk.sync()
        assert lead.fields[OPT_OUT] is True
        assert not lead.fields["Title"]
        assert desk.link(lead).base["email_opt_out"] is True

    def test_killed_right_after_it_the_rest_is_not_forgotten(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(), desk.lead()
        desk.sync()
        desk.sync()
        desk.put(contact, hs_email_optout=True, jobtitle="CTO")
        desk.killed(
            lambda effect: (
                isinstance(effect, Write) and any("Title" in row.fields for row in effect.rows)
            )
        )
        assert lead.fields[OPT_OUT] is True
        desk.sync()
        assert lead.fields["Title"] == "CTO"


class TestRefused:
    """An opt-out that Salesforce refused counts all the same, and stays on the list of failures."""

    def said(self) -> tuple[Desk, Row, Row]:
        desk, (contact,), (lead,) = agreed()
        allowed = desk.world.salesforce.refusal

        def rule(row: Row | None, kind: str, fields: Mapping[str, Native]) -> SetAside | None:
            if OPT_OUT in fields:
                return SetAside("A rule of the org says no.", code="validation_rule")
            return allowed(row, kind, fields)

        desk.world.salesforce.refusal = rule  # type: ignore[method-assign]
        desk.put(contact, hs_email_optout=True)
        desk.sync()
        desk.put(contact, city="Oslo")
        desk.sync()
        assert lead.fields["City"] == "Oslo"
        self.allowed = allowed
        return desk, contact, lead

    def lift(self, desk: Desk) -> None:
        desk.world.salesforce.refusal = self.allowed  # type: ignore[method-assign]

    def failures(self, desk: Desk, row: Row) -> list[str]:
        return [one.cause for one in desk.store.failures(link_ids=[desk.link(row).id])]

    def test_it_is_agreed_and_told(self) -> None:
        desk, contact, lead = self.said()
        assert desk.link(contact).base["email_opt_out"] is True
        assert desk.holds(contact) == {}, "nobody took it back"
        assert not lead.fields[OPT_OUT]
        assert self.failures(desk, contact) == ["validation_rule"]
        desk.sync()
        assert self.failures(desk, contact) == ["validation_rule"]
        assert desk.writes() == []

    def test_tried_again_it_is_written(self) -> None:
        desk, contact, lead = self.said()
        now = desk.world.now
        self.lift(desk)
        again = [replace(one, retry_at=now) for one in desk.store.failures()]
        work = [WorkItem(one.link_id, "retry", now, now) for one in again]
        desk.store.commit(StateChanges(failures=again, work=work), None, now)
        desk.sync()
        assert lead.fields[OPT_OUT] is True
        assert self.failures(desk, contact) == []
        desk.put(lead, HasOptedOutOfEmail=False)
        desk.sync()
        assert "consent_reopened" in desk.holds(contact)

    def test_taken_back_where_it_was_said_nobody_shows_it_and_it_ends(self) -> None:
        desk, contact, _lead = self.said()
        desk.put(contact, hs_email_optout=False)
        desk.sync()
        assert desk.link(contact).base["email_opt_out"] is False
        assert desk.holds(contact) == {}
        assert self.failures(desk, contact) == []

    def test_a_merge_into_who_has_not_opted_out_asks_a_person(self) -> None:
        desk, contact, _lead = self.said()
        home = "ann.doe@home.example"
        other = desk.contact(email=home, hs_email_optout=False)
        desk.lead(Email=home)
        desk.sync()
        merged = desk.world.hubspot.merge(other, contact, MARKETER)
        desk.sync()
        assert merged.fields["hs_email_optout"] in (False, "false")
        assert "merged_opt_out" in desk.holds(merged)

    def test_unwritten_and_off_the_list_a_person_is_asked(self) -> None:
        """A pause ends the failure: nothing is wanted there meanwhile."""
        desk, contact, lead = self.said()
        now = desk.world.now
        off = [replace(one, open=False) for one in desk.store.failures()]
        desk.store.commit(StateChanges(failures=off), None, now)
        desk.put(contact, city="Moss")
        desk.sync()
        asked = desk.holds(contact)["opt_out_owed"]
        assert asked.why.startswith(
            "HubSpot says that this person opted out, and Salesforce did not take that"
        )
        desk.put(lead, HasOptedOutOfEmail=True)
        desk.sync()
        assert desk.holds(contact) == {}
