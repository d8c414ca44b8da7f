"""The section ``health`` of ``pact.yaml``: from when on the shared numbers are a warning (K1, K18, K19)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from leadpact.pact.document.part import Part


class BandsPart(Part):
    """Percent of MQLs that become SQLs; what lies between two bands is watched (S102-S104)."""

    too_loose_below: int = Field(10, ge=0, le=100)
    healthy_from: int = Field(13, ge=0, le=100)
    healthy_to: int = Field(25, ge=0, le=100)
    too_strict_above: int = Field(40, ge=0, le=100)

    @model_validator(mode="after")
    def _rising(self) -> BandsPart:
        cuts = [self.too_loose_below, self.healthy_from, self.healthy_to, self.too_strict_above]
        if cuts != sorted(cuts):
            raise ValueError(
                "these rise: too_loose_below, healthy_from, healthy_to, too_strict_above"
            )
        return self


class HealthPart(Part):
    """When the numbers that both teams share are a warning."""

    mql_to_sql: BandsPart | Literal["typical"] = Field(
        default_factory=lambda: BandsPart.model_validate({}),
        description="typical: 10 to 25 percent is healthy, all else a warning.",
    )
    own_rate: bool = Field(
        True,
        description="From `calibration.warn_below` wins on the firm's own rate takes the place of these bands (K1).",
    )
    acceptance_at: Literal["sal", "sql"] = Field(
        "sal", description="What counts as accepted (K18); without a stage SAL it is SQL."
    )
    acceptance_floor: int = Field(30, ge=0, le=100, description="Percent; below it trust falls.")
    late_mql_days: int = Field(
        21, ge=1, le=1000, description="Median days from capture to MQL that are too many (S58)."
    )
    recycled_above: int = Field(30, ge=0, le=100, description="Percent of what ended.")
    sql_to_opportunity_below: int = Field(50, ge=0, le=100)
    sql_to_close_below: int = Field(15, ge=0, le=100)
    least_sample: int = Field(20, ge=1, le=10_000, description="Under so many nothing is judged.")
