"""The pact as people write it: ``pact.yaml``, key by key. Unknown keys are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from leadpact.model.terms import Basis
from leadpact.pact.document.conditions import ConditionPart
from leadpact.pact.document.handoff import HandoffPart
from leadpact.pact.document.part import (
    Days,
    FactType,
    Key,
    Part,
    Points,
    Speaker,
    Words,
    one_or_many,
)
from leadpact.pact.document.qualification import QualificationPart
from leadpact.pact.document.review import ReviewPart, SignatoriesPart
from leadpact.pact.document.sla import SlaSection


class StagePart(Part):
    """One stage (S1..S10): who owns the lead there, and how far along it is."""

    label: str = Field(min_length=1)
    owner: Literal["marketing", "sales", "both"]
    rank: int = Field(ge=0, le=99, description="Higher is further; equal ranks are alternatives.")
    side: bool = Field(False, description="Off the main line: recycled, disqualified, left.")
    synced: bool = Field(True, description="False: counted in metrics only, never written.")


class MovePart(Part):
    """One allowed move of the lattice. Skipping forward is allowed where each step of the way is."""

    from_: Annotated[Words, Field(alias="from")]
    to: Words
    by: Annotated[
        list[Speaker],
        BeforeValidator(one_or_many, json_schema_input_type=Speaker | list[Speaker]),
        Field(min_length=1),
    ]
    reason: Literal["required", "optional"] = "optional"
    basis: Annotated[
        list[Basis], BeforeValidator(one_or_many, json_schema_input_type=Basis | list[Basis])
    ] = Field(default_factory=list)


class ReasonPart(Part):
    """One rejection reason (S95, R16) and what it does to the lead."""

    label: str = Field(min_length=1)
    disposition: Literal["recycle", "disqualify"]


class ThresholdsPart(Part):
    """When a lead is an MQL (K5, K15): the total and a floor on each pillar, in points."""

    mql: int = Field(60, ge=1, le=10_000)
    fit_floor: int = Field(15, ge=0, le=10_000)
    engagement_floor: int = Field(20, ge=0, le=10_000)


class RulePart(Part):
    """One scoring rule: facts of a fit rule (`when`), or acts of an engagement rule (`signal`)."""

    label: str = Field(min_length=1, max_length=120)
    pillar: Literal["fit", "engagement"]
    points: Points
    when: ConditionPart | None = None
    signal: Words | None = Field(None, description="Any of these signals earns the points.")
    at_least: int = Field(1, ge=1, le=50, description="So many acts complete the rule.")
    within_days: Days | None = Field(None, description="The acts lie within so many days.")
    same: Literal["asset"] | None = Field(None, description="The acts concern one asset.")
    window_days: Days | None = Field(None, description="Acts older than this count no more.")
    half_life_days: Days | None = Field(None, description="Points halve each so many days.")
    cap: Points | None = Field(None, description="Most points the rule gives; default: `points`.")

    @model_validator(mode="after")
    def _shape(self) -> RulePart:
        acts = (self.within_days, self.same, self.window_days, self.half_life_days, self.cap)
        if self.pillar == "fit":
            if self.when is None or self.signal is not None:
                raise ValueError("a fit rule needs `when` and no `signal`")
            if self.at_least != 1 or any(each is not None for each in acts):
                raise ValueError(
                    "at_least, within_days, same, window_days, half_life_days and cap "
                    "are for engagement rules"
                )
        elif self.signal is None or self.when is not None:
            raise ValueError("an engagement rule needs `signal` and no `when`")
        elif self.cap is not None and self.cap * self.points <= 0:
            raise ValueError("cap and points must have the same sign")
        return self


class GatePart(Part):
    """A rule that keeps a lead out whatever its score (S28, R36)."""

    label: str = Field(min_length=1, max_length=120)
    when: ConditionPart


class DisqualifierPart(GatePart):
    """A rule that disqualifies a lead, and the rejection reason that stands on its records (S28)."""

    reason: Key | None = Field(
        None, description="A reason that disqualifies; the rule's own key where that is one."
    )


class FastLanePart(Part):
    """A signal that opens a priority MQL whatever the score (S62, K13)."""

    label: str = Field(min_length=1, max_length=120)
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
    rules: dict[Key, RulePart] = Field(min_length=1)
    disqualify: dict[Key, DisqualifierPart] = Field(default_factory=dict)
    exclude: dict[Key, GatePart] = Field(default_factory=dict)
    fast_lanes: dict[Key, FastLanePart] = Field(default_factory=dict)
    grade: GradePart = Field(default_factory=GradePart)


class PactDocument(Part):
    """The whole agreement: ``pact.yaml``."""

    version: str = Field(min_length=1, max_length=40, description="Yours to count, such as 1.0.")
    firm: str = Field("", max_length=120, description="Whose agreement it is.")
    stages: dict[Key, StagePart]
    first_stage: Key = "lead"
    meanings: dict[Key, str] = Field(default_factory=dict, description="Stage: what it means.")
    lattice: list[MovePart] = Field(min_length=1)
    reasons: dict[Key, ReasonPart]
    thresholds: ThresholdsPart = Field(default_factory=ThresholdsPart)
    publish_step: int = Field(5, ge=1, le=1000)
    sla: SlaSection = Field(default_factory=SlaSection)
    teams: dict[str, Literal["marketing", "sales"]] = Field(default_factory=dict)
    lists: dict[Key, list[str]] = Field(default_factory=dict)
    handoff: HandoffPart = Field(default_factory=HandoffPart)
    scoring: ScoringPart
    qualification: QualificationPart | None = None
    review: ReviewPart = Field(default_factory=ReviewPart)
    signatories: SignatoriesPart = Field(default_factory=SignatoriesPart)
    contacts: dict[str, str] = Field(default_factory=dict, description="For what: whom to ask.")
