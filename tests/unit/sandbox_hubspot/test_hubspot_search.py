"""Search and its index: facts/hubspot.md §2."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Client

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.world import Fault, World


def rule(name: str, operator: str, *values: str, **more: object) -> dict[str, object]:
    made: dict[str, object] = {"propertyName": name, "operator": operator, **more}
    if operator in {"IN", "NOT_IN"}:
        return {**made, "values": list(values)}
    return {**made, "value": values[0]} if values else made


def hits(client: Client, *rules: dict[str, object], **more: object) -> list[str]:
    answer = client.found(filterGroups=[{"filters": list(rules)}], **more)
    assert answer.status == 200, answer.raw
    return [row["id"] for row in answer.body["results"]]


@pytest.fixture
def three(client: Client, world: World) -> list[str]:
    made = [
        client.made(email="ana@one.example", firstname="Ana", city="Łódź", hs_lead_status="NEW"),
        client.made(email="bo@two.example", firstname="Bo Ana", num_sold="3", city="łódź"),
        client.made(firstname="Cy", hs_buying_role="CHAMPION", hs_lead_status="OPEN"),
    ]
    world.clock.advance(3)
    return made


@pytest.fixture
def client(portal: HubSpot) -> Client:
    client = Client(portal.app, portal.token)
    body = {"name": "num_sold", "label": "Sold", "groupName": "engagement", "type": "number"}
    client.post("/crm/v3/properties/contacts", {**body, "fieldType": "number"})
    return client


@pytest.mark.parametrize(
    ("rule_", "expected"),
    [
        (rule("email", "EQ", "ANA@one.example"), [0]),
        (rule("firstname", "EQ", "ana"), [0]),
        (rule("city", "EQ", "ŁÓDŹ"), [0, 1]),
        (rule("hs_lead_status", "EQ", "NEW"), [0]),
        (rule("hs_lead_status", "EQ", "new"), []),
        (rule("hs_lead_status", "NEQ", "NEW"), [2]),
        (rule("firstname", "IN", "ana", "cy"), [0, 2]),
        (rule("firstname", "IN", "Ana"), []),
        (rule("email", "IN", "ana@one.example", "BO@two.example"), [0]),
        (rule("hs_lead_status", "IN", "NEW", "OPEN"), [0, 2]),
        (rule("firstname", "NOT_IN", "ana", "cy"), [1]),
        (rule("num_sold", "HAS_PROPERTY"), [1]),
        (rule("num_sold", "NOT_HAS_PROPERTY"), [0, 2]),
        (rule("num_sold", "EQ", "3.0"), [1]),
        (rule("num_sold", "GT", "3"), []),
        (rule("num_sold", "GTE", "2.5"), [1]),
        (rule("num_sold", "LT", "10"), [1]),
        (rule("num_sold", "LTE", "2.9"), []),
        (rule("num_sold", "BETWEEN", "1", highValue="3"), [1]),
        (rule("createdate", "GT", "1000"), [0, 1, 2]),
        (rule("createdate", "LT", "2020-01-01"), []),
        (rule("firstname", "CONTAINS_TOKEN", "ANA"), [0, 1]),
        (rule("firstname", "CONTAINS_TOKEN", "an"), []),
        (rule("firstname", "CONTAINS_TOKEN", "an*"), [0, 1]),
        (rule("email", "CONTAINS_TOKEN", "*@two.example"), [1]),
        (rule("email", "NOT_CONTAINS_TOKEN", "one"), [1, 2]),
    ],
)
def test_operators(
    client: Client, three: list[str], rule_: dict[str, object], expected: list[int]
) -> None:
    """§2 "Operators" and "Case"."""
    assert hits(client, rule_) == [three[place] for place in expected]


def test_blank_differs_only_with_the_switch() -> None:
    portal = HubSpot(World(switches={"hubspot.2.neq_matches_blank": True}), index_lag_s=0)
    client = Client(portal.app, portal.token)
    number = client.made(city="Rom")
    assert hits(client, rule("jobtitle", "NEQ", "CTO")) == [number]


def test_groups_are_or_and_filters_are_and(client: Client, three: list[str]) -> None:
    groups = [
        {"filters": [rule("city", "EQ", "łódź"), rule("hs_lead_status", "EQ", "NEW")]},
        {"filters": [rule("firstname", "EQ", "cy")]},
        {"filters": [rule("email", "EQ", "ana@one.example")]},
    ]
    answer = client.found(filterGroups=groups)
    assert [row["id"] for row in answer.body["results"]] == [three[0], three[2]]
    assert answer.body["total"] == 2


def test_a_query_looks_at_the_usual_properties(client: Client, three: list[str]) -> None:
    answer = client.found(query="ana BO")
    assert [row["id"] for row in answer.body["results"]] == [three[1]]


def test_email_misses_second_addresses(client: Client, world: World) -> None:
    """§6: they are found through ``hs_additional_emails`` only."""
    number = client.made(email="a@example.com", hs_additional_emails="b@example.com;c@example.com")
    world.clock.advance(3)
    assert hits(client, rule("email", "EQ", "c@example.com")) == []
    assert hits(client, rule("hs_additional_emails", "CONTAINS_TOKEN", "c@example.com")) == [number]


def test_sorts_default_oldest_first_and_either_form(client: Client, three: list[str]) -> None:
    def order(*sorts: object) -> list[int]:
        rows = client.found(sorts=list(sorts)).body["results"]
        return [three.index(row["id"]) for row in rows]

    assert order() == [0, 1, 2]
    assert order({"propertyName": "createdate", "direction": "DESCENDING"}) == [2, 1, 0]
    assert order("-firstname") == [2, 1, 0]
    assert order("num_sold") == [1, 0, 2]
    assert order({"propertyName": "hs_object_id", "direction": "DESCENDING"}) == [2, 1, 0]
    assert order("-lastmodifieddate") == [2, 1, 0]


def test_results_hold_asked_properties_only(client: Client, three: list[str]) -> None:
    request = {"properties": ["city", "nope"], "limit": 1}
    row = client.found(**request).body["results"][0]
    assert set(row["properties"]) == {"city", "createdate", "hs_object_id", "lastmodifieddate"}


def test_paging_ends_without_paging(client: Client, three: list[str]) -> None:
    """§2: ``after`` is an offset as text; ``paging`` is absent on the last page."""
    first = client.found(limit=2).body
    assert first["paging"] == {"next": {"after": "2"}}
    last = client.found(limit=2, after=first["paging"]["next"]["after"]).body
    assert [row["id"] for row in last["results"]] == three[2:]
    assert "paging" not in last


def test_changes_are_seen_after_the_lag_only(client: Client, world: World) -> None:
    """§2 "Lag": creates, updates and deletes come late; the old values are answered meanwhile."""
    number = client.made(city="Rom")
    assert client.found().body["total"] == 0
    world.clock.advance(2)
    assert client.found().body["total"] == 1
    client.patch(f"{CONTACTS}/{number}", {"properties": {"city": "Oslo"}})
    stale = client.found(properties=["city"]).body["results"][0]
    assert stale["properties"]["city"] == "Rom"
    assert hits(client, rule("city", "EQ", "oslo")) == []
    world.clock.advance(2)
    assert hits(client, rule("city", "EQ", "oslo")) == [number]
    client.call("DELETE", f"{CONTACTS}/{number}")
    assert client.found().body["total"] == 1
    world.clock.advance(2)
    assert client.found().body["total"] == 0


def test_stale_index_freezes_search(client: Client, world: World) -> None:
    world.faults.replace([Fault("hubspot", "*", "stale_index")])
    client.made(city="Rom")
    world.clock.advance(3600)
    assert client.found().body["total"] == 0
    world.faults.replace([])
    assert client.found().body["total"] == 1


def bad_requests() -> list[dict[str, Any]]:
    one = rule("city", "EQ", "x")
    return [
        {"limit": 201},
        {"limit": "many"},
        {"after": "-1"},
        {"after": 9_990, "limit": 20},
        {"after": "10000"},
        {"sorts": ["city", "email"]},
        {"sorts": ["nope"]},
        {"sorts": [{"propertyName": "city", "direction": ["UP"]}]},
        {"properties": "city"},
        {"query": 4},
        {"filters": [one]},
        {"filterGroups": {}},
        {"filterGroups": ["x"]},
        {"filterGroups": [{"filters": [one]}] * 6},
        {"filterGroups": [{"filters": [one] * 7}]},
        {"filterGroups": [{"filters": [one] * 5}] * 4},
        {"filterGroups": [{"filters": [rule("nope", "EQ", "x")]}]},
        {"filterGroups": [{"filters": [rule("city", "LIKE", "x")]}]},
        {"filterGroups": [{"filters": [rule("city", "EQ")]}]},
        {"filterGroups": [{"filters": [rule("city", "IN")]}]},
        {"filterGroups": [{"filters": [rule("city", "BETWEEN", "a")]}]},
        {"filterGroups": [{"filters": [rule("lastmodifieddate", "GT", "soon")]}]},
        {"filterGroups": [{"filters": [rule("hs_object_id", "GT", "x")]}]},
        {"filterGroups": [{"filters": [rule("city", "EQ", "x" * 3000)]}]},
    ]


@pytest.mark.parametrize("request_", bad_requests())
def test_what_search_refuses(client: Client, request_: dict[str, Any]) -> None:
    """§2: page 200, wall of 10,000, 5 groups of 6 and 18 in all, 3,000 characters, one sort."""
    answer = client.found(**request_)
    assert (answer.status, answer.body["category"]) == (400, "VALIDATION_ERROR")


def test_the_wall_of_3000_characters_can_be_on_the_query_only() -> None:
    portal = HubSpot(World(switches={"hubspot.2.body_limit_whole": False}))
    client = Client(portal.app, portal.token)
    long = [{"filters": [rule("city", "EQ", "x" * 3000)]}]
    assert client.found(filterGroups=long).status == 200
    assert client.found(query="x" * 3001).status == 400


def test_15000_records_of_one_stamp_can_be_read_past_the_wall(
    portal: HubSpot, client: Client, world: World
) -> None:
    """§2 "Past 10k": ``hs_object_id GT last`` sorted by ``hs_object_id``, among GTE the stamp."""
    for _ in range(150):
        inputs = [{"properties": {"city": "x"}}] * 100
        assert client.post(f"{CONTACTS}/batch/create", {"inputs": inputs}).status == 201
    ids = [str(number) for number in range(101, 15_101)]
    rows = portal.edit_many("contacts", {one: {"city": "y"} for one in ids}, "import:1")
    stamp = rows[0]["updatedAt"]
    assert {row["updatedAt"] for row in rows} == {stamp}
    world.clock.advance(3)
    for operator in ("EQ", "GTE"):
        seen: list[str] = []
        while len(seen) < 20_000:
            page = hits(
                client,
                rule("lastmodifieddate", operator, str(stamp)),
                rule("hs_object_id", "GT", seen[-1] if seen else "0"),
                sorts=["hs_object_id"],
                limit=200,
                properties=["hs_object_id"],
            )
            if not page:
                break
            seen += page
        assert seen == ids
    wall = client.found(limit=200, after="9800", sorts=["lastmodifieddate"])
    assert (wall.body["total"], wall.body["paging"]["next"]["after"]) == (15_000, "10000")


def test_index_keeps_up_with_many_changes(portal: HubSpot, client: Client, world: World) -> None:
    """Many changes at once take another way into the kept orders than single ones."""
    made = [client.made(city=str(place)) for place in range(100)]
    world.clock.advance(3)
    assert len(hits(client, limit=200)) == 100
    portal.edit_many("contacts", {one: {"city": "z"} for one in made[10:]}, "import:1")
    for one in made[:5]:
        client.call("DELETE", f"{CONTACTS}/{one}")
    world.clock.advance(3)
    newest = hits(client, sorts=["-lastmodifieddate"], limit=200)
    assert newest == made[:9:-1] + made[9:4:-1]
    assert hits(client, limit=200) == made[5:]
    assert hits(client, rule("hs_object_id", "LTE", made[6]), sorts=["hs_object_id"]) == made[5:7]


def test_filters_on_the_stamp_go_with_others(portal: HubSpot, client: Client, world: World) -> None:
    made = [client.made(city=str(place)) for place in range(4)]
    world.clock.advance(1)
    rows = portal.edit_many("contacts", {one: {"state": "x"} for one in made[:3]}, "import:1")
    stamp = str(rows[0]["updatedAt"])
    world.clock.advance(3)
    newest = ["lastmodifieddate"]
    same = rule("lastmodifieddate", "EQ", stamp)
    assert hits(client, same, rule("city", "NEQ", "1"), sorts=newest) == [made[0], made[2]]
    assert hits(client, rule("lastmodifieddate", "NEQ", stamp), sorts=newest) == [made[3]]
    assert hits(client, rule("lastmodifieddate", "IN", stamp), sorts=newest) == made[:3]
    after = rule("lastmodifieddate", "GTE", stamp)
    assert hits(client, after, rule("city", "EQ", "2"), sorts=newest) == [made[2]]
    assert hits(client, after, rule("hs_object_id", "NEQ", made[0]), sorts=newest) == made[1:3]


def test_a_range_of_any_date_is_found_in_its_order_whatever_changes(
    portal: HubSpot, client: Client, world: World
) -> None:
    name = "hs_email_last_open_date"
    made = [
        str(portal.create("contacts", {"email": f"p{n}@x.test"}, "import:1")["id"])
        for n in range(50)
    ]

    def opened(places: list[int], days: int) -> None:
        edits = {made[n]: {name: f"2026-10-{days + n % 3:02d}T09:00:00Z"} for n in places}
        portal.edit_many("contacts", edits, "workflow:1")
        world.clock.advance(3)

    def since(day: str, **more: object) -> list[str]:
        return hits(client, rule(name, "GTE", f"2026-10-{day}T09:00:00Z"), limit=200, **more)

    opened(list(range(6)), 1)
    dated = [made[n] for n in (1, 4, 2, 5)]
    assert since("02", sorts=[name]) == dated
    assert since("02", sorts=[f"-{name}"]) == dated[::-1]
    assert since("02") == sorted(dated, key=int)
    opened([0, 3], 9)
    assert since("02", sorts=[name]) == [*dated, made[0], made[3]]
    opened(list(range(10, 50)), 20)
    portal.edit("contacts", made[4], {name: ""}, "workflow:1")
    client.call("DELETE", f"{CONTACTS}/{made[1]}")
    world.clock.advance(3)
    ordered = [made[n] for day in range(3) for n in range(10, 50) if n % 3 == day]
    assert since("02", sorts=[name]) == [made[2], made[5], made[0], made[3], *ordered]
    assert since("02", sorts=[name])[:2] == hits(
        client,
        rule(name, "BETWEEN", "2026-10-02T00:00:00Z", highValue="2026-10-04T00:00:00Z"),
        sorts=[name],
    )
