"""When two readings tell of one act: the same person, name, asset and day, in whichever CRM (R8)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeAlias

from leadpact.model.scorecard import Precision, Signal
from leadpact.pact.conditions import folded

ActKey: TypeAlias = tuple[str, str, str]
"""(name, folded asset, day)."""

BASELINE: Final = "baseline"
"""Stands for the day of what a lifetime counter held at its first sight: so many acts, never when."""


def act_key(
    name: str,
    asset: str,
    at: datetime,
    precision: Precision = "exact",
    by_instant: Collection[str] = (),
) -> ActKey:
    """What makes an act one act.

    Args:
        at: aware; the day is that of UTC.
        by_instant: names of which each instant is an act of its own.
    """
    kept = _folded(asset) if asset else asset
    if precision == "counter":
        return name, kept, BASELINE
    return name, kept, at.isoformat() if name in by_instant else at.date().isoformat()


def key_of(signal: Signal, by_instant: Collection[str] = ()) -> ActKey:
    """The key of a stored signal."""
    return act_key(signal.name, signal.asset, signal.at, signal.precision, by_instant)


@lru_cache(maxsize=4096)
def _folded(asset: str) -> str:
    return folded(asset)
