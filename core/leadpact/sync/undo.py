"""Undo: a run that puts back what another wrote, through the same intend, write and settle (R32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain

from leadpact.errors import LeadpactError, LeaseLost, Stop, WaitUntil
from leadpact.model.link import Intent, Run, WorkItem
from leadpact.model.pin import NOWHERE, STAGE, Pin
from leadpact.model.record import Author, Observation, Record, RecordRef
from leadpact.model.stage import Assertion, StageDecision, Transition
from leadpact.ports.state_store import StateChanges
from leadpact.sync.assertions import same, stage_fields
from leadpact.sync.backfill_undone import ACTOR, UNDO
from leadpact.sync.context import Context
from leadpact.sync.effects import Commit, Instant, Steps
from leadpact.sync.execute import PlannedPage, execute
from leadpact.sync.fields import FieldPlan
from leadpact.sync.fold import Page
from leadpact.sync.observe import filled_in, open_page, read
from leadpact.sync.page import LeadView
from leadpact.sync.pausing import look_at_pauses
from leadpact.sync.pins import stage_names
from leadpact.sync.plan import LeadPlan, wanted_hash
from leadpact.sync.recover import recover
from leadpact.sync.releasing import heard_again
from leadpact.sync.report import CycleReport
from leadpact.sync.same import same_native
from leadpact.sync.scoping import kept_out_by
from leadpact.sync.stage_moves import move
from leadpact.sync.taken import Taken
from leadpact.sync.undo_created import archiving, judge_made, look_at_made
from leadpact.sync.undo_lines import SINCE, left_alone, tell, who
from leadpact.sync.undoing import (
    OUT,
    PAUSED,
    Restoring,
    UndoLine,
    UndoOrder,
    UndoResult,
    agreed_again,
    is_again,
    restoring,
    wrote,
)

ROUNDS = 3


def undo(context: Context, order: UndoOrder) -> Steps[CycleReport]:
    """Put back what a run wrote to the leads of ``context.only``, where it still stands as written.

    With ``context.dry`` nothing is written or committed: the report's lines say what would be done.
    """
    report = CycleReport()
    order = replace(order, again=is_again(order.run, context.store.run))
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
    start = 0
    canary = context.limits.canary if len(leads) > context.limits.canary_above else 0
    while start < len(leads):
        end = start + (canary or size)
        now: datetime = yield Instant()
        items = [WorkItem(one, "only", now, now) for one in leads[start:end]]
        for _round in range(ROUNDS):
            page, lines = yield from _page(context, order, items)
            report.take_plans(page.plans)
            if context.dry:
                tell(report, lines)
                break
            # What was undone is decided anew by the next sync: that is how it is known to stay.
            again = [WorkItem(one.link_id, "review", now, now) for one in items]
            yield Commit(StateChanges(work=again, outcomes=left_alone(context, lines, now)))
            ending = yield from execute(context, page, report)
            put_off = {one.link_id for one in page.deferred}
            tell(report, [one for one in lines if one.link_id not in put_off])
            if ending is not None or not page.deferred:
                break
            items = page.deferred
        else:
            ending = None
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
    for view in page.values():
        mine = intents.get(view.link.id, [])
        out = _out_of_scope(context, page, view)
        written = wrote(mine, _landed_late(context, order, view, seen))
        found = restoring(context, order, view, written, seen, out=out)
        going = judge_made(context, order, view, mine, seen, additions, found)
        _stage(context, order, view, found, now)
        plan = _plan(context, order, view, found, now)
        plan.intents.extend(archiving(context, order, view, ref, now) for ref in going)
        plans.append(plan)
        lines.extend(found.lines)
    lines = yield from who(context, lines)
    return PlannedPage(plans, {}, [], now, pauses=pauses), lines


def _landed_late(
    context: Context, order: UndoOrder, view: LeadView, seen: Mapping[RecordRef, Observation]
) -> set[tuple[RecordRef, str]]:
    """Fields that show what the undone undo put back, also where its write landed after it had ended (R2)."""
    if order.run.kind != "undo":
        return set()
    return {
        (pin.ref, pin.field)
        for pin in context.store.pins([view.link.id])
        if pin.run_id == order.run.id
        and isinstance(record := seen.get(pin.ref), Record)
        and same_native(pin.kept, record.fields.get(pin.field))
    }


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


def _stage(
    context: Context, order: UndoOrder, view: LeadView, found: Restoring, now: datetime
) -> None:
    """Take the agreed stage back with its fields, all of them or none (R32)."""
    state = view.link.stage
    told = [
        one
        for one in context.store.transitions(view.link.id)
        if one.result in ("accepted", "adopted")
    ]
    moves = [
        one
        for one in told
        if one.run_id == order.run.id and one.from_stage and one.from_stage != one.to_stage
    ]
    of_stage = [
        (one.ref, one.field)
        for one in found.lines
        if one.field in stage_names(context, one.ref) and one.result == "put back"
    ]
    asked = not order.fields or bool(of_stage) or "stage" in order.fields
    if state is None or not asked or not (moves or of_stage):
        return
    why = _why_not(context, view, told, moves, found)
    if why is not None:
        kind, words = why
        found.keep(kind, of_stage, words)
        if moves and state.stage != moves[0].from_stage:
            result = kind
            found.lines.append(
                UndoLine(
                    view.link.id, NOWHERE, STAGE, result, moves[-1].to_stage,
                    moves[0].from_stage, state.stage, words, told[-1].actor, told[-1].at,
                )
            )  # fmt: skip
        return
    goal = moves[0].from_stage if moves else state.stage
    if goal != state.stage:
        _move_back(context, order, view, goal, told, moves[0], now)
        found.lines.append(
            UndoLine(
                view.link.id, NOWHERE, STAGE, "put back", state.stage, goal, state.stage,
                "the agreed stage",
            )
        )  # fmt: skip
    if not order.again:
        undone = state.stage if goal != state.stage else ""
        view.pin_news.append(Pin(view.link.id, NOWHERE, STAGE, goal, undone, now, context.run_id))


def _why_not(
    context: Context,
    view: LeadView,
    told: Sequence[Transition],
    moves: Sequence[Transition],
    found: Restoring,
) -> tuple[UndoResult, str] | None:
    """Why the stage stays as it is: (result, sentence); None where it goes back."""
    if found.out:
        return "not possible", OUT
    if any(one.why == PAUSED and one.field in stage_names(context, one.ref) for one in found.lines):
        return "not possible", PAUSED
    stages = context.pact.stages
    if moves and told[-1].id != moves[-1].id and told[-1].to_stage != moves[0].from_stage:
        return SINCE, "the stage has moved since"
    for crm in context.crms:
        there = view.primary(crm)
        if there is None or not there[0].image:
            continue
        side, record = there
        shown = stage_fields(context, record)
        if any(not same(side.image[name], shown[name]) for name in shown if name in side.image):
            return SINCE, f"the stage was changed since in {context.label(crm)}"
    converted = any(side.state == "converted" for side in view.sides.values())
    if moves and converted and stages[moves[-1].to_stage].rank >= stages["sql"].rank:
        return "never undone", "the Lead was converted; that is never undone"
    return None


def _move_back(
    context: Context,
    order: UndoOrder,
    view: LeadView,
    goal: str,
    told: Sequence[Transition],
    first: Transition,
    now: datetime,
) -> None:
    earlier = next(
        (one for one in reversed(told) if one.to_stage == goal and one.at <= first.at), None
    )
    came = [
        one.actor
        for one in told
        if one.to_stage == goal and one.at <= first.at and one.actor != UNDO
    ]
    said = Assertion((goal,), "", UNDO, "edit", Author("ours"), shown=order.run.id)
    why = f"Put back to {context.pact.label(goal)} by the undo of run {order.run.id}."
    reason = earlier.reason if earlier is not None else ""
    move(context, view, StageDecision(goal, said, reason=reason, why=why), now)
    if earlier is not None and view.link.stage is not None:
        state = replace(
            view.link.stage,
            since=earlier.at,
            since_approximate=earlier.result == "adopted",
            # A stage that came from history leaves the CRMs' own fields, also when an undo puts it back (R33).
            native_left=came[-1:] == [ACTOR],
        )
        view.link = replace(view.link, stage=state)


def _plan(
    context: Context, order: UndoOrder, view: LeadView, found: Restoring, now: datetime
) -> LeadPlan:
    agreed, own_forms, unwritten = agreed_again(context, view, found, again=order.again)
    plan = LeadPlan(view, FieldPlan(), judged=False, own_forms=own_forms)
    stored = {(one.ref, one.field): one for one in context.store.pins([view.link.id])}
    for ref, shown in unwritten.items():
        side = view.sides[ref]
        view.put(replace(side, renderings={**side.renderings, **shown}))
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
