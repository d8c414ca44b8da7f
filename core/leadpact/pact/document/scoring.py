"""The scoring section of ``pact.yaml``: rules, criteria, qualifying actions, gates, lanes, grades, thresholds."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from leadpact.pact.document.conditions import ConditionPart
from leadpact.pact.document.part import Days, FactType, Key, Part, Points, Words

HowMany: TypeAlias = Literal["none", "any", "all"] | Annotated[int, Field(ge=1, le=50)]
Label: TypeAlias = Annotated[str, Field(min_length=1, max_length=120)]


class ThresholdsPart(Part):
    """When a lead is an MQL (K5, K15): the total and a floor on each pillar, in points."""

    mql: int = Field(60, ge=1, le=10_000)
    sql: int | None = Field(None, ge=1, le=10_000, description="The score makes an SQL (K5).")
    floors: bool = Field(True, description="False: the total alone decides (K15).")
    fit_floor: int = Field(15, ge=0, le=10_000)
    engagement_floor: int = Field(20, ge=0, le=10_000)

    @model_validator(mode="after")
    def _rising(self) -> ThresholdsPart:
        if self.sql is not None and self.sql < self.mql:
            raise ValueError(f"`sql` must be at least `mql` ({self.mql}): an SQL is further")
        return self


class ActsPart(Part):
    """Which acts count, and how they must lie: the common part of engagement rules and qualifying actions."""

    signal: Words | None = Field(None, description="Any of these acts counts.")
    all_of: Annotated[list[str], Field(min_length=2, max_length=10)] | None = Field(
        None, description="Each of these acts is needed at least once, in any order."
    )
    mail: Literal["opened", "clicked", "in_a_row"] | None = Field(
        None, description="E-mails of one sequence: opened, clicked, or opened in a row (K9)."
    )
    at_least: int = Field(1, ge=1, le=50, description="So many acts complete the rule.")
    within_days: Days | None = Field(None, description="The acts lie within so many days.")
    back_within_days: Days | None = Field(
        None, description="An act on a later day, at most so many days after the very first (S34)."
    )
    broken_by: Words | None = Field(None, description="Any of these acts starts the count anew.")
    same: Literal["asset"] | None = Field(None, description="The acts concern one asset.")
    window_days: Days | None = Field(None, description="Acts older than this count no more.")

    def looks_at_acts(self) -> bool:
        """Whether anything of this is written."""
        return bool(self.model_fields_set & set(ActsPart.model_fields))

    def check_acts(self, what: str) -> None:
        """Refuses what cannot be meant.

        Raises:
            ValueError: a sentence for the author.
        """
        sources = (self.signal, self.all_of, self.mail)
        if sum(one is not None for one in sources) != 1:
            raise ValueError(f"{what} needs one of `signal`, `all_of` and `mail`")
        if self.all_of is not None:
            if len(set(self.all_of)) < len(self.all_of):
                raise ValueError("`all_of` names an act twice; write `signal` with `at_least`")
            if self.at_least != 1 or self.back_within_days or self.broken_by:
                raise ValueError(
                    "`all_of` goes with `within_days` and `same`, not with `at_least`, "
                    "`back_within_days` or `broken_by`"
                )
        if self.back_within_days and (self.at_least != 1 or self.within_days or self.broken_by):
            raise ValueError(
                "`back_within_days` is a count of its own: leave out `at_least`, `within_days` "
                "and `broken_by`"
            )
        if self.broken_by and self.at_least == 1:
            raise ValueError("`broken_by` says something only with `at_least` over 1")
        if self.mail and (self.same or self.broken_by):
            raise ValueError("`mail` counts within one sequence by itself; leave out the rest")


class RulePart(ActsPart):
    """One scoring rule: facts of a fit rule (`when`), or acts of an engagement rule (`signal`)."""

    label: Label
    pillar: Literal["fit", "engagement"]
    points: Points
    when: ConditionPart | None = None
    half_life_days: Days | None = Field(None, description="Points halve each so many days.")
    cap: Points | None = Field(None, description="Most points the rule gives; default: `points`.")

    @model_validator(mode="after")
    def _shape(self) -> RulePart:
        if self.pillar == "fit":
            if self.when is None or self.signal is not None:
                raise ValueError("a fit rule needs `when` and no `signal`")
            if self.looks_at_acts() or self.half_life_days or self.cap is not None:
                raise ValueError(
                    "all_of, mail, at_least, within_days, back_within_days, broken_by, same, "
                    "window_days, half_life_days and cap are for engagement rules"
                )
            return self
        if self.when is not None:
            raise ValueError("an engagement rule needs `signal` and no `when`")
        self.check_acts("an engagement rule")
        if self.cap is not None and self.cap * self.points <= 0:
            raise ValueError("cap and points must have the same sign")
        return self


class SignalPart(Part):
    """One kind of act, for people: what it is called and what it says of the buyer (S37)."""

    label: Label
    intent: Literal["high", "medium", "low"]
    starts: Key | None = Field(
        None, description="Stage at which somebody starts who has done nothing else (K11)."
    )


class MustHavePart(Part):
    """A criterion without which no score makes an MQL (S26, S27, K6); unknown, it is asked for."""

    label: Label
    ask: str = Field("", max_length=200, description="The question to ask where it is unknown.")
    when: ConditionPart | None = None
    field: str | None = Field(None, description="A whole-number fact, with minimum or maximum.")
    minimum: int | None = None
    maximum: int | None = None

    @model_validator(mode="after")
    def _one_form(self) -> MustHavePart:
        bounds = self.minimum is not None or self.maximum is not None
        if (self.when is None) == (self.field is None) or (self.field is not None) != bounds:
            raise ValueError("give `when`, or `field` with `minimum`, `maximum` or both")
        if bounds and None not in (self.minimum, self.maximum):
            low, high = self.minimum or 0, self.maximum or 0
            if low > high:
                raise ValueError(f"never holds: the minimum {low} is above the maximum {high}")
        return self


class ActionPart(ActsPart):
    """A qualifying action (S30..S36, S40..S42): something done that speaks for itself."""

    label: Label
    rule: Key | None = Field(None, description="Done while this engagement rule gives points.")
    makes: Literal["mql", "pql"] | None = Field(
        None, description="Enough by itself: the lead becomes this, whatever the total (K11)."
    )

    @model_validator(mode="after")
    def _acts(self) -> ActionPart:
        if self.rule is None:
            self.check_acts("a qualifying action without `rule`")
        elif self.looks_at_acts():
            raise ValueError("an action with `rule` has the acts of that rule; leave out the rest")
        return self


class QualifyPart(Part):
    """Qualifying actions and how many of them count (S41)."""

    required: HowMany = Field("none", description="So many are needed besides the total.")
    enough: HowMany = Field("none", description="So many are enough instead of the total.")
    actions: dict[Key, ActionPart] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _in_reach(self) -> QualifyPart:
        for name, wanted in (("required", self.required), ("enough", self.enough)):
            least = wanted if isinstance(wanted, int) else int(wanted != "none")
            if least > len(self.actions):
                raise ValueError(
                    f"`{name}` asks for {wanted}, but {len(self.actions)} actions are defined"
                )
        return self


class GatePart(Part):
    """A rule that keeps a lead out whatever its score (S28, R36)."""

    label: Label
    when: ConditionPart


class DisqualifierPart(GatePart):
    """A rule that disqualifies a lead, and the rejection reason that stands on its records (S28)."""

    reason: Key | None = Field(
        None, description="A reason that disqualifies; the rule's own key where that is one."
    )


class FastLanePart(Part):
    """A signal that opens a priority MQL whatever the score (S62, K13)."""

    label: Label
    window_days: Days = 30


class GradePart(Part):
    """Least points for each grade, best first; below the last comes D, or 4."""

    fit: list[int] = Field(default_factory=lambda: [30, 15, 1], min_length=3, max_length=3)
    engagement: list[int] = Field(default_factory=lambda: [60, 40, 20], min_length=3, max_length=3)

    @model_validator(mode="after")
    def _falling(self) -> GradePart:
        for steps in (self.fit, self.engagement):
            if steps != sorted(set(steps), reverse=True):
                raise ValueError("the least points of each grade must fall, such as [30, 15, 1]")
        return self


class ScoringPart(Part):
    """The reference model (S46..S56) or the firm's own."""

    window_days: Days = 90
    facts: dict[Key, FactType] = Field(default_factory=dict)
    signals: dict[Key, SignalPart] = Field(default_factory=dict)
    rules: dict[Key, RulePart] = Field(min_length=1)
    must_have: dict[Key, MustHavePart] = Field(default_factory=dict)
    qualify: QualifyPart = Field(default_factory=QualifyPart)
    disqualify: dict[Key, DisqualifierPart] = Field(default_factory=dict)
    exclude: dict[Key, GatePart] = Field(default_factory=dict)
    fast_lanes: dict[Key, FastLanePart] = Field(default_factory=dict)
    grade: GradePart = Field(default_factory=GradePart)
