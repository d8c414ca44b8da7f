"""Records that a run made: kept and told, or taken away again where nobody added anything since (R32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from leadpact.errors import LeadpactError
from leadpact.model.handoff import COUNTED_STEPS
from leadpact.model.link import Intent, Side
from leadpact.model.record import MovedTo, Observation, Record, RecordRef
from leadpact.sync.context import Context
from leadpact.sync.effects import Gather, ReadAdditions, Steps
from leadpact.sync.page import LeadView
from leadpact.sync.plan import wanted_hash
from leadpact.sync.tombstones import end_without_records
from leadpact.sync.undoing import OUT, SINCE, Restoring, UndoLine, UndoOrder, UndoResult

MADE: Final = "record"
"""How a line names the record itself, in place of a field."""
ARCHIVED: Final = "archived"
_KEPT: Final = "the run made this record; it stays unless --created archive takes it away"
_TOLD: Final = "the run made this record and sales was told of it; what was handed over stays"
_RESTORED_THERE: Final = "what an undo took away is restored in the CRM itself"

Additions = Mapping[RecordRef, str]


def look_at_made(
    context: Context,
    order: UndoOrder,
    views: Sequence[LeadView],
    intents: Mapping[str, Sequence[Intent]],
) -> Steps[Additions]:
    """What others added to the records that the run made; asked only where they are to be taken away.

    Raises:
        LeadpactError: a CRM cannot be asked.
    """
    asked: dict[tuple[str, str], list[str]] = {}
    for view in views if order.archive and not order.fields else ():
        for one in intents.get(view.link.id, ()):
            side = made_side(context, view, one)
            if side is not None and side.state == "live" and _offered(context, side.ref):
                asked.setdefault((side.ref.crm, side.ref.kind), []).append(side.ref.id)
    if not asked:
        return {}
    keys = sorted(asked)
    answers = yield Gather(tuple(ReadAdditions(*key, tuple(sorted(asked[key]))) for key in keys))
    found: dict[RecordRef, str] = {}
    for (crm, kind), answer in zip(keys, answers, strict=True):
        if isinstance(answer, LeadpactError):
            raise answer
        found |= {RecordRef(crm, kind, each): phrase for each, phrase in answer.items()}
    return found


def made_side(context: Context, view: LeadView, intent: Intent) -> Side | None:
    """The record that this intent made: of its kind, and with our id on it."""
    if intent.op != "make" or intent.state != "written":
        return None
    name = context.mapping.external_id_field(intent.ref.crm, intent.ref.kind)
    for side in sorted(view.sides.values(), key=lambda one: one.ref):
        if (side.ref.crm, side.ref.kind) != (intent.ref.crm, intent.ref.kind):
            continue
        shown = view.records.get(side.ref)
        if shown is None or shown.fields.get(name) == view.link.external_id:
            return side
    return None


def judge_made(
    context: Context,
    order: UndoOrder,
    view: LeadView,
    mine: Sequence[Intent],
    seen: Mapping[RecordRef, Observation],
    additions: Additions,
    found: Restoring,
) -> list[RecordRef]:
    """Say of each record that the run made, or took away, what becomes of it.

    Returns:
        Records to be taken away; their fields are not put back besides.
    """
    going: list[RecordRef] = []
    if order.fields:
        return going
    for one in mine:
        if one.op == "archive" and one.state == "written":
            found.lines.append(_line(view, one.ref, "not possible", _RESTORED_THERE))
        if one.op != "make" or one.state != "written":
            continue
        side = made_side(context, view, one)
        ref = side.ref if side is not None else one.ref
        result, why = _judged(context, order, view, side, seen, additions, out=found.out)
        if result == ARCHIVED:
            going.append(ref)
            found.fields.pop(ref, None)
            found.lines = [line for line in found.lines if line.ref != ref]
        found.lines.append(_line(view, ref, result, why))
    return going


def _line(view: LeadView, ref: RecordRef, result: UndoResult, why: str) -> UndoLine:
    return UndoLine(view.link.id, ref, MADE, result, None, None, None, why)


def _judged(
    context: Context,
    order: UndoOrder,
    view: LeadView,
    side: Side | None,
    seen: Mapping[RecordRef, Observation],
    additions: Additions,
    *,
    out: bool,
) -> tuple[UndoResult, str]:
    there = seen.get(side.ref) if side is not None else None
    if side is not None and (side.state == "converted" or isinstance(there, MovedTo)):
        merged = isinstance(there, MovedTo) and there.how == "merged"
        how = "merged into another record" if merged else "converted"
        return "never undone", f"the run made this record, and it was {how} since"
    if not order.archive:
        return "never undone", _KEPT
    if side is None or side.state != "live" or not isinstance(there, Record):
        return "not possible", "the record that the run made is not there any more"
    if not _offered(context, side.ref):
        return "not possible", f"records are not taken away in {context.label(side.ref.crm)}"
    if any(one.step in COUNTED_STEPS for one in view.handoffs.values()):
        return "never undone", _TOLD
    if out:
        return "not possible", OUT
    if context.pausing is not None and context.pausing.stop(
        "to_crm", side.ref.crm, side.ref.kind, ""
    ):
        return "not possible", "writing it is paused"
    if side.ref in additions:
        return (
            SINCE,
            f"the run made this record, and somebody added to it since: {additions[side.ref]}",
        )
    return ARCHIVED, ""


def _offered(context: Context, ref: RecordRef) -> bool:
    return "archive" in context.crms[ref.crm].capabilities.ops


def archiving(
    context: Context, order: UndoOrder, view: LeadView, ref: RecordRef, now: datetime
) -> Intent:
    """The journaled write that takes the record away; ``before`` is what it showed."""
    record = view.records[ref]
    return Intent(
        id=context.id(
            "intent", context.run_id, view.link.id, ref, record.version, ARCHIVED, wanted_hash({})
        ),
        run_id=context.run_id,
        link_id=view.link.id,
        ref=ref,
        op="archive",
        before=dict(record.fields),
        wanted={},
        agrees={},
        rule={MADE: f"undo of run {order.run.id}"},
        created_at=now,
    )


def taken_away(context: Context, view: LeadView, ref: RecordRef, now: datetime) -> Side:
    """The side of a record that is not there any more because somebody undid its making.

    Nobody is asked whether it shall be made anew: that was said by the undo. A restore in the CRM revives it (R26).
    """
    side = replace(view.sides[ref], state="buried")
    view.put(side)
    end_without_records(context, view, now)
    return side
