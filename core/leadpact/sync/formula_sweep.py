"""The nightly look at fields that a CRM computes: no feed shows that a formula has another value today (R20)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from leadpact.model.link import WorkItem
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context
from leadpact.sync.effects import Commit, Steps
from leadpact.sync.report import CycleReport

EVERY: Final = timedelta(hours=24)
MOST: Final = 5_000
"""Leads of one cycle; a longer sweep goes on in the next one."""
_PLACE: Final = ("leadpact", "formulas")


def sweep_formulas(context: Context, report: CycleReport, now: datetime) -> Steps[None]:
    """Once in 24 hours, put every live lead on the work list, where the mapping reads a field that its CRM computes.

    It costs what reading those leads costs; a mapping without such a field costs nothing.
    """
    if not _reads_formulas(context):
        return
    began, _, after = context.store.checkpoint(*_PLACE).partition(" ")
    if began and not after and now - datetime.fromisoformat(began) < EVERY:
        return
    if not after:
        began = now.isoformat()
    ids = context.store.page_of_links(after, MOST)
    last = ids[-1] if len(ids) == MOST else ""
    work = [WorkItem(one, "formula", now, now) for one in ids]
    report.counts["formula_sweep"] += len(work)
    yield Commit(StateChanges(work=work, checkpoints={_PLACE: f"{began} {last}"}))


def _reads_formulas(context: Context) -> bool:
    for rule in context.mapping.fields.values():
        for (crm, kind), side in rule.sides.items():
            schema = context.crms[crm].schemas.get(kind) if crm in context.crms else None
            field = schema.fields.get(side.field) if schema is not None else None
            if field is not None and field.calculated:
                return True
    return False
