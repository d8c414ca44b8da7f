"""Whatever a client sends to any call of the table, no 500 comes of it (issue "Bad input")."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Client
from tests.unit.sandbox_hubspot.test_hubspot_objects import NEW, OBJECTS, make

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.hubspot.lists import Lists
from leadpact_sandbox.hubspot.paths import placed
from leadpact_sandbox.hubspot.routes import rows
from leadpact_sandbox.hubspot.webhooks import Webhooks
from leadpact_sandbox.world import World

PORTAL = HubSpot(World(seed=7), index_lag_s=0)
CALLS = sorted(
    {
        (place.row.method, place.counted)
        for place in placed(rows(PORTAL._portal, Webhooks(PORTAL._portal), Lists(PORTAL._portal)))
    }
)
LIKE_OTHERS = {"companies", "tasks", "notes"}
"""Served by the very code that serves contacts, deals and leads."""
IDS = ("101", "0", "-1", "9" * 40, "x", "%00", "contacts", "१२", "a;b", "default", "279", "email")
PIECES: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63,
    1.5,
    "",
    "101",
    "x",
    [],
    {},
    [None],
    [[]],
    [{}],
    ["101"],
    [{"id": {}}],
]
NAMES = (
    *("inputs", "properties", "associations", "id", "idProperty", "objectId", "name", "label"),
    *("filterGroups", "sorts", "limit", "after", "query", "types", "from", "to", "metadata"),
    *("stages", "options", "primaryObjectId", "objectIdToMerge", "targetUrl", "throttling"),
    *("eventType", "objectTypeId", "propertyName", "active", "associationTypeId"),
)
INPUT = {"id": "101", "from": {"id": "101"}, "to": [{"id": []}], "types": [{}], "properties": {}}
RAW = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"\xff",
    b'"x"',
    b"[" * 2000,
    b'{"inputs":[' + b",".join([b'{"id":"1","properties":{}}'] * 101) + b"]}",
    b'{"a":1,"a":2}',
    orjson.dumps({"inputs": [INPUT, {**INPUT, "to": {"id": 101}, "associations": [{"to": 1}]}]}),
)
QUERIES: list[dict[str, object]] = [
    {"limit": "9" * 30, "after": "x"},
    {"after": "9" * 18, "archived": "true", "properties": ["", ",", "email"]},
    {"archived": "?", "idProperty": "email", "associations": "x"},
    {"idProperty": "city", "propertiesWithHistory": "email,nope", "limit": 50},
]


@pytest.fixture(scope="module")
def client() -> Client:
    client = Client(PORTAL.app, PORTAL.token)
    for kind in NEW:
        make(client, kind)
    return client


def ask(client: Client, method: str, path: str, **more: Any) -> None:
    more.setdefault("kind", "application/json")
    key = str(PORTAL.app_details()["developer_key"])
    query = {"hapikey": key, **more.pop("query", {})}
    answer = client.call(method, path, query=query, **more)
    assert answer.status < 500 or answer.status == 501, (method, path, more, answer.raw)
    if answer.status >= 400:
        assert answer.body["message"]


def paths(template: str) -> list[str]:
    app = str(PORTAL.app_details()["app_id"])
    filled = template.replace("{appId}", app).replace("{to}", "companies")
    return [re.sub(r"\{\w+\}", one, filled) for one in (IDS if "{" in filled else ("",))]


def test_the_table_is_whole() -> None:
    assert len(CALLS) > 300
    assert ("POST", f"{CONTACTS}/batch/update") in CALLS


@pytest.mark.parametrize("family", sorted({call[1].split("/")[1] for call in CALLS}))
def test_no_call_makes_a_server_error(client: Client, family: str) -> None:
    """Each call with each id, with raw bodies, and with wrong values of the names it may read."""
    for place, (method, template) in enumerate(CALLS):
        parts = template.split("/")
        if parts[1] != family or "2026-03" in parts or not LIKE_OTHERS.isdisjoint(parts):
            continue
        found = paths(template)
        for at, path in enumerate(found):
            ask(client, method, path, raw=RAW[(at + place) % len(RAW)])
            ask(client, method, path, query=QUERIES[(at + place) % len(QUERIES)], body={})
        for at, raw in enumerate(RAW):
            ask(client, method, found[at % len(found)], raw=raw)
        for at, piece in enumerate(PIECES):
            names = NAMES[at % 3 :: 3]
            ask(client, method, found[0], body=dict.fromkeys(names, piece))
    assert client.get(f"{OBJECTS}/contacts").status == 200


@pytest.mark.parametrize("path", ["/", "//", "/crm", "/crm/v3/objects//101", "/%2e%2e/x", "/☃"])
def test_paths_of_nobody(client: Client, path: str) -> None:
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"):
        ask(client, method, path)
