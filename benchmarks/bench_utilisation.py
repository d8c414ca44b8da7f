"""How much of HubSpot's burst bucket a long run uses: calls made ÷ calls that the share allows, over a steady minute.

The CRMs answer after 80 ms and hold to a quarter of their real limits (``--limits scale:0.25``), so that a run over
15,000 changed leads should wait for HubSpot's bucket of ten seconds, and for nothing of ours. So should a backfill,
which is measured first and has something to write once in a folder's life. The leads are linked beforehand against
the same CRMs without limits, which takes minutes: name a folder, and they are kept there for the next run.
``python -m benchmarks.bench_utilisation [LEADS [FOLDER [SCALE]]]``.
"""

from __future__ import annotations

import bisect
import contextlib
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.reporting import report
from benchmarks.worlds import (
    LIFTED,
    Sandbox,
    approved_backfill,
    carried_out,
    folder_pair,
    linked,
    sandbox,
    settled,
)
from leadpact_app.bootstrap import Pair
from leadpact_app.observe.calls import CallCounter

LEADS = 15_000
LATENCY_MS = 80
ASKED_SCALE = 0.25
SCALE = float(sys.argv[3]) if len(sys.argv) > 3 else ASKED_SCALE
BURST_PER_10S = int(190 * SCALE)
SEARCH_PER_S = 1
STEADY_S = 60.0


def main() -> None:
    """Print the utilisation of a backfill and of a long update, and their calls."""
    leads = int(sys.argv[1]) if len(sys.argv) > 1 else LEADS
    with contextlib.ExitStack() as stack:
        named = sys.argv[2:3] or [stack.enter_context(tempfile.TemporaryDirectory())]
        folder = Path(named[0])
        kept = made_before(folder, leads)
        limits = ("--latency-ms", str(LATENCY_MS), "--limits", f"scale:{SCALE}")
        world = stack.enter_context(sandbox(seeded_for(leads), *kept, *limits))
        paced = {"burst_per_10s": BURST_PER_10S, "search_per_s": SEARCH_PER_S, "share": 1.0}
        # Connectors take the counter as it is when they are made.
        watched = stack.enter_context(Watched())
        # A backfill leaves the hot lane its part; here all of the share is its own.
        whole = {"hubspot": {"hot_share": 0}}
        opened = stack.enter_context(folder_pair(world, folder, hubspot=paced, budget=whole))
        caught_up(world, opened)
        backfill(opened, watched)
        update(world, opened, leads, watched)


def seeded_for(leads: int) -> int:
    """People of whom so many are a contact and a Lead that nothing holds: not half of them are."""
    return leads * 9 // 4


def made_before(folder: Path, leads: int) -> tuple[str, str]:
    """Link so many leads without limits or latency, unless the folder has them; the sandbox's options for them."""
    crms = folder / "crms"
    kept = ("--file", str(crms))
    if not crms.exists():
        folder.mkdir(exist_ok=True)
        unpaced = {"burst_per_10s": 1000, "search_per_s": 50}
        with (
            sandbox(seeded_for(leads), *kept) as world,
            folder_pair(world, folder, begin=True, hubspot=unpaced) as opened,
        ):
            settled(world, opened)
    return kept


def caught_up(world: Sandbox, opened: Pair) -> None:
    """Sandboxes begin at this machine's time, however far the one before had been moved on."""
    ahead = (opened.store.runs(1)[0].started_at - opened.clock.now()).total_seconds()
    world.post("/advance", {"seconds": max(ahead, 0) + 3600})
    opened.run_cycle(limits=LIFTED)


def backfill(opened: Pair, watched: Watched) -> None:
    """Stages and their dates of all leads, from both CRMs' pasts into our own fields."""
    order = approved_backfill(opened)
    watched.made.clear()
    cpu, wall = time.process_time(), time.perf_counter()
    counts = carried_out(opened, order)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    told("utilisation.backfill", counts.get("leads", 0), watched)
    print(f"  {counts.get('written', 0)} records written in {wall:.0f} s, {cpu:.0f} s CPU of ours")


def update(world: Sandbox, opened: Pair, leads: int, watched: Watched) -> None:
    """One field of every contact changed: a read and a write of each batch of 100."""
    people, turn = linked(opened, leads), int(time.time())
    world.post(
        "/hubspot/edit_many",
        {
            "object": "contacts",
            "edits": {contact: {"jobtitle": f"Desk {contact} {turn}"} for contact, _lead in people},
            "by": "integration:1",
        },
    )
    world.post(
        "/salesforce/edit_many",
        {
            "object": "Lead",
            "edits": {lead: {"City": f"Bay {lead[-6:]} {turn}"} for _contact, lead in people},
            "by": "integration:1",
        },
    )
    world.post("/advance", {"seconds": 10})
    watched.made.clear()
    cpu, wall = time.process_time(), time.perf_counter()
    ended = opened.run_cycle(limits=LIFTED)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if ended.status != "done":
        raise RuntimeError(f"the run ended {ended.status}: {ended.note} {ended.problems}")
    told("utilisation.update", len(people), watched)
    print(
        f"  {ended.counts['written_hubspot']} and {ended.counts['written_salesforce']} records written in "
        f"{wall:.0f} s, {cpu:.0f} s CPU of ours; {ended.status} {ended.note}"
    )


def told(key: str, leads: int, watched: Watched) -> None:
    """Report the utilisation of a run, and print its calls."""
    bursts = watched.bursts()
    used, seconds = watched.steady()
    allowed = BURST_PER_10S * seconds / 10
    print(f"{leads} leads: {len(bursts)} calls in {bursts[-1] - bursts[0]:.0f} s in all")
    # A seed may link a few less than it is asked for.
    few = leads < LEADS * 0.99
    at = f"{leads:,} leads" if few else ""
    at += f"{' and' if at else ''} {SCALE:g} of the limits" if SCALE != ASKED_SCALE else ""
    note = f"{used} of {allowed:.0f} calls in {seconds:.0f} s"
    report(key, used / allowed * 100, size=at.strip(), note=note)
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
        """Calls of the minute, or what there is of it, that begins when the first ten seconds' bucket is used up."""
        bursts = self.bursts()
        start = bursts[0] + 10
        end = min(start + STEADY_S, bursts[-1])
        if end - start < STEADY_S / 2:
            raise RuntimeError("the run was over too soon: take more leads")
        return bisect.bisect_left(bursts, end) - bisect.bisect_left(bursts, start), end - start

    def routes(self) -> dict[str, Counter[str]]:
        """Calls by CRM and route."""
        told: dict[str, Counter[str]] = {}
        for _at, crm, route in self.made:
            told.setdefault(crm, Counter())[route] += 1
        return told


if __name__ == "__main__":
    main()
