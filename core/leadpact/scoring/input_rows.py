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
    """The acts that count: of this episode, not later than ``as_of``, each once (R8, R15)."""
    seen: set[str] = set()
    for signal in lead.signals:
        if signal.at > as_of or (lead.since is not None and signal.at < lead.since):
            continue
        if signal.id not in seen:
            seen.add(signal.id)
            yield signal


def signal_row(signal: Signal, as_of: datetime) -> SignalRow:
    """A row of ``signal`` without its lead."""
    at = signal.at.astimezone(UTC)
    return signal.id, signal.name, signal.asset, at.toordinal(), (as_of - at).days
