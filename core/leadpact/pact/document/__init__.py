"""The pact as people write it: ``pact.yaml``, key by key. Unknown keys are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from leadpact.model.terms import Basis
from leadpact.pact.document.calibration import CalibrationPart
from leadpact.pact.document.handoff import HandoffPart
from leadpact.pact.document.health import HealthPart
from leadpact.pact.document.part import Key, Part, Speaker, Words, one_or_many
from leadpact.pact.document.qualification import QualificationPart
from leadpact.pact.document.rejection import AgeingPart, OwedPart, ReasonPart, ReentryPart
from leadpact.pact.document.review import ReviewPart, SignatoriesPart
from leadpact.pact.document.scoring import ScoringPart, ThresholdsPart
from leadpact.pact.document.sla import SlaSection
from leadpact.pact.document.suspects import SuspectPart


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


class PactDocument(Part):
    """The whole agreement: ``pact.yaml``."""

    version: str = Field(min_length=1, max_length=40, description="Yours to count, such as 1.0.")
    firm: str = Field("", max_length=120, description="Whose agreement it is.")
    stages: dict[Key, StagePart]
    first_stage: Key = "lead"
    meanings: dict[Key, str] = Field(default_factory=dict, description="Stage: what it means.")
    lattice: list[MovePart] = Field(min_length=1)
    reasons: dict[Key, ReasonPart]
    re_entry: dict[Key, ReentryPart] = Field(default_factory=dict)
    ageing: AgeingPart = Field(default_factory=lambda: AgeingPart.model_validate({}))
    owed: OwedPart = Field(default_factory=lambda: OwedPart.model_validate({}))
    thresholds: ThresholdsPart = Field(default_factory=ThresholdsPart)
    publish_step: int = Field(5, ge=1, le=1000)
    sla: SlaSection = Field(default_factory=SlaSection)
    teams: dict[str, Literal["marketing", "sales"]] = Field(default_factory=dict)
    lists: dict[Key, list[str]] = Field(default_factory=dict)
    handoff: HandoffPart = Field(default_factory=HandoffPart)
    scoring: ScoringPart
    suspects: dict[Key, SuspectPart] = Field(default_factory=dict)
    qualification: QualificationPart | None = None
    health: HealthPart = Field(default_factory=lambda: HealthPart.model_validate({}))
    calibration: CalibrationPart = Field(default_factory=lambda: CalibrationPart.model_validate({}))
    review: ReviewPart = Field(default_factory=ReviewPart)
    signatories: SignatoriesPart = Field(default_factory=SignatoriesPart)
    contacts: dict[str, str] = Field(default_factory=dict, description="For what: whom to ask.")
