"""How long a lead's act waits until a sync sees it, by the runs so far, against the response times (R19)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from leadpact.errors import Place
from leadpact.pact.findings import PactFinding

if TYPE_CHECKING:
    from leadpact.model.link import Run
    from leadpact.pact.response import ResponseTimes, SlaTier

RUNS = 50
LANE_RUNS = 500
FEWEST = 3
HOT = "hot_delay_p95_s"
UNMEASURED = timedelta(minutes=30)


def sync_delay(runs: Sequence[Run]) -> timedelta | None:
    """Median time between the starts of two syncs; None after too few of them."""
    starts = sorted(one.started_at for one in runs if one.kind == "sync")
    if len(starts) < FEWEST:
        return None
    gaps = [(after - before).total_seconds() for before, after in pairwise(starts)]
    return timedelta(seconds=median(gaps))


def hot_delay(runs: Sequence[Run]) -> timedelta | None:
    """Within which time the hot lane settled what sales waits for, as it measured itself; None where it has not."""
    measured = [one.counts[HOT] for one in runs if HOT in one.counts]
    return timedelta(seconds=median(measured)) if len(measured) >= FEWEST else None


def against_lanes(times: ResponseTimes, runs: Sequence[Run], file: str) -> list[PactFinding]:
    """What `check` says of the response times, by what was measured (R19)."""
    hot = hot_delay(runs)
    if hot is not None:
        return [
            PactFinding(
                "sla_shorter_than_hot_lane",
                Place(file),
                f"sla.{tier.key} gives {tier.minutes} minutes, less than twice the {_words(hot)} that the hot "
                "lane takes from a change to the other CRM: a lead may be late before anybody can know of it. "
                "Agree on a longer time, or look more often (--hot-every).",
                "error",
            )
            for tier in _shorter(times, hot)
        ]
    delay = sync_delay(runs[:RUNS])
    if delay is None:
        return []
    found = too_short(times, delay, file)
    if not found and _shorter(times, UNMEASURED):
        found = [
            PactFinding(
                "sla_delay_unmeasured",
                Place(file),
                "Response times of minutes are agreed, but how long the hot lane takes was not measured here yet: run "
                "`leadpact sync --every 5m` or `leadpact worker` for a while, then check again.",
                "hint",
            )
        ]
    return found


def too_short(times: ResponseTimes, delay: timedelta, file: str) -> list[PactFinding]:
    """Tiers that give less than twice the time that a lead may wait to be seen at all."""
    return [
        PactFinding(
            "sla_shorter_than_sync",
            Place(file),
            f"sla.{tier.key} gives {tier.minutes} minutes, but syncs start {_words(delay)} apart: a lead may be "
            "late before anybody can know of it. Run `leadpact sync --every 60s`, or agree on a longer time.",
        )
        for tier in _shorter(times, delay)
    ]


def _shorter(times: ResponseTimes, delay: timedelta) -> list[SlaTier]:
    """Tiers of less than twice this time."""
    tiers = [times.tiers["flat"]] if times.flat and "flat" in times.tiers else []
    if not times.flat:
        tiers = [
            *(one for key, one in times.tiers.items() if key != "flat"),
            *times.signals.values(),
        ]
    return [
        tier
        for tier in tiers
        if tier.minutes is not None and timedelta(minutes=tier.minutes) < 2 * delay
    ]


def _words(delay: timedelta) -> str:
    minutes = delay.total_seconds() / 60
    return f"{minutes:.0f} minutes" if minutes >= 2 else f"{delay.total_seconds():.0f} seconds"
