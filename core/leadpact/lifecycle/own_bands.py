"""By which bands MQL to SQL is judged: the usual ones, or the firm's own rate once there are enough wins (K1, S107).

The own rate is that of the MQLs made from the first to the last day on which the wins of the sample became MQL.
Healthy is what chance alone leaves around it (Wilson, 95 %), widened to whole percents; too loose and too strict lie as
far from that, in proportion, as the usual bands have them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import ceil, floor, sqrt
from typing import Final

from leadpact.lifecycle.passes import Pass
from leadpact.lifecycle.wins import LastWins
from leadpact.pact.agreement import Pact
from leadpact.pact.health import Health

_Z: Final = 1.959964
"""One in twenty lies further off by chance alone."""
_LOOSE: Final = 10 / 13
_STRICT: Final = 40 / 25
_SAFE: Final = 1e-9
"""Keeps a whole percent whole where the computation leaves a trace beside it."""


@dataclass(frozen=True, slots=True)
class Bands:
    """What a rate from MQL to SQL is held against.

    Attributes:
        health: with the cuts that count.
        own: they are the firm's own.
        why: which they are and why, in a sentence.
        wins: of the sample.
        sql, settled: of the MQLs that the own rate is of; 0 where it was not asked.
    """

    health: Health
    own: bool = False
    why: str = ""
    wins: int = 0
    sql: int = 0
    settled: int = 0


def interval(reached: int, settled: int) -> tuple[float, float]:
    """Between which shares the true rate lies, 19 times in 20 (Wilson's interval); of nothing, anywhere."""
    if not settled:
        return 0.0, 1.0
    rate, square = reached / settled, _Z * _Z
    middle = (rate + square / (2 * settled)) / (1 + square / settled)
    half = _Z / (1 + square / settled) * sqrt(
        rate * (1 - rate) / settled + square / (4 * settled * settled)
    )  # fmt: skip
    return max(0.0, middle - half), min(1.0, middle + half)


def around(health: Health, reached: int, settled: int) -> Health:
    """The same lines, with cuts around this rate."""
    low, high = (share * 100 for share in interval(reached, settled))
    return replace(
        health,
        too_loose_below=floor(low * _LOOSE + _SAFE),
        healthy_from=floor(low + _SAFE),
        healthy_to=ceil(high - _SAFE),
        too_strict_above=min(100, ceil(high * _STRICT - _SAFE)),
    )


class OwnRate:
    """Counts MQLs by day while the passes go by, and finds the wins of the sample.

    Args:
        pact: its ``calibration`` and ``health``.
        now: aware, UTC.
    """

    def __init__(self, pact: Pact, now: datetime) -> None:
        self._pact = pact
        self._wins = LastWins(pact.calibration, now)
        self._days: dict[date, tuple[int, int]] = {}

    def take(self, passes: Iterable[Pass]) -> None:
        """Look at a page."""
        some = list(passes)
        self._wins.take(some)
        for one in some:
            if one.mql_at is None or not one.settled:
                continue
            day = one.mql_at.date()
            settled, sql = self._days.get(day, (0, 0))
            self._days[day] = settled + 1, sql + int(one.reached("sql"))

    def bands(self) -> Bands:
        """Which bands count, and why."""
        health, asked = self._pact.health, self._pact.calibration
        usual = f"Judged by the usual bands, {health.healthy_from} to {health.healthy_to} % healthy"
        wins = self._wins.passes
        if not health.own_rate:
            return Bands(
                health, why=f"{usual}: so it was agreed (`own_rate: false`).", wins=len(wins)
            )
        if len(wins) < asked.warn_below:
            why = f"{usual}: {len(wins)} of {asked.warn_below} wins; from that many on your own rate counts."
            return Bands(health, why=why, wins=len(wins))
        mql, sql = self._pact.label("mql"), self._pact.label("sql")
        made = [one.mql_at.date() for one in wins if one.mql_at is not None]
        if not made:
            return Bands(health, why=f"{usual}: none of your wins was an {mql}.", wins=len(wins))
        first, last = min(made), max(made)
        within = [counts for day, counts in self._days.items() if first <= day <= last]
        settled, reached = sum(each[0] for each in within), sum(each[1] for each in within)
        span = f"{_day(first)} to {_day(last)}"
        if settled < health.least_sample:
            why = (
                f"{usual}: of the {mql}s of {span}, when your wins became {mql}, {settled} are settled; your own rate "
                f"takes {health.least_sample}."
            )
            return Bands(health, why=why, wins=len(wins), sql=reached, settled=settled)
        own = around(health, reached, settled)
        why = (
            f"Judged by your own rate: {round(reached * 100 / settled)} % ({reached:,} of {settled:,} settled {mql}s "
            f"of {span}, when {len(made)} of {len(wins)} wins became {mql}) became {sql}. {own.healthy_from} to "
            f"{own.healthy_to} % is healthy{_beyond(own)}."
        )
        return Bands(own, True, why, len(wins), reached, settled)


def _beyond(own: Health) -> str:
    said = f", under {own.too_loose_below} % too loose" if own.too_loose_below else ""
    return (
        f"{said}, over {own.too_strict_above} % too strict" if own.too_strict_above < 100 else said
    )


def _day(at: date) -> str:
    return f"{at.day} {at:%b} {at.year}"
