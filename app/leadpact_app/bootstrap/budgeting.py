"""What the settings let leadpact take of each CRM's calls, and what of it a run may count on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadpact.ports.budget import Allowance
    from leadpact.ports.connector import Connector
    from leadpact_app.observe.calls import DayBudget
    from leadpact_app.runner.clock import SystemClock
    from leadpact_app.settings import Settings


def shares_of(settings: Settings) -> dict[str, float]:
    """By CRM, our part of its day."""
    return {
        crm: told.day_share
        for crm in settings.crm_tables()
        if (told := settings.budget_of(crm)).day_share
    }


def hot_shares_of(settings: Settings) -> dict[str, float]:
    """By CRM, the part of ours that only the hot lane takes (R19)."""
    return {crm: settings.budget_of(crm).hot_share for crm in settings.crm_tables()}


def paces_of(settings: Settings) -> dict[str, float]:
    """By CRM, calls a second that its burst limit bears for long; 0 = it has none."""
    from leadpact_app.settings import connector_entry_points, crm_settings

    paces = {}
    for crm, table in settings.crm_tables().items():
        spec: Any = connector_entry_points()[crm].load()
        told = spec.capabilities(crm_settings(crm, table, spec.settings_type))
        paces[crm] = float(told.calls_per_s)
    return paces


def day_budget(settings: Settings, clock: SystemClock) -> DayBudget:
    """The budget that connectors get."""
    from leadpact_app.observe.calls import DayBudget

    return DayBudget(
        clock.now, settings.day_share, shares=shares_of(settings), hot=hot_shares_of(settings)
    )


def allowances(
    settings: Settings, connectors: Mapping[str, Connector], budget: DayBudget
) -> dict[str, Allowance]:
    """What each account allows a run of this lane: the day as far as it is known, and the pace of its bursts."""
    from leadpact.ports.budget import Allowance

    told = budget.allowances()
    found = {}
    for crm, connector in connectors.items():
        known, ours = told.get(crm, Allowance()), settings.budget_of(crm)
        kept = ours.hot_share if budget.lane == "bulk" else 0.0
        if known.day is not None and known.left is not None:
            reserve = round(known.day * kept)
            known = replace(known, day=known.day - reserve, left=max(known.left - reserve, 0))
        pace = connector.capabilities.calls_per_s * (1 - kept)
        found[crm] = replace(known, per_second=pace, run_share=ours.run_share)
    return found
