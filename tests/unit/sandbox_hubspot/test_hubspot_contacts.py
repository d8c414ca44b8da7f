"""Single contacts over HTTP: facts/hubspot.md §1."""

from __future__ import annotations

import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Client

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.world import World


def test_create_answers_201_with_more_than_was_sent(client: Client) -> None:
    """§1, §4: the address is lower-cased, the stage defaults to lead, names come sorted."""
    answer = client.post(CONTACTS, {"properties": {"email": "Ana@Example.COM", "city": "Łódź"}})
    assert answer.status == 201
    properties = answer.body["properties"]
    assert properties["email"] == "ana@example.com"
    assert properties["city"] == "Łódź"
    assert properties["lifecyclestage"] == "lead"
    assert properties["hs_object_id"] == answer.body["id"]
    assert list(properties) == sorted(properties)
    assert answer.body["archived"] is False


def test_a_new_contact_has_no_stage_when_the_switch_is_off() -> None:
    portal = HubSpot(World(switches={"hubspot.4.new_contact_is_lead": False}))
    client = Client(portal.app, portal.token)
    assert client.values(client.made(city="Oslo"), "lifecyclestage")["lifecyclestage"] is None


def test_read_answers_defaults_or_what_was_asked(client: Client) -> None:
    """§1: unset ones are null, undefined ones are left out without an error."""
    number = client.made(email="b@example.com", jobtitle="CTO")
    assert set(client.get(f"{CONTACTS}/{number}").body["properties"]) == {
        "createdate",
        "email",
        "firstname",
        "hs_object_id",
        "lastmodifieddate",
        "lastname",
    }
    asked = client.values(number, "jobtitle", "city", "no_such_property")
    assert asked["jobtitle"] == "CTO"
    assert asked["city"] is None
    assert "no_such_property" not in asked
    repeated = client.get(f"{CONTACTS}/{number}", properties=["jobtitle", "city"])
    assert {"jobtitle", "city"} <= set(repeated.body["properties"])


def test_read_by_email_and_by_no_unique_property(client: Client) -> None:
    """§1: ``idProperty``."""
    number = client.made(email="c@example.com", city="Lyon")
    assert client.get(f"{CONTACTS}/C@example.com", idProperty="email").body["id"] == number
    answer = client.get(f"{CONTACTS}/Lyon", idProperty="city")
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")


def test_not_found_has_two_shapes(client: Client) -> None:
    """§1: a numeric id has no category, any other has OBJECT_NOT_FOUND and its context."""
    numeric = client.get(f"{CONTACTS}/999999")
    assert numeric.status == 404
    assert numeric.body["message"] == "resource not found"
    assert "category" not in numeric.body
    other = client.get(f"{CONTACTS}/abc")
    assert (other.status, other.body["category"]) == (404, "OBJECT_NOT_FOUND")
    assert other.body["context"] == {"id": ["abc"]}
    assert other.body["correlationId"] == other.headers["x-hubspot-correlation-id"]


def test_update_moves_the_stamp_only_when_something_changes(client: Client, world: World) -> None:
    """§2: the modified property moves on every effective write, at milliseconds."""
    number = client.made(email="d@example.com")
    before = client.values(number)["lastmodifieddate"]
    world.clock.advance(1)
    same = client.patch(f"{CONTACTS}/{number}", {"properties": {"email": "D@example.com"}})
    assert same.body["updatedAt"] == before
    changed = client.patch(f"{CONTACTS}/{number}", {"properties": {"city": "Rom"}})
    assert changed.body["updatedAt"] > before
    assert changed.body["updatedAt"] == changed.body["properties"]["lastmodifieddate"]
    assert changed.body["createdAt"] == before


@pytest.mark.parametrize("blank", ["", None])
def test_blank_clears(client: Client, blank: str | None) -> None:
    """§1 "Clearing"."""
    number = client.made(email="e@example.com", city="Rom")
    answer = client.patch(f"{CONTACTS}/{number}", {"properties": {"city": blank}})
    assert answer.body["properties"]["city"] is None
    assert client.values(number, "city")["city"] is None


def test_cleared_reads_empty_with_the_switch() -> None:
    portal = HubSpot(World(switches={"hubspot.1.cleared_reads_empty": True}))
    client = Client(portal.app, portal.token)
    number = client.made(city="Rom")
    client.patch(f"{CONTACTS}/{number}", {"properties": {"city": ""}})
    assert client.values(number, "city", "state") | {"city": "", "state": None} == client.values(
        number, "city", "state"
    )


def test_a_taken_address_has_two_forms(client: Client) -> None:
    """§1: 409 naming one id on create; 400 naming two on update, the holder second."""
    first = client.made(email="f@example.com")
    create = client.post(CONTACTS, {"properties": {"email": "F@EXAMPLE.com"}})
    assert (create.status, create.body["category"]) == (409, "CONFLICT")
    assert create.body["message"].endswith(f"Existing ID: {first}")
    second = client.made(email="g@example.com")
    update = client.patch(f"{CONTACTS}/{second}", {"properties": {"email": "f@example.com"}})
    assert (update.status, update.body["category"]) == (400, "VALIDATION_ERROR")
    assert update.body["message"].endswith(f" on {second}. {first} already has that value.")
    assert client.values(second, "email")["email"] == "g@example.com"


