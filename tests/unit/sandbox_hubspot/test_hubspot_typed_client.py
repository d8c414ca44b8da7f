"""hubspot-api-client's typed APIs beyond contacts: facts/hubspot.md §6, §8, §9, §11."""

from __future__ import annotations

from typing import Any

import hubspot
import pytest
from urllib3.util import Retry

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.world import World


@pytest.fixture
def sdk(served: str, portal: HubSpot) -> Any:
    return hubspot.HubSpot(access_token=portal.token, host=served, retry=Retry(0))


def test_companies_deals_tasks_and_their_associations(sdk: Any, world: World) -> None:
    crm = sdk.crm
    company = crm.companies.basic_api.create({"properties": {"name": "A"}, "associations": []})
    wire = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}]
    deal = crm.deals.basic_api.create(
        {
            "properties": {"dealname": "D", "pipeline": "default", "dealstage": "closedwon"},
            "associations": [{"to": {"id": company.id}, "types": wire}],
        }
    )
    read = crm.deals.basic_api.get_by_id(
        deal.id, properties=["hs_is_closed_won"], associations=["companies"]
    )
    assert read.properties["hs_is_closed_won"] == "true"
    assert [row.id for row in read.associations["companies"].results] == [company.id] * 2
    v4 = crm.associations.v4
    page = v4.basic_api.get_page("companies", company.id, "deals")
    assert {one.type_id for one in page.results[0].association_types} == {6, 342}
    task = crm.objects.tasks.basic_api.create(
        {"properties": {"hs_timestamp": "2026-11-25T10:00:00Z"}, "associations": []}
    )
    linked = v4.basic_api.create_default("tasks", task.id, "deals", deal.id)
    assert linked.status == "COMPLETE"
    ends = {"from": {"id": task.id}, "to": {"id": company.id}}
    typed = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 192}]
    made = v4.batch_api.create("tasks", "companies", {"inputs": [{**ends, "types": typed}]})
    assert len(made.results) == 1
    labels = v4.schema.definitions_api.get_all("contacts", "companies")
    assert {one.type_id for one in labels.results} == {1, 279}
    world.clock.advance(3)
    found = crm.companies.search_api.do_search({"query": "a", "sorts": ["-createdate"]})
    assert [row.id for row in found.results] == [company.id]
    (pipeline,) = crm.pipelines.pipelines_api.get_all("deals").results
    assert pipeline.stages[0].metadata["probability"] == "0.2"


def test_oauth_and_webhooks(sdk: Any, served: str, portal: HubSpot) -> None:
    app = portal.app_details()
    made = sdk.oauth.tokens_api.create(
        grant_type="refresh_token",
        client_id=app["client_id"],
        client_secret=app["client_secret"],
        refresh_token=app["refresh_token"],
    )
    assert made.expires_in == 1800
    about = sdk.oauth.access_tokens_api.get(made.access_token)
    assert about.app_id == app["app_id"]
    developer = hubspot.HubSpot(api_key=app["developer_key"], host=served, retry=Retry(0))
    target = {"targetUrl": "http://127.0.0.1:9/x", "throttling": {"maxConcurrentRequests": 5}}
    settings = developer.webhooks.settings_api.configure(app["app_id"], target)
    assert settings.throttling.max_concurrent_requests == 5
    body = {"eventType": "contact.propertyChange", "propertyName": "email", "active": True}
    one = developer.webhooks.subscriptions_api.create(app["app_id"], body)
    listed = developer.webhooks.subscriptions_api.get_all(app["app_id"])
    assert [row.id for row in listed.results] == [one.id]
