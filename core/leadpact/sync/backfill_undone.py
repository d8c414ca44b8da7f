"""What an undo took back stays so for a backfill as it does for a sync, until it is released (R32, R33). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from leadpact.lifecycle.backfilling import Derived
from leadpact.lifecycle.passes import FIRST_SIGHT
from leadpact.model.record import Record
from leadpact.model.stage import StageState, Transition
from leadpact.sync.context import Context
from leadpact.sync.first_sight import FOUND_SO
from leadpact.sync.page import LeadView
from leadpact.sync.pins import pin_of_stage, stays_put_back, still_shown
from leadpact.sync.same import Wanted

ACTOR: Final = "backfill"
"""The actor of a stage that history showed."""
UNDO: Final = "undo"
"""The actor of a stage that an undo put back."""


def nobody_moved(told: Sequence[Transition], state: StageState) -> bool:
    """Whether the lead stands as it was found, or where a backfill or the undo of one put it.

    Args:
        told: its stage history, oldest first.
    """
    if state.why == FOUND_SO:
        return True
    moves = [one for one in told if one.result in ("accepted", "adopted", "implied")]
    return (
        bool(moves)
        and (moves[0].actor, moves[-1].actor, moves[-1].why) == (FIRST_SIGHT, UNDO, state.why)
        and {one.actor for one in moves[1:]} <= {ACTOR, UNDO}
    )


def stage_stays(view: LeadView, derived: Derived) -> bool:
    """Whether an undo took the lead from the stage that history shows, and nothing has changed since."""
    pin, state = pin_of_stage(view), view.link.stage
    return (
        pin is not None
        and state is not None
        and state.stage == pin.kept
        and derived.stage == pin.undone
    )


def without_undone(context: Context, view: LeadView, record: Record, wanted: Wanted) -> Wanted:
    """What is wanted of this record, without what an undo put back there.

    The mark goes with whatever is written anew, also where an undo had put it back.

    Args:
        record: what it shows, its dates included.
        wanted: without the mark.
    """
    filled = context.mapping.backfill(record.ref.crm, record.ref.kind)
    for pin in view.pins:
        if pin.ref == record.ref and pin.field in filled.fields:
            # No sync reads these: what an undo was killed or refused over would be kept for good.
            still_shown(context, view, pin, record)
    if not view.pins or not wanted:
        return wanted
    kept = stays_put_back(context, view, record, wanted, only=wanted)
    if kept:
        mark = (record.ref, filled.mark)
        view.released.extend(pin for pin in view.pins if (pin.ref, pin.field) == mark)
    return kept
