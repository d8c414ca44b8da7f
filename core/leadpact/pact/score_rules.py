"""The scoring of a pact, compiled: rules, gates, lanes and the table of points by age.

All points here are hundredths of a point, all ages whole days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from leadpact.pact.conditions import Condition, FactType, fields_of


@dataclass(frozen=True, slots=True)
class ScoringLists:
    """Lists that the app brings along (core loads no files): mail domains, lower-cased."""

    free_mail: frozenset[str] = frozenset()
    disposable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class FitRule:
    """Points for what a lead is (S46, S47)."""

    key: str
    label: str
    points: int
    when: Condition

    @property
    def needs(self) -> frozenset[str]:
        """The facts without which the rule cannot be judged."""
        return fields_of(self.when)


@dataclass(frozen=True, slots=True)
class EngagementRule:
    """Points for what a lead did (S48..S52).

    Attributes:
        signals: any of these counts.
        at_least: so many acts complete the rule; the completing one earns the points.
        within_days: those acts lie within so many days; None = any time.
        same_asset: those acts concern one asset, such as one e-mail sequence.
        points_at: what an act earns at each age, index = whole days; beyond the end nothing. Magnitudes:
            the sign is ``sign``.
        cap: the most that all acts together earn (magnitude).
    """

    key: str
    label: str
    signals: frozenset[str]
    at_least: int
    within_days: int | None
    same_asset: bool
    points_at: tuple[int, ...]
    cap: int
    sign: Literal[1, -1]

    def next_steps(self) -> tuple[int, ...]:
        """By age in days: the age at which an act of that age next earns another amount."""
        steps: list[int] = []
        later = len(self.points_at)
        for age in range(later - 1, -1, -1):
            if age + 1 < len(self.points_at) and self.points_at[age] != self.points_at[age + 1]:
                later = age + 1
            steps.append(later)
        return tuple(reversed(steps))


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition that keeps a lead out whatever it scores.

    Attributes:
        reason: the rejection reason with which the lead moves to *disqualified*; "" = it is only kept out of MQL.
    """

    key: str
    label: str
    kind: Literal["disqualify", "exclude"]
    when: Condition
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FastLane:
    """A signal that opens a priority MQL for so many days (K13)."""

    signal: str
    label: str
    window_days: int


@dataclass(frozen=True, slots=True)
class Scoring:
    """What a query engine needs to score leads by a pact.

    Attributes:
        facts: the type of each fact that a condition may ask for, derived ones included.
        fit_grades: least hundredths for A, B, C.
        engagement_grades: least hundredths for 1, 2, 3.
        lanes: by signal name, most urgent first.
    """

    pact_hash: str
    facts: Mapping[str, FactType]
    fit: tuple[FitRule, ...]
    engagement: tuple[EngagementRule, ...]
    gates: tuple[Gate, ...]
    lanes: tuple[FastLane, ...]
    lists: ScoringLists
    mql: int
    fit_floor: int
    engagement_floor: int
    fit_grades: tuple[int, ...]
    engagement_grades: tuple[int, ...]

    @property
    def most_fit(self) -> int:
        """The most that the fit rules can give."""
        return sum(max(rule.points, 0) for rule in self.fit)

    @property
    def most_engagement(self) -> int:
        """The most that the engagement rules can give."""
        return sum(rule.cap for rule in self.engagement if rule.sign > 0)


def hundredths(points: float) -> int:
    """Points as written to hundredths.

    Raises:
        ValueError: more than two decimals.
    """
    exact = Decimal(str(points)) * 100
    if exact != exact.to_integral_value():
        raise ValueError(f"{points} has more than two decimals")
    return int(exact)


def points_by_age(points: int, window_days: int, half_life_days: int | None) -> tuple[int, ...]:
    """What an act earns at each age, made once so that no engine computes decay.

    Args:
        points: hundredths at age 0, not negative.
        window_days: an act of this age earns nothing.
        half_life_days: the points halve each so many days; None = they stay.

    Returns:
        Hundredths by whole days of age, rounded half to even; decimal arithmetic, the same everywhere.
    """
    if half_life_days is None:
        return (points,) * window_days
    half = Decimal("0.5")
    return tuple(
        int(
            (points * half ** (Decimal(age) / half_life_days)).quantize(
                Decimal(1), rounding=ROUND_HALF_EVEN
            )
        )
        for age in range(window_days)
    )
