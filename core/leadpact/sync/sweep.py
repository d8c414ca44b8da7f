"""The daily sweep of deletions that no change feed shows (R26)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from leadpact.errors import LeadpactError
from leadpact.model.record import ChangePage
from leadpact.sync.collect import onto_list
from leadpact.sync.context import Context
from leadpact.sync.effects import CollectArchived, Commit, Steps
from leadpact.sync.report import CycleReport

EVERY: Final = timedelta(hours=24)
MOST_CALLS: Final = 100
"""Calls of one cycle; a longer sweep goes on in the next one."""
_UNDER_WAY: Final = "~"


def sweep(context: Context, report: CycleReport, now: datetime) -> Steps[None]:
    """Once in 24 hours, put those on the work list whose record was deleted unseen.

    A CRM that cannot be asked is named in the report's problems, and asked again by the next cycle: nothing else
    depends on it. Calls are counted apart (``sweep_calls_<crm>``).
    """
    for crm in sorted(context.crms):
        for kind in context.crms[crm].capabilities.sweeps:
            yield from _sweep_kind(context, report, crm, kind, now)


def _sweep_kind(
    context: Context, report: CycleReport, crm: str, kind: str, now: datetime
) -> Steps[None]:
    feed = (crm, f"{kind}:archived")
    began, _, cursor = context.store.checkpoint(*feed).partition(" ")
    if not began.startswith(_UNDER_WAY):
        if cursor and timedelta(0) <= now - datetime.fromisoformat(began) < EVERY:
            return
        began = _UNDER_WAY + now.isoformat()
    for _call in range(MOST_CALLS):
        try:
            page: ChangePage = yield CollectArchived(crm, kind, cursor)
        except LeadpactError as error:
            report.problems.setdefault(crm, f"Deletions were not looked for: {error.message}")
            return
        if cursor:
            report.counts[f"sweep_calls_{crm}"] += 1
        cursor = page.cursor
        if page.done:
            began = began.removeprefix(_UNDER_WAY)
        changes = onto_list(context, page.changes, None, now)
        report.counts["sweep_found"] += len(changes.work)
        changes.checkpoints[feed] = f"{began} {cursor}"
        yield Commit(changes)
        if page.done:
            return
