"""Rows saved many at once, the quick way, end as rows that are saved one by one."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.unit.sandbox_hubspot.client import Answered, Client
from tests.unit.sandbox_salesforce.conftest import COMPANY

from leadpact_sandbox.salesforce import Salesforce, saving
from leadpact_sandbox.world import World

BASE = "/services/data/v66.0"
GOOD: dict[str, tuple[Any, ...]] = {
    "FirstName": ("Ada", "Zoë", None, " Ana "),
    "LastName": ("Lima", "Ito"),
    "Company": ("Kyoto KK", "Oslo AS", "Rio"),
    "Email": ("A1@lima.example", "a2@lima.example", None, "a3@lima.example"),
    "Title": ("Head", "Boss", ""),
    "Status": ("Working - Contacted", "Open - Not Contacted"),
    "NumberOfEmployees": (1, 40, None),
    "Key__c": tuple(f"k{place}" for place in range(30)),
    "Name": ("Nobody", "Halden"),
}
BAD: dict[str, tuple[Any, ...]] = {
    "LastName": ("", "x" * 81, None),
    "Company": (None,),
    "Email": ("bad",),
    "Title": (7,),
    "Status": ("Closed - Converted", "Odd", None),
    "NumberOfEmployees": (4.5,),
    "Key__c": ("K1", None, [1]),
    "OwnerId": ("005000000000000AAA", None),
    "Nope__c": ("x",),
    "AccountId": ("001000000000000AAA", None),
}
NEEDED = {
    "Lead": {"LastName": "Ito", "Company": "KK"},
    "Contact": {"LastName": "Ito"},
    "Account": {"Name": "Halden"},
}
NAMES = {
    "Lead": ("FirstName", "LastName", "Company", "Email", "Title", "Status", "NumberOfEmployees"),
    "Contact": ("FirstName", "LastName", "Email", "Title"),
    "Account": ("Name", "NumberOfEmployees"),
}
WORLDS: tuple[dict[str, bool], ...] = (
    {},
    {"salesforce.6.duplicate_rules": True, "salesforce.1.blank_is_null": False},
    {"salesforce.6.history_tracking": True, "salesforce.6.assignment_rules": True},
)


class Two:
    """Two orgs of one instant: one as it is, one that saves row by row."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, switches: dict[str, bool]) -> None:
        self._patch = monkeypatch
        self._now = datetime(2026, 11, 22, tzinfo=UTC)
        self._plainly = saving.Saving._is_plain
        self._filled = saving.Saving._filled
        self.quick = 0
        self.most_at_once = 0
        self.worlds = [World(switches=dict(switches)) for _ in range(2)]
        self.later()
        self.orgs = [Salesforce(world) for world in self.worlds]
        for org in self.orgs:
            org.load(COMPANY)
        tokens = [org.connection("http://127.0.0.1")["access_token"] for org in self.orgs]
        self._clients = [Client(org.app, t) for org, t in zip(self.orgs, tokens, strict=True)]

    def later(self, seconds: int = 1) -> None:
        self._now += timedelta(seconds=seconds)
        for world in self.worlds:
            world.clock._held = self._now

    def ask(self, method: str, path: str, body: object = None) -> Answered:
        """The answer of both, which must be one."""
        answers = []
        for client, way in zip(self._clients, (self._counting(), lambda _: False), strict=True):
            with self._patch.context() as patched:
                patched.setattr(saving.Saving, "_is_plain", way)
                patched.setattr(saving.Saving, "_filled", self._noting())
                answers.append(client.call(method, BASE + path, body))
        assert (answers[0].status, answers[0].raw) == (answers[1].status, answers[1].raw), body
        return answers[0]

    def _counting(self) -> Callable[[saving.Saving], bool]:
        def counted(one: saving.Saving) -> bool:
            plain = self._plainly(one)
            self.quick += plain
            return plain

        return counted

    def _noting(self) -> Callable[..., Any]:
        def noted(one: saving.Saving, begun: list[Any], *more: Any) -> Any:
            made = self._filled(one, begun, *more)
            self.most_at_once = max(self.most_at_once, len(made or ()))
            return made

        return noted

    def state(self, place: int) -> object:
        org = self.orgs[place]._org
        kept = {name: (table.rows, table._equal, table._ids) for name, table in org.tables.items()}
        stamps = {name: sorted(table._stamps) for name, table in org.tables.items()}
        return kept, stamps, org.counters


def given(draw: random.Random, kind: str, *, new: bool) -> dict[str, Any]:
    names = draw.sample(NAMES[kind], draw.choice((1, 2, len(NAMES[kind]) - 1)))
    made = dict(NEEDED[kind]) if new and draw.random() < 0.9 else {}
    made |= {name: draw.choice(GOOD[name]) for name in names}
    if draw.random() < 0.1:
        name = draw.choice(sorted(BAD))
        made[name] = draw.choice(BAD[name])
    if kind == "Lead" and draw.random() < 0.2:
        made["Key__c"] = draw.choice(GOOD["Key__c"])
    return made


def rows_of(draw: random.Random, ids: dict[str, list[str]], *, new: bool) -> list[dict[str, Any]]:
    made = []
    kind = draw.choice(("Lead", "Lead", "Contact", "Account"))
    for _ in range(draw.choice((1, 2, 4))):
        kind = draw.choice((kind, kind, kind, "Lead", "Contact"))
        row = {"attributes": {"type": kind}, **given(draw, kind, new=new)}
        if not new or draw.random() < 0.03:
            one = draw.choice(ids[draw.choice((*[kind] * 19, "Account"))])
            name = draw.choice(("id", "id", "Id", "ID"))
            row[name] = draw.choice((*[one] * 9, one[:15], "x"))
        if draw.random() < 0.03:
            row["Id"] = row.get("id")
        made.append(row)
        made += [again(draw, row, ids[kind]) for _ in range(draw.choice((0, 0, 1, 5)))]
    return made


