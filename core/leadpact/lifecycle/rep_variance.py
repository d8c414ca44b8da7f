"""The same checklist for every rep, and how far their rates lie apart (S81). Pure over passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from leadpact.lifecycle.passes import Pass
from leadpact.lifecycle.qualification import Qualified

FEWEST: Final = 10
"""A rep with fewer settled leads is shown, and not judged."""
_Z_SQUARED_TIMES_100: Final = 384
"""1.96 squared: one in twenty lies further off by chance alone."""


@dataclass(slots=True)
class RepRow:
    """One rep's leads of the span.

    Attributes:
        settled: SQL, or ended before.
        asked: SQLs whose checklist could be looked at; ``confirmed`` of each criterion, by its label.
        unconfirmed: SQLs made without the framework's minimum.
    """

    rep: str
    settled: int = 0
    sql: int = 0
    asked: int = 0
    unconfirmed: int = 0
    confirmed: Counter[str] = field(default_factory=Counter)

    def apart(self, sql: int, settled: int) -> bool:
        """Whether this rep's rate differs from everybody's more than chance would have it.

        Args:
            sql, settled: of all reps together.
        """
        if self.settled < FEWEST or not settled or sql in (0, settled):
            return False
        # (p_rep - p)² > z² · p(1 - p) / n, in whole numbers.
        gap = self.sql * settled - sql * self.settled
        return gap * gap * 100 > _Z_SQUARED_TIMES_100 * sql * (settled - sql) * self.settled


def by_rep(passes: Iterable[Pass], told: Mapping[str, Qualified]) -> list[RepRow]:
    """One row per rep, most leads first; "" = nobody known.

    Args:
        passes: those of the span.
        told: how SQLs stand against their checklist, by link id.
    """
    rows: dict[str, RepRow] = {}
    for one in passes:
        if not one.settled:
            continue
        row = rows.setdefault(one.rep, RepRow(one.rep))
        row.settled += 1
        if not one.reached("sql"):
            continue
        row.sql += 1
        qualified = told.get(one.link_id) if one.latest else None
        if qualified is not None:
            row.asked += 1
            row.unconfirmed += int(not qualified.met)
            row.confirmed.update(
                letter.criterion.label
                for letter in qualified.letters
                if letter.state == "confirmed"
            )
    return sorted(rows.values(), key=lambda row: (-row.settled, row.rep))
