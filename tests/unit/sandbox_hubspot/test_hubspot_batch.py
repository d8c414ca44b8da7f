"""Batch endpoints: facts/hubspot.md §1."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Answered, Client

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.world import World

PROPERTIES = "/crm/v3/properties/contacts"


def batch(client: Client, what: str, *inputs: object, **more: object) -> Answered:
    return client.post(f"{CONTACTS}/batch/{what}", {"inputs": list(inputs), **more})


def row(id: str, trace: str | None = None, **properties: object) -> dict[str, object]:
    made: dict[str, object] = {"id": id, "properties": properties}
    return made if trace is None else {**made, "objectWriteTraceId": trace}


def ids(answer: Answered) -> set[str]:
    return {one["id"] for one in answer.body["results"]}


@pytest.fixture
def keyed(client: Client) -> Client:
    body = {
        "name": "our_key",
        "label": "Our key",
        "groupName": "contactinformation",
        "type": "string",
        "fieldType": "text",
        "hasUniqueValue": True,
    }
    assert client.post(PROPERTIES, body).status == 201
    return client


def test_read_answers_found_ones_and_one_error_for_all_missing(client: Client) -> None:
    """§1: 207, one OBJECT_NOT_FOUND with every missing id."""
    made = [client.made(city=str(place)) for place in range(3)]
    answer = batch(
        client,
        "read",
        *({"id": one} for one in (made[2], "888", made[0], "x", made[0])),
        properties=["city", "nope"],
    )
    assert answer.status == 207
    assert [one["id"] for one in answer.body["results"]] == [made[0], made[2]]
    assert answer.body["results"][0]["properties"]["city"] == "0"
    assert answer.body["numErrors"] == 1
    error = answer.body["errors"][0]
    assert error["category"] == "OBJECT_NOT_FOUND"
    assert error["context"]["ids"] == ["888", "x"]
    assert batch(client, "read", {"id": made[1]}).status == 200


def test_read_by_email_needs_the_top_level_id_property(client: Client) -> None:
    number = client.made(email="a@example.com")
    found = batch(client, "read", {"id": "A@example.com"}, idProperty="email")
    assert ids(found) == {number}
    assert batch(client, "read", {"id": "a@example.com"}).status == 207


def test_read_archived(client: Client) -> None:
    number = client.made(city="x")
    client.call("DELETE", f"{CONTACTS}/{number}")
    assert batch(client, "read", {"id": number}).body["results"] == []
    path = f"{CONTACTS}/batch/read"
    answer = client.post(path, {"inputs": [{"id": number}]}, archived="true")
    assert answer.body["results"][0]["archived"] is True


@pytest.mark.parametrize("what", ["read", "create", "update", "upsert", "archive"])
def test_a_hundred_inputs_at_most_and_one_at_least(client: Client, what: str) -> None:
    """§1 "Limits": the 101st input is a 400 that names the maximum."""
    answer = batch(client, what, *(row(str(place)) for place in range(101)))
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")
    assert answer.body["message"].endswith(
        "maximum number of inputs supported in a batch request is 100"
    )
    assert batch(client, what).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"inputs": {}},
        {"inputs": ["1"]},
        {"inputs": [{"id": {}, "properties": {}}]},
        {"inputs": [{"id": True, "properties": {}}]},
        {"inputs": [{"properties": {"city": "x"}}]},
        {"inputs": [{"id": "1", "properties": "city"}]},
        {"inputs": [{"id": "1", "properties": {"city": ["x"]}, "idProperty": 4}]},
    ],
)
def test_malformed_batches_are_400(client: Client, body: dict[str, object]) -> None:
    assert client.post(f"{CONTACTS}/batch/update", body).status == 400


def test_history_halves_the_batch_read(client: Client) -> None:
    """§1: 50 when history is requested (believed for batch read, a switch)."""
    inputs = [{"id": str(place)} for place in range(51)]
    request = {"inputs": inputs, "propertiesWithHistory": ["email"]}
    assert client.post(f"{CONTACTS}/batch/read", request).status == 400
    portal = HubSpot(World(switches={"hubspot.1.batch_read_history_50": False}))
    lenient = Client(portal.app, portal.token)
    assert lenient.post(f"{CONTACTS}/batch/read", request).status == 207


def test_create_with_one_duplicate_creates_nothing(client: Client) -> None:
    """§1: the whole batch is 409 and only the first duplicate is named."""
    first = client.made(email="a@example.com")
    client.made(email="b@example.com")
    answer = batch(
        client,
        "create",
        {"properties": {"email": "new@example.com"}},
        {"properties": {"email": "A@example.com"}},
        {"properties": {"email": "b@example.com"}},
    )
    assert answer.status == 409
    assert answer.body["message"].endswith(f"Existing ID: {first}")
    assert len(client.get(CONTACTS).body["results"]) == 2


def test_trace_ids_turn_on_partial_success(client: Client) -> None:
    """§1: 207 with the trace id of each failed input when every input has its own."""
    client.made(email="a@example.com")
    answer = batch(
        client,
        "create",
        {"properties": {"email": "new@example.com"}, "objectWriteTraceId": "t1"},
        {"properties": {"email": "a@example.com"}, "objectWriteTraceId": "t2"},
        {"properties": {"nope": "1"}, "objectWriteTraceId": "t3"},
    )
    assert (answer.status, answer.body["numErrors"]) == (207, 2)
    assert [one["objectWriteTraceId"] for one in answer.body["results"]] == ["t1"]
    rows = {one["context"]["objectWriteTraceId"][0]: one for one in answer.body["errors"]}
    assert rows["t2"]["category"] == "CONFLICT"
    assert rows["t3"]["category"] == "VALIDATION_ERROR"


def test_a_repeated_trace_id_keeps_the_batch_whole(client: Client) -> None:
    same: dict[str, Any] = {"objectWriteTraceId": "t"}
    answer = batch(
        client, "create", {"properties": {"city": "x"}, **same}, {"properties": {"n": "1"}, **same}
    )
    assert answer.status == 400
    assert client.get(CONTACTS).body["results"] == []


def test_one_address_twice_in_a_create_batch(client: Client) -> None:
    twice = {"properties": {"email": "same@example.com"}}
    assert batch(client, "create", twice, twice).status == 409
    assert client.get(CONTACTS).body["results"] == []


def test_results_do_not_keep_the_order_of_inputs(client: Client) -> None:
    """§1, §4: order inside a batch is not guaranteed, so the emulator turns it round."""
    made = [client.made(city=str(place)) for place in range(3)]
    answer = batch(client, "update", *(row(one, city="x") for one in made))
    assert [one["id"] for one in answer.body["results"]] == made[::-1]


def test_update_with_missing_id_is_207_with_its_trace(client: Client) -> None:
    """§1: OBJECT_NOT_FOUND, the id and the trace id in the context; the others are written."""
    number = client.made(city="Rom")
    answer = batch(client, "update", row(number, "t1", city="Oslo"), row("4040", "t2", city="x"))
    assert answer.status == 207
    assert ids(answer) == {number}
    error = answer.body["errors"][0]
    assert error["category"] == "OBJECT_NOT_FOUND"
    assert error["context"] == {"ids": ["4040"], "objectWriteTraceId": ["t2"]}
    assert client.values(number, "city")["city"] == "Oslo"


def test_update_can_drop_missing_ids_in_silence() -> None:
    """§1: the older report (hubspot-api-nodejs#548) as a switch."""
    portal = HubSpot(World(switches={"hubspot.1.batch_update_missing_is_silent": True}))
    client = Client(portal.app, portal.token)
    answer = batch(client, "update", row("4040", city="x"))
    assert (answer.status, answer.body["results"]) == (200, [])


def test_update_with_one_bad_value_writes_nothing_without_traces(client: Client) -> None:
    first, second = client.made(city="a"), client.made(city="b")
    plain = batch(client, "update", row(first, city="x"), row(second, lifecyclestage="nope"))
    assert plain.status == 400
    assert client.values(first, "city")["city"] == "a"
    traced = batch(
        client, "update", row(first, "t1", city="x"), row(second, "t2", lifecyclestage="nope")
    )
    assert traced.status == 207
    assert client.values(first, "city")["city"] == "x"
    assert traced.body["errors"][0]["errors"][0]["code"] == "INVALID_OPTION"


def test_update_takes_an_id_once_and_no_email(client: Client) -> None:
    """§1, §4: id only; clear and set of one record do not go into one batch."""
    number = client.made(email="a@example.com", lifecyclestage="customer")
    answer = batch(
        client, "update", row(number, lifecyclestage=""), row(number, lifecyclestage="lead")
    )
    assert answer.status == 400
    assert "Duplicate IDs" in answer.body["message"]
    by_email = {**row("a@example.com", city="x"), "idProperty": "email"}
    assert batch(client, "update", by_email).status == 400


def test_upsert_by_our_unique_property(keyed: Client) -> None:
    """§1 "Upsert": rows say whether they are new; a second time they are not."""
    inputs = [
        {**row("k1", email="k1@example.com"), "idProperty": "our_key"},
        {**row("k2", city="Rom"), "idProperty": "our_key"},
    ]
    first = batch(keyed, "upsert", *inputs)
    assert first.status == 200
    assert [one["new"] for one in first.body["results"]] == [True, True]
    second = batch(keyed, "upsert", *inputs)
    assert [one["new"] for one in second.body["results"]] == [False, False]
    assert ids(first) == ids(second)
    assert {one["properties"]["our_key"] for one in first.body["results"]} == {"k1", "k2"}
    found = keyed.get(f"{CONTACTS}/k1", idProperty="our_key")
    assert found.body["properties"]["email"] == "k1@example.com"


def test_upsert_gives_partial_success_but_never_by_email(keyed: Client) -> None:
    """§1: partial upsert is not supported with email."""
    good = {"id": "k1", "properties": {"city": "x"}, "objectWriteTraceId": "t1"}
    bad = {"id": "k2", "properties": {"nope": "x"}, "objectWriteTraceId": "t2"}
    by_key = batch(keyed, "upsert", *({**one, "idProperty": "our_key"} for one in (good, bad)))
    assert (by_key.status, by_key.body["numErrors"]) == (207, 1)
    emails = [
        {**good, "id": "e1@example.com", "idProperty": "email"},
        {**bad, "id": "e2@example.com", "idProperty": "email"},
    ]
    assert batch(keyed, "upsert", *emails).status == 400
    assert keyed.get(f"{CONTACTS}/e1@example.com", idProperty="email").status == 404


def test_upsert_by_email_takes_second_addresses(client: Client) -> None:
    number = client.made(email="a@example.com", hs_additional_emails="b@example.com")
    answer = batch(client, "upsert", {**row("B@example.com", city="Rom"), "idProperty": "email"})
    assert ids(answer) == {number}
    assert answer.body["results"][0]["new"] is False


def test_upsert_by_a_property_that_is_not_unique_is_400(client: Client) -> None:
    assert batch(client, "upsert", {**row("x"), "idProperty": "city"}).status == 400


def test_a_unique_value_that_is_taken(keyed: Client) -> None:
    """§1: the second form, the holder is the second id."""
    first, second = keyed.made(our_key="k"), keyed.made(city="x")
    answer = keyed.patch(f"{CONTACTS}/{second}", {"properties": {"our_key": "k"}})
    assert answer.body["message"].endswith(f" on {second}. {first} already has that value.")
    traced = batch(keyed, "update", row(second, "t", our_key="k"), row(first, "u", city="y"))
    assert (traced.status, ids(traced)) == (207, {first})


def test_archive_is_204_whatever_the_ids_are(client: Client) -> None:
    number = client.made(city="x")
    assert batch(client, "archive", {"id": number}, {"id": "404404"}, {"id": "x"}).status == 204
    assert client.get(f"{CONTACTS}/{number}").status == 404
