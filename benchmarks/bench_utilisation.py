"""How much of HubSpot's burst bucket a long run uses: calls made ÷ calls that the share allows, over a steady minute.

The CRMs answer after 80 ms and hold to a quarter of their real limits (``--limits scale:0.25``), so that a run over
15,000 changed leads should wait for HubSpot's bucket of ten seconds, and for nothing of ours. The leads are linked
beforehand against the same CRMs without limits. ``python -m benchmarks.bench_utilisation [LEADS]``.
"""

from __future__ import annotations

import bisect
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.worlds import LIFTED, Sandbox, folder_pair, linked, sandbox, settled
from leadpact_app.bootstrap import Pair
from leadpact_app.observe.calls import CallCounter

LEADS = 15_000
LATENCY_MS = 80
SCALE = 0.25
BURST_PER_10S = int(190 * SCALE)
SEARCH_PER_S = 1
STEADY_S = 60.0
BOUND = 0.95


def main() -> None:
    """Print the utilisation of a long update, and its calls per 100 leads."""
    leads = int(sys.argv[1]) if len(sys.argv) > 1 else LEADS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = ("--file", str(folder / "crms"))
        # A contact without a Lead, or held, is not counted: a few more are seeded than are changed.
        seeded = leads * 8 // 5
        with sandbox(seeded, *kept) as world, folder_pair(world, folder, begin=True) as opened:
            settled(world, opened)
        limits = ("--latency-ms", str(LATENCY_MS), "--limits", f"scale:{SCALE}")
        with sandbox(seeded, *kept, *limits) as world:
            paced = {"burst_per_10s": BURST_PER_10S, "search_per_s": SEARCH_PER_S, "share": 1.0}
            with folder_pair(world, folder, hubspot=paced) as opened:
                update(world, opened, leads)


def update(world: Sandbox, opened: Pair, leads: int) -> None:
    """One field of every contact changed: a read and a write of each batch of 100."""
    people = linked(opened, leads)
    world.post(
        "/hubspot/edit_many",
        {
            "object": "contacts",
            "edits": {contact: {"jobtitle": f"Desk {contact}"} for contact, _lead in people},
            "by": "integration:1",
        },
    )
    world.post(
        "/salesforce/edit_many",
        {
            "object": "Lead",
            "edits": {lead: {"City": f"Bay {lead[-6:]}"} for _contact, lead in people},
            "by": "integration:1",
        },
    )
    world.post("/advance", {"seconds": 10})
    with Watched() as watched:
        cpu, wall = time.process_time(), time.perf_counter()
        report = opened.run_cycle(limits=LIFTED)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    told(f"update of {len(people)} leads in both CRMs", watched)
    print(
        f"  {report.counts['written_hubspot']} and {report.counts['written_salesforce']} records written in "
        f"{wall:.0f} s, {cpu:.0f} s CPU of ours; {report.status} {report.note}"
    )


def told(what: str, watched: Watched) -> None:
    """Print the utilisation of a run and its calls."""
    bursts = watched.bursts()
    used, start = watched.steady()
    allowed = BURST_PER_10S * STEADY_S / 10
    print(
        f"{what}: {used} of {allowed:.0f} calls in a steady minute: {used / allowed:.1%} (bound {BOUND:.0%}); "
        f"the minute begins {start:.0f} s after the first of {len(bursts)} calls"
    )
    for crm, routes in sorted(watched.routes().items()):
        print(f"  {crm}: " + ", ".join(f"{route} ×{n}" for route, n in sorted(routes.items())))


class Watched:
    """When each call was made, while this is entered."""

    def __init__(self) -> None:
        self.made: list[tuple[float, str, str]] = []
        self._count = CallCounter.count

    def __enter__(self) -> Watched:
        count, made = self._count, self.made

        def noted(counter: CallCounter, crm: str, route: str) -> None:
            made.append((time.monotonic(), crm, route))
            count(counter, crm, route)

        CallCounter.count = noted  # type: ignore[method-assign,assignment]
        return self

    def __exit__(self, *_: object) -> None:
        CallCounter.count = self._count  # type: ignore[method-assign]

    def bursts(self) -> list[float]:
        """Instants of the calls that HubSpot's bucket of ten seconds counts: searches have their own."""
        return sorted(
            at for at, crm, route in self.made if crm == "hubspot" and "/search" not in route
        )

    def steady(self) -> tuple[int, float]:
        """Most calls within a minute that begins after the first ten seconds, and when it begins."""
        bursts = self.bursts()
        if not bursts or bursts[-1] - bursts[0] < STEADY_S:
            raise RuntimeError("the run was over before a minute had passed: take more leads")
        best = (0, 0.0)
        for position, at in enumerate(bursts):
            if at + STEADY_S <= bursts[-1]:
                best = max(
                    best, (bisect.bisect_left(bursts, at + STEADY_S) - position, at - bursts[0])
                )
        return best

    def routes(self) -> dict[str, Counter[str]]:
        """Calls by CRM and route."""
        told: dict[str, Counter[str]] = {}
        for _at, crm, route in self.made:
            told.setdefault(crm, Counter())[route] += 1
        return told


if __name__ == "__main__":
    main()
