"""Seed, reset, snapshot and restore, and that no input makes a 500."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.sandbox_hubspot.client import CONTACTS, Client

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.seed import generate
from leadpact_sandbox.seed.model import Company
from leadpact_sandbox.world import World

AS_OF = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def company() -> Company:
    return generate(300, 7, AS_OF)


def everyone(client: Client, *names: str) -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = {}
    query: dict[str, object] = {"limit": 100, "properties": ",".join(names)}
    while True:
        body = client.get(CONTACTS, **query).body
        found |= {row["id"]: row["properties"] for row in body["results"]}
        if "paging" not in body:
            return found
        query["after"] = body["paging"]["next"]["after"]


def test_the_seed_is_what_the_company_is(portal: HubSpot, client: Client, company: Company) -> None:
    portal.load(company)
    here = [person for person in company.people if person.in_hubspot]
    rows = everyone(client, "firstname", "email", "lifecyclestage", "hs_lead_status")
    assert len(rows) == len(here)

    def sorted_pairs(pairs: list[tuple[str | None, str | None, str | None]]) -> list[str]:
        return sorted(map(repr, pairs))

    assert sorted_pairs(
        [(one["firstname"], one["lifecyclestage"], one["hs_lead_status"]) for one in rows.values()]
    ) == sorted_pairs(
        [(one.first_name, one.hubspot_stage, one.hubspot_lead_status) for one in here]
    )
    emails = [one["email"] for one in rows.values() if one["email"]]
    assert len(set(emails)) == len(emails)
    assert all(email == email.lower() for email in emails)
    assert client.found().body["total"] == len(here)


def test_one_address_is_kept_by_its_first_holder_only(
    portal: HubSpot, client: Client, company: Company
) -> None:
    """§6: e-mail is unique portal-wide, in any case."""
    person = next(one for one in company.people if one.in_hubspot and one.email)
    twin = replace(person, key="zzz", email=str(person.email).upper())
    portal.load(replace(company, people=(person, twin)))
    emails = [one["email"] for one in everyone(client, "email").values()]
    assert emails == [str(person.email).lower(), None]


def test_seeded_values_pass_the_portals_own_checks(
    portal: HubSpot, client: Client, company: Company
) -> None:
    portal.load(company)
    properties = client.get("/crm/v3/properties/contacts").body["results"]
    writable = {
        one["name"] for one in properties if not one["modificationMetadata"]["readOnlyValue"]
    } - {"hubspot_owner_id"}
    for number, values in everyone(client, *writable).items():
        sent = {name: value for name, value in values.items() if name in writable and value}
        answer = client.patch(f"{CONTACTS}/{number}", {"properties": sent})
        assert answer.status == 200, answer.raw
        assert answer.body["updatedAt"] == values["lastmodifieddate"]


def test_signals_are_dated_properties_set_by_a_workflow(
    portal: HubSpot, client: Client, company: Company
) -> None:
    """SEMANTICS R35: the recipe with date properties."""
    portal.load(company)
    wanted = sorted(
        max(signal.at for signal in person.signals if signal.name == "pricing_page")
        for person in company.people
        if person.in_hubspot and any(one.name == "pricing_page" for one in person.signals)
    )
    rows = everyone(client, "last_pricing_page_view", "sequence_emails_opened_dates")
    dates = sorted(
        datetime.fromisoformat(one["last_pricing_page_view"])
        for one in rows.values()
        if one["last_pricing_page_view"]
    )
    assert dates == wanted
    number = next(key for key, one in rows.items() if one["sequence_emails_opened_dates"])
    body = client.get(f"{CONTACTS}/{number}", propertiesWithHistory="sequence_emails_opened_dates")
    history = body.body["propertiesWithHistory"]["sequence_emails_opened_dates"]
    assert history[0]["value"] == rows[number]["sequence_emails_opened_dates"]
    assert history[0]["sourceType"] == "AUTOMATION_PLATFORM"
    assert len(history[0]["value"].split(";")) <= 10


def test_reset_is_the_state_after_the_load(
    portal: HubSpot, client: Client, company: Company
) -> None:
    portal.load(company)
    before = orjson.dumps(portal.snapshot())
    client.made(email="new@example.com")
    client.call("DELETE", f"{CONTACTS}/101")
    portal.edit("contacts", "102", {"city": "Rom"}, "person:1")
    portal.merge("contacts", "103", "104")
    client.call("DELETE", "/crm/v3/properties/contacts/last_webinar_name")
    assert orjson.dumps(portal.snapshot()) != before
    portal.reset()
    assert orjson.dumps(portal.snapshot()) == before
    assert client.get(f"{CONTACTS}/103").body["id"] == "103"


def test_snapshot_goes_through_json_into_another_portal(
    portal: HubSpot, client: Client, company: Company
) -> None:
    portal.load(company)
    body = {"name": "k", "label": "k", "groupName": "engagement", "type": "string"}
    client.post(
        "/crm/v3/properties/contacts", {**body, "fieldType": "text", "hasUniqueValue": True}
    )
    number = client.made(k="1", email="new@example.com", lifecyclestage="customer")
    portal.edit("contacts", number, {"lifecyclestage": "lead"}, "person:1")
    merged = str(portal.merge("contacts", "103", "104")["id"])
    client.call("DELETE", f"{CONTACTS}/105")
    state = orjson.loads(orjson.dumps(portal.snapshot()))
    other = HubSpot(World(seed=7))
    other.restore(state)
    twin = Client(other.app, other.token)
    assert orjson.loads(orjson.dumps(other.snapshot())) == state
    assert everyone(twin, "email", "k") == everyone(client, "email", "k")
    assert twin.get(f"{CONTACTS}/103").body["id"] == merged
    assert twin.get(f"{CONTACTS}/1", idProperty="k").body["id"] == number
    path, query = f"{CONTACTS}/{number}", {"propertiesWithHistory": "lifecyclestage"}
    assert twin.get(path, **query).body == client.get(path, **query).body
    assert twin.found().body["total"] == len(everyone(client))
    assert int(twin.made(city="x")) > int(merged)
    with pytest.raises(ValueError, match="version 99"):
        other.restore({**state, "version": 99})


def test_connection_and_identity_follow_from_the_seed() -> None:
    one, two, three = HubSpot(World(seed=7)), HubSpot(World(seed=7)), HubSpot(World(seed=8))
    assert one.connection("http://127.0.0.1:1") == {
        "base_url": "http://127.0.0.1:1",
        "token": two.token,
    }
    assert (one.token, one.portal_id) != (three.token, three.portal_id)


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(["lifecyclestage", "email", "101", "EQ", "IN", "k", "a@example.com", "lead"]),
)
KEYS = st.sampled_from(
    [
        "inputs",
        "id",
        "idProperty",
        "properties",
        "propertiesWithHistory",
        "filterGroups",
        "filters",
        "propertyName",
        "operator",
        "value",
        "values",
        "highValue",
        "sorts",
        "direction",
        "limit",
        "after",
        "email",
        "lifecyclestage",
        "objectWriteTraceId",
        "name",
        "label",
        "groupName",
        "type",
        "fieldType",
        "options",
        "associations",
        "primaryObjectId",
        "tokenKey",
    ]
)
BODIES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)
ROUTES = st.sampled_from(
    [
        ("POST", CONTACTS),
        ("PATCH", f"{CONTACTS}/101"),
        ("POST", f"{CONTACTS}/merge"),
        ("POST", f"{CONTACTS}/search"),
        *(
            ("POST", f"{CONTACTS}/batch/{what}")
            for what in ("read", "create", "update", "upsert", "archive")
        ),
        ("POST", "/crm/v3/properties/contacts"),
        ("PATCH", "/crm/v3/properties/contacts/last_webinar_name"),
        ("POST", "/crm/v3/properties/contacts/batch/create"),
        ("POST", "/crm/v3/properties/contacts/groups"),
        ("POST", "/oauth/v2/private-apps/get/access-token-info"),
    ]
)


@pytest.fixture(scope="module")
def fuzzed() -> tuple[HubSpot, Client]:
    portal = HubSpot(World(seed=7), index_lag_s=0)
    return portal, Client(portal.app, portal.token)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(route=ROUTES, body=st.dictionaries(KEYS, BODIES, max_size=5) | BODIES)
def test_no_body_makes_a_server_error(
    fuzzed: tuple[HubSpot, Client], route: tuple[str, str], body: object
) -> None:
    portal, client = fuzzed
    portal.reset()
    client.made(email="a@example.com", city="x")
    answer = client.call(*route, body)
    assert answer.status in {200, 201, 204, 207, 400, 401, 404, 409, 501}
    assert client.get(CONTACTS, limit=100).status == 200
    assert client.found().status == 200
