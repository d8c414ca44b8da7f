"""Whatever a client sends, an emulator answers as the CRM would, never with a fault of its own (issue: bad input)."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.fuzz.calling import Answer, Call, send
from tests.fuzz.good_calls import hubspot_calls
from tests.fuzz.good_salesforce_calls import salesforce_calls
from tests.fuzz.spoiling import spoilt

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.salesforce import Salesforce
from leadpact_sandbox.seed import generate
from leadpact_sandbox.world import World

NOT_COVERED = 501
WORTH_LIVING = 400
"""Calls until a fresh CRM is made: the spoilt ones delete and merge what there was."""
MINUTES = float(os.environ.get("LEADPACT_FUZZ_MINUTES", "1"))

Filled = tuple[Any, list[Call], str]


def filled_hubspot(seed: int) -> Filled:
    world = World()
    hubspot = HubSpot(world)
    hubspot.load(generate(12, seed, datetime(2026, 11, 1, tzinfo=UTC)))
    hubspot.connection("http://127.0.0.1")
    made = [
        str(hubspot.create("contacts", {"email": f"f{n}@b.example"}, "import:1")["id"])
        for n in range(6)
    ]
    return hubspot.app, hubspot_calls(made), hubspot.token


def filled_salesforce(seed: int) -> Filled:
    world = World()
    salesforce = Salesforce(world)
    salesforce.load(generate(12, seed, datetime(2026, 11, 1, tzinfo=UTC)))
    told = salesforce.connection("http://127.0.0.1")
    rep = f"person:{next(iter(salesforce.staff.values()))}"
    leads = [
        str(salesforce.create("Lead", {"LastName": f"F{n}", "Company": "B"}, rep)["Id"])
        for n in range(6)
    ]
    contact = str(salesforce.create("Contact", {"LastName": "C"}, rep)["Id"])
    token = told["access_token"]
    return salesforce.app, salesforce_calls(leads, contact, token), token


CRMS: dict[str, Callable[[int], Filled]] = {
    "hubspot": filled_hubspot,
    "salesforce": filled_salesforce,
}


def with_token(call: Call, token: str) -> Call:
    if "authorization" in call.headers or "oauth" in call.path.lower():
        return call
    return replace(call, headers={**call.headers, "authorization": f"Bearer {token}"})


def wrong(call: Call, answer: Answer) -> str:
    """What is wrong with an answer, "" where it is one that the CRM could give."""
    if "/Soap/" in call.path and answer.status == 500 and b"Fault>" in answer.body:
        return ""  # a SOAP fault is a 500 in the real one too (facts/salesforce.md §9)
    if answer.status == 0 or (answer.status >= 500 and answer.status != NOT_COVERED):
        return f"{answer.status} {answer.body[:300]!r}"
    return ""


async def life(name: str, seed: int, deadline: float) -> int:
    """One CRM's life of spoilt calls; how many were played."""
    rng = random.Random(seed)
    app, good, token = CRMS[name](seed % 5)
    played = 0
    while played < WORTH_LIVING and time.monotonic() < deadline:
        call = with_token(spoilt(rng, rng.choice(good)), token)
        try:
            answer = await asyncio.wait_for(send(app, call), 20)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            pytest.fail(f"{name} seed {seed}: {call}\n{type(error).__name__}: {error}")
        found = wrong(call, answer)
        assert not found, f"{name} seed {seed}: {call}\n{found}"
        played += 1
    return played


@pytest.mark.parametrize("name", sorted(CRMS))
def test_good_calls_are_answered(name: str) -> None:
    async def all_of_them() -> list[tuple[Call, Answer]]:
        app, good, token = CRMS[name](1)
        return [(call, await send(app, with_token(call, token))) for call in good]

    answers = asyncio.run(all_of_them())
    assert [str(call) for call, answer in answers if wrong(call, answer)] == []
    taken = sum(answer.status < 300 for _, answer in answers)
    assert taken > len(answers) * 0.5, [
        (str(c)[:90], a.status, a.body[:90]) for c, a in answers if a.status >= 300
    ]


@pytest.mark.parametrize("name", sorted(CRMS))
@pytest.mark.parametrize("seed", range(3))
def test_spoilt_calls_are_refused(name: str, seed: int) -> None:
    assert asyncio.run(life(name, seed, time.monotonic() + 60)) == WORTH_LIVING


@pytest.mark.soak
@pytest.mark.parametrize("name", sorted(CRMS))
def test_minutes_of_spoilt_calls_are_refused(name: str) -> None:
    deadline = time.monotonic() + MINUTES * 60
    seed = 1_000
    while time.monotonic() < deadline:
        asyncio.run(life(name, seed, deadline))
        seed += 1
