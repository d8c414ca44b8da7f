"""What is due, page by page, planned as a whole before anything is written, and the caps that a plan may pass (R38)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial

from leadpact.errors import LeadpactError
from leadpact.model.link import WorkItem
from leadpact.ports.state_store import StateChanges
from leadpact.sync.batches import stop_batches
from leadpact.sync.context import Context
from leadpact.sync.decide_page import decide_page
from leadpact.sync.effects import Commit, Steps
from leadpact.sync.execute import PlannedPage
from leadpact.sync.hot_lane import HotLane
from leadpact.sync.pausing import look_at_pauses
from leadpact.sync.report import CycleReport, like_assertions
from leadpact.sync.suspending import stop_blanks
from leadpact.sync.taken import Taken
from leadpact.sync.urgent import has_opt_outs, opt_outs_first


@dataclass(slots=True)
class WholePlan:
    """A whole plan: the pages that can be kept, those with opt-outs apart, and the cap it passes."""

    kept: list[PlannedPage] = field(default_factory=list)
    urgent: list[PlannedPage] = field(default_factory=list)
    tripped: str = ""
    whole: bool = True
    ending: LeadpactError | None = None


def plan_all(
    context: Context, report: CycleReport, now: datetime, hot: HotLane, *, writing: bool
) -> Steps[WholePlan]:
    """Plan all due work; anew without a field that turns out to have turned blank in bulk (R4)."""
    while True:
        made = WholePlan()
        links = cache(partial(context.store.count, "links", now))
        taken = Taken(context.store, context.limits.kept)
        for items in due_pages(context, now):
            made.ending = yield from hot.between()
            if made.ending is not None:
                return made
            page = yield from decide_page(context, items, taken)
            report.take_plans(page.plans, len(page.left_out))
            # What only is shown passes no cap; a plan of everybody would count everybody page by page.
            made.tripped = over_caps(context, report, now, links) if writing else ""
            made.whole = report.counts["leads"] <= context.limits.kept
            parts = opt_outs_first(context, [page])
            if writing and has_opt_outs(context, parts[0]):
                made.urgent.append(parts.pop(0))
            if writing and made.whole and not made.tripped:
                made.kept.extend(parts)
            else:
                made.kept.clear()
            spilled = taken.spilled()
            if spilled is not None:
                yield Commit(spilled)
        blanks = yield from stop_blanks(context, report, (), now)
        batches = yield from stop_batches(context, report, (), now)
        if not (blanks or batches):
            return made
        # Scores and stages were decided with them, too: all of it is planned again without (R4, R34).
        report.forget_plans()
        yield Commit(StateChanges(unplan=True))


def due_pages(context: Context, now: datetime, first: int = 0) -> Iterator[list[WorkItem]]:
    """The due work, earliest first, page by page; with ``only``, those leads alone."""
    if context.only:
        wanted = [WorkItem(link_id, "only", now, now) for link_id in context.only]
        size = context.limits.page
        if not look_at_pauses(context).everything:
            yield from (wanted[i : i + size] for i in range(0, len(wanted), size))
        return
    last: WorkItem | None = None
    while not look_at_pauses(context).everything:
        items = list(context.store.due(now, first or context.limits.page, last))
        first = 0
        if not items:
            return
        last = items[-1]
        yield items


def over_caps(
    context: Context, report: CycleReport, now: datetime, links: Callable[[], int] | None = None
) -> str:
    """Which cap the plan passes, as a sentence; "" within all.

    Args:
        links: tells how many there are, for a plan of many pages; None: they are counted here.
    """
    counts, limits = report.counts, context.limits
    if limits.lifted:
        return ""
    batch = like_assertions(report, limits.like)
    if batch:
        return batch
    caps = (
        ("planned_writes", limits.writes, "records to write"),
        ("planned_stage_moves", limits.stage_moves, "stage moves"),
        ("planned_creates", limits.creates, "records to create"),
        ("planned_handoffs", limits.handoffs, "leads to hand over"),
        ("planned_deletes", limits.deletes, "deletions"),
    )
    # Caps grow with the links; these are counted, a walk through all of them, only where it matters.
    if all(counts[name] <= cap_of(0) for name, cap_of, _what in caps):
        return ""
    count = context.store.count("links", now) if links is None else links()
    for name, cap_of, what in caps:
        cap = cap_of(count)
        if counts[name] > cap:
            return (
                f"The plan has more than {cap} {what}. Look at it, then run `leadpact apply`, "
                "or lift the cap with --max-writes."
            )
    return ""
