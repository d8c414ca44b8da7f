"""Undo: a run that puts back what another wrote, through the same intend, write and settle (R32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from leadpact.errors import LeadpactError, LeaseLost, Stop, WaitUntil
from leadpact.model.link import Intent, Run, WorkItem
from leadpact.model.pin import NOWHERE, STAGE, Pin
from leadpact.model.record import Observation, Record, RecordRef
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context
from leadpact.sync.effects import Commit, Instant, Steps
from leadpact.sync.execute import PlannedPage, execute
from leadpact.sync.fields import FieldPlan
from leadpact.sync.fold import Page
from leadpact.sync.landed import fields_done
from leadpact.sync.observe import filled_in, open_page, read
from leadpact.sync.own_hand import Doubt, ours_of
from leadpact.sync.page import LeadView
from leadpact.sync.pausing import look_at_pauses
from leadpact.sync.pins import stage_names
from leadpact.sync.plan import LeadPlan, wanted_hash
from leadpact.sync.recover import recover
from leadpact.sync.releasing import heard_again
from leadpact.sync.report import CycleReport
from leadpact.sync.scoping import kept_out_by
from leadpact.sync.taken import Taken
from leadpact.sync.undo_created import archiving, judge_made, look_at_made
from leadpact.sync.undo_lines import DONE, as_it_ended, left_alone, tell, who
from leadpact.sync.undo_stage import stage_back
from leadpact.sync.undoing import (
    Restoring,
    UndoLine,
    UndoOrder,
    agreed_again,
    is_again,
    restoring,
    with_whole_stage,
    wrote,
)

ROUNDS = 3


def undo(context: Context, order: UndoOrder) -> Steps[CycleReport]:
    """Put back what a run wrote to the leads of ``context.only``, where it still stands as written.

    With ``context.dry`` nothing is written or committed: the report's lines say what would be done.
    """
    report = CycleReport()
    again = is_again(order.run, context.store.run)
    order = with_whole_stage(context, replace(order, again=again))
    started: datetime = yield Instant()
    ending: LeadpactError | None = None
    if not context.dry:
        yield Commit(StateChanges(runs=[_row(context, order, report, started, None)]))
    try:
        if not context.dry:
            report.counts["recovered"] = yield from recover(context, started)
        ending = yield from _all_pages(context, order, report)
    except LeadpactError as error:
        if isinstance(error, Stop | LeaseLost):
            raise
        ending = error
    now: datetime = yield Instant()
    if ending is not None:
        report.status = "waiting" if isinstance(ending, WaitUntil) else "failed"
        report.note, report.exit_code = ending.message, ending.exit_code
    else:
        report.status = "done"
        bad = report.counts["changed_since"] or report.counts["newly_failed"]
        report.exit_code = 1 if bad else 0
    if not context.dry:
        yield Commit(StateChanges(runs=[_row(context, order, report, started, now)]))
    return report


def _row(
    context: Context, order: UndoOrder, report: CycleReport, started: datetime, now: datetime | None
) -> Run:
    return Run(
        id=context.run_id,
        kind="undo",
        started_at=started,
        status=report.status,
        ended_at=now,
        counts={name: count for name, count in sorted(report.counts.items()) if count},
        note=" ".join(filter(None, (f"Undo of run {order.run.id}.", report.note))),
        pact_hash=context.pact.hash,
        mapping_hash=context.mapping.hash,
        undoes=order.run.id,
    )


def _all_pages(
    context: Context, order: UndoOrder, report: CycleReport
) -> Steps[LeadpactError | None]:
    size, leads = context.limits.page, context.only
    ending: LeadpactError | None = None
    start = 0
    canary = context.limits.canary if len(leads) > context.limits.canary_above else 0
    while start < len(leads):
        end = start + (canary or size)
        now: datetime = yield Instant()
        items = [WorkItem(one, "only", now, now) for one in leads[start:end]]
        for count in range(1, ROUNDS + 1):
            page, lines = yield from _page(context, order, items)
            report.take_plans(page.plans)
            if context.dry:
                tell(report, lines)
                break
            # What was undone is decided anew by the next sync: that is how it is known to stay.
            again = [WorkItem(one.link_id, "review", now, now) for one in items]
            yield Commit(StateChanges(work=again, outcomes=left_alone(context, lines, now)))
            ending = yield from execute(context, page, report)
            last = count == ROUNDS or ending is not None
            told, items = as_it_ended(context, page, lines, last=last)
            tell(report, told)
            if last and items:
                late = {one.link_id for one in items}
                untouched = left_alone(context, [one for one in told if one.link_id in late], now)
                yield Commit(StateChanges(outcomes=untouched))
            if last or not items:
                break
        if not context.dry and ending is not None:
            return ending
        if canary and report.counts["newly_failed"] > report.counts["written"]:
            return WaitUntil(
                f"The first {canary} leads failed for the most part; nothing else was put back. "
                "See `leadpact failures list`.",
                code="canary_failed",
            )
        start, canary = end, 0
    return None


def _page(
    context: Context, order: UndoOrder, items: Sequence[WorkItem]
) -> Steps[tuple[PlannedPage, list[UndoLine]]]:
    """What is put back of these leads, and what is not."""
    now: datetime = yield Instant()
    pauses = look_at_pauses(context).pauses
    page = open_page(context, items, now, Taken(context.store))
    intents: dict[str, list[Intent]] = {}
    whose = {one: one for one in page}
    for link_id in page:
        whose |= {one.id: link_id for one in context.store.joined(link_id)}
    for intent in context.store.journal(order.run.id, list(whose)):
        intents.setdefault(whose[intent.link_id], []).append(intent)
    seen = yield from _look(context, page, intents)
    plans: list[LeadPlan] = []
    lines: list[UndoLine] = []
    for view in page.values():
        view.stored_holds, view.failures = (), ()
        for ref in view.sides:
            there = seen.get(ref)
            if isinstance(there, Record):
                view.records[ref] = there
    additions = yield from look_at_made(context, order, list(page.values()), intents)
    landed = yield from _landed_late(context, order, page, intents, seen)
    for view in page.values():
        mine = intents.get(view.link.id, [])
        out = _out_of_scope(context, page, view)
        written = wrote(mine, landed)
        found = restoring(context, order, view, written, seen, out=out)
        going = judge_made(context, order, view, mine, seen, additions, found)
        stage_back(context, order, view, found, now)
        plan = _plan(context, order, view, found, now)
        plan.intents.extend(archiving(context, order, view, ref, now) for ref in going)
        plans.append(plan)
        lines.extend(found.lines)
    lines = yield from who(context, lines)
    return PlannedPage(plans, {}, [], now, pauses=pauses), lines


def _landed_late(
    context: Context,
    order: UndoOrder,
    page: Page,
    intents: Mapping[str, Sequence[Intent]],
    seen: Mapping[RecordRef, Observation],
) -> Steps[set[tuple[RecordRef, str]]]:
    """Fields that show what the undone undo put back by a write that landed after it had ended (R2).

    A person may have set the same: who did is asked.
    """
    doubts: list[Doubt] = []
    for view in page.values() if order.run.kind == "undo" else ():
        lost = [one for one in intents.get(view.link.id, ()) if one.state == "overtaken"]
        pins = context.store.pins([view.link.id]) if lost else ()
        pinned = {(one.ref, one.field) for one in pins if one.run_id == order.run.id}
        for one in lost:
            if isinstance(record := seen.get(one.ref), Record):
                done = frozenset(fields_done(context, one, record))
                names = frozenset(name for name in done if (one.ref, name) in pinned)
                doubts.extend([Doubt(view, one, record, names, done)] if names else [])
    hands = yield from ours_of(context, doubts)
    return {(ref, name) for _intent, ref, name in hands}


def _look(
    context: Context, page: Page, intents: Mapping[str, Sequence[Intent]]
) -> Steps[dict[RecordRef, Observation]]:
    refs = {one.ref for group in intents.values() for one in group if one.ref.id}
    refs |= {
        side.ref
        for view in page.values()
        for side in view.sides.values()
        if side.state == "live" and side.primary
    }
    wanted = sorted(ref for ref in refs if ref.crm in context.crms)
    if not wanted:
        return {}
    also = filled_in(context, chain.from_iterable(intents.values()))
    return (yield from read(context, wanted, also=also))


def _out_of_scope(context: Context, page: Page, view: LeadView) -> bool:
    """Whether nothing of this lead is written, judged as the next sync will (R37)."""
    known = page.frozen.get(view.link.id)
    standing = known if known is not None and known.ended_at is None else None
    if standing is None and not context.mapping.scoped:
        return False
    return kept_out_by(context, view, standing) is not None


def _plan(
    context: Context, order: UndoOrder, view: LeadView, found: Restoring, now: datetime
) -> LeadPlan:
    agreed, own_forms, unwritten = agreed_again(context, view, found, again=order.again)
    plan = LeadPlan(view, FieldPlan(), judged=False, own_forms=own_forms)
    stored = {(one.ref, one.field): one for one in context.store.pins([view.link.id])}
    for ref, shown in unwritten.items():
        side = view.sides[ref]
        view.put(replace(side, renderings={**side.renderings, **shown}))
    left = {(one.ref, one.field) for one in found.lines if one.result not in DONE}
    # Pinned by this very undo, before an edit overtook it.
    view.released.extend(
        one
        for key, one in stored.items()
        if key in left and one.run_id == context.run_id and one.ref != NOWHERE
    )
    for ref, fields in sorted(found.fields.items()):
        if not fields:
            continue
        for name, one in fields.items():
            known = stored.get((ref, name))
            if order.again and known is not None:
                view.released.append(known)
            elif not order.again:
                pin = Pin(view.link.id, ref, name, one.before, one.ours, now, context.run_id)
                view.pin_news.append(pin)
        record = view.records[ref]
        values = {name: one.before for name, one in fields.items()}
        table = context.mapping.stage_table(ref.crm, ref.kind)
        forward = context.crms[ref.crm].capabilities.stage_forward_only.get(ref.kind, "")
        back = bool(forward) and forward in values and table.backward(record.fields, values)
        plan.intents.append(
            Intent(
                id=context.id(
                    "intent", context.run_id, view.link.id, ref, record.version, wanted_hash(values)
                ),
                run_id=context.run_id,
                link_id=view.link.id,
                ref=ref,
                op="reset" if back else "set",
                before={name: record.fields.get(name) for name in values},
                wanted=values,
                agrees={
                    canonical: value
                    for canonical, value in agreed.items()
                    if (mapped := context.mapping.fields[canonical].sides.get((ref.crm, ref.kind)))
                    is not None
                    and mapped.field in values
                },
                rule=dict.fromkeys(values, f"undo of run {order.run.id}"),
                created_at=now,
            )
        )
    # Also where this undo dies before it writes: then the next sync takes up what is pinned no longer.
    links, heard = heard_again(
        context.mapping, view.released, {view.link.id: view.link}, view.sides
    )
    view.link = links.get(view.link.id, view.link)
    for side in heard.values():
        view.put(side)
    kept = stored.get((NOWHERE, STAGE))
    of_stage = (
        name in stage_names(context, one) for one, some in found.fields.items() for name in some
    )
    if order.again and kept is not None and (view.stage_moved or any(of_stage)):
        view.released.append(kept)
    return plan
