"""The other side of each believed behaviour: facts/hubspot.md marks them [B]."""

from __future__ import annotations

from tests.unit.sandbox_hubspot.client import CONTACTS, Client

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.world import World


def with_switch(name: str, state: bool) -> Client:
    portal = HubSpot(World(switches={name: state}))
    return Client(portal.app, portal.token)


def test_null_can_be_passed_over() -> None:
    """§1 "Clearing"."""
    client = with_switch("hubspot.1.null_clears", False)
    number = client.made(city="Rom", state="x")
    answer = client.patch(f"{CONTACTS}/{number}", {"properties": {"city": None, "state": ""}})
    assert answer.body["properties"] | {"city": "Rom", "state": None} == answer.body["properties"]


def test_archived_ones_can_be_read_without_asking() -> None:
    """§1: 404 is believed."""
    client = with_switch("hubspot.1.archived_reads_404", False)
    number = client.made(city="Rom")
    client.call("DELETE", f"{CONTACTS}/{number}")
    assert client.get(f"{CONTACTS}/{number}").body["archived"] is True
    read = client.post(f"{CONTACTS}/batch/read", {"inputs": [{"id": number}]})
    assert read.body["results"][0]["archived"] is True
    assert client.patch(f"{CONTACTS}/{number}", {"properties": {"city": "x"}}).status == 404
    assert client.get(CONTACTS).body["results"] == []


def test_a_refused_batch_can_have_begun() -> None:
    """§1 "Batch create with one duplicate": nothing created is believed."""
    client = with_switch("hubspot.1.refused_batch_writes_nothing", False)
    client.made(email="a@example.com")
    inputs = [
        {"properties": {"email": email}}
        for email in ("new@example.com", "a@example.com", "c@example.com")
    ]
    assert client.post(f"{CONTACTS}/batch/create", {"inputs": inputs}).status == 409
    emails = {row["properties"]["email"] for row in client.get(CONTACTS).body["results"]}
    assert emails == {"a@example.com", "new@example.com"}


def test_an_existing_property_can_be_400() -> None:
    """§5: 409 is believed."""
    client = with_switch("hubspot.5.existing_name_is_409", False)
    body = {"name": "email", "label": "x", "groupName": "engagement", "type": "string"}
    answer = client.post("/crm/v3/properties/contacts", {**body, "fieldType": "text"})
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")


def test_batch_results_can_keep_the_order_of_inputs() -> None:
    client = with_switch("hubspot.1.batch_keeps_order", True)
    inputs = [{"properties": {"city": str(place)}} for place in range(3)]
    made = client.post(f"{CONTACTS}/batch/create", {"inputs": inputs}).body["results"]
    assert [row["properties"]["city"] for row in made] == ["0", "1", "2"]


def test_a_backward_stage_can_be_refused() -> None:
    """§4: 200 without a change is believed of v3."""
    client = with_switch("hubspot.4.backward_stage_answers_200", False)
    number = client.made(lifecyclestage="customer")
    back = {"properties": {"lifecyclestage": "lead"}}
    assert client.patch(f"{CONTACTS}/{number}", back).status == 400
    inputs = {"inputs": [{"id": number, **back}]}
    assert client.post(f"{CONTACTS}/batch/update", inputs).status == 400
    client.patch(f"{CONTACTS}/{number}", {"properties": {"lifecyclestage": ""}})
    assert client.patch(f"{CONTACTS}/{number}", back).status == 200


def test_custom_stages_can_be_without_dates() -> None:
    """§4 "Stage dates": the id as suffix is believed."""
    path = "/crm/v3/properties/contacts"
    for state in (True, False):
        client = with_switch("hubspot.4.custom_stages_have_dates", state)
        options = client.get(f"{path}/lifecyclestage").body["options"]
        options.append({"label": "Trial", "value": "51439524", "hidden": False})
        client.patch(f"{path}/lifecyclestage", {"options": options})
        dated = client.get(f"{path}/hs_v2_date_entered_51439524").status
        assert dated == (200 if state else 404)
        assert client.get(f"{path}/hs_v2_date_entered_lead").status == 200


def test_parts_of_deals_that_are_believed() -> None:
    """§6 "Pipelines"."""
    client = with_switch("hubspot.6.deals_tell_closed_won", False)
    assert client.get("/crm/v3/properties/deals/hs_is_closed_won").status == 404
    assert client.get("/crm/v3/properties/deals/hs_is_closed").status == 200
    client = with_switch("hubspot.6.default_pipeline_has_all_stages", False)
    stages = client.get("/crm/v3/pipelines/deals/default/stages").body["results"]
    assert len(stages) == 5
    assert {"decisionmakerboughtin", "closedlost"}.isdisjoint(one["id"] for one in stages)
