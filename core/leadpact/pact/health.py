"""When the numbers that both teams share are a warning: the compiled side of ``health`` (K1, K18, K19)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection

    from leadpact.pact.document.health import HealthPart

Band: TypeAlias = Literal["too_loose", "watch_low", "healthy", "watch_high", "too_strict"]


@dataclass(frozen=True, slots=True)
class Health:
    """Bands and floors, all in percent.

    Attributes:
        too_loose_below, healthy_from, healthy_to, too_strict_above: of MQLs that become SQLs.
        accepted_at: the stage whose reaching is acceptance.
        acceptance_floor: below it sales does not trust what it gets.
        late_mql_days: median days from capture to MQL above which leads come late.
        recycled_above, sql_to_opportunity_below, sql_to_close_below: our own defaults, from no source (K19).
        least_sample: under so many nothing is judged.
        own_rate: the firm's own rate takes the place of the bands once enough wins are known.
    """

    too_loose_below: int = 10
    healthy_from: int = 13
    healthy_to: int = 25
    too_strict_above: int = 40
    accepted_at: Literal["sal", "sql"] = "sal"
    acceptance_floor: int = 30
    late_mql_days: int = 21
    recycled_above: int = 30
    sql_to_opportunity_below: int = 50
    sql_to_close_below: int = 15
    least_sample: int = 20
    own_rate: bool = True

    def band(self, reached: int, settled: int) -> Band:
        """Where so many SQLs of so many MQLs lie; cuts belong to the healthier side."""
        if reached * 100 < self.too_loose_below * settled:
            return "too_loose"
        if reached * 100 < self.healthy_from * settled:
            return "watch_low"
        if reached * 100 <= self.healthy_to * settled:
            return "healthy"
        if reached * 100 <= self.too_strict_above * settled:
            return "watch_high"
        return "too_strict"


def compile_health(part: HealthPart, stages: Collection[str]) -> Health:
    """The section as the reports ask it."""
    if part.mql_to_sql == "typical":
        cuts = (10, 10, 25, 25)
    else:
        one = part.mql_to_sql
        cuts = (one.too_loose_below, one.healthy_from, one.healthy_to, one.too_strict_above)
    return Health(
        *cuts,
        "sal" if part.acceptance_at == "sal" and "sal" in stages else "sql",
        part.acceptance_floor,
        part.late_mql_days,
        part.recycled_above,
        part.sql_to_opportunity_below,
        part.sql_to_close_below,
        part.least_sample,
        part.own_rate,
    )
