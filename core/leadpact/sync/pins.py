"""What an undo put back stays so: the plan without it, the judging without the word that was undone (R32). Pure."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from leadpact.model.pin import NOWHERE, STAGE, Pin
from leadpact.model.record import Native, Record, RecordRef
from leadpact.model.stage import Assertion
from leadpact.ports.state_store import StateChanges
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView
from leadpact.sync.same import Wanted, same_native

SCORE: Final = (
    "score_total",
    "score_fit",
    "score_engagement",
    "grade",
    "breakdown",
    "scored_at",
    "pact_version",
)
"""Outputs that are published as one group (R21)."""
LATE: Final = timedelta(hours=1)
"""No CRM carries out a write later than so after it was sent; those seen took minutes."""
_FACT_GOALS: Final = {
    "conversion": "sql",
    "open_opportunity": "opportunity",
    "closed_won": "customer",
    "closed_lost": "recycled",
}


def stage_names(context: Context, ref: RecordRef) -> frozenset[str]:
    """Fields of this kind of record that show the stage, its reason, its sentence and its flag."""
    table = context.mapping.stage_table(ref.crm, ref.kind)
    outputs = context.mapping.outputs(ref.crm, ref.kind)
    more = (outputs.get(name, "") for name in ("stage", "stage_reason", "priority"))
    return frozenset((*table.stage_fields, *more)) - {""}


def own_names(context: Context, ref: RecordRef) -> frozenset[str]:
    """Fields of this kind of record that are leadpact's own: its outputs and its id."""
    outputs = context.mapping.outputs(ref.crm, ref.kind)
    ours = context.mapping.external_id_field(ref.crm, ref.kind)
    return frozenset((*outputs.values(), ours)) - {""}


def pin_of_stage(view: LeadView) -> Pin | None:
    """The pin that keeps this lead's stage move undone."""
    return next((one for one in view.pins if one.ref == NOWHERE and one.field == STAGE), None)


def said_anew(view: LeadView, said: Sequence[Assertion]) -> list[Assertion]:
    """Without the words that were known when the stage was put back: they would only say the same again."""
    pin = pin_of_stage(view)
    if pin is None or view.link.stage is None or view.link.stage.stage != pin.kept:
        return list(said)
    return [one for one in said if _is_new(view, pin, one)]


def _is_new(view: LeadView, pin: Pin, said: Assertion) -> bool:
    if said.basis in ("edit", "rejection") and said.team not in ("score", "agreement"):
        return True
    if said.team == "score":
        return _acted_since(view, pin.since)
    if said.team == "agreement" and said.basis == "qualification":
        return view.answers_new or _acted_since(view, pin.since)
    goals = said.stages or (_FACT_GOALS.get(said.basis, ""),)
    return pin.undone not in goals


def _acted_since(view: LeadView, since: datetime) -> bool:
    return any((one.recorded_at or one.at) > since for one in view.signals)


def release_moved(context: Context, view: LeadView) -> None:
    """Let go of the pin of a stage that has moved since, and of those of records that are not written.

    Called first of all that is planned of a lead.
    """
    view.released.clear()
    view.pin_news.clear()
    pin = pin_of_stage(view)
    if pin is not None and not _stands(view, pin):
        view.released.append(pin)
    for one in view.pins:
        side, record = view.sides.get(one.ref), view.records.get(one.ref)
        if side is not None and record is not None and not side.primary:
            still_shown(context, view, one, record)


def still_shown(context: Context, view: LeadView, pin: Pin, record: Record) -> bool:
    """Whether the field shows what was put back; otherwise its pin is released.

    A person has changed it since, or the CRM never carried the undo out.
    """
    if pin.field not in record.fields or same_native(pin.kept, record.fields[pin.field]):
        return True
    if not _may_land_yet(context, view, pin, record.fields[pin.field]):
        view.released.append(pin)
    return False


def _stands(view: LeadView, pin: Pin | None) -> bool:
    return pin is not None and view.link.stage is not None and view.link.stage.stage == pin.kept


def put_back_here(view: LeadView, ref: RecordRef, name: str, shown: Native) -> bool:
    """Whether an undo put this value back in this field, and nobody has changed it since."""
    return any(
        pin.ref == ref and pin.field == name and same_native(pin.kept, shown) for pin in view.pins
    )


def _may_land_yet(context: Context, view: LeadView, pin: Pin, shown: Native) -> bool:
    """Whether the undo's write was never seen to be carried out, and the CRM may still do it: its pin waits for it."""
    if not same_native(pin.undone, shown) or view.observed_at - pin.since > LATE:
        return False
    journal = context.store.journal(pin.run_id, [pin.link_id])
    return any(one.ref == pin.ref and one.state != "written" for one in journal)


def keep_pins(view: LeadView, changes: StateChanges) -> None:
    """Note which pins hold no longer and which are new.

    What was put back of a lead that became part of this one stays so on the records that still stand. Its stage does
    not: that was agreed anew of both (R25, R32).
    """
    changes.released.extend(view.released)
    changes.pins.extend(view.pin_news)
    if not view.joined_pins:
        return
    changes.released.extend(view.joined_pins)
    decided = {one.key for one in (*view.released, *view.pin_news)}
    taken = {replace(one, link_id=view.link.id).key for one in view.joined_pins}
    live = {side.ref for side in view.sides.values() if side.state == "live"}
    changes.pins.extend(one for one in view.pins if one.ref in live and one.key in taken - decided)


def stays_put_back(
    context: Context,
    view: LeadView,
    record: Record,
    wanted: Wanted,
    *,
    only: Container[str] | None = None,
) -> Wanted:
    """What is wanted of this record, without what an undo put back and nothing new asks for.

    A pin holds no longer once its field shows something else (a person edited it), or once something else is wanted
    than what was undone (the evidence changed).

    Args:
        only: the fields that were decided on; the pins of others are left as they are. None = all were.
    """
    pinned = [
        one for one in view.pins if one.ref == record.ref and (only is None or one.field in only)
    ]
    if not pinned:
        return wanted
    outputs = context.mapping.outputs(record.ref.crm, record.ref.kind)
    of_score = {outputs[name] for name in SCORE if name in outputs}
    of_stage, ours = stage_names(context, record.ref), own_names(context, record.ref)
    stage_pin = pin_of_stage(view)
    fit = outputs.get("score_fit", "")
    scored_anew = any(
        _acted_since(view, one.since)
        or (one.field == fit and fit in wanted and not same_native(wanted[fit][0], one.undone))
        for one in pinned
        if one.field in of_score
    )
    left = dict(wanted)
    for pin in pinned:
        name = pin.field
        if not still_shown(context, view, pin, record):
            continue
        asked = name in left and not same_native(left[name][0], pin.undone)
        if name in of_score:
            anew = name in left and scored_anew
        elif name in of_stage and stage_pin is not None:
            anew = not _stands(view, stage_pin)
        elif name in ours and not pin.settled:
            # What the undo itself made of it (a clock called off, a handoff dropped) is no new evidence.
            undone = left[name][0] if name in left else pin.undone
            view.pin_news.append(replace(pin, undone=undone, settled=True))
            anew = False
        else:
            anew = asked
        if anew:
            view.released.append(pin)
        else:
            left.pop(name, None)
    return left
