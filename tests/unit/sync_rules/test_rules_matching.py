"""What of R29 holds already: a changed address never alters a link, and some addresses never link alone."""

from __future__ import annotations

import pytest
from tests.simulation.world import MARKETER
from tests.unit.sync_rules.desk import Desk


@pytest.mark.parametrize(
    ("email", "surname", "cause"),
    [("info@acme.example", "Doe", "role_address"), ("ann@acme.example", "Poe", "two_surnames")],
)
@pytest.mark.parametrize("answer", ["accept", "refuse"])
def test_some_addresses_never_link_alone(email: str, surname: str, cause: str, answer: str) -> None:
    desk = Desk()
    contact = desk.contact(email=email)
    lead = desk.lead(Email=email, LastName=surname)
    desk.sync()
    assert desk.link(contact).id != desk.link(lead).id
    held = contact if cause in desk.holds(contact) else lead
    desk.answer(held, cause, answer)
    desk.sync()
    assert (desk.link(contact).id == desk.link(lead).id) is (answer == "accept")


def test_a_changed_address_waits_for_a_person_and_keeps_the_link() -> None:
    desk = Desk()
    contact, lead = desk.contact(), desk.lead()
    desk.sync()
    link_id = desk.link(contact).id
    desk.put(contact, MARKETER, email="ann.new@acme.example")
    desk.sync()
    assert desk.link(contact).id == desk.link(lead).id == link_id
    assert lead.fields["Email"] == "ann@acme.example"
    desk.answer(contact, "field_changed", "accept")
    desk.sync()
    assert lead.fields["Email"] == "ann.new@acme.example"
    assert desk.link(contact).id == desk.link(lead).id == link_id
