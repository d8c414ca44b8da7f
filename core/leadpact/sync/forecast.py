"""What a run will cost each CRM account, before it begins: calls, minutes at the present budget, days. Pure.

The call plan per page of leads: one read of each batch of records, one write of each batch that changes, and where a
CRM's answer carries no values, one read of what was written (DESIGN §4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadpact.ports.budget import Allowance
from leadpact.ports.connector import Capabilities

if TYPE_CHECKING:
    from leadpact.sync.context import Context


@dataclass(frozen=True, slots=True)
class Cost:
    """What one CRM account would be asked for.

    Attributes:
        calls: reads and writes of records; the change feed's own calls are not in it.
        minutes: at the pace that our share of the burst limit bears; 0 where no such limit is known.
        days: how many days' shares the calls need, 1 where they fit into what is left today; 0 = no limit is known.
        over: one run may need no more than ``allowed`` calls without approval, and this one does.
    """

    calls: int
    minutes: float = 0.0
    days: int = 0
    left: int | None = None
    allowed: int | None = None

    @property
    def over(self) -> bool:
        """More than one run may need."""
        return self.allowed is not None and self.calls > self.allowed


def calls_of(capabilities: Capabilities, leads: int, writes: int, page: int) -> int:
    """Calls that so many leads cost, each with one record there, of which so many are written, page by page."""
    pages = _up(leads, page)
    if not pages:
        return 0
    reads = _up(min(page, leads), capabilities.fetch_batch)
    written = _up(writes, pages)
    batches = _up(written, capabilities.write_batch)
    again = 0 if capabilities.answers_values else _up(written, capabilities.fetch_batch)
    return pages * (reads + batches + again)


def cost(
    capabilities: Capabilities, allowance: Allowance, leads: int, writes: int, page: int
) -> Cost:
    """The same with what the account allows."""
    calls = calls_of(capabilities, leads, writes, page)
    minutes = calls / allowance.per_second / 60 if allowance.per_second else 0.0
    days, allowed = 0, None
    if allowance.day and allowance.left is not None:
        days = 1 + max(_up(calls - allowance.left, allowance.day), 0)
        allowed = int(allowance.day * allowance.run_share)
    return Cost(calls, minutes, days, allowance.left, allowed)


def forecast(
    crms: Mapping[str, Capabilities],
    allowances: Mapping[str, Allowance],
    leads: int,
    writes: Mapping[str, int],
    page: int,
) -> dict[str, Cost]:
    """By CRM, what a run over so many leads costs.

    Args:
        writes: records to write per CRM, as far as they are planned; a CRM that is not named may get one per lead.
    """
    return {
        crm: cost(
            capabilities,
            allowances.get(crm, Allowance()),
            leads,
            writes.get(crm, leads),
            page,
        )
        for crm, capabilities in crms.items()
    }


def beyond_budget(context: Context, due: int) -> str:
    """Why a run that nobody approved waits: it would need more of a day than one run may; "" where it need not wait.

    A run that needs more than is left today, and no more than that, goes on: it parks when our share is used up, and
    the next run takes it up where it stopped.
    """
    if not due or context.dry or context.only or context.limits.lifted or context.go_live is None:
        return ""
    sides = {crm: side.capabilities for crm, side in context.crms.items()}
    costs = forecast(sides, context.allowances, due, dict.fromkeys(sides, due), context.limits.page)
    over = [crm for crm, one in sorted(costs.items()) if one.over]
    return refusal(context.label(over[0]), over[0], costs[over[0]]) if over else ""


def told(label: str, one: Cost) -> str:
    """One CRM's cost as a sentence."""
    words = f"{label}: about {one.calls:,} calls"
    if one.minutes:
        words += f", at least {_minutes(one.minutes)} at our share of its burst limit"
    if one.days and one.left is not None:
        words += f"; {one.left:,} calls of our share are left today"
        if one.days > 1:
            words += f", so it goes on over {one.days} days"
    return words + "."


def refusal(label: str, crm: str, one: Cost) -> str:
    """Why a run waits for approval, and what to do."""
    return (
        f"This run needs about {one.calls:,} calls to {label}, more than the {one.allowed:,} that one run may need of "
        f"our share of a day. `leadpact apply` lets it go on for as many days as it takes; or raise "
        f"LEADPACT_BUDGET__{crm.upper()}__DAY_SHARE or __RUN_SHARE."
    )


def _minutes(minutes: float) -> str:
    if minutes < 1:
        return "a minute"
    return f"{minutes:,.0f} minutes" if minutes < 120 else f"{minutes / 60:,.1f} hours"


def _up(amount: int, size: int) -> int:
    """How many of this size hold the amount."""
    return -(-amount // size)
