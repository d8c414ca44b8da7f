"""An answer is about what was asked: who types after the question is not overruled by it (R7, R29)."""

from __future__ import annotations

import pytest
from tests.unit.sync_rules.desk import Desk

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
