"""Associations and pipelines: facts/hubspot.md §3, §6."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Client
from tests.unit.sandbox_hubspot.test_hubspot_objects import make, spec

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.world import World

V4 = "/crm/v4/objects"
BATCH = "/crm/v4/associations/contacts/companies"
PIPELINES = "/crm/v3/pipelines/deals"


@pytest.fixture
def pair(client: Client) -> tuple[str, str]:
    """A contact and a company."""
    return client.made(city="x"), str(make(client, "companies").body["id"])


def types(client: Client, source: str, id: str, target: str) -> dict[str, set[int]]:
    rows = client.get(f"{V4}/{source}/{id}/associations/{target}").body["results"]
    return {
        str(row["toObjectId"]): {one["typeId"] for one in row["associationTypes"]} for row in rows
    }


def test_the_default_association_is_seen_from_both_sides(
    client: Client, pair: tuple[str, str]
) -> None:
    """§6 "Type ids": the first company is the primary one, a second one is not."""
    contact, company = pair
    path = f"{V4}/contacts/{contact}/associations/default/companies"
    made = client.call("PUT", f"{path}/{company}")
    assert made.status == 200
    assert {row["associationSpec"]["associationTypeId"] for row in made.body["results"]} == {
        279,
        280,
    }
    other = make(client, "companies", domain="b.example").body["id"]
    assert client.call("PUT", f"{path}/{other}").status == 200
    assert types(client, "contacts", contact, "companies") == {company: {1, 279}, other: {279}}
    assert types(client, "companies", company, "contacts") == {contact: {2, 280}}
    read = client.get(f"{CONTACTS}/{contact}", associations="companies")
    assert {
        (row["id"], row["type"]) for row in read.body["associations"]["companies"]["results"]
    } == {
        (company, "contact_to_company"),
        (company, "contact_to_company_unlabeled"),
        (other, "contact_to_company_unlabeled"),
    }


def test_the_first_company_is_not_primary_with_the_switch_off(
    world: World, client: Client, pair: tuple[str, str]
) -> None:
    world.switches["hubspot.6.first_company_is_primary"] = False
    client.call("PUT", f"{V4}/contacts/{pair[0]}/associations/default/companies/{pair[1]}")
    assert types(client, "contacts", pair[0], "companies") == {pair[1]: {279}}


def test_there_is_one_primary_company(client: Client, pair: tuple[str, str]) -> None:
    contact, company = pair
    other = make(client, "companies", domain="b.example").body["id"]
    path = f"{V4}/contacts/{contact}/associations/companies"
    for one in (company, other):
        assert client.call("PUT", f"{path}/{one}", [spec(1)]).status == 201
    assert types(client, "contacts", contact, "companies") == {company: {279}, other: {1, 279}}
    assert types(client, "companies", company, "contacts") == {contact: {280}}


def test_a_label_set_is_replaced_and_the_plain_type_drops_all(
    client: Client, pair: tuple[str, str]
) -> None:
    """§6 "Replacing a label set"."""
    contact, company = pair
    labels = f"{BATCH}/labels"
    made = client.post(labels, {"name": "boss", "label": "Boss", "inverseLabel": "Led by"})
    boss, back = (row["typeId"] for row in made.body["results"])
    assert [row["label"] for row in made.body["results"]] == ["Boss", "Led by"]
    ours = {"associationCategory": "USER_DEFINED", "associationTypeId": boss}
    path = f"{V4}/contacts/{contact}/associations/companies/{company}"
    answer = client.call("PUT", path, [ours])
    assert (answer.status, answer.body["labels"]) == (201, ["Boss"])
    assert types(client, "companies", company, "contacts")[contact] >= {back, 280}
    client.call("PUT", path, [spec(1)])
    assert types(client, "contacts", contact, "companies") == {company: {1, 279}}
    one = {"from": {"id": contact}, "to": {"id": company}, "types": [spec(1)]}
    cut = f"{BATCH}/batch/labels/archive"
    assert client.post(cut, {"inputs": [one]}).status == 204
    assert types(client, "contacts", contact, "companies") == {company: {279}}
    assert client.post(cut, {"inputs": [{**one, "types": [spec(279)]}]}).status == 204
    assert types(client, "contacts", contact, "companies") == {}
    assert client.call("PUT", labels, {"associationTypeId": boss, "label": "Chief"}).status == 204
    assert "Chief" in {row["label"] for row in client.get(labels).body["results"]}
    assert client.call("DELETE", f"{labels}/{boss}").status == 204
    assert client.call("DELETE", f"{labels}/{boss}").status == 400
    assert client.call("DELETE", f"{labels}/279").status == 400


def test_batches_of_associations(client: Client, world: World, pair: tuple[str, str]) -> None:
    contact, company = pair
    ends = {"from": {"id": contact}, "to": {"id": company}}
    made = client.post(f"{BATCH}/batch/create", {"inputs": [{**ends, "types": [spec(279)]}]})
    assert made.status == 201
    mixed = [{**ends, "types": [spec(279)]}, {**ends, "to": {"id": "9"}, "types": [spec(279)]}]
    partly = client.post(f"{BATCH}/batch/create", {"inputs": mixed})
    assert (partly.status, len(partly.body["results"]), partly.body["numErrors"]) == (207, 1, 1)
    read = client.post(f"{BATCH}/batch/read", {"inputs": [{"id": contact}, {"id": "9"}]})
    assert read.status == 207
    (row,) = read.body["results"]
    assert (row["from"], row["to"][0]["toObjectId"]) == ({"id": contact}, int(company))
    assert read.body["errors"][0]["context"]["fromObjectId"] == ["9"]
    world.switches["hubspot.6.batch_read_without_links_is_207"] = False
    world.switches["hubspot.6.association_ids_are_numbers"] = False
    read = client.post(f"{BATCH}/batch/read", {"inputs": [{"id": contact}, {"id": "9"}]})
    assert (read.status, read.body["results"][0]["to"][0]["toObjectId"]) == (200, company)
    cut = {"inputs": [{"from": {"id": contact}, "to": [{"id": company}]}]}
    assert client.post(f"{BATCH}/batch/archive", cut).status == 204
    dated = "/crm/associations/2026-03/contacts/companies/batch"
    assert client.post(f"{dated}/associate/default", {"inputs": [ends]}).status == 200
    answer = client.post(f"{dated}/archive", cut)
    assert (answer.status, answer.body["status"]) == (200, "COMPLETE"), "§10: 200 with a body"
    many = {"inputs": [{"id": "1"}] * 1001}
    assert client.post(f"{BATCH}/batch/read", many).status == 400
    over = {"inputs": [{**ends, "types": [spec(279)]}] * 2001}
    assert client.post(f"{BATCH}/batch/create", over).status == 400
    listed = f"{V4}/contacts/{contact}/associations/companies"
    assert [client.get(listed, limit=each).status for each in (500, 501)] == [200, 400]


def test_associations_have_a_rate_of_their_own() -> None:
    """§3: 150 in ten seconds, outside the bucket of the other calls."""
    portal = HubSpot(World(limits="real"))
    client = Client(portal.app, portal.token)
    path = f"{V4}/contacts/1/associations/companies"
    statuses = [client.get(path).status for _ in range(151)]
    assert statuses == [404] * 150 + [429]
    assert client.get(CONTACTS).status == 200


def test_associations_come_with_a_new_record_or_not_at_all(client: Client) -> None:
    """§1, §6: all is checked before anything is made."""
    company = make(client, "companies").body["id"]
    link = {"to": {"id": company}, "types": [spec(1)]}
    body = {"properties": {"city": "x"}, "associations": [link]}
    number = client.post(CONTACTS, body).body["id"]
    assert types(client, "contacts", number, "companies") == {company: {1, 279}}
    for bad in ({**link, "to": {"id": "9"}}, {**link, "types": [spec(3)]}, {**link, "to": "9"}):
        assert client.post(CONTACTS, {**body, "associations": [bad]}).status == 400
    inputs = {"inputs": [body, {**body, "associations": [{**link, "to": {"id": "9"}}]}]}
    assert client.post(f"{CONTACTS}/batch/create", inputs).status == 400
    assert len(client.get(CONTACTS).body["results"]) == 1


def test_search_by_association(client: Client, world: World, pair: tuple[str, str]) -> None:
    """§2 "Pseudo property": what was linked later is found too."""
    contact, company = pair
    world.clock.advance(5)
    filters = [{"propertyName": "associations.company", "operator": "EQ", "value": company}]
    request: dict[str, Any] = {"filterGroups": [{"filters": filters}]}
    assert client.found(**request).body["total"] == 0
    client.call("PUT", f"{V4}/contacts/{contact}/associations/default/companies/{company}")
    assert [row["id"] for row in client.found(**request).body["results"]] == [contact]
    filters[0]["operator"] = "GT"
    assert client.found(**request).status == 400


def test_a_merged_record_inherits_both_sides_associations(
    client: Client, pair: tuple[str, str]
) -> None:
    contact, company = pair
    other = client.made(city="y")
    deal = make(client, "deals").body["id"]
    client.call("PUT", f"{V4}/contacts/{contact}/associations/default/companies/{company}")
    client.call("PUT", f"{V4}/contacts/{other}/associations/default/deals/{deal}")
    body = {"primaryObjectId": contact, "objectIdToMerge": other}
    new = client.post(f"{CONTACTS}/merge", body).body["id"]
    assert types(client, "contacts", new, "companies") == {company: {1, 279}}
    assert set(types(client, "deals", deal, "contacts")) == {new}
    client.call("DELETE", f"{CONTACTS}/{new}")
    assert types(client, "deals", deal, "contacts") == {}


def test_unknown_types_and_records(client: Client, pair: tuple[str, str]) -> None:
    contact, company = pair
    path = f"{V4}/contacts/{contact}/associations"
    assert client.get(f"{path}/spaceships").status == 400
    assert client.call("PUT", f"{path}/default/companies/9").status == 404
    assert client.call("PUT", f"{path}/companies/{company}", [spec(4)]).status == 400
    assert client.call("PUT", f"{path}/companies/{company}", []).status == 400
    assert client.call("DELETE", f"{path}/companies/{company}").status == 204


def test_the_default_deal_pipeline(client: Client) -> None:
    """§6 "Pipelines": probabilities are texts."""
    (pipeline,) = client.get(PIPELINES).body["results"]
    stages = {one["id"]: one["metadata"] for one in pipeline["stages"]}
    assert pipeline["id"] == "default"
    assert stages["closedwon"] == {"isClosed": "true", "probability": "1.0"}
    assert stages["qualifiedtobuy"]["isClosed"] == "false"
    assert client.get("/crm/pipelines/2026-03/deals").body == client.get(PIPELINES).body
    assert client.get("/crm/v3/pipelines/tickets").status == 501


def test_pipelines_and_stages_are_made_changed_and_guarded(client: Client) -> None:
    """§6: a stage name is unique; deletion is guarded on request."""
    stage = {"label": "Open", "displayOrder": 0, "metadata": {"probability": "0.5"}}
    made = client.post(PIPELINES, {"label": "Second", "displayOrder": 1, "stages": [stage]})
    assert made.status == 201
    path = f"{PIPELINES}/{made.body['id']}"
    assert client.post(f"{path}/stages", stage).status == 400
    wrong: list[dict[str, object]] = [
        {},
        {"metadata": {}},
        {"metadata": {"probability": "2"}},
        {"metadata": []},
    ]
    for bad in wrong:
        assert client.post(f"{path}/stages", {"label": "B", **bad}).status == 400
    won = client.post(
        f"{path}/stages", {**stage, "label": "Won", "metadata": {"probability": "1.0"}}
    )
    assert won.body["metadata"]["isClosed"] == "true"
    where = {"pipeline": made.body["id"], "dealstage": won.body["id"]}
    deal = make(client, "deals", **where)
    assert deal.body["properties"]["hs_is_closed_won"] == "true"
    one = f"{path}/stages/{won.body['id']}"
    refused = client.call("DELETE", one, query={"validateReferencesBeforeDelete": "true"})
    assert (refused.status, refused.body["subCategory"]) == (
        400,
        "PipelineError.STAGE_ID_IN_USE",
    )
    assert client.patch(one, {"label": "Gained"}).body["label"] == "Gained"
    assert client.patch(path, {"label": "Other"}).body["label"] == "Other"
    assert client.call("DELETE", one).status == 204
    assert client.get(one).status == 404
    assert client.call("DELETE", path).status == 204
    assert client.get(path).status == 404


def test_a_type_that_is_not_kept_is_linked_with_nothing(client: Client) -> None:
    """Readers ask for tickets with contacts, as Singer's tap does; an unknown name stays refused."""
    contact = client.made(email="a@lima.example")
    listed = client.get(CONTACTS, associations="tickets").body["results"]
    assert [row["id"] for row in listed if "associations" not in row] == [contact]
    assert client.get(CONTACTS, associations="ticketz").status == 400
    linked = client.get(f"/crm/v4/objects/contacts/{contact}/associations/tickets")
    assert linked.status == 501
