"""1,000 changed linked leads: CPU of engine, store and connectors, calls, and the usual script beside it.

What following the sandbox's clock over HTTP costs is work of a sandbox alone: told beside it, and not in it.

Both run against the same emulators in one run, without latency; so does a quiet cycle, of which the calls are told. The
script is what a cron job has: one call per record through the same two client libraries, each on one kept connection.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import hubspot
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

from benchmarks.reporting import report
from benchmarks.worlds import (
    LIFTED,
    Sandbox,
    linked,
    made_since,
    of_each_kind,
    pair,
    sandbox,
    settled,
)
from leadpact_app.bootstrap import Pair

LEADS = 1_000
ROUNDS = 5


def main() -> None:
    """Print CPU per lead, calls and the ratio to the script."""
    with sandbox(2_600) as world, pair(world) as opened:
        settled(world, opened)
        people = linked(opened, LEADS)
        one = measured(world, opened, people, both=False)
        two = measured(world, opened, people, both=True)
        quiet = _quiet(world, opened)
        script_wall, script_cpu, script_calls = usual_script(world.ready, people)
    print(f"{len(people)} linked leads changed, medians of {ROUNDS}")
    for told, (_cpu, clock, _wall, calls) in (("in one CRM", one), ("in both CRMs", two)):
        print(f"changed {told}; beside it {clock:.3f} ms CPU per lead for the sandbox's clock")
        for crm, routes in calls.items():
            print(f"  {crm}: " + ", ".join(f"{route} ×{n}" for route, n in sorted(routes.items())))
    cpu, _clock, wall, calls = two
    ours = sum(n for routes in calls.values() for n in routes.values())
    made, others = of_each_kind("hubspot", calls["hubspot"])
    report("cycle.hubspot", made, note=others)
    made, others = of_each_kind("salesforce", calls["salesforce"])
    report("cycle.salesforce", made, note=others, ratio=script_calls / ours)
    report("cycle.quiet", quiet)
    report("cycle.cpu_one", one[0])
    report("cycle.cpu_both", cpu, ratio=script_cpu * 1000 / len(people) / cpu)
    print(f"wall without latency: script {script_wall / wall:.1f} times ours")


def measured(
    world: Sandbox, opened: Pair, people: list[tuple[str, str]], *, both: bool
) -> tuple[float, float, float, dict[str, dict[str, int]]]:
    """(CPU ms per lead, of that the clock's, wall s, calls of the last round) of cycles over these leads' edits."""
    costs, clocks, walls = [], [], []
    clock = _Followed(opened.clock)
    calls: dict[str, dict[str, int]] = {}
    for turn in range(-1, ROUNDS):
        titles = {contact: {"jobtitle": f"Analyst {both} {turn}"} for contact, _lead in people}
        cities = {lead: {"City": f"Springfield {turn}"} for _contact, lead in people}
        world.post(
            "/hubspot/edit_many", {"object": "contacts", "edits": titles, "by": "integration:1"}
        )
        if both:
            world.post(
                "/salesforce/edit_many", {"object": "Lead", "edits": cities, "by": "integration:1"}
            )
        world.post("/advance", {"seconds": 10})
        before = world.calls()
        clock.spent = 0.0
        cpu, wall = time.process_time(), time.perf_counter()
        ended = opened.run_cycle(limits=LIFTED)
        spent = time.process_time() - cpu
        clocks.append(clock.spent * 1000 / len(people))
        costs.append((spent - clock.spent) * 1000 / len(people))
        walls.append(time.perf_counter() - wall)
        calls = made_since(before, world.calls())
        settled(world, opened)
        if turn < 0:  # the first new titles change scores too
            costs.clear()
            clocks.clear()
            walls.clear()
        elif ended.counts["written"] != (1 + both) * len(people):
            raise RuntimeError(f"not every change was carried over: {dict(ended.counts)}")
    clock.stop()
    return statistics.median(costs), statistics.median(clocks), statistics.median(walls), calls


def _quiet(world: Sandbox, opened: Pair) -> tuple[int, int]:
    """Calls to HubSpot and to Salesforce of a cycle a minute after one that saw the end of all that was written."""
    opened.run_cycle(limits=LIFTED)
    world.post("/advance", {"seconds": 60})
    before = world.calls()
    ended = opened.run_cycle(limits=LIFTED)
    if ended.counts["written"]:
        raise RuntimeError(f"the cycle was not quiet: {dict(ended.counts)}")
    calls = made_since(before, world.calls())
    return sum(calls["hubspot"].values()), sum(calls["salesforce"].values())


class _Followed:
    """CPU of this thread while it looks up the sandbox's clock; outside a sandbox there is none to look up."""

    def __init__(self, clock: Any) -> None:
        self.spent = 0.0
        self._clock = clock
        self._follow = clock.follow
        clock.follow = self._timed

    def stop(self) -> None:
        """Measure no more."""
        self._clock.follow = self._follow

    def _timed(self, **how: bool) -> None:
        began = time.thread_time()
        self._follow(**how)
        self.spent += time.thread_time() - began


class _Plain(HTTPAdapter):
    """simple-salesforce builds https addresses; the sandbox speaks http on loopback."""

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        """Send over http."""
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


def usual_script(ready: dict[str, Any], people: list[tuple[str, str]]) -> tuple[float, float, int]:
    """One PATCH per contact and one update per Lead; (wall s, CPU s, calls)."""
    client = hubspot.HubSpot(
        access_token=ready["hubspot"]["token"], host=ready["hubspot"]["base_url"]
    )
    contacts = client.crm.contacts.basic_api
    session = requests.Session()
    session.mount("https://", _Plain())
    org: Any = Salesforce(
        instance_url=ready["salesforce"]["instance_url"],
        session_id=ready["salesforce"]["access_token"],
        session=session,
        version="66.0",
    )
    cpu, wall = time.process_time(), time.perf_counter()
    for contact, lead in people:
        contacts.update(contact, {"properties": {"city": "Springfield"}})
        org.Lead.update(lead, {"Title": "Analyst"})
    return time.perf_counter() - wall, time.process_time() - cpu, 2 * len(people)


if __name__ == "__main__":
    main()
