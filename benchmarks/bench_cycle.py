"""1,000 changed linked leads: CPU of engine, store and connectors, calls, and the usual script beside it.

What following the sandbox's clock over HTTP costs is work of a sandbox alone: told beside it, and not in it.

Both run against the same emulators in one run, without latency. The script is what a cron job has: one call per
record through the same two client libraries, each on one kept connection.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import hubspot
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

from benchmarks.worlds import LIFTED, Sandbox, linked, pair, sandbox, settled
from leadpact_app.bootstrap import Pair

LEADS = 1_000
ROUNDS = 5
BOUND_MS = 0.5


def main() -> None:
    """Print CPU per lead, calls and the ratio to the script."""
    with sandbox(2_600) as world, pair(world) as opened:
        settled(world, opened)
        people = linked(opened, LEADS)
        one = measured(world, opened, people, both=False)
        two = measured(world, opened, people, both=True)
        script_wall, script_cpu, script_calls = usual_script(world.ready, people)
    print(
        f"{len(people)} linked leads changed, medians of {ROUNDS}; bound {BOUND_MS} ms CPU per lead"
    )
    for told, (cpu, clock, _wall, calls) in (("in one CRM", one), ("in both CRMs", two)):
        print(
            f"changed {told}: {cpu:.3f} ms CPU per lead, and {clock:.3f} ms for the sandbox's clock"
        )
        for crm, routes in calls.items():
            print(f"  {crm}: " + ", ".join(f"{route} ×{n}" for route, n in sorted(routes.items())))
    cpu, _clock, wall, calls = two
    ours = sum(n for routes in calls.values() for n in routes.values())
    print(
        f"the usual script: {script_calls} calls against {ours}: {script_calls / ours:.0f} times as many"
    )
    print(f"wall without latency: script {script_wall / wall:.1f} times ours")
    print(f"CPU: script {script_cpu * 1000 / len(people) / cpu:.1f} times ours")


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
        report = opened.run_cycle(limits=LIFTED)
        spent = time.process_time() - cpu
        clocks.append(clock.spent * 1000 / len(people))
        costs.append((spent - clock.spent) * 1000 / len(people))
        walls.append(time.perf_counter() - wall)
        calls = {
            crm: {
                route: n - before[crm].get(route, 0)
                for route, n in routes.items()
                if n != before[crm].get(route, 0)
            }
            for crm, routes in world.calls().items()
        }
        settled(world, opened)
        if turn < 0:  # the first new titles change scores too
            costs.clear()
            clocks.clear()
            walls.clear()
        elif report.counts["written"] != (1 + both) * len(people):
            raise RuntimeError(f"not every change was carried over: {dict(report.counts)}")
    clock.stop()
    return statistics.median(costs), statistics.median(clocks), statistics.median(walls), calls


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
