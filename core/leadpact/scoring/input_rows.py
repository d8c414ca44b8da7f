"""The rows of the tables that the printed query reads, for engines outside leadpact.

The embedded engine fills its own tables by the same rules; a property test holds both together.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypeAlias

from leadpact.model.scorecard import ScoringInput, Signal

SignalRow: TypeAlias = tuple[str, str, str, int, int]
"""(signal, name, asset, day, age)."""


def counted(lead: ScoringInput, as_of: datetime) -> Iterator[Signal]:
    """The acts that count: of this episode, not later than ``as_of``, no baselines of counters, each once (R8, R15)."""
    kept: dict[str, Signal] = {}
    for signal in lead.signals:
        if signal.at > as_of or (lead.since is not None and signal.at < lead.since):
            continue
        if signal.precision == "counter":
            continue
        other = kept.get(signal.id)
        if other is None or earlier(signal, other):
            kept[signal.id] = signal
    yield from kept.values()


def earlier(signal: Signal, other: Signal) -> bool:
    """Which of two tellings of one act counts: the earlier, in whatever order they came."""
    return (signal.at, signal.name, signal.asset) < (other.at, other.name, other.asset)


def signal_row(signal: Signal, as_of: datetime) -> SignalRow:
    """A row of ``signal`` without its lead."""
    at = signal.at.astimezone(UTC)
    return signal.id, signal.name, signal.asset, at.toordinal(), (as_of - at).days
