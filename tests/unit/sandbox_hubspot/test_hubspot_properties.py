"""The properties API: facts/hubspot.md §5."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Client

PROPERTIES = "/crm/v3/properties/contacts"


def definition(name: str, **more: object) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.title(),
        "groupName": "engagement",
        "type": "string",
        "fieldType": "text",
        **more,
    }


def choice(*values: str) -> list[dict[str, object]]:
    return [
        {"label": value.title(), "value": value, "hidden": False, "displayOrder": place}
        for place, value in enumerate(values)
    ]


def test_standard_properties_and_their_options(client: Client) -> None:
    """§4, §7: stages in order, the eight lead statuses, read-only ones marked."""
    found = {one["name"]: one for one in client.get(PROPERTIES).body["results"]}
    assert len(found) >= 80
    assert [one["value"] for one in found["lifecyclestage"]["options"]] == [
        "subscriber",
        "lead",
        "marketingqualifiedlead",
        "salesqualifiedlead",
        "opportunity",
        "customer",
        "evangelist",
        "other",
    ]
    assert len(found["hs_lead_status"]["options"]) == 8
    read_only = {
        name for name, one in found.items() if one["modificationMetadata"]["readOnlyValue"]
    }
    assert {"createdate", "num_conversion_events", "hs_email_optout"} <= read_only
    assert read_only.isdisjoint({"email", "lifecyclestage", "last_pricing_page_view"})
    assert found["hubspot_owner_id"]["externalOptions"] is True
    assert found["last_webinar_name"]["hubspotDefined"] is False


def test_create_read_archive_and_create_again(client: Client) -> None:
    made = client.post(PROPERTIES, definition("score_fit", type="number", fieldType="number"))
    assert made.status == 201
    assert client.get(f"{PROPERTIES}/score_fit").body == made.body
    number = client.made(score_fit="4")
    assert client.call("DELETE", f"{PROPERTIES}/score_fit").status == 204
    assert client.get(f"{PROPERTIES}/score_fit").status == 404
    assert client.get(f"{PROPERTIES}/score_fit", archived="true").body["archived"] is True
    assert "score_fit" not in client.values(number, "score_fit")
    assert client.post(CONTACTS, {"properties": {"score_fit": "5"}}).status == 400
    assert client.post(PROPERTIES, definition("score_fit")).status == 201
    assert client.values(number, "score_fit")["score_fit"] is None


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"name": "email"}, 409),
        ({"name": "Bad Name"}, 400),
        ({"name": "1st"}, 400),
        ({"name": ""}, 400),
        ({"name": None}, 400),
        ({"label": 5}, 400),
        ({"groupName": "nowhere"}, 400),
        ({"type": "text"}, 400),
        ({"type": "number"}, 400),
        ({"fieldType": "select"}, 400),
        ({"type": "enumeration", "fieldType": "select", "options": choice("a", "a")}, 400),
        ({"type": "enumeration", "fieldType": "select", "options": [{"label": "x"}]}, 400),
        ({"type": "enumeration", "fieldType": "select", "options": "a"}, 400),
        ({"options": choice("a")}, 400),
        ({"hasUniqueValue": "yes"}, 400),
        ({"hasUniqueValue": True, "type": "date", "fieldType": "date"}, 400),
        ({"displayOrder": 1.5}, 400),
    ],
)
def test_what_is_no_property(client: Client, change: dict[str, object], status: int) -> None:
    answer = client.post(PROPERTIES, {**definition("fine"), **change})
    assert answer.status == status
    assert client.get(f"{PROPERTIES}/fine").status == 404


def test_ten_unique_properties_at_most(client: Client) -> None:
    """§1: at most 10 per object."""
    for place in range(10):
        made = client.post(PROPERTIES, definition(f"key_{place}", hasUniqueValue=True))
        assert made.body["hasUniqueValue"] is True
    assert client.post(PROPERTIES, definition("key_10", hasUniqueValue=True)).status == 400
    client.call("DELETE", f"{PROPERTIES}/key_0")
    assert client.post(PROPERTIES, definition("key_10", hasUniqueValue=True)).status == 201


def test_patch_replaces_the_whole_option_list(client: Client) -> None:
    """§5: read, merge, write."""
    body = definition("grade", type="enumeration", fieldType="select", options=choice("a", "b"))
    client.post(PROPERTIES, body)
    number = client.made(grade="a")
    patched = client.patch(f"{PROPERTIES}/grade", {"options": choice("b", "c")})
    assert [one["value"] for one in patched.body["options"]] == ["b", "c"]
    assert client.values(number, "grade")["grade"] == "a"
    path = f"{CONTACTS}/{number}"
    assert client.patch(path, {"properties": {"grade": "c"}}).status == 200
    assert client.patch(path, {"properties": {"grade": "a"}}).status == 400


def test_patch_of_label_group_and_kind(client: Client) -> None:
    client.post(PROPERTIES, definition("note_text"))
    change = {"label": "Note", "groupName": "contactinformation", "fieldType": "textarea"}
    patched = client.patch(f"{PROPERTIES}/note_text", change).body
    assert {name: patched[name] for name in change} == change
    assert client.patch(f"{PROPERTIES}/note_text", {"groupName": "nowhere"}).status == 400
    assert client.patch(f"{PROPERTIES}/note_text", {"fieldType": "number"}).status == 400
    assert client.patch(f"{PROPERTIES}/note_text", {"options": choice("a")}).status == 400
    assert client.patch(f"{PROPERTIES}/nope", {"label": "x"}).status == 404


def test_hubspots_own_definitions_stay(client: Client) -> None:
    assert client.patch(f"{PROPERTIES}/email", {"label": "Mail"}).status == 400
    assert client.call("DELETE", f"{PROPERTIES}/email").status == 400
    options = client.get(f"{PROPERTIES}/hs_lead_status").body["options"]
    more = [*options, {"label": "Sleeping", "value": "SLEEPING", "hidden": False}]
    assert client.patch(f"{PROPERTIES}/hs_lead_status", {"options": more}).status == 200
    assert client.made(hs_lead_status="SLEEPING")


def test_batches(client: Client) -> None:
    inputs = [definition("one_a"), definition("email"), definition("one_b")]
    made = client.post(f"{PROPERTIES}/batch/create", {"inputs": inputs})
    assert (made.status, made.body["numErrors"]) == (207, 1)
    assert made.body["errors"][0]["category"] == "CONFLICT"
    assert [one["name"] for one in made.body["results"]] == ["one_a", "one_b"]
    names = [{"name": "one_a"}, {"name": "nope"}]
    read = client.post(f"{PROPERTIES}/batch/read", {"inputs": names, "archived": False})
    assert (read.status, [one["name"] for one in read.body["results"]]) == (207, ["one_a"])
    assert client.post(f"{PROPERTIES}/batch/archive", {"inputs": names}).status == 204
    assert client.get(f"{PROPERTIES}/one_a").status == 404
    assert client.get(f"{PROPERTIES}/one_b").status == 200


def test_groups(client: Client) -> None:
    path = f"{PROPERTIES}/groups"
    body = {"name": "leadpact", "label": "leadpact", "displayOrder": 3}
    made = client.post(path, body)
    assert (made.status, made.body["label"]) == (201, "leadpact")
    assert client.post(path, body).status == 409
    assert client.post(path, {"name": "No Good", "label": "x"}).status == 400
    assert client.patch(f"{path}/leadpact", {"label": "Pact"}).body["label"] == "Pact"
    assert client.get(f"{path}/leadpact").body["displayOrder"] == 3
    assert "leadpact" in {one["name"] for one in client.get(path).body["results"]}
    client.post(PROPERTIES, definition("ours", groupName="leadpact"))
    assert client.call("DELETE", f"{path}/leadpact").status == 400
    client.call("DELETE", f"{PROPERTIES}/ours")
    assert client.call("DELETE", f"{path}/leadpact").status == 204
    assert client.get(f"{path}/leadpact").status == 404


def test_other_objects_are_not_covered(client: Client) -> None:
    answer = client.get("/crm/v3/properties/tickets")
    assert answer.status == 501
    assert "properties of other object types" in answer.body["message"]
