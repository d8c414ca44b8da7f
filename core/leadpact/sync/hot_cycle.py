"""A cycle of the hot lane alone: between two whole cycles, once a minute (R19)."""

from __future__ import annotations

from datetime import datetime

from leadpact.errors import LeadpactError, LeaseLost, Stop
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context
from leadpact.sync.cycle import (
    carry_out,
    conclude,
    hand_over_due,
    run_row,
    tell_delays,
)
from leadpact.sync.deliver import deliver
from leadpact.sync.effects import Commit, Instant, Steps
from leadpact.sync.hot_lane import HotLane
from leadpact.sync.pausing import look_at_pauses
from leadpact.sync.recover import recover
from leadpact.sync.report import CycleReport
from leadpact.sync.suspending import take_up, unanswered
from leadpact.sync.whole_plan import over_caps

QUIET = frozenset({"window_p95_ms", "suspended_fields", "missing_fields", "duplicates"})
"""Counts that say nothing of what a cycle did."""


def hot_cycle(context: Context) -> Steps[CycleReport]:
    """Look at the hot feeds once, and at no more than one page of whatever else is due.

    Collects no change feed and looks for no deletions: the next whole cycle does. One that found nothing to do leaves
    no row in ``runs``; before the first sync is approved it does nothing at all (R6).
    """
    report = CycleReport()
    now: datetime = yield Instant()
    started = now
    lane = HotLane(context, report, carry_out, over_caps, hand_over_due)
    if not lane.on:
        report.status = "done"
        return report
    ending: LeadpactError | None = None
    try:
        recovered = yield from recover(context, now)
        if recovered:
            report.counts["recovered"] = recovered
        look_at_pauses(context)
        yield from take_up(context, report, now)
        ending = yield from lane.look(now, rest=context.limits.page)
        if ending is None:
            ending = yield from hand_over_due(context, report)
    except LeadpactError as error:
        if isinstance(error, Stop | LeaseLost):
            raise
        ending = error
    yield from deliver(context, report)
    now = yield Instant()
    changes = unanswered(context, report, now)
    conclude(context, report, ending, now)
    tell_delays(report, now - started)
    report.take_counts(lane.plans)
    if ending is not None or any(
        count for name, count in report.counts.items() if name not in QUIET
    ):
        report.counts["hot_lane"] = 1
        report.counts["window_p95_ms"] = report.window_p95()
        changes.runs.append(run_row(context, report, started, now))
    if changes != StateChanges():
        yield Commit(changes)
    return report
