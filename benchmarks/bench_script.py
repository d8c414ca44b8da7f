"""1,000 changes in each CRM, on different leads, at 80 ms: against the per-record loop that a cron script has.

Calls are exact. Seconds are taken in one run against the same emulated CRMs, over TLS, where a new connection waits
for its two handshakes; those of the loops are of 50 records each way, scaled.
``python -m benchmarks.bench_script [FOLDER]``; the folder keeps the linked leads for the next run.

Compared with: the script as it is usually written, ``client.crm.contacts.basic_api.update()`` in the loop, which makes
a new pool of connections each time that ``basic_api`` is named, and ``Salesforce.Lead.update()`` beside it, which keeps
its own; one that keeps both; and our own engine with batches of one record (of 20 changes each way, scaled).
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import hubspot
import requests
from simple_salesforce.api import Salesforce

from benchmarks.bench_utilisation import caught_up, made_before, seeded_for
from benchmarks.reporting import report
from benchmarks.worlds import (
    LIFTED,
    Sandbox,
    folder_pair,
    linked,
    made_since,
    of_each_kind,
    sandbox,
    settled,
)
from leadpact_app.bootstrap import Pair

CHANGED = 1_000
LATENCY_MS = 80
SPARE = 200
"""A seed does not link quite as many as it is asked for."""
SCRIPTED = 50
ALONE = 20
UNPACED = {"burst_per_10s": 1000, "search_per_s": 50}

Write = Callable[[str, str], None]


def main() -> None:
    """Print calls, seconds and ratios."""
    with contextlib.ExitStack() as stack:
        named = sys.argv[1:2] or [stack.enter_context(tempfile.TemporaryDirectory())]
        kept = made_before(Path(named[0]), 2 * CHANGED + SPARE)
        people = seeded_for(2 * CHANGED + SPARE)
        certificates = stack.enter_context(tempfile.TemporaryDirectory())
        far = ("--latency-ms", str(LATENCY_MS), "--tls", certificates)
        world = stack.enter_context(sandbox(people, *kept, *far))
        opened = stack.enter_context(folder_pair(world, Path(named[0]), hubspot=UNPACED))
        caught_up(world, opened)
        settled(world, opened)
        everybody = linked(opened, 2 * CHANGED)
        _ours(world, opened, everybody)  # the first new titles change scores too
        settled(world, opened)
        ours, calls, cpu = _ours(world, opened, everybody)
        made = _made(calls)
        print(
            f"{len(everybody)} leads, half of them changed in HubSpot, half in Salesforce, {LATENCY_MS} ms a call"
        )
        some = "" if len(everybody) == 2 * CHANGED else f"{len(everybody):,} leads"
        seconds = f"{ours:.2f} s, of which CPU of ours {cpu:.2f} s"
        report("script.calls", made, size=some, note=seconds)
        for crm in ("hubspot", "salesforce"):
            kinds, others = of_each_kind(crm, calls[crm])
            report(f"script.{crm}", kinds, note=others)
        for key, how in (("script.usual", _usual), ("script.kept", _kept_clients)):
            scripted = _scripted(how(world.ready), everybody)
            report(key, scripted / ours, note=f"{scripted:,.0f} s against {ours:.2f} s")
        settled(world, opened)
        with _one_by_one(opened):
            few = everybody[: 2 * ALONE]
            alone, calls, _cpu = _ours(world, opened, few)
        times = len(everybody) / len(few)
        report("script.alone", alone * times / ours, ratio=_made(calls) * times / made)


def _ours(
    world: Sandbox, opened: Pair, people: list[tuple[str, str]]
) -> tuple[float, dict[str, dict[str, int]], float]:
    """Seconds, calls by CRM and route, and CPU of a cycle after a change in one CRM of each."""
    turn, half = int(time.time()), len(people) // 2
    titles = {contact: {"jobtitle": f"Desk {turn}"} for contact, _lead in people[:half]}
    cities = {lead: {"City": f"Bay {turn}"} for _contact, lead in people[half:]}
    by = "integration:1"
    world.post("/hubspot/edit_many", {"object": "contacts", "edits": titles, "by": by})
    world.post("/salesforce/edit_many", {"object": "Lead", "edits": cities, "by": by})
    world.post("/advance", {"seconds": 10})
    before = world.calls()
    cpu, wall = time.process_time(), time.perf_counter()
    ended = opened.run_cycle(limits=LIFTED)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if ended.counts["written"] < len(people):
        raise RuntimeError(f"not every change was carried over: {ended.note} {ended.counts}")
    return wall, made_since(before, world.calls()), cpu


def _made(calls: dict[str, dict[str, int]]) -> int:
    return sum(number for routes in calls.values() for number in routes.values())


def _scripted(write: Write, people: list[tuple[str, str]]) -> float:
    """Seconds of a loop over so many changes each way, scaled from fewer."""
    began = time.perf_counter()
    for contact, lead in people[:SCRIPTED]:
        write(contact, lead)
    return (time.perf_counter() - began) * CHANGED / SCRIPTED


def _kept_clients(ready: dict[str, Any]) -> Write:
    contacts = _hubspot(ready).crm.contacts.basic_api
    org = _salesforce(ready)

    def write(contact: str, lead: str) -> None:
        contacts.update(contact, {"properties": {"city": "Springfield"}})
        org.Lead.update(lead, {"Title": "Analyst"})

    return write


def _usual(ready: dict[str, Any]) -> Write:
    client, org = _hubspot(ready), _salesforce(ready)

    def write(contact: str, lead: str) -> None:
        client.crm.contacts.basic_api.update(contact, {"properties": {"city": "Springfield"}})
        org.Lead.update(lead, {"Title": "Analyst"})

    return write


def _hubspot(ready: dict[str, Any]) -> Any:
    told = ready["hubspot"]
    return hubspot.HubSpot(
        access_token=told["token"], host=told["base_url"], ssl_ca_cert=told["ca_file"]
    )


def _salesforce(ready: dict[str, Any]) -> Any:
    session = requests.Session()
    told = ready["salesforce"]
    session.verify = told["ca_file"]
    session.trust_env = False  # or the environment's own list of authorities goes before it
    return Salesforce(
        instance_url=told["instance_url"],
        session_id=told["access_token"],
        session=session,
        version="66.0",
    )


@contextlib.contextmanager
def _one_by_one(opened: Pair) -> Iterator[None]:
    """Let the connectors declare batches of one, and the engine take one lead a page."""
    from leadpact.sync.context import CrmSide

    sides = opened.sides()
    before = dict(sides)
    for name, side in before.items():
        alone = replace(
            side.capabilities, write_batch=1, fetch_batch=1, find_batch=1, history_batch=1
        )
        opened.connectors[name].capabilities = alone
        sides[name] = CrmSide(name, alone, side.schemas, side.actor_ids)  # type: ignore[index]
    yield


if __name__ == "__main__":
    main()
