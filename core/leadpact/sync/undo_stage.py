"""An undo takes the agreed stage back with its fields, all of them or none (R32). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from leadpact.model.pin import NOWHERE, STAGE, Pin
from leadpact.model.record import Author
from leadpact.model.stage import Assertion, StageDecision, Transition
from leadpact.sync.assertions import same, stage_fields
from leadpact.sync.backfill_undone import ACTOR, UNDO
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView
from leadpact.sync.pins import pin_of_stage, stage_names
from leadpact.sync.stage_moves import move
from leadpact.sync.undoing import (
    OUT,
    PAUSED,
    SINCE,
    Restoring,
    UndoLine,
    UndoOrder,
    UndoResult,
    half_reset,
)


def stage_back(
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
        known = pin_of_stage(view)
        undone = state.stage if goal != state.stage else known.undone if known else ""
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
        if any(
            not same(side.image[name], shown[name]) and not half_reset(context, record, name)
            for name in shown
            if name in side.image
        ):
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
