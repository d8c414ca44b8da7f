"""The quick way through a batch leaves what the careful way leaves."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.unit.sandbox_hubspot.client import CONTACTS, Client

from leadpact_sandbox.hubspot import HubSpot, batch
from leadpact_sandbox.hubspot.batch_quick import quick_rows
from leadpact_sandbox.hubspot.store import Change
from leadpact_sandbox.world import World

ADDRESSES = tuple(f"{letter}{place}@example.com" for letter in "aA" for place in range(25))
VALUES: dict[str, tuple[object, ...]] = {
    "city": ("Rom", "Oslo", "Bonn", "", ";x", "x" * 65_537),
    "hs_buying_role": (";CHAMPION", "END_USER", ""),
    "hs_lead_status": ("NEW", "OPEN", "IN_PROGRESS", "", "nope"),
    "last_webinar_attended": ("2026-01-01", "1795600000000", ""),
    "lifecyclestage": ("lead", "customer", "opportunity", ""),
    "hubspot_owner_id": ("", "", "", "7"),
    "email": (*ADDRESSES, ""),
    "our_key": (*(f"k{place}" for place in range(40)), "K1", ""),
    "firstname": ("Ada", "Zoë", "Li", None, 7),
}
OUR_KEY = {
    "name": "our_key",
    "label": "Our key",
    "groupName": "contactinformation",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
}
WORLDS: tuple[tuple[dict[str, bool], bool], ...] = (
    ({}, False),
    ({"hubspot.4.backward_stage_answers_200": False, "hubspot.1.cleared_reads_empty": True}, True),
    ({"hubspot.4.new_contact_is_lead": False, "hubspot.1.null_clears": False}, True),
)


class Told:
    """Hears of every change, or of none."""

    def __init__(self, on: bool) -> None:
        self.on = on
        self.heard: list[tuple[object, ...]] = []

    def wanted(self) -> bool:
        return self.on

    def told(self, one: Change) -> None:
        changes = sorted(one.changes.items())
        self.heard.append((one.kind, one.record.id, one.what, changes, one.source, one.ms))


class Two:
    """Two portals of one instant: one as it is, one that knows the careful way only."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, switches: dict[str, bool], heard: bool
    ) -> None:
        self._patch = monkeypatch
        self._now = datetime(2026, 11, 22, tzinfo=UTC)
        self._quick = quick_rows
        self.times_quick = {"create": 0, "update": 0, "upsert": 0}
        self.worlds = [World(switches=dict(switches)) for _ in range(2)]
        self.later()
        self.portals = [HubSpot(world) for world in self.worlds]
        self.told = [Told(heard), Told(heard)]
        for portal, told in zip(self.portals, self.told, strict=True):
            portal._portal.listeners.append(told)
        self._clients = [Client(portal.app, portal.token) for portal in self.portals]
        self.ask("/crm/v3/properties/contacts", OUR_KEY)

    def later(self) -> None:
        self._now += timedelta(seconds=1)
        for world in self.worlds:
            world.clock._held = self._now
            world.clock.advance(1)

    def ask(self, path: str, body: dict[str, object]) -> Any:
        """The answer of both, which must be one."""
        answers = []
        for client, way in zip(self._clients, (self._counted, lambda *_: None), strict=True):
            with self._patch.context() as patched:
                patched.setattr(batch, "quick_rows", way)
                answers.append(client.post(path, body))
        assert (answers[0].status, answers[0].body) == (answers[1].status, answers[1].body), body
        return answers[0]

    def _counted(self, *given: Any) -> Any:
        rows = self._quick(*given)
        self.times_quick[given[1]] += rows is not None
        return rows


def inputs_of(draw: random.Random, what: str, ids: list[str]) -> list[dict[str, object]]:
    made: list[dict[str, object]] = []
    for _ in range(draw.choice((1, 1, 2, 3))):
        names = draw.sample(sorted(VALUES), draw.choice((1, 1, 2, 3)))
        one: dict[str, object] = {"properties": {n: draw.choice(VALUES[n]) for n in names}}
        if what == "update":
            one["id"] = draw.choice(ids)
        if what == "upsert":
            name = one["idProperty"] = draw.choice(("email", "our_key"))
            one["id"] = draw.choice(VALUES[name])
        if draw.random() < 0.3:
            one["objectWriteTraceId"] = draw.choice(("t1", "t2", "t3", "", 4))
        made.append(one)
    return made


def telling(one: str, other: str) -> list[tuple[str, list[dict[str, object]]]]:
    """Batches that show an error only where their inputs are held against each other or a switch."""
    same: dict[str, object] = {"properties": {"email": "twice@example.com"}}
    keyed: dict[str, object] = {"idProperty": "our_key", "id": "k99", "properties": {}}
    rows: list[dict[str, object]] = [
        {"id": one, "properties": {"city": city}} for city in ("Rom", "Oslo")
    ]
    stages: list[list[dict[str, object]]] = [
        [{"id": each, "properties": {"lifecyclestage": stage}} for each in (one, other)]
        for stage in ("customer", "lead")
    ]
    return [
        *(("create", [same, same]), ("upsert", [keyed, keyed]), ("update", rows)),
        *(("update", stage) for stage in stages),
    ]


@pytest.mark.parametrize(("switches", "heard"), WORLDS)
def test_quick_and_careful_batches_end_alike(
    monkeypatch: pytest.MonkeyPatch, switches: dict[str, bool], heard: bool
) -> None:
    draw = random.Random(5)
    two = Two(monkeypatch, switches, heard)
    rows = [{"properties": {"city": str(place)}} for place in range(6)]
    made = two.ask(f"{CONTACTS}/batch/create", {"inputs": rows})
    ids = sorted(row["id"] for row in made.body["results"])
    for what, inputs in telling(*ids[:2]):
        two.later()
        two.ask(f"{CONTACTS}/batch/{what}", {"inputs": inputs})
    statuses: dict[tuple[str, int], int] = {}
    for turn in range(150):
        two.later()
        what = ("create", "update", "upsert")[turn % 3]
        answer = two.ask(f"{CONTACTS}/batch/{what}", {"inputs": inputs_of(draw, what, ids)})
        ids += [row["id"] for row in answer.body.get("results", ()) if row["id"] not in ids]
        key = (what, answer.status)
        statuses[key] = statuses.get(key, 0) + 1
    two.later()
    found = two.ask(f"{CONTACTS}/search", {"limit": 200, "properties": sorted(VALUES)})
    assert found.body["total"] > 6
    assert two.portals[0].snapshot()["objects"] == two.portals[1].snapshot()["objects"]
    assert two.told[0].heard == two.told[1].heard
    assert bool(two.told[0].heard) is heard
    assert min(two.times_quick.values()) > 5
    assert {
        ("create", 201),
        ("create", 409),
        ("update", 200),
        ("update", 400),
        ("upsert", 200),
    } <= {*statuses}