def again(draw: random.Random, row: dict[str, Any], ids: list[str]) -> dict[str, Any]:
    """A row of the same names with values of its own."""
    made = {}
    for name, value in row.items():
        choices = (*GOOD.get(name, ()), *(BAD.get(name, ()) if draw.random() < 0.03 else ()))
        made[name] = draw.choice(choices) if choices else value
        if name.lower() == "id" and draw.random() < 0.95:
            made[name] = draw.choice(ids)
    return made


def prepare(two: Two) -> dict[str, list[str]]:
    """A unique field, a campaign with a member, a deleted Lead; ids by object."""
    field = {"label": "Key", "type": "Text", "length": 64, "externalId": True, "unique": True}
    name = {"FullName": "Lead.Key__c", "Metadata": field}
    assert two.ask("POST", "/tooling/sobjects/CustomField", name).status == 201
    ids = {kind: two.orgs[0]._org.tables[kind]._ids[:6] for kind in NAMES}
    permission = two.ask("POST", "/sobjects/PermissionSet", {"Name": "S", "Label": "S"}).body["id"]
    user = two.orgs[0].staff["staff:int"]
    for kind, body in (
        ("PermissionSetAssignment", {"PermissionSetId": permission, "AssigneeId": user}),
        (
            "FieldPermissions",
            {
                "ParentId": permission,
                "SobjectType": "Lead",
                "Field": "Lead.Key__c",
                "PermissionsRead": True,
                "PermissionsEdit": True,
            },
        ),
    ):
        assert two.ask("POST", f"/sobjects/{kind}", body).status == 201
    campaign = two.ask("POST", "/sobjects/Campaign", {"Name": "Fair"}).body["id"]
    member = {"CampaignId": campaign, "LeadId": ids["Lead"][0]}
    assert two.ask("POST", "/sobjects/CampaignMember", member).status == 201
    gone = two.ask("POST", "/sobjects/Lead", {"LastName": "Gone", "Company": "KK"}).body["id"]
    assert two.ask("DELETE", f"/sobjects/Lead/{gone}").status == 204
    ids["Lead"].append(gone)
    return ids


def tell(two: Two, lead: str) -> None:
    """What chance seldom meets: a converting status, two ids, a stamp that lies ahead."""
    base = {"attributes": {"type": "Lead"}, **NEEDED["Lead"]}
    named = {**base, "id": lead}
    converting = {"Status": "Closed - Converted"}
    assert two.ask("POST", "/composite/sobjects", {"records": [{**base, **converting}]}).status
    for more in (converting, {"Id": lead}, {"ID": None, "Title": "Boss"}, {"Title": "Ahead"}):
        two.later(-20 if "Title" in more else 1)
        two.ask("PATCH", "/composite/sobjects", {"records": [{**named, **more}]})


def tell_keys(two: Two, leads: list[str]) -> None:
    """One unique value given twice in a call, to rows of the same names and of others."""
    base = {"attributes": {"type": "Lead"}, **NEEDED["Lead"]}
    for place, more in enumerate(({}, {"Title": "Boss"})):
        rows = [{**base, "Key__c": f"new{place}"}, {**base, "Key__c": f"NEW{place}", **more}]
        made = two.ask("POST", "/composite/sobjects", {"records": rows})
        rows = [
            {**row, "Key__c": f"x{place}", "id": each}
            for row, each in zip(rows, leads, strict=True)
        ]
        changed = two.ask("PATCH", "/composite/sobjects", {"records": rows})
        for answer in (made, changed):
            assert [each["success"] for each in answer.body] == [True, False]


@pytest.mark.parametrize("switches", WORLDS)
def test_many_at_once_and_one_by_one_end_alike(
    monkeypatch: pytest.MonkeyPatch, switches: dict[str, bool]
) -> None:
    draw = random.Random(4)
    two = Two(monkeypatch, switches)
    ids = prepare(two)
    tell(two, ids["Lead"][0])
    tell_keys(two, ids["Lead"][:2])
    done = failed = 0
    for turn in range(150):
        two.later()
        if turn % 3 == 2:
            by = draw.choice(("Key__c", "Key__c", "Key__c", "Id"))
            path = f"/composite/sobjects/Lead/{by}"
            rows = [
                {
                    "attributes": {"type": "Lead"},
                    **given(draw, "Lead", new=True),
                    by: draw.choice((*GOOD["Key__c"], *BAD["Key__c"], ids["Lead"][0])),
                }
                for _ in range(2)
            ]
        else:
            path = "/composite/sobjects"
            rows = rows_of(draw, ids, new=turn % 3 == 0)
        method = "POST" if turn % 3 == 0 else "PATCH"
        body = {"records": rows, "allOrNone": draw.random() < 0.2}
        answer = two.ask(method, path, body)
        for row, outcome in zip(rows, answer.body, strict=False):
            good = answer.status == 200 and outcome["success"]
            done, failed = done + good, failed + (not good)
            kind = row["attributes"]["type"]
            if good and outcome["id"] not in ids[kind]:
                ids[kind].append(outcome["id"])
    assert two.state(0) == two.state(1)
    assert (done > 100, failed > 50) == (True, True)
    assert two.quick > 10
    assert two.most_at_once > 3
