"""Rejection in the pact: reasons, what brings a lead back, ageing, reasons owed (S95..S100, R15..R17)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from leadpact.pact.document.part import Days, Key, Part, Words

Label = Annotated[str, Field(min_length=1, max_length=120)]
Wait = Annotated[int, Field(ge=1, le=365)]


class ReentryPart(Part):
    """New evidence that brings a recycled lead back; only acts after the rejection count (R15)."""

    signals: Words
    need: Literal["any", "all"] = Field("any", description="One of the signals, or each of them.")
    after: Literal["cooling_off", "any_time"] = Field(
        "cooling_off", description="When the cooling-off has ended at the earliest, or at any time."
    )


class ReasonPart(Part):
    """One rejection reason (S95, R16) and what it does to the lead."""

    label: str = Field(min_length=1)
    disposition: Literal["recycle", "disqualify", "former_customer"] = Field(
        description="Back to nurture, out for good, or the end of a contract."
    )
    sub_reasons: dict[Key, Label] = Field(
        default_factory=dict, description="Finer words under it, one picklist for all reasons."
    )
    cooling_off_days: Days | None = Field(None, description="So long nobody is offered it again.")
    re_entry: list[Key] = Field(
        default_factory=list,
        description="Ways of `re_entry` that bring the lead back; [] = people.",
    )
    applies_to: Words | None = Field(
        None, description="Stages it may be given at; all unless said."
    )


class AgeingPart(Part):
    """Leads that nobody works (R15, S138): back to nurture after so many days, an alarm before that."""

    stages: Words = Field(default_factory=lambda: ["mql", "pql"])
    after_days: Days | None = Field(30, description="Recycled then; null: never.")
    reason: Key = "unworked"
    queue_alarm: Wait | None = Field(3, description="Told as unreviewed after so many days.")
    count: Literal["business_days", "calendar_days"] = Field(
        "business_days", description="How the days of `queue_alarm` are counted."
    )


class OwedPart(Part):
    """A rejection without its reason (R16): the rep is reminded at once, the manager later."""

    manager_after: Wait = Field(2, description="Business days until the manager is told.")
    treated_as: Key | None = Field(
        None, description="Until the reason is given, the lead comes back as under this one."
    )
