"""What of R29 holds already: a changed address never alters a link, and some addresses never link alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.simulation.world import MARKETER
from tests.unit.sync_rules.desk import Desk

from leadpact.sync.context import Limits


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


def test_a_stage_typed_just_before_two_agreed_leads_become_one_is_told() -> None:
    """Who typed it can be heard no more, since nothing that either showed is a base any longer."""
    desk = Desk()
    contact = desk.contact(lifecyclestage="marketingqualifiedlead")
    lead = desk.lead(LastName="Poe")
    desk.sync()
    desk.sync()
    (held,) = [row for row in (contact, lead) if desk.holds(row)]
    desk.put(contact, lifecyclestage="lead")
    desk.answer(held, "two_surnames", "accept")
    desk.sync()
    assert desk.link(contact) == desk.link(lead)
    assert contact.fields["lifecyclestage"] == "marketingqualifiedlead"
    told = [why for result, why in desk.told(contact) if result == "overtaken"]
    assert "Two leads became one: HubSpot shows Lead, and MQL stands." in told
    for _until_settled in range(2):
        desk.sync()
    assert told == [why for result, why in desk.told(contact) if result == "overtaken"]


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


@pytest.mark.parametrize("later", [False, True])
@pytest.mark.parametrize(
    ("email", "surname"), [("info@acme.example", "Doe"), ("ann@acme.example", "Poe")]
)
def test_a_pair_is_asked_about_once(email: str, surname: str, *, later: bool) -> None:
    desk = Desk()
    contact = desk.contact(email=email)
    if later:
        desk.sync()
    lead = desk.lead(Email=email, LastName=surname)
    for _look in range(3):
        desk.sync()
        held = [*desk.holds(contact).values(), *desk.holds(lead).values()]
        assert len(held) == 1, [one.why for one in held]
        desk.put(contact, city=f"City {_look}")
        desk.put(lead, City=f"Town {_look}")
    # Neither of them gets a record of its own in the other CRM, also the one that is not asked about.
    assert all(not row.made_by_us for crm in desk.world.crms.values() for row in crm.live())


def test_a_pair_planned_on_two_pages_is_asked_about_and_then_once() -> None:
    """Neither page knows what the other will ask; later one of both questions goes, and never both."""
    desk = Desk()
    few = Limits(page=1, max_writes=500)
    contact, lead = desk.contact(), desk.lead(LastName="Poe")
    for look in range(3):
        desk.sync(limits=few)
        held = [*desk.holds(contact).values(), *desk.holds(lead).values()]
        assert len(held) in ((1, 2) if look == 0 else (1,)), [one.why for one in held]
        desk.put(contact, city=f"City {look}")
        desk.put(lead, City=f"Town {look}")


def test_kept_apart_neither_gets_a_second_record_with_that_address() -> None:
    desk = Desk()
    contact = desk.contact(email="info@acme.example", lifecyclestage="marketingqualifiedlead")
    lead = desk.lead(Email="info@acme.example", LastName="Poe")
    desk.sync()
    (held,) = [row for row in (contact, lead) if desk.holds(row)]
    desk.answer(held, next(iter(desk.holds(held))), "refuse")
    for _look in range(2):
        desk.sync()
        desk.put(contact, city=f"City {_look}")
        desk.put(lead, City=f"Town {_look}")
    assert all(not row.made_by_us for crm in desk.world.crms.values() for row in crm.live())


def test_a_second_record_of_whom_a_person_kept_apart_is_asked_about_no_more() -> None:
    """The answer is the lead's: its further records with that address and surname are as far from the other (R23)."""
    desk = Desk()
    contact, lead = desk.contact(), desk.lead(LastName="Poe")
    desk.sync()
    (held,) = [row for row in (contact, lead) if desk.holds(row)]
    desk.answer(held, "two_surnames", "refuse")
    second = desk.lead(LastName="Poe")
    for _look in range(3):
        desk.sync()
    assert desk.link(second).id == desk.link(lead).id != desk.link(contact).id
    assert not any(desk.holds(row) for row in (contact, lead, second))


def test_two_leads_of_one_address_kept_apart_are_two_and_only_the_new_one_gets_a_contact() -> None:
    """HubSpot holds an address once: nobody there has it, so who was made after go-live does (R29, R30)."""
    desk = Desk()
    desk.go_live = desk.world.now + timedelta(hours=1)
    before = desk.lead(LastName="Poe")
    desk.sync()
    desk.later(hours=2)
    since = desk.lead()
    desk.sync()
    (held,) = [row for row in (before, since) if desk.holds(row)]
    assert not desk.world.hubspot.live()
    desk.answer(held, "two_surnames", "refuse")
    for look in range(3):
        desk.sync()
        (made,) = desk.world.hubspot.live()
        assert desk.link(made).id == desk.link(since).id != desk.link(before).id
        assert not any(desk.holds(row) for row in (before, since))
        desk.put(since, City=f"City {look}")
        desk.put(before, City=f"Town {look}")


def test_all_who_have_the_address_become_one_also_where_the_seeker_becomes_part_of_the_first() -> (
    None
):
    """A Lead that was alone, and a contact and a second Lead made since: looked at page by page, too."""
    desk = Desk()
    desk.go_live = desk.world.now + timedelta(days=1)
    alone = desk.lead()
    desk.sync()
    contact, second = desk.contact(), desk.lead()
    for _look in range(2):
        desk.sync(limits=Limits(page=1, max_writes=500))
    assert len({desk.link(row).id for row in (alone, contact, second)}) == 1


def test_a_question_stands_after_its_lead_became_part_of_another() -> None:
    """The second Lead is asked about before it is joined to the first, whose question is the same."""
    desk = Desk()
    desk.go_live = desk.world.now + timedelta(days=1)
    contact, lead = desk.contact(lastname="Poe"), desk.lead(LastName="Poe")
    desk.sync()
    namesake = desk.lead()
    for _look in range(2):
        desk.sync()
    asked = desk.holds(namesake)["two_surnames"]
    second = desk.lead()
    for look in range(3):
        desk.sync()
        assert desk.link(second).id == desk.link(namesake).id != desk.link(contact).id
        held = [*desk.holds(namesake).values(), *desk.holds(lead).values()]
        assert [one.since for one in held] == [asked.since], [one.why for one in held]
        desk.put(second, City=f"Town {look}")
