"""Where leads come from, and reps who turn to their own (S67). Pure over passes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leadpact.lifecycle.passes import Pass

FEWEST: Final = 5
"""Under so many worked leads in either half nothing is said of a rep."""
DRIFT: Final = 20
"""So many points of percent more of a rep's own leads are a drift (our default, from no source)."""


@dataclass(slots=True)
class SourceRow:
    """Passes of one origin.

    Attributes:
        brought_by: ``marketing`` or ``sales``.
        source: the lead source as the CRM has it; "" = it says none.
        worked: that sales took up; ``settled``: SQL, or ended.
    """

    brought_by: str
    source: str
    passes: int = 0
    worked: int = 0
    settled: int = 0
    sql: int = 0
    won: int = 0


@dataclass(slots=True)
class RepDrift:
    """One rep's own leads among all that the rep worked, in the earlier and the later half of the span."""

    rep: str
    earlier: int = 0
    earlier_own: int = 0
    later: int = 0
    later_own: int = 0

    @property
    def drifts(self) -> bool:
        """Whether the rep turned to leads of their own."""
        if min(self.earlier, self.later) < FEWEST:
            return False
        more = self.later_own * 100 * self.earlier - self.earlier_own * 100 * self.later
        return more >= DRIFT * self.earlier * self.later


def began(one: Pass) -> datetime | None:
    """When it came to be counted: as an MQL, or when sales took it up by itself."""
    return one.mql_at if one.brought_by == "marketing" else one.worked_at


def by_source(passes: Iterable[Pass], since: datetime) -> list[SourceRow]:
    """Rows by who brought them and source, most first; what was found further on at first sight is left out."""
    rows: dict[tuple[str, str], SourceRow] = {}
    for one in passes:
        at = began(one)
        if not one.brought_by or at is None or at < since:
            continue
        key = one.brought_by, one.source
        row = rows.setdefault(key, SourceRow(*key))
        row.passes += 1
        row.worked += int(one.worked_at is not None)
        row.settled += int(one.settled)
        row.sql += int(one.reached("sql"))
        row.won += int(one.reached("customer"))
    return sorted(rows.values(), key=lambda row: (-row.passes, row.brought_by, row.source))


def drifts(passes: Iterable[Pass], since: datetime, now: datetime) -> list[RepDrift]:
    """Per rep what of the worked leads was their own, in both halves of the span; drifting ones first."""
    middle = since + (now - since) / 2
    reps: dict[str, RepDrift] = {}
    for one in passes:
        at = one.worked_at
        if not one.brought_by or at is None or at < since or not one.rep:
            continue
        row = reps.setdefault(one.rep, RepDrift(one.rep))
        own = int(one.brought_by == "sales")
        if at < middle:
            row.earlier += 1
            row.earlier_own += own
        else:
            row.later += 1
            row.later_own += own
    return sorted(
        reps.values(), key=lambda row: (not row.drifts, -(row.earlier + row.later), row.rep)
    )
