"""R28 through the engine: an opt-out that was taken back in one CRM; leadpact opts nobody in, whoever answers."""

from __future__ import annotations

import pytest
from tests.simulation.crm_rows import Row
from tests.unit.sync_rules.desk import Desk

from leadpact.model.record import Known
from leadpact.sync.merge import Reading, Settled, Verdict, Waits, merge_field

LABELS = {"hubspot": "HubSpot", "salesforce": "Salesforce"}


def opted_out() -> tuple[Desk, Row, Row]:
    """A lead that opted out in both CRMs, agreed."""
    desk = Desk()
    contact, lead = desk.contact(hs_email_optout=True), desk.lead(HasOptedOutOfEmail=True)
    desk.sync()
    assert desk.link(contact).base["email_opt_out"] is True
    return desk, contact, lead


class TestTakenBackInOne:
    def test_it_waits_and_goes_nowhere(self) -> None:
        desk, contact, lead = opted_out()
        desk.put(contact, hs_email_optout=False)
        desk.sync()
        why = desk.holds(contact)["consent_reopened"].why
        assert why.startswith("HubSpot took an opt-out back; leadpact never opts anyone in.")
        assert lead.fields["HasOptedOutOfEmail"] is True
        assert contact.fields["leadpact_opted_out"] == "true", "HubSpot's lists go on heeding it"

    @pytest.mark.parametrize("answer", ["accept", "take:hubspot", "set:false", "set:", "set:no"])
    def test_no_answer_but_a_refusal_settles_it(self, answer: str) -> None:
        desk, contact, lead = opted_out()
        desk.put(contact, hs_email_optout=False)
        desk.sync()
        desk.answer(contact, "consent_reopened", answer)
        desk.sync()
        assert lead.fields["HasOptedOutOfEmail"] is True
        assert desk.written("HasOptedOutOfEmail") == []
        assert desk.link(contact).base["email_opt_out"] is True
        assert desk.holds(contact)["consent_reopened"].answer == ""

    def test_a_refusal_puts_the_opt_out_back(self) -> None:
        desk, contact, lead = opted_out()
        desk.put(lead, HasOptedOutOfEmail=False)
        desk.sync()
        assert desk.holds(contact)["consent_reopened"].why.startswith("Salesforce took")
        desk.answer(contact, "consent_reopened", "refuse")
        desk.sync()
        assert lead.fields["HasOptedOutOfEmail"] is True
        assert desk.holds(contact) == {}


class TestTakenBackInBoth:
    def test_people_said_it_in_both_so_it_is_agreed_without_a_write(self) -> None:
        desk, contact, lead = opted_out()
        desk.put(contact, hs_email_optout=False)
        desk.sync()
        desk.put(lead, HasOptedOutOfEmail=False)
        desk.sync()
        assert desk.link(contact).base["email_opt_out"] is False
        assert desk.holds(contact) == {}
        assert desk.writes() == [("hubspot", "set", {"leadpact_opted_out": False})]

    def test_an_opt_out_after_that_goes_to_both_again(self) -> None:
        desk, contact, lead = opted_out()
        desk.put(contact, hs_email_optout=False)
        desk.put(lead, HasOptedOutOfEmail=False)
        desk.sync()
        desk.put(contact, hs_email_optout=True)
        desk.sync()
        assert lead.fields["HasOptedOutOfEmail"] is True


def merged(**readings: Reading) -> Verdict:
    return merge_field("most_restrictive", "hold", "", True, readings, LABELS)


def shows(value: Known, *, reads: bool = True) -> Reading:
    return Reading(value, changed=value is not True, fresh=False, reads=reads)


class TestMerge:
    def test_both_say_it(self) -> None:
        told = Settled(False, "edited in HubSpot and Salesforce")
        assert merged(hubspot=shows(False), salesforce=shows(False)) == told

    def test_a_side_that_is_only_written_and_still_shows_it_has_not_said_so(self) -> None:
        verdict = merged(hubspot=shows(False), salesforce=shows(True, reads=False))
        assert isinstance(verdict, Waits)
        assert verdict.cause == "consent_reopened"

    def test_blanks_in_both_confirm_nothing(self) -> None:
        verdict = merged(hubspot=shows(None), salesforce=shows(None))
        assert isinstance(verdict, Waits)

    def test_where_the_person_is_in_one_crm_alone_nobody_is_left_to_ask(self) -> None:
        assert merged(hubspot=shows(False)) == Settled(False, "edited in HubSpot")


class TestDifferentAtFirstSight:
    @pytest.mark.parametrize("answer", ["take:salesforce", "set:false", "set:"])
    def test_no_answer_opts_anyone_in(self, answer: str) -> None:
        desk = Desk()
        contact, lead = desk.contact(hs_email_optout=True), desk.lead(HasOptedOutOfEmail=False)
        desk.sync()
        desk.answer(contact, "values_differ", answer)
        desk.sync()
        assert desk.link(contact).base.get("email_opt_out") is not False
        assert desk.holds(contact)["values_differ"].status == "waiting"
        assert contact.fields["hs_email_optout"] == "true"
        assert lead.fields["HasOptedOutOfEmail"] is False

    def test_the_opt_out_may_be_taken_over(self) -> None:
        desk = Desk()
        contact, lead = desk.contact(hs_email_optout=True), desk.lead(HasOptedOutOfEmail=False)
        desk.sync()
        desk.answer(contact, "values_differ", "take:hubspot")
        desk.sync()
        assert lead.fields["HasOptedOutOfEmail"] is True
        assert desk.holds(contact) == {}