def test_second_addresses_are_unique_too(client: Client) -> None:
    """§6 "Second emails": unique portal-wide, appended with a leading semicolon."""
    first = client.made(email="h@example.com", hs_additional_emails="h2@example.com")
    client.patch(f"{CONTACTS}/{first}", {"properties": {"hs_additional_emails": ";H3@example.com"}})
    assert client.values(first, "hs_additional_emails")["hs_additional_emails"] == (
        "h2@example.com;h3@example.com"
    )
    taken = client.post(CONTACTS, {"properties": {"email": "h3@example.com"}})
    assert taken.body["message"].endswith(f"Existing ID: {first}")
    assert client.get(f"{CONTACTS}/h2@example.com", idProperty="email").body["id"] == first


def test_archive_hides_frees_the_address_and_can_be_read(client: Client) -> None:
    """§1: 204, again 204, 404 without ``archived=true``, in lists only when asked for."""
    number = client.made(email="i@example.com")
    other = client.made(email="j@example.com")
    assert client.call("DELETE", f"{CONTACTS}/{number}").status == 204
    assert client.call("DELETE", f"{CONTACTS}/{number}").status == 204
    assert client.call("DELETE", f"{CONTACTS}/77777").status == 404
    assert client.get(f"{CONTACTS}/{number}").status == 404
    assert client.patch(f"{CONTACTS}/{number}", {"properties": {"city": "x"}}).status == 404
    archived = client.get(f"{CONTACTS}/{number}", archived="true").body
    assert archived["archived"] is True
    assert "archivedAt" in archived
    assert [row["id"] for row in client.get(CONTACTS).body["results"]] == [other]
    listed = client.get(CONTACTS, archived="true").body["results"]
    assert [row["id"] for row in listed] == [number]
    assert client.made(email="i@example.com") != number


def test_archiving_twice_is_404_with_the_switch_off() -> None:
    portal = HubSpot(World(switches={"hubspot.1.archive_twice_is_204": False}))
    client = Client(portal.app, portal.token)
    number = client.made(city="Rom")
    assert client.call("DELETE", f"{CONTACTS}/{number}").status == 204
    assert client.call("DELETE", f"{CONTACTS}/{number}").status == 404


def test_list_pages_by_id_until_no_next(client: Client) -> None:
    """§1: ``after`` is the next record's id; no ``paging`` on the last page."""
    made = [client.made(city=str(place)) for place in range(5)]
    seen: list[str] = []
    query: dict[str, object] = {"limit": 2}
    while True:
        body = client.get(CONTACTS, **query).body
        seen += [row["id"] for row in body["results"]]
        if "paging" not in body:
            break
        following = body["paging"]["next"]
        assert f"after={following['after']}" in following["link"]
        query["after"] = following["after"]
    assert seen == made


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"limit": 100}, 200),
        ({"limit": 101}, 400),
        ({"limit": 0}, 400),
        ({"limit": "x"}, 400),
        ({"after": "-1"}, 400),
        ({"archived": "maybe"}, 400),
        ({"limit": 51, "propertiesWithHistory": "email"}, 400),
        ({"limit": 50, "propertiesWithHistory": "email"}, 200),
        ({"properties": "x" * 9000}, 414),
    ],
)
def test_list_limits(client: Client, query: dict[str, object], status: int) -> None:
    """§1 "Limits": page of 100, 50 with history; a very long URL is 414."""
    assert client.get(CONTACTS, **query).status == status


@pytest.mark.parametrize(
    "raw", [b"{", b"[]", b'"x"', b"", b'{"properties":[]}', b"{}", b'{"properties":{"city":{}}}']
)
def test_what_is_no_write_is_400(client: Client, raw: bytes) -> None:
    answer = client.call("POST", CONTACTS, raw=raw)
    assert answer.status == 400
    assert answer.body["status"] == "error"


def test_numbers_and_booleans_become_text(client: Client) -> None:
    """§1: properties are strings on the way out."""
    number = client.made(city=12, state=True)
    assert client.values(number, "city", "state") | {"city": "12", "state": "true"} == (
        client.values(number, "city", "state")
    )


def test_a_created_contact_says_where_it_is(client: Client) -> None:
    """§1: a ``Location`` header."""
    made = client.post(CONTACTS, {"properties": {"city": "x"}, "associations": []})
    assert made.headers["location"].endswith(f"{CONTACTS}/{made.body['id']}")


def test_a_body_that_is_not_json_by_name_is_415(client: Client) -> None:
    assert client.call("POST", CONTACTS, {"properties": {}}, kind="text/plain").status == 415
