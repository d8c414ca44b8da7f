"""Holds: what waits for a person, one row per lead, field and cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from leadpact.model.link import Hold
from leadpact.sync.context import Context
from leadpact.sync.page import NEW_RECORD, LeadView


def hold(
    context: Context,
    view: LeadView,
    field: str,
    cause: str,
    why: str,
    shown: Mapping[str, str],
    now: datetime,
) -> None:
    """Let this wait for a person; a wait that stands already keeps its age and its answer."""
    hold_id = context.id("hold", view.link.id, field, cause)
    for stored in view.stored_holds:
        if stored.id == hold_id and stored.status == "waiting":
            view.holds[hold_id] = replace(stored, why=why, shown=dict(shown))
            return
    view.holds[hold_id] = Hold(
        id=hold_id,
        link_id=view.link.id,
        field=field,
        cause=cause,
        why=why,
        shown=dict(shown),
        since=now,
        run_id=context.run_id,
    )


def closed_holds(view: LeadView) -> list[Hold]:
    """Stored holds that nothing calls for any more: answered and carried out, or gone by themselves."""
    return [
        replace(stored, status="closed")
        for stored in view.stored_holds
        if stored.id not in view.holds and not _waits_for_a_pause(view, stored)
    ]


def _waits_for_a_pause(view: LeadView, stored: Hold) -> bool:
    """Whether nothing could be decided of it now, so that its question and its answer stand (R38)."""
    return bool(view.undecided) and (
        stored.field in view.undecided or (not stored.field and NEW_RECORD in view.undecided)
    )


def newly_held(view: LeadView) -> list[Hold]:
    """Holds that did not wait before this run."""
    known = {stored.id for stored in view.stored_holds if stored.status == "waiting"}
    return [one for one in view.holds.values() if one.id not in known]
