"""Lists and form submissions: facts/hubspot.md §7."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
from tests.unit.sandbox_hubspot.client import CONTACTS, Client

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.seed import generate
from leadpact_sandbox.world import World

LISTS = "/crm/v3/lists"
FORMS = "/form-integrations/v1/submissions/forms"


def test_a_manual_list_and_who_is_on_it(client: Client, portal: HubSpot) -> None:
    body = {"name": "VIPs", "objectTypeId": "0-1", "processingType": "MANUAL"}
    made = client.post(LISTS, body)
    assert (made.status, client.post(LISTS, body).status) == (200, 400)
    path = f"{LISTS}/{made.body['list']['listId']}"
    one, two = client.made(city="x"), client.made(city="y")
    added = client.call("PUT", f"{path}/memberships/add", [one, two, "9"]).body
    assert (added["recordsIdsAdded"], added["recordIdsMissing"]) == ([one, two], ["9"])
    page = client.get(f"{path}/memberships", limit=1).body
    assert (page["results"][0]["recordId"], page["total"]) == (one, 2)
    rest = client.get(f"{path}/memberships", after=page["paging"]["next"]["after"]).body
    assert [row["recordId"] for row in rest["results"]] == [two]
    client.call("PUT", f"{path}/memberships/remove", [two])
    inputs = [{"objectTypeId": "0-1", "recordId": number} for number in (one, two)]
    for prefix in (LISTS, "/crm/lists/2026-03"):
        read = client.post(f"{prefix}/records/memberships/batch/read", {"inputs": inputs})
        counts = [len(row["recordListMemberships"]) for row in read.body["results"]]
        assert counts == [1, 0]
    by_record = client.get(f"{LISTS}/records/0-1/{one}/memberships").body
    assert [row["listId"] for row in by_record["results"]] == [made.body["list"]["listId"]]
    twin = HubSpot(World(seed=7))
    twin.restore(orjson.loads(orjson.dumps(portal.snapshot())))
    assert Client(twin.app, twin.token).get(path).body == client.get(path).body
    assert client.call("DELETE", path).status == 204
    assert client.get(path).status == 404
    filtering = client.post(LISTS, {**body, "processingType": "DYNAMIC"})
    assert filtering.status == 501


def test_submissions_have_no_contact_id_and_come_newest_first(
    client: Client, portal: HubSpot
) -> None:
    """§7 "Forms": 50 a page."""
    portal.load(generate(300, 7, datetime(2026, 11, 21, tzinfo=UTC)))
    forms = {row["name"]: row["id"] for row in client.get("/marketing/v3/forms").body["results"]}
    path = f"{FORMS}/{forms['Contact form']}"
    rows = []
    query: dict[str, object] = {"limit": 3}
    while True:
        body = client.get(path, **query).body
        rows += body["results"]
        if "paging" not in body:
            break
        query["after"] = body["paging"]["next"]["after"]
    assert len(rows) > 3
    times = [row["submittedAt"] for row in rows]
    assert times == sorted(times, reverse=True)
    values = {one["name"]: one["value"] for one in rows[0]["values"]}
    assert "hs_object_id" not in values
    assert client.get(f"{CONTACTS}/{values['email']}", idProperty="email").status == 200
    assert client.get(path, limit=51).status == 400
    assert client.get(f"{FORMS}/nope").status == 404
