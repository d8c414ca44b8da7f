"""What a run says of each lead, and when time alone brings it back (DESIGN §1.4, R20)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from leadpact.model.link import Outcome, WorkItem
from leadpact.ports.state_store import StateChanges
from leadpact.sync.attempt import Attempt
from leadpact.sync.context import Context
from leadpact.sync.holding import newly_held
from leadpact.sync.page import LeadView
from leadpact.sync.pausing import PAUSED
from leadpact.sync.plan import LeadPlan
from leadpact.sync.report import CycleReport


def tell_outcomes(
    context: Context,
    plan: LeadPlan,
    mine: Sequence[Attempt],
    states: Sequence[str],
    changes: StateChanges,
    report: CycleReport,
    now: datetime,
) -> None:
    """Add one outcome per attempt, standing failure and hold to ``changes``, and count them."""
    view, run = plan.view, context.run_id
    fresh = newly_held(view)
    report.counts["newly_held"] += len(fresh)
    report.counts["stage_moves"] += int(view.stage_moved)
    for kind, reached in view.clock_news:
        report.counts[f"sla_{kind}_{reached}"] += 1
    if view.looked or view.unlooked:
        report.counts["near_misses"] += view.near_misses
        report.counts["near_miss_looked_up"] += view.looked
        report.counts["near_miss_not_looked_up"] += view.unlooked
    told = False
    for attempt, state in zip(mine, states, strict=True):
        intent = attempt.intent
        if state == "written":
            report.counts["written"] += 1
            report.counts[f"written_{intent.ref.crm}"] += 1
            report.counts["created"] += int(intent.op == "make")
            changes.outcomes.append(
                Outcome(
                    run, intent.link_id, intent.ref.crm, "written", now, fields=tuple(intent.wanted)
                )
            )
            told = True
        elif state == "refused":
            told = True
            cause = next(
                (f.cause for f in changes.failures if f.link_id == intent.link_id and f.open),
                "crm_refused_all",
            )
            report.counts["failed"] += 1
            changes.outcomes.append(
                Outcome(run, intent.link_id, intent.ref.crm, "failed", now, cause)
            )
    for crm, failure in plan.suppressed.items():
        report.counts["failed"] += 1
        told = True
        changes.outcomes.append(
            Outcome(run, view.link.id, crm, "failed", now, failure.cause, failure.fields)
        )
    if view.paused:
        report.counts["paused"] += 1
        told = True
        waits = tuple(sorted(view.paused))
        changes.outcomes.append(Outcome(run, view.link.id, "", "held", now, PAUSED, waits))
    if view.holds:
        report.counts["held"] += 1
        told = True
        for one in view.holds.values():
            changes.outcomes.append(
                Outcome(
                    run, view.link.id, "", "held", now, one.cause, (one.field,) if one.field else ()
                )
            )
    if not told and not mine:
        report.counts["unchanged"] += 1


def set_timer(plan: LeadPlan, changes: StateChanges, unfinished: set[str], now: datetime) -> None:
    """The lead's own next moment (a window that ends, a decay step, a due date) puts it on the list again (R20)."""
    view: LeadView = plan.view
    moments = list(view.timers)
    if view.card is not None and view.card.next_change_at is not None:
        moments.append(view.card.next_change_at)
    if not moments or view.link.id in unfinished:
        return
    due = max(min(moments), now + timedelta(minutes=1))
    work, read_at = view.work, view.observed_at
    # What was put on the list since then, as by a person's answer, stays there.
    changes.done.append(WorkItem(work.link_id, work.cause, read_at, work.due_at, work.attempts))
    changes.work.append(WorkItem(view.link.id, "timer", now, due))
