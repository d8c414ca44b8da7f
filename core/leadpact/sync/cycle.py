"""One cycle of one pair: recover, collect, then page by page decide, write, settle (DESIGN §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial

from leadpact.errors import LeadpactError, LeaseLost, Stop, WaitUntil
from leadpact.model.link import Run, RunStatus, SavedPlan, WorkItem
from leadpact.ports.state_store import StateChanges
from leadpact.sync.batches import batches_over
from leadpact.sync.collect import collect
from leadpact.sync.collect_signals import collect_signals
from leadpact.sync.context import Context
from leadpact.sync.decide_page import decide_page
from leadpact.sync.deliver import deliver
from leadpact.sync.effects import Commit, Instant, Steps
from leadpact.sync.execute import PlannedPage, execute
from leadpact.sync.fields_in_sight import look_at_new_fields
from leadpact.sync.forecast import beyond_budget
from leadpact.sync.formula_sweep import sweep_formulas
from leadpact.sync.hand_over import hand_over
from leadpact.sync.hot_lane import HotLane
from leadpact.sync.journal_kept import forget_old
from leadpact.sync.pausing import look_at_pauses, resume_work, told_of_pauses
from leadpact.sync.recover import recover
from leadpact.sync.report import CycleReport
from leadpact.sync.retention import retire_old
from leadpact.sync.scoping import look_again_at_scope
from leadpact.sync.streaming import execute_and_decide, only_updates
from leadpact.sync.suspending import stop_blanks, take_up, told, unanswered
from leadpact.sync.sweep import sweep
from leadpact.sync.urgent import opt_outs_first, part_opt_outs
from leadpact.sync.whole_plan import due_pages, over_caps, plan_all

NEWS = ("newly_failed", "newly_held", "moved_since_plan")
ROUNDS = 3
"""How often a lead that was put off within a cycle is looked at again before it waits for the next one."""

OLDER_PLANS = 20
"""How far back proposed plans are looked for; a newer plan takes their place."""


def cycle(context: Context) -> Steps[CycleReport]:
    """Run one cycle to its end, or to the point where it must wait, ask, or stop.

    What was committed stays; the next cycle goes on from there. Only faults of leadpact itself and a
    lost lease raise out of here: a CRM that cannot be reached ends the cycle with status ``waiting``
    and its error in the report.
    """
    report = CycleReport()
    now: datetime = yield Instant()
    yield Commit(StateChanges(runs=[run_row(context, report, now, now)], unplan=True))
    started = now
    try:
        ending = yield from _work(context, report, now)
        if ending is None and report.status == "running":
            ending = yield from hand_over_due(context, report)
    except LeadpactError as error:
        if isinstance(error, Stop | LeaseLost):
            raise
        ending = error
    if not context.dry and not look_at_pauses(context).everything:
        yield from deliver(context, report)
    now = yield Instant()
    changes = unanswered(context, report, now)
    if ending is None and report.status == "running" and not context.only:
        changes.holds.extend(batches_over(context))
    conclude(context, report, ending, now)
    tell_delays(report, now - started)
    report.counts["window_p95_ms"] = report.window_p95()
    report.counts["duplicates"] = context.store.count("duplicates", now)
    if context.dry:
        changes = StateChanges()
    look_at_new_fields(context, report, changes, now)
    forget_old(context, changes, now)
    retire_old(context, changes, now)
    changes.unplan = True
    changes.runs.append(run_row(context, report, started, now))
    if context.dry or report.status == "needs_approval":
        report.plan_id = context.id("plan", context.run_id)
        changes.plans.extend(
            replace(older, status="dropped", lines="[]")
            for older in context.store.plans(OLDER_PLANS)
            if older.status == "proposed"
        )
        changes.plans.append(_saved_plan(context, report, now))
    yield Commit(changes)
    return report


def _work(context: Context, report: CycleReport, now: datetime) -> Steps[LeadpactError | None]:
    if not context.dry:
        report.counts["recovered"] = yield from recover(context, now)
    look_at_pauses(context)
    report.counts["resumed"] = yield from resume_work(context, now)
    yield from look_again_at_scope(context, now)
    hot = HotLane(context, report, carry_out, over_caps, hand_over_due)
    if hot.on:
        yield from take_up(context, report, now)
        ending = yield from hot.look(now)
        if ending is not None:
            return ending
    changed: Counter[tuple[str, str]] = Counter()
    lags: Counter[int] | None = report.delays.setdefault("bulk", Counter()) if hot.on else None
    unread = yield from collect(context, now, changed, lags=lags, between=hot.between)
    report.problems.update({crm: error.message for crm, error in unread.items()})
    for error in unread.values():
        return error
    if not context.only:
        ending = yield from collect_signals(context, report, now, changed, between=hot.between)
        if ending is not None:
            return ending
    if not (context.dry or context.only):
        yield from sweep(context, report, now)
        yield from sweep_formulas(context, report, now)
    if not hot.on:
        yield from take_up(context, report, now)
    due = report.counts["due"] = context.store.count("due", now)
    outgrown, beyond = "", beyond_budget(context, due)
    if beyond:
        report.status = "needs_approval"
        report.note = beyond
        return None
    if context.limits.outgrown(due):
        outgrown = (
            f"Far more has changed than was approved: {due:,} records are due now, "
            f"against {context.limits.approved:,} when the plan was made."
        )
        context.outgrow()
    guarded = context.dry or context.go_live is None or bool(outgrown)
    if guarded or not (context.limits.lifted or due == 0):
        return (yield from _guarded(context, report, now, outgrown, hot))
    return (yield from _streamed(context, report, now, due, hot))


def _guarded(
    context: Context, report: CycleReport, now: datetime, outgrown: str, hot: HotLane
) -> Steps[LeadpactError | None]:
    """Plan everything first; write only if the whole stays within the caps (DESIGN §8, R26, R30, R38)."""
    writing = not context.dry and context.go_live is not None and not outgrown
    planned = yield from plan_all(context, report, now, hot, writing=writing)
    if planned.ending is not None:
        return planned.ending
    if not writing:
        if not context.dry and (report.counts["leads"] or report.intents):
            report.status = "needs_approval"
            report.note = outgrown or "The first sync of a pair needs an approved plan."
        return None
    pages = [*planned.urgent, *planned.kept]
    if planned.tripped:
        report.status = "needs_approval"
        report.note = planned.tripped
        # Who opted out waits for no approval of what else there is to write (R28).
        cap = context.limits.writes(context.store.count("links", now))
        few = sum(page.writes() for page in planned.urgent) <= cap
        pages = planned.urgent if few else []
    elif not planned.whole:
        return (yield from _planned_again(context, report, now, hot))
    return (yield from _write_kept(context, pages, report, hot))


def _write_kept(
    context: Context, kept: list[PlannedPage], report: CycleReport, hot: HotLane
) -> Steps[LeadpactError | None]:
    for page in kept:
        ending = yield from hot.between()
        if ending is not None:
            return ending
        hot.without_done(page)
        ending = yield from carry_out(context, page, report)
        if ending is not None:
            return ending
    return None


def _planned_again(
    context: Context, report: CycleReport, now: datetime, hot: HotLane
) -> Steps[LeadpactError | None]:
    """The plan stays within the caps, but was too large to be kept: page by page once more, under the same caps."""
    again = CycleReport()
    links = cache(partial(context.store.count, "links", now))
    for items in due_pages(context, now):
        ending = yield from hot.between()
        if ending is not None:
            return ending
        page = yield from decide_page(context, items)
        if (yield from stop_blanks(context, again, page.plans, now)):
            page = yield from decide_page(context, items)
        again.take_plans(page.plans)
        tripped = over_caps(context, again, now, links)
        if tripped:
            report.status = "needs_approval"
            report.note = tripped
            return None
        ending = yield from carry_out(context, page, report)
        if ending is not None:
            return ending
    return None


def _streamed(
    context: Context, report: CycleReport, now: datetime, due: int, hot: HotLane
) -> Steps[LeadpactError | None]:
    """Page by page, as an approved or uncapped run goes; a large run writes a canary alone first."""
    canary = context.limits.canary if due > context.limits.canary_above else 0
    pages = due_pages(context, now, first=canary)
    items = next(pages, None)
    ahead: PlannedPage | LeadpactError | None = None
    while items is not None:
        carried = hot.carried
        ending = yield from hot.between()
        if ending is not None:
            return ending
        if isinstance(ahead, LeadpactError):
            raise ahead
        page = ahead if hot.carried == carried else None
        if page is None:
            page = yield from decide_page(context, items)
        if (yield from stop_blanks(context, report, page.plans, now)):
            page = yield from decide_page(context, items)
        report.take_plans(page.plans, len(page.left_out))
        coming = iter(()) if canary else pages
        ending, ahead, following = yield from _carry_out_beside(context, page, report, coming)
        if ending is not None:
            return ending
        if canary:
            if report.counts["newly_failed"] > report.counts["written"]:
                report.status = "needs_approval"
                report.note = (
                    f"The canary page of {len(items)} leads failed for the most part; nothing else was written. "
                    "See `leadpact failures list`."
                )
                return None
            canary, following = 0, next(pages, None)
        items = following
    return None


def _carry_out_beside(
    context: Context,
    page: PlannedPage,
    report: CycleReport,
    pages: Iterator[list[WorkItem]],
) -> Steps[tuple[LeadpactError | None, PlannedPage | LeadpactError | None, list[WorkItem] | None]]:
    """Write and settle a page; the next one is decided meanwhile where it cannot hang on this one.

    Where it can, it is taken off the list only once this one is settled: who was joined here is not looked at twice.
    """
    (*first, page) = opt_outs_first(context, [page])
    following = next(pages, None) if not first and only_updates(context, page) else None
    if following is None:
        for part in (*first, page):
            ending = yield from _carry_out_part(context, part, report)
            if ending is not None:
                return ending, None, None
        return None, None, next(pages, None)
    if look_at_pauses(context).everything:
        return None, None, following
    ending, ahead = yield from execute_and_decide(context, page, report, following)
    if ending is None and page.deferred:
        again = yield from decide_page(context, page.deferred)
        ending = yield from _carry_out_part(context, again, report, ROUNDS - 1)
    return ending, ahead, following


def carry_out(
    context: Context, page: PlannedPage, report: CycleReport
) -> Steps[LeadpactError | None]:
    """Write and settle a planned page, opt-outs first (R28), and what of it had to be decided again.

    Returns:
        What should end the cycle: a limit, an outage.
    """
    for part in opt_outs_first(context, [page]):
        ending = yield from _carry_out_part(context, part, report)
        if ending is not None:
            return ending
    return None


def _carry_out_part(
    context: Context, page: PlannedPage, report: CycleReport, rounds: int = ROUNDS
) -> Steps[LeadpactError | None]:
    for _round in range(rounds):
        if look_at_pauses(context).everything:
            return None
        part_opt_outs(context, page)
        ending = yield from execute(context, page, report)
        if ending is None and any(plan.view.lane_opened for plan in page.plans):
            # A priority lead waits for no other page (R19).
            ending = yield from hand_over_due(context, report, lanes_only=True)
        if ending is not None or not page.deferred:
            return ending
        page = yield from decide_page(context, page.deferred)
    return None


def hand_over_due(
    context: Context, report: CycleReport, *, lanes_only: bool = False
) -> Steps[LeadpactError | None]:
    """Hand over what is due, and let the other CRM say so (R18)."""
    if context.dry or context.go_live is None or look_at_pauses(context).everything:
        return None
    try:
        items = yield from hand_over(context, report, lanes_only=lanes_only)
    except LeadpactError as error:
        if isinstance(error, Stop | LeaseLost):
            raise
        return error
    for start in range(0, len(items), context.limits.page):
        page = yield from decide_page(context, items[start : start + context.limits.page])
        ending = yield from carry_out(context, page, report)
        if ending is not None:
            return ending
    return None


def conclude(
    context: Context, report: CycleReport, ending: LeadpactError | None, now: datetime
) -> None:
    """Status and exit code; the highest that applies wins, but 1 gives way to every other (DESIGN §8)."""
    if ending is not None:
        report.status = "waiting" if isinstance(ending, WaitUntil) else "failed"
        report.note = ending.message
        report.exit_code = ending.exit_code
        if isinstance(ending, WaitUntil):
            report.wait_until = ending.until
            if ending.until is None and ending.seconds is not None:
                report.wait_until = now + timedelta(seconds=ending.seconds)
    elif report.status == "needs_approval":
        report.exit_code = 6
    else:
        report.status = "done"
        news = any(report.counts[one] for one in NEWS)
        report.exit_code = 6 if context.suspended or context.batches else 1 if news else 0
    report.counts.update(context.met())
    report.counts["suspended_fields"] = len(context.suspended)
    report.counts["missing_fields"] = len(report.missing)
    report.note = " ".join(
        filter(
            None,
            (
                report.note,
                told(context, report),
                told_of_pauses(context, report.counts["planned_paused"]),
            ),
        )
    )


def tell_delays(report: CycleReport, took: timedelta) -> None:
    """How long after its change a lead was settled, at most, by lane (R19)."""
    hot, bulk = report.delay_p95("hot"), report.delay_p95("bulk")
    if hot is not None:
        report.counts["hot_leads"] = report.delays["hot"].total()
        report.counts["hot_delay_p95_s"] = hot
    if bulk is not None:
        # Of the bulk lane it is counted when a lead was found; it is settled by the end of the cycle.
        report.counts["bulk_delay_p95_s"] = bulk + int(took.total_seconds())


def run_row(context: Context, report: CycleReport, started: datetime, now: datetime) -> Run:
    """The run as it stands."""
    status: RunStatus = report.status
    return Run(
        id=context.run_id,
        kind="plan" if context.dry else context.applying.kind if context.applying else "sync",
        started_at=started,
        status=status,
        ended_at=None if status == "running" else now,
        counts={name: count for name, count in sorted(report.counts.items()) if count},
        note=report.note,
        pact_hash=context.pact.hash,
        mapping_hash=context.mapping.hash,
    )


def _saved_plan(context: Context, report: CycleReport, now: datetime) -> SavedPlan:
    capped = context.go_live is not None and report.status == "needs_approval"
    return SavedPlan(
        id=report.plan_id,
        run_id=context.run_id,
        created_at=now,
        kind="first_sync" if context.go_live is None else ("capped" if capped else "asked"),
        status="proposed",
        counts={name: count for name, count in sorted(report.counts.items()) if count},
        lines=report.lines_as_text(),
        pact_hash=context.pact.hash,
        mapping_hash=context.mapping.hash,
    )
