"""Intend, write, settle: journal what is wanted, write it in large batches, settle the answers (R2, R3, R7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leadpact.errors import LeadpactError
from leadpact.model.frozen import Frozen
from leadpact.model.link import WorkItem
from leadpact.model.pause import Pause
from leadpact.model.quick import replace
from leadpact.model.record import Record
from leadpact.ports.state_store import StateChanges
from leadpact.sync.attempt import Attempt
from leadpact.sync.context import Context
from leadpact.sync.earlier_addresses import note_addresses
from leadpact.sync.effects import Commit, Instant, Steps
from leadpact.sync.first_sight import StageVerdict
from leadpact.sync.holding import closed_holds
from leadpact.sync.lead_signals import take_along
from leadpact.sync.observe import read, reads_alike
from leadpact.sync.page import LeadView, settled_stamp
from leadpact.sync.pausing import look_at_pauses
from leadpact.sync.pins import keep_pins
from leadpact.sync.plan import LeadPlan, observed_sides
from leadpact.sync.reassess import confirmed, score_to_keep
from leadpact.sync.report import CycleReport
from leadpact.sync.sending import read_back, reset_first, write_all
from leadpact.sync.settle import settle
from leadpact.sync.turned_away import TurnedAway
from leadpact.sync.undoing import UndoLine
from leadpact.sync.unsettled import agreed_base


@dataclass(slots=True)
class PlannedPage:
    """A page as planned, not yet carried out; ``pauses`` are those it was planned under.

    ``moved``, ``unplanned``: of a saved plan that is applied, leads that have moved since, and that it did not have.
    """

    plans: list[LeadPlan]
    verdicts: dict[str, StageVerdict]
    items: list[WorkItem]
    now: datetime
    deferred: list[WorkItem] = field(default_factory=list)
    pauses: tuple[Pause, ...] = ()
    turned_away: TurnedAway = field(default_factory=TurnedAway)
    scope_news: list[Frozen] = field(default_factory=list)
    left_out: list[LeadView] = field(default_factory=list)
    moved: int = 0
    unplanned: int = 0
    moved_lines: list[UndoLine] = field(default_factory=list)

    def writes(self) -> int:
        """Rows this page would write."""
        return sum(len(plan.intents) for plan in self.plans)


def execute(
    context: Context, page: PlannedPage, report: CycleReport
) -> Steps[LeadpactError | None]:
    """Carry out a planned page.

    Returns:
        The error that should end the cycle once this page is settled (a limit, an outage, a lost answer), or None.
    """
    now: datetime = yield Instant()
    if page.left_out:
        report.counts["out_of_scope"] += len(page.left_out)
        report.counts["unchanged"] += len(page.left_out)
    if page.moved or page.unplanned:
        report.refuse(page.moved, page.unplanned, page.moved_lines)
        page.moved = page.unplanned = 0
    read_at = page.now
    if page.writes() and now - read_at > timedelta(seconds=context.limits.reread_after_s):
        read_at = now
        yield from _drop_moved(context, page)
    if context.mapping.strict:
        _drop_unsettled(context, page)
    _drop_paused(context, page)
    attempts = {intent.id: Attempt(plan, intent) for plan in page.plans for intent in plan.intents}
    changes = _intend(context, page)
    if not attempts:
        settle(context, page.plans, {}, {}, changes, report, now, page.now)
        _close_work(page, changes, set())
        yield Commit(changes)
        return None
    yield Commit(changes)
    ending = yield from reset_first(context, attempts)
    ending = (yield from write_all(context, attempts)) or ending
    now = yield Instant()
    report.note_window(int((now - read_at).total_seconds() * 1000), len(attempts))
    shown = yield from read_back(context, attempts)
    settled = StateChanges()
    unfinished = settle(context, page.plans, attempts, shown, settled, report, now, page.now)
    _look_again(page, attempts)
    _close_work(page, settled, unfinished)
    yield Commit(settled)
    return ending


def _intend(context: Context, page: PlannedPage) -> StateChanges:
    """What is decided and wanted, in one transaction before anything is sent."""
    changes = StateChanges(
        turned_away=page.turned_away.link_ids,
        forgotten=page.turned_away.marks(context, page.now),
        frozen=list(page.scope_news),
    )
    for outside in page.left_out:
        if outside.folded:
            _keep_fold(context, outside, page, changes)
    for plan in page.plans:
        view = plan.view
        if plan.apart:
            _intend_apart(plan, changes)
            continue
        link = view.link
        base = agreed_base(context, plan)
        published = confirmed(link.published, view.card)
        if not plan.intents and not plan.unsaid:
            published = view.publish or published
        if not (link.adopted and base is link.base and published is link.published):
            view.link = replace(link, base=base, adopted=True, published=published)
        if plan.judged:
            for side in observed_sides(
                context, plan, page.verdicts.get(view.link.id) or StageVerdict()
            ):
                view.put(side)
        if view.link is not view.stored_link and view.link != view.stored_link:
            changes.links.append(view.link)
        changes.links.extend(view.folded)
        stored = view.stored_sides
        changes.sides.extend([side for ref, side in view.sides.items() if side != stored.get(ref)])
        changes.links.extend(view.let_go)
        note_addresses(context, plan, changes)
        changes.failures.extend(view.ended)
        changes.transitions.extend(view.transitions)
        changes.episodes.extend(view.episodes)
        changes.signals.extend(view.new_signals)
        score = score_to_keep(context, view, plan.fields.facts)
        if score is not None:
            changes.decided.append(score)
        changes.clocks.extend(view.clock_changes)
        changes.claimed.extend(view.claimed)
        changes.holds.extend(view.holds.values())
        changes.holds.extend(closed_holds(view))
        changes.intents.extend(plan.intents)
        changes.closings.extend(view.landed)
        changes.notices.extend(view.notices)
        keep_pins(view, changes)
        changes.handoffs.extend(view.handoffs[one] for one in sorted(view.handoff_news))
        for folded in view.folded:
            changes.done.append(WorkItem(folded.id, "merged", page.now, page.now))
    return changes


def _keep_fold(context: Context, view: LeadView, page: PlannedPage, changes: StateChanges) -> None:
    """A lead out of scope is left alone, but whose records somebody joined is known from now on."""
    take_along(context, view)
    changes.signals += view.new_signals
    changes.claimed += view.claimed
    changes.links += [view.link, *view.folded]
    changes.sides += view.sides.values()
    changes.done += [WorkItem(one.id, "merged", page.now, page.now) for one in view.folded]
    keep_pins(view, changes)


def _intend_apart(plan: LeadPlan, changes: StateChanges) -> None:
    """What is written apart from all that is agreed leaves that as it is."""
    view = plan.view
    if view.link is not view.stored_link:
        changes.links.append(view.link)
    changes.transitions.extend(view.transitions)
    changes.episodes.extend(view.episodes)
    changes.intents.extend(plan.intents)
    keep_pins(view, changes)


def _drop_paused(context: Context, page: PlannedPage) -> None:
    """Who pressed the stop button, or let it go, since the page was planned is heeded before a row is sent (R38)."""
    if look_at_pauses(context).pauses == page.pauses:
        return
    concerned = {plan.view.link.id for plan in page.plans if plan.intents or plan.view.paused}
    page.deferred.extend(plan.view.work for plan in page.plans if plan.view.link.id in concerned)
    page.plans = [plan for plan in page.plans if plan.view.link.id not in concerned]


def _drop_moved(context: Context, page: PlannedPage) -> Steps[None]:
    """Rows are read again right before their batch; those that moved are merged again later (R7)."""
    refs = tuple(
        intent.ref for plan in page.plans for intent in plan.intents if intent.op != "make"
    )
    if not refs:
        return
    seen = yield from read(context, refs)
    moved = set()
    for plan in page.plans:
        for intent in plan.intents:
            if intent.op == "make":
                continue
            there = seen[intent.ref]
            here = plan.view.records[intent.ref]
            if not isinstance(there, Record) or not reads_alike(context, there, here):
                moved.add(plan.view.link.id)
    if moved:
        page.deferred.extend(plan.view.work for plan in page.plans if plan.view.link.id in moved)
        page.plans = [plan for plan in page.plans if plan.view.link.id not in moved]


def _drop_unsettled(context: Context, page: PlannedPage) -> None:
    """Under ``guard: strict`` a stamp must be settled: an edit in its own second would bear the same one (R7)."""
    young = {
        plan.view.link.id
        for plan in page.plans
        for intent in plan.intents
        if intent.op != "make"
        and intent.ref.crm in context.mapping.strict
        and not settled_stamp(plan.view.records[intent.ref], plan.view.observed_at)
    }
    if young:
        page.deferred.extend(plan.view.work for plan in page.plans if plan.view.link.id in young)
        page.plans = [plan for plan in page.plans if plan.view.link.id not in young]


def _look_again(page: PlannedPage, attempts: Mapping[str, Attempt]) -> None:
    """Leads of which the CRM refused a row because its record had moved are merged again in this cycle (R7)."""
    put_off = {item.link_id for item in page.deferred}
    for attempt in attempts.values():
        work = attempt.plan.view.work
        if attempt.moved and work.link_id not in put_off:
            put_off.add(work.link_id)
            page.deferred.append(work)


def _close_work(page: PlannedPage, changes: StateChanges, unfinished: set[str]) -> None:
    """Leads that ended leave the list; those with an open intent or put off stay."""
    put_off = {item.link_id for item in page.deferred} | unfinished
    again = {item.link_id for item in changes.work}
    ended = {item.link_id for item in changes.done}
    for item in page.items:
        if item.link_id in ended:
            continue
        if item.link_id not in put_off or item.link_id in again:
            changes.done.append(WorkItem(item.link_id, item.cause, page.now, item.due_at))
    rest = put_off.union(again, (item.link_id for item in page.items))
    for view in (plan.view for plan in page.plans):
        if view.link.id not in rest and view.wholly_new():
            # Another record of this person was on the list: this one's own place there has nothing more to ask.
            changes.done.append(WorkItem(view.link.id, view.work.cause, page.now, page.now))
