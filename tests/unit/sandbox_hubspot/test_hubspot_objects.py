"""Companies, deals, tasks, notes and leads share one implementation: facts/hubspot.md §1, §4, §6."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Answered, Client

from leadpact_sandbox.hubspot import SCOPES, HubSpot
from leadpact_sandbox.world import World

OBJECTS = "/crm/v3/objects"
DEAL = {"dealname": "D", "pipeline": "default", "dealstage": "qualifiedtobuy"}
NEW: dict[str, dict[str, str]] = {
    "contacts": {"email": "x@example.com"},
    "companies": {"name": "Acme", "domain": "acme.example"},
    "deals": DEAL,
    "tasks": {"hs_timestamp": "2026-11-25T10:00:00Z", "hs_task_subject": "Call"},
    "notes": {"hs_timestamp": "1795600000000", "hs_note_body": "Said yes"},
}
DEFAULTS = {
    "companies": {"createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"},
    "deals": {
        *("amount", "closedate", "createdate", "dealname", "dealstage", "hs_lastmodifieddate"),
        *("hs_object_id", "pipeline"),
    },
}


def make(client: Client, kind: str, **more: object) -> Answered:
    return client.post(f"{OBJECTS}/{kind}", {"properties": {**NEW[kind], **more}})


def a_lead(client: Client) -> str:
    contact = make(client, "contacts").body["id"]
    links = [{"to": {"id": contact}, "types": [spec(578)]}]
    body = {"properties": {"hs_lead_name": "L"}, "associations": links}
    made = client.post(f"{OBJECTS}/leads", body)
    assert made.status == 201, made.raw
    return str(made.body["id"])


def spec(number: int) -> dict[str, object]:
    return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": number}


@pytest.mark.parametrize("kind", NEW)
def test_every_object_lives_by_the_same_rules(client: Client, world: World, kind: str) -> None:
    """§1, §2: read, change, batch, search, archive; each has its own modified property."""
    made = make(client, kind)
    assert made.status == 201, made.raw
    path = f"{OBJECTS}/{kind}/{made.body['id']}"
    read = client.get(path)
    assert set(read.body["properties"]) >= DEFAULTS.get(kind, {"createdate", "hs_object_id"})
    modified = "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"
    assert read.body["properties"][modified] == read.body["updatedAt"]
    world.clock.advance(5)
    name = next(name for name in NEW[kind] if name not in {"hs_timestamp", "pipeline"})
    value = "y@example.com" if name == "email" else "changed"
    changed = client.patch(path, {"properties": {name: value}})
    assert changed.body["properties"][name] == value
    assert changed.body["updatedAt"] > read.body["updatedAt"]
    world.clock.advance(5)
    filters = [{"propertyName": modified, "operator": "GT", "value": read.body["updatedAt"]}]
    request = {"filterGroups": [{"filters": filters}]}
    found = client.post(f"{OBJECTS}/{kind}/search", request)
    assert [row["id"] for row in found.body["results"]] == [made.body["id"]]
    inputs = [{"id": made.body["id"], "properties": {name: NEW[kind][name]}}]
    assert client.post(f"{OBJECTS}/{kind}/batch/update", {"inputs": inputs}).status == 200
    missing = client.post(f"{OBJECTS}/{kind}/batch/read", {"inputs": [{"id": "9"}]})
    assert missing.body["errors"][0]["context"]["ids"] == ["9"]
    assert client.call("DELETE", path).status == 204
    assert client.get(path).status == 404
    assert client.get(path, archived="true").status == 200
    assert client.get(f"{OBJECTS}/{kind}", archived="true").body["results"][0]["archived"] is True


@pytest.mark.parametrize(
    ("kind", "lost"),
    [
        ("deals", "dealname"),
        ("deals", "dealstage"),
        ("deals", "pipeline"),
        ("tasks", "hs_timestamp"),
        ("notes", "hs_timestamp"),
    ],
)
def test_what_an_object_cannot_be_without(client: Client, kind: str, lost: str) -> None:
    """§6: deals need name, stage and pipeline; tasks and notes a time."""
    answer = make(client, kind, **{lost: ""})
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")
    assert answer.body["context"]["properties"] == [lost]
    assert client.get(f"{OBJECTS}/{kind}").body["results"] == []


def test_names_of_an_object_type_are_one(client: Client, world: World) -> None:
    """§13: plural, singular and type id; counts go by the plural."""
    number = make(client, "deals").body["id"]
    for name in ("deals", "deal", "0-3"):
        assert client.get(f"{OBJECTS}/{name}/{number}").body["id"] == number
        assert client.get(f"/crm/objects/2026-03/{name}/{number}").body["id"] == number
    counts = world.calls.counts()["hubspot"]
    assert counts["GET /crm/v3/objects/deals/{id}"] == 3
    assert counts["GET /crm/objects/2026-03/deals/{id}"] == 3


def test_ids_are_unique_inside_one_type_only(client: Client) -> None:
    """§1: the same number is a contact and a company."""
    assert make(client, "companies").body["id"] == make(client, "contacts").body["id"]


def test_a_deal_moves_through_its_pipeline(client: Client, world: World) -> None:
    """§6: won is what stands at probability 1.0; the moves leave dates."""
    number = make(client, "deals", amount="100").body["id"]
    names = (
        "hs_is_closed,hs_is_closed_won,hs_deal_stage_probability,hs_v2_date_exited_qualifiedtobuy"
    )
    path = f"{OBJECTS}/deals/{number}"
    before = client.get(path, properties=names).body["properties"]
    assert (before["hs_is_closed"], before["hs_deal_stage_probability"]) == ("false", "0.4")
    world.clock.advance(60)
    client.patch(path, {"properties": {"dealstage": "closedwon"}})
    after = client.get(path, properties=names).body["properties"]
    assert (after["hs_is_closed"], after["hs_is_closed_won"]) == ("true", "true")
    assert after["hs_v2_date_exited_qualifiedtobuy"] == after["hs_lastmodifieddate"]


@pytest.mark.parametrize("stage", ["nope", "new-stage-id"])
def test_a_stage_must_be_one_of_the_pipelines(client: Client, stage: str) -> None:
    assert make(client, "deals", dealstage=stage).status == 400
    number = make(client, "deals").body["id"]
    bad = {"properties": {"dealstage": stage}}
    assert client.patch(f"{OBJECTS}/deals/{number}", bad).status == 400
    inputs = [{"id": number, "properties": {"dealstage": stage}}]
    assert client.post(f"{OBJECTS}/deals/batch/update", {"inputs": inputs}).status == 400


def test_a_lead_needs_a_name_and_a_primary_contact(client: Client) -> None:
    """§4 "Leads object": default pipeline and stage; without the contact it is refused."""
    number = a_lead(client)
    names = "hs_pipeline,hs_pipeline_stage,hs_lead_is_disqualified"
    values = client.get(f"{OBJECTS}/leads/{number}", properties=names).body["properties"]
    assert (values["hs_pipeline"], values["hs_pipeline_stage"]) == (
        "lead-pipeline-id",
        "new-stage-id",
    )
    assert client.post(f"{OBJECTS}/leads", {"properties": {"hs_lead_name": "L"}}).status == 400
    inputs = [{"properties": {"hs_lead_name": "L"}}]
    assert client.post(f"{OBJECTS}/leads/batch/create", {"inputs": inputs}).status == 400
    stage = {"properties": {"hs_pipeline_stage": "unqualified-stage-id"}}
    client.patch(f"{OBJECTS}/leads/{number}", stage)
    values = client.get(f"{OBJECTS}/leads/{number}", properties=names).body["properties"]
    assert values["hs_lead_is_disqualified"] == "true"


def test_a_lead_goes_with_its_last_primary_association(client: Client) -> None:
    """§4: removing the last primary association deletes the lead."""
    number = a_lead(client)
    (contact,) = (row["id"] for row in client.get(CONTACTS).body["results"])
    client.call("DELETE", f"/crm/v4/objects/leads/{number}/associations/contacts/{contact}")
    assert client.get(f"{OBJECTS}/leads/{number}").status == 404


def test_a_companys_stage_goes_forward_only(client: Client) -> None:
    """§4: for contacts and companies."""
    number = make(client, "companies", lifecyclestage="customer").body["id"]
    path = f"{OBJECTS}/companies/{number}"
    answer = client.patch(path, {"properties": {"lifecyclestage": "lead"}})
    assert (answer.status, answer.body["properties"]["lifecyclestage"]) == (200, "customer")
    client.patch(path, {"properties": {"lifecyclestage": ""}})
    answer = client.patch(path, {"properties": {"lifecyclestage": "lead"}})
    assert answer.body["properties"]["lifecyclestage"] == "lead"


def test_custom_unique_properties_of_other_objects(client: Client) -> None:
    """§1, §5: at most ten, usable as ``idProperty``; upsert goes by them."""
    properties = "/crm/v3/properties/companies"
    body: dict[str, Any] = {"label": "K", "groupName": "companyinformation", "type": "string"}
    body |= {"fieldType": "text", "hasUniqueValue": True}
    for place in range(10):
        assert client.post(properties, {**body, "name": f"key_{place}"}).status == 201
    assert client.post(properties, {**body, "name": "key_10"}).status == 400
    assert client.post("/crm/v3/properties/deals", {**body, "name": "key_0"}).status == 400
    row = {"id": "a", "idProperty": "key_0", "properties": {"name": "Acme"}}
    for new in (True, False):
        answer = client.post(f"{OBJECTS}/companies/batch/upsert", {"inputs": [row]})
        assert answer.body["results"][0]["new"] is new
    taken = make(client, "companies", key_0="a")
    assert (taken.status, "already has that value" in taken.body["message"]) == (400, True)
    found = client.get(f"{OBJECTS}/companies/a", idProperty="key_0", properties="name")
    assert found.body["properties"]["name"] == "Acme"


def test_companies_merge_into_a_new_one(client: Client) -> None:
    """§6: new id, old ids answer, the other's domain is a second one."""
    first = make(client, "companies").body["id"]
    second = make(client, "companies", domain="acme.test").body["id"]
    body = {"primaryObjectId": first, "objectIdToMerge": second}
    made = client.post(f"{OBJECTS}/companies/merge", body).body
    assert made["id"] not in {first, second}
    read = client.get(f"{OBJECTS}/companies/{second}", properties="hs_additional_domains,domain")
    assert read.body["id"] == made["id"]
    assert read.body["properties"]["domain"] == "acme.example"
    assert read.body["properties"]["hs_additional_domains"] == "acme.test"


