"""The section ``calibration`` of ``pact.yaml``: which wins the firm learns from (K7, S117, S118)."""

from __future__ import annotations

from pydantic import Field, model_validator

from leadpact.pact.document.part import Days, Part


class CalibrationPart(Part):
    """The sample of wins, how few are too few, and how far back before the first talk acts are compared."""

    wins: int | None = Field(30, ge=1, le=10_000, description="The last so many; null: no number.")
    days: Days | None = Field(None, description="Only wins of the last so many days; null: all.")
    warn_below: int = Field(20, ge=1, le=10_000, description="Fewer wins are a hint, no pattern.")
    before_talk_days: int = Field(30, ge=1, le=400, description="Acts before the first talk.")

    @model_validator(mode="after")
    def _some(self) -> CalibrationPart:
        if self.wins is None and self.days is None:
            raise ValueError("say how many `wins`, or the `days` they lie within, or both")
        if self.wins is not None and self.warn_below > self.wins:
            raise ValueError(
                f"`warn_below: {self.warn_below}` is more than `wins: {self.wins}`: no sample would ever do"
            )
        return self
