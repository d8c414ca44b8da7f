"""An answer is about what was asked: who types after the question is not overruled by it (R7, R29)."""

from __future__ import annotations

import pytest
from tests.unit.sync_rules.desk import Desk

from leadpact.sync.effects import Effect, Write

FIRST, SECOND = "ann.roe@acme.example", "ann.poe@acme.example"


@pytest.mark.parametrize("answer", ["refuse", "accept", "take:hubspot", "take:salesforce"])
def test_what_was_typed_after_the_question_is_asked_about_anew(answer: str) -> None:
    desk = Desk()
    contact, lead = desk.contact(), desk.lead()
    desk.sync()
    desk.put(contact, email=FIRST)
    desk.sync()
    desk.answer(contact, "field_changed", answer)
    desk.put(contact, email=SECOND)
    desk.sync()
    asked = desk.holds(contact)["field_changed"]
    assert dict(asked.shown) == {"hubspot": SECOND, "salesforce": "ann@acme.example"}
    assert contact.fields["email"] == SECOND
    assert lead.fields["Email"] == "ann@acme.example"


def test_a_typed_answer_stands_whatever_was_typed_since() -> None:
    desk = Desk()
    contact, lead = desk.contact(), desk.lead()
    desk.sync()
    desk.put(contact, email=FIRST)
    desk.sync()
    desk.answer(contact, "field_changed", f"set:{FIRST}")
    desk.put(contact, email=SECOND)
    desk.sync()
    assert {contact.fields["email"], lead.fields["Email"]} == {FIRST}


def test_an_answer_given_while_the_lead_is_written_is_heard_by_the_next_cycle() -> None:
    """Though time brings the lead back later, too: an MQL that nobody works is recycled one day."""
    desk = Desk()
    contact = desk.contact(lifecyclestage="marketingqualifiedlead", leadpact_stage="mql")
    desk.lead(leadpact_stage__c="mql")
    desk.sync()
    desk.sync()
    desk.put(contact, email=FIRST)
    desk.sync()

    def answered(effect: Effect) -> None:
        if isinstance(effect, Write):
            desk.before = lambda _effect: None
            desk.answer(contact, "field_changed", f"set:{FIRST}")

    desk.put(contact, city="Oslo")
    desk.before = answered
    desk.sync()
    assert desk.store.due(desk.world.now, 9)
    desk.sync()
    assert "field_changed" not in desk.holds(contact)