@pytest.mark.parametrize(
    ("kind", "scope"),
    [
        ("companies", "crm.objects.companies.read"),
        ("deals", "crm.objects.deals.read"),
        ("leads", "crm.objects.leads.read"),
        ("tasks", "crm.objects.contacts.read"),
    ],
)
def test_each_object_asks_for_its_scope(kind: str, scope: str) -> None:
    """§4, §6: tasks and notes go by the contacts' scopes."""
    portal = HubSpot(World(), scopes=SCOPES - {scope})
    answer = Client(portal.app, portal.token).get(f"{OBJECTS}/{kind}")
    assert (answer.status, answer.body["category"]) == (403, "MISSING_SCOPES")
    assert answer.body["errors"][0]["context"] == {"requiredGranularScopes": [scope]}


def test_gdpr_deletion_leaves_nothing_and_blocks_the_unknown(client: Client) -> None:
    """§1 "GDPR delete"."""
    number = client.made(email="a@example.com")
    path = f"{CONTACTS}/gdpr-delete"
    assert client.post(path, {"objectId": number}).status == 204
    assert client.get(f"{CONTACTS}/{number}", archived="true").status == 404
    assert client.post(path, {"objectId": number}).status == 404
    by_email = {"objectId": "B@example.com", "idProperty": "email"}
    assert client.post(path, by_email).status == 204
    refused = client.post(CONTACTS, {"properties": {"email": "b@example.com"}})
    assert (refused.status, refused.body["category"]) == (409, "CONFLICT")
    inputs = [{"properties": {"email": "b@example.com"}}]
    assert client.post(f"{CONTACTS}/batch/create", {"inputs": inputs}).status == 409
    assert client.made(email="a@example.com") != number
    assert client.post(path, {}).status == 400
