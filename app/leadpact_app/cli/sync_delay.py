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
    from leadpact.pact.response import ResponseTimes

RUNS = 50
FEWEST = 3


def sync_delay(runs: Sequence[Run]) -> timedelta | None:
    """Median time between the starts of two syncs; None after too few of them."""
    starts = sorted(one.started_at for one in runs if one.kind == "sync")
    if len(starts) < FEWEST:
        return None
    gaps = [(after - before).total_seconds() for before, after in pairwise(starts)]
    return timedelta(seconds=median(gaps))


def too_short(times: ResponseTimes, delay: timedelta, file: str) -> list[PactFinding]:
    """Tiers that give less than twice the time that a lead may wait to be seen at all."""
    tiers = [times.tiers["flat"]] if times.flat and "flat" in times.tiers else []
    if not times.flat:
        tiers = [
            *(one for key, one in times.tiers.items() if key != "flat"),
            *times.signals.values(),
        ]
    return [
        PactFinding(
            "sla_shorter_than_sync",
            Place(file),
            f"sla.{tier.key} gives {tier.minutes} minutes, but syncs start {_words(delay)} apart: a lead may be "
            "late before anybody can know of it. Run `leadpact sync --every 60s`, or agree on a longer time.",
        )
        for tier in tiers
        if tier.minutes is not None and timedelta(minutes=tier.minutes) < 2 * delay
    ]


def _words(delay: timedelta) -> str:
    minutes = delay.total_seconds() / 60
    return f"{minutes:.0f} minutes" if minutes >= 2 else f"{delay.total_seconds():.0f} seconds"
