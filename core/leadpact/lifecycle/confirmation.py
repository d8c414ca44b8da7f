"""What SQL and opportunity still lack of a lead, as the judging of assertions needs it (K4, K17)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leadpact.pact.qualification import Unconfirmed


@dataclass(frozen=True, slots=True)
class Unmet:
    """Criteria that are not confirmed.

    Attributes:
        mode: what is made of sales' word meanwhile.
        sql: what an SQL lacks, for people; "" = nothing.
        opportunity: likewise of an opportunity.
    """

    mode: Unconfirmed
    sql: str = ""
    opportunity: str = ""

    def on(self, path: Sequence[str]) -> str:
        """What is lacking for the stages of a way, for people; "" = nothing."""
        found = [self.sql] if self.sql and "sql" in path else []
        if self.opportunity and "opportunity" in path:
            found.append(f"{self.opportunity} for an opportunity")
        return "; ".join(found)
