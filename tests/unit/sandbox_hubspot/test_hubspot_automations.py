"""Stages that move by themselves: facts/hubspot.md §4 "Account automations"."""

from __future__ import annotations

import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Client
from tests.unit.sandbox_hubspot.test_hubspot_objects import OBJECTS, make

from leadpact_sandbox.world import World


def stage(client: Client, kind: str, number: str) -> str | None:
    read = client.get(f"{OBJECTS}/{kind}/{number}", properties="lifecyclestage")
    return str(read.body["properties"]["lifecyclestage"])


def link(client: Client, kind: str, number: str, target: str, other: str) -> None:
    path = f"/crm/v4/objects/{kind}/{number}/associations/default/{target}/{other}"
    assert client.call("PUT", path).status == 200


@pytest.fixture
def people(client: Client) -> tuple[str, str, str]:
    """A contact of a company, and a deal of neither."""
    contact, company = client.made(city="x"), str(make(client, "companies").body["id"])
    link(client, "contacts", contact, "companies", company)
    return contact, company, str(make(client, "deals").body["id"])


def test_a_companys_stage_moves_its_contacts_never_backwards(
    client: Client, world: World, people: tuple[str, str, str]
) -> None:
    contact, company, _ = people
    path = f"{OBJECTS}/companies/{company}"
    client.patch(path, {"properties": {"lifecyclestage": "salesqualifiedlead"}})
    assert stage(client, "contacts", contact) == "lead", "off unless switched on"
    world.switches["hubspot.4.company_stage_moves_contacts"] = True
    client.patch(path, {"properties": {"lifecyclestage": "opportunity"}})
    assert stage(client, "contacts", contact) == "opportunity"
    history = client.get(f"{CONTACTS}/{contact}", propertiesWithHistory="lifecyclestage").body
    assert history["propertiesWithHistory"]["lifecyclestage"][0]["sourceType"] == "COMPANIES"
    client.patch(path, {"properties": {"lifecyclestage": ""}})
    client.patch(path, {"properties": {"lifecyclestage": "lead"}})
    assert stage(client, "contacts", contact) == "opportunity"
    later = client.made(city="y")
    link(client, "contacts", later, "companies", company)
    assert stage(client, "contacts", later) == "lead"


def test_a_deal_makes_an_opportunity_and_a_won_one_a_customer(
    client: Client, world: World, people: tuple[str, str, str]
) -> None:
    contact, company, deal = people
    world.switches["hubspot.4.deal_makes_opportunity"] = True
    link(client, "deals", deal, "contacts", contact)
    link(client, "companies", company, "deals", deal)
    assert stage(client, "contacts", contact) == "opportunity"
    assert stage(client, "companies", company) == "opportunity"
    world.switches["hubspot.4.won_deal_makes_customer"] = True
    client.patch(f"{OBJECTS}/deals/{deal}", {"properties": {"dealstage": "closedlost"}})
    assert stage(client, "contacts", contact) == "opportunity"
    inputs = [{"id": deal, "properties": {"dealstage": "closedwon"}}]
    client.post(f"{OBJECTS}/deals/batch/update", {"inputs": inputs})
    assert stage(client, "contacts", contact) == "customer"
    assert stage(client, "companies", company) == "customer"
