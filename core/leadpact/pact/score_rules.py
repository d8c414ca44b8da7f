"""The scoring of a pact, compiled: rules, gates, lanes and the table of points by age.

All points here are hundredths of a point, all ages whole days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType
from typing import Literal

from leadpact.model.terms import Intent
from leadpact.pact.conditions import Condition, FactType, fields_of

INTENTS: tuple[Intent, ...] = ("high", "medium", "low")
"""Strongest first."""


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
        signals: any of these counts; with ``all_of`` these are they.
        at_least: so many acts complete the rule; the completing one earns the points.
        within_days: those acts lie within so many days; None = any time.
        same_asset: those acts concern one asset, such as one e-mail sequence. Acts of which the asset is not known
            are taken as one.
        points_at: what an act earns at each age, index = whole days; beyond the end nothing, never rising.
            Magnitudes: the sign is ``sign``.
        cap: the most that all acts together earn (magnitude).
        all_of: every kind in ``signals`` is needed; the act with which the last is there completes the rule (S41).
        back_within_days: an act completes it on a later day than the very first, at most so many days after that
            (S34); None = no such count.
        broken_by: acts that start the count anew, so that the others must come in a row (K9).
        half_life_days: for people; ``points_at`` has the numbers.
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
    all_of: bool = False
    back_within_days: int | None = None
    broken_by: frozenset[str] = frozenset()
    half_life_days: int | None = None

    @property
    def names(self) -> frozenset[str]:
        """Every signal that the rule looks at."""
        return self.signals | self.broken_by

    @property
    def single(self) -> bool:
        """Each act counts by itself."""
        return self.at_least == 1 and not self.all_of and self.back_within_days is None

    @property
    def most(self) -> int:
        """The most that it can earn (magnitude): its cap, or one act's points where those are fewer and one counts."""
        return self.cap if any(self.points_at) else 0

    def live(self, given: frozenset[str] | None) -> bool:
        """Whether it can be told at all, given the signals that have a source (R35); None = all have."""
        if given is None:
            return True
        return self.signals <= given if self.all_of else bool(self.signals & given)


@dataclass(frozen=True, slots=True)
class MustHave:
    """A criterion without which no score makes an MQL (S26, S27, K6).

    Attributes:
        ask: the question to ask where it is unknown; "" = name the facts.
    """

    key: str
    label: str
    when: Condition
    ask: str = ""

    @property
    def needs(self) -> frozenset[str]:
        """The facts without which it cannot be judged."""
        return fields_of(self.when)


@dataclass(frozen=True, slots=True)
class Action:
    """A qualifying action (S30..S36): acts that speak for themselves.

    Attributes:
        rule: when it is done; its one hundredth is a mark, not points.
        makes: the stage that it makes by itself, "" = none (K11).
        of: the engagement rule whose acts these are, by key; done while that gives points. "" = acts of its own.
    """

    key: str
    label: str
    rule: EngagementRule
    makes: Literal["mql", "pql", ""] = ""
    of: str = ""


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
        mql, sql: least hundredths of the total; ``sql`` is None where no score makes an SQL (K5).
        fit_grades: least hundredths for A, B, C.
        engagement_grades: least hundredths for 1, 2, 3.
        lanes: by signal name, most urgent first.
        floors: False = the total alone decides (K15).
        must: criteria without which no score makes an MQL.
        actions: qualifying actions.
        required: so many actions are needed besides the total; 0 = none.
        enough: so many actions are enough instead of the total; 0 = they never are.
        intents: class of each signal; a signal that is not named has none.
        starts: stage at which somebody starts who has done nothing else, by signal (K11).
        window_days: for how long an act counts that no rule looks at.
        live: the signals that have a source here; None = not looked, all are taken to have one (R35).
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
    floors: bool = True
    sql: int | None = None
    must: tuple[MustHave, ...] = ()
    actions: tuple[Action, ...] = ()
    required: int = 0
    enough: int = 0
    intents: Mapping[str, Intent] = field(default_factory=lambda: MappingProxyType({}))
    starts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    window_days: int = 90
    live: frozenset[str] | None = None

    @property
    def numbered(self) -> tuple[FitRule | EngagementRule | Gate | MustHave | Action, ...]:
        """All of them in the order in which the query numbers them."""
        return (*self.fit, *self.engagement, *self.gates, *self.must, *self.actions)

    @property
    def acts(self) -> tuple[EngagementRule, ...]:
        """Everything that looks at acts: the engagement rules, then the qualifying actions of their own acts."""
        return (*self.engagement, *(action.rule for action in self.actions if not action.of))

    @property
    def signal_names(self) -> frozenset[str]:
        """Every signal that the scoring knows by name."""
        names = {name for rule in self.acts for name in rule.names}
        names.update(lane.signal for lane in self.lanes)
        return frozenset(names.union(self.intents))

    @property
    def unreadable(self) -> tuple[str, ...]:
        """Keys of the engagement rules whose signals no live source gives (R35)."""
        return tuple(rule.key for rule in self.engagement if not rule.live(self.live))

    def with_live(self, given: frozenset[str] | None) -> Scoring:
        """The same scoring where only these signals have a source; None = not looked."""
        return replace(self, live=given)

    @property
    def most_fit(self) -> int:
        """The most that the fit rules can give."""
        return sum(max(rule.points, 0) for rule in self.fit)

    @property
    def most_engagement(self) -> int:
        """The most that the engagement rules can give; those that are unreadable here give nothing."""
        return sum(rule.most for rule in self.engagement if rule.sign > 0 and rule.live(self.live))


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
