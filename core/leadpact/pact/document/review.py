"""What the pact says of itself: whose it is, who signs it, how often both teams look at it again (K8, S125-S127)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from leadpact.pact.document.part import Part

Cadence = Literal["weekly", "monthly", "quarterly", "half_yearly", "yearly"]


class SignatoryPart(Part):
    """Who signs for one team."""

    name: str = Field(min_length=1, max_length=120)
    title: str = Field("", max_length=120)


class SignatoriesPart(Part):
    """Who signs for marketing and for sales; where a side names nobody, anybody may sign for it."""

    marketing: SignatoryPart | None = None
    sales: SignatoryPart | None = None


class ReviewPart(Part):
    """How often both teams sit down together, and over what (K8)."""

    joint: Cadence = Field("monthly", description="Both teams, the numbers between them (S126).")
    scoring: Cadence = Field("quarterly", description="Points, floors, thresholds (S125).")
    reasons: Cadence = Field("monthly", description="Why sales gave leads back (S98).")
    definitions: Cadence = Field(
        "quarterly", description="One marketer and one seller tell the stages apart (S129)."
    )
