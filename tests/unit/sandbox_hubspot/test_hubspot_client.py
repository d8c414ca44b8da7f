"""The real hubspot-api-client against the emulated portal over loopback: facts/hubspot.md §11."""

from __future__ import annotations

import json
from typing import Any

import hubspot
import pytest
from hubspot.crm.contacts import ApiException
from urllib3.util import Retry

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.world import World


@pytest.fixture
def sdk(served: str, portal: HubSpot) -> Any:
    return hubspot.HubSpot(access_token=portal.token, host=served, retry=Retry(0))


def test_typed_create_search_and_update(sdk: Any, world: World) -> None:
    api = sdk.crm.contacts.basic_api
    made = api.create({"properties": {"email": "a@example.com"}, "associations": []})
    assert made.properties["lifecyclestage"] == "lead"
    world.clock.advance(3)
    filters = [{"propertyName": "email", "operator": "EQ", "value": "a@example.com"}]
    found = sdk.crm.contacts.search_api.do_search({"filterGroups": [{"filters": filters}]})
    assert [row.id for row in found.results] == [made.id]
    api.update(made.id, {"properties": {"lifecyclestage": "customer"}})
    assert (
        api.get_by_id(made.id, properties=["lifecyclestage", "city"]).properties
        | {
            "lifecyclestage": "customer",
            "city": None,
        }
        == api.get_by_id(made.id, properties=["lifecyclestage", "city"]).properties
    )
    page = api.get_page(limit=10, properties_with_history=["lifecyclestage"])
    versions = page.results[0].properties_with_history["lifecyclestage"]
    assert [(one.value, one.source_type) for one in versions] == [
        ("customer", "INTEGRATION"),
        ("lead", "INTEGRATION"),
    ]


def test_typed_batches_and_partial_failure(sdk: Any) -> None:
    api = sdk.crm.contacts.batch_api
    inputs = [{"properties": {"city": "x"}, "associations": []} for _ in range(3)]
    made = api.create({"inputs": inputs})
    ids = [row.id for row in made.results]
    read = api.read({"inputs": [{"id": one} for one in [*ids, "909090"]], "properties": ["city"]})
    assert (len(read.results), read.num_errors) == (3, 1)
    assert read.errors[0].context["ids"] == ["909090"]
    updated = api.update({"inputs": [{"id": one, "properties": {"city": "y"}} for one in ids]})
    assert {row.properties["city"] for row in updated.results} == {"y"}
    api.archive({"inputs": [{"id": ids[0]}]})


def test_errors_are_api_exceptions(sdk: Any, served: str) -> None:
    api = sdk.crm.contacts.basic_api
    with pytest.raises(ApiException) as missing:
        api.get_by_id("999")
    assert missing.value.status == 404
    with pytest.raises(ApiException) as refused:
        api.create({"properties": {"nope": "x"}})
    assert json.loads(refused.value.body)["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
    stranger = hubspot.HubSpot(access_token="wrong", host=served, retry=Retry(0))
    with pytest.raises(ApiException) as unknown:
        stranger.crm.contacts.basic_api.get_page()
    assert unknown.value.status == 401


def test_raw_mode_reads_json_and_headers(sdk: Any) -> None:
    api = sdk.crm.contacts.basic_api
    answer = api.get_page(_preload_content=False)
    assert json.loads(answer.data) == {"results": []}
    assert answer.headers["X-HubSpot-RateLimit-Max"] == "190"


def test_owners_and_properties(sdk: Any) -> None:
    """§6, §11: the client asks for owners with a trailing slash."""
    assert sdk.crm.owners.owners_api.get_page(limit=10).results == []
    core = sdk.crm.properties.core_api
    assert "email" in {one.name for one in core.get_all("contacts").results}
    core.create(
        "contacts",
        {
            "name": "ours",
            "label": "Ours",
            "groupName": "engagement",
            "type": "number",
            "fieldType": "number",
        },
    )
    assert core.get_by_name("contacts", "ours").modification_metadata.read_only_value is False
    sdk.crm.properties.groups_api.create("contacts", {"name": "grp", "label": "Group"})
