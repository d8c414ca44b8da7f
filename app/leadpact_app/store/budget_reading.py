"""What the state knows of its accounts' days, for whoever asks no CRM."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from leadpact.ports.budget import Allowance
from leadpact_app.store.day import Day
from leadpact_app.store.faults import told_by_remedy
from leadpact_app.store.opening import engine_for, shown
from leadpact_app.store.rows import maybe_instant, unpack
from leadpact_app.store.tables import day_budgets, pairs


def stored_allowances(
    path_or_url: str | Path, pair_id: str, now: datetime, shares: Mapping[str, float]
) -> dict[str, Allowance]:
    """By CRM, the day of the account that this pair is tied to; empty where no sync has signed in yet.

    Args:
        path_or_url: of a state that a store has opened before.
        shares: by CRM, our part of its day.

    Raises:
        Stop: the state cannot be read.
    """
    engine, _file = engine_for(path_or_url)
    days: dict[tuple[str, str], Day] = {}
    with told_by_remedy(shown(engine)), engine.connect() as connection:
        kept = connection.execute(
            select(pairs.c.accounts).where(pairs.c.pair_id == pair_id)
        ).scalar_one_or_none()
        for row in connection.execute(select(day_budgets).where(day_budgets.c.pair_id == "")):
            told_at, resets_at = maybe_instant(row[6]), maybe_instant(row[7])
            days[row[1], row[2]] = Day(row[3], row[4], row[5], told_at, resets_at).renewed(now)
    engine.dispose()
    accounts: dict[str, str] = unpack(kept) if kept else {}
    return {
        crm: days.get((crm, account), Day()).allowance_of(shares.get(crm, 1.0))
        for crm, account in sorted(accounts.items())
    }
