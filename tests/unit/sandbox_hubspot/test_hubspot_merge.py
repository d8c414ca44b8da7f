"""Merges: facts/hubspot.md §6 "Merge"."""

from __future__ import annotations

import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Client

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.world import World


@pytest.fixture
def merged(portal: HubSpot, client: Client, world: World) -> tuple[str, str, str]:
    """The primary's, the other's and the new id."""
    primary = client.made(email="a@example.com", city="Rom", lifecyclestage="customer")
    world.clock.advance(1)
    other = client.made(email="b@example.com", city="Oslo", jobtitle="CTO")
    world.clock.advance(1)
    made = portal.merge("contacts", primary, other)
    return primary, other, str(made["id"])


def test_the_new_record_has_a_new_id_and_the_primarys_values(
    client: Client, merged: tuple[str, str, str]
) -> None:
    primary, other, new = merged
    assert new not in {primary, other}
    names = (
        "email",
        "city",
        "jobtitle",
        "lifecyclestage",
        "hs_additional_emails",
        "hs_merged_object_ids",
    )
    values = client.values(new, *names)
    assert {name: values[name] for name in names} == {
        "email": "a@example.com",
        "city": "Rom",
        "jobtitle": "CTO",
        "lifecyclestage": "customer",
        "hs_additional_emails": "b@example.com",
        "hs_merged_object_ids": f"{primary};{other}",
    }


def test_old_ids_answer_the_new_record(client: Client, merged: tuple[str, str, str]) -> None:
    """GET 200 with a body whose id differs; PATCH works; batch read answers the new one once."""
    primary, other, new = merged
    for old in (primary, other):
        assert client.get(f"{CONTACTS}/{old}").body["id"] == new
        changed = client.patch(f"{CONTACTS}/{old}", {"properties": {"city": f"by {old}"}})
        assert (changed.body["id"], changed.body["properties"]["city"]) == (new, f"by {old}")
    inputs = [{"id": primary}, {"id": other}]
    read = client.post(f"{CONTACTS}/batch/read", {"inputs": inputs})
    assert (read.status, [row["id"] for row in read.body["results"]]) == (200, [new])
    assert [row["id"] for row in client.get(CONTACTS).body["results"]] == [new]


def test_batch_update_drops_merged_ids_without_a_word(
    client: Client, merged: tuple[str, str, str]
) -> None:
    """§1, §6: absent from the results, no error, nothing written."""
    primary, _, new = merged
    third = client.made(city="x")
    inputs = [{"id": one, "properties": {"city": "written"}} for one in (primary, third)]
    answer = client.post(f"{CONTACTS}/batch/update", {"inputs": inputs})
    assert (answer.status, [row["id"] for row in answer.body["results"]]) == (200, [third])
    assert client.values(new, "city")["city"] == "Rom"


def test_chains_keep_the_whole_lineage(
    portal: HubSpot, client: Client, merged: tuple[str, str, str]
) -> None:
    primary, other, new = merged
    third = client.made(email="c@example.com")
    last = str(portal.merge("contacts", third, new)["id"])
    values = client.values(last, "hs_merged_object_ids", "hs_additional_emails", "email")
    assert values["hs_merged_object_ids"] == f"{primary};{other};{new};{third}"
    assert values["email"] == "c@example.com"
    assert values["hs_additional_emails"] == "a@example.com;b@example.com"
    for old in (primary, other, new, third):
        assert client.get(f"{CONTACTS}/{old}").body["id"] == last
    found = client.get(f"{CONTACTS}/b@example.com", idProperty="email")
    assert found.body["id"] == last


def test_search_follows_a_merge(client: Client, world: World, merged: tuple[str, str, str]) -> None:
    world.clock.advance(3)
    assert [row["id"] for row in client.found().body["results"]] == [merged[2]]


def test_history_keeps_both_and_ends_with_the_value_that_stands(
    client: Client, merged: tuple[str, str, str]
) -> None:
    body = client.get(f"{CONTACTS}/{merged[2]}", propertiesWithHistory="city").body
    values = [row["value"] for row in body["propertiesWithHistory"]["city"]]
    assert values == ["Rom", "Oslo", "Rom"]


def test_merge_over_the_api(client: Client) -> None:
    first, second = client.made(city="a"), client.made(city="b")
    body = {"primaryObjectId": first, "objectIdToMerge": second}
    made = client.post(f"{CONTACTS}/merge", body)
    assert made.status == 200
    assert made.body["properties"]["hs_merged_object_ids"] == f"{first};{second}"
    assert client.post(f"{CONTACTS}/merge", {**body, "objectIdToMerge": "9"}).status == 400
    assert client.post(f"{CONTACTS}/merge", body).status == 400
