"""The response clocks of the leads of a page: started, ended, told, and shown on the records of both CRMs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from leadpact.lifecycle.sla import History, brought_up, called_off, handed_over, replay
from leadpact.mapping.values import read_instant
from leadpact.model.record import Native, Record
from leadpact.model.response_clock import STATE_LABELS, ClockState, ResponseClock
from leadpact.model.terms import Known
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.fold import Page
from leadpact.sync.notices import notify
from leadpact.sync.page import LeadView

_ADVANCE: Mapping[ClockState, int] = {
    "running": 1,
    "near_breach": 2,
    "met": 3,
    "breached": 3,
    "stopped": 3,
}


def read_clocks(context: Context, page: Page) -> None:
    """Give each lead of the page the clocks that are stored of it."""
    asked = [view.link.id for view in page.values()]
    asked += [one.id for view in page.values() for one in view.folded]
    stored = context.store.clocks_of(asked)
    for view in page.values():
        view.stored_clocks = tuple(stored.get(view.link.id, ()))
        view.clocks = view.stored_clocks
        view.folded_clocks = tuple(
            clock for one in view.folded for clock in stored.get(one.id, ())
        )


def judge_clocks(
    context: Context, view: LeadView, facts: Mapping[str, Known], now: datetime
) -> None:
    """Bring the clocks of this lead up to what is known now, and say what came of them since."""
    view.clock_changes.clear()
    view.clock_news.clear()
    view.clock_changes.extend(
        called_off(one, "merged", now) for one in view.folded_clocks if one.ended_at is None
    )
    state = view.link.stage
    if context.go_live is None or state is None:
        return
    if view.link.status != "live" or not view.records:
        view.clocks = tuple(called_off(one, "deleted", now) for one in view.stored_clocks)
    elif view.stored_clocks or view.stage_moved or _lane_while_waiting(context, view):
        history = History(
            view.link.id,
            _whole_story(context, view),
            view.signals,
            state.stage,
            state.since,
            context.go_live,
            now,
        )
        calendar = context.pact.response.calendar_of(facts)
        found = replay(history, context.pact, calendar, view.stored_clocks)
        view.clocks = brought_up(view.stored_clocks, found)
    _tell(context, view, now)
    view.clock_changes.extend(one for one in view.clocks if one not in view.stored_clocks)


def _lane_while_waiting(context: Context, view: LeadView) -> bool:
    """Whether somebody who waits already has asked again, at or after go-live."""
    if view.link.stage is None or not handed_over(context.pact, view.link.stage.stage):
        return False
    lanes, since = context.pact.fast_lanes, context.go_live
    return since is not None and any(
        one.name in lanes and one.at >= since for one in view.signals
    )


def _whole_story(context: Context, view: LeadView) -> list:
    told = {one.id: one for one in context.store.transitions(view.link.id)}
    told.update({one.id: one for one in view.transitions})
    return list(told.values())


def _tell(context: Context, view: LeadView, now: datetime) -> None:
    """Note each state that a clock has come to, remind of it, and come back when the next one is due (R20)."""
    clocks = []
    for one in view.clocks:
        state = one.state(now)
        if one.ended_at is None:
            view.timers.extend(at for at in (one.near_at, one.due_at) if at > now)
        if state != one.told:
            view.clock_news.append((one.kind, state))
            if state in ("near_breach", "breached") and one.ended_at is None:
                _remind(context, view, one, state, now)
            one = replace(one, told=state)
        clocks.append(one)
    view.clocks = tuple(clocks)


def _remind(
    context: Context, view: LeadView, one: ResponseClock, state: ClockState, now: datetime
) -> None:
    what = "First contact" if one.kind == "contact" else "Qualification"
    late = "is overdue" if state == "breached" else "is due soon"
    key = f"{one.kind}:{one.episode}:{one.due_at.isoformat()}"
    zone = context.pact.response.calendars[one.calendar].zone if one.calendar in context.pact.response.calendars else None
    due = one.due_at.astimezone(zone) if zone is not None else one.due_at
    notify(
        context,
        view,
        "breach" if state == "breached" else "near_breach",
        key,
        f"{what} {late}: {one.label}",
        [
            f"{what} was due at {due:%Y-%m-%d %H:%M} ({due.tzname()})."
            if state == "breached"
            else f"{what} is due at {due:%Y-%m-%d %H:%M} ({due.tzname()}).",
        ],
        now,
        owner=one.owner,
    )


def response_writes(
    context: Context, view: LeadView, crm: str, kind: str, record: Record | None
) -> dict[str, tuple[Native, str]]:
    """Due time, tier, state and first contact, as one group: written when they change, or where the record is behind.

    A record that a person set further than we have it stays as it is until the clock itself moves.
    """
    one = next((each for each in reversed(view.clocks) if each.kind == "contact"), None)
    if one is None:
        return {}
    outputs = context.mapping.outputs(crm, kind)
    schemas = context.crms[crm].schemas[kind].fields
    values: dict[str, Native] = {
        "sla_due_at": _shown(one.due_at),
        "sla_state": one.told,
        "sla_tier": one.label,
        "sla_contacted_at": _shown(one.ended_at) if one.ended_at and one.answered else None,
    }
    names = {
        output: name
        for output, name in outputs.items()
        if output in values and name in schemas and (record is None or name in record.fields)
    }
    if not names or (record is not None and not _behind(record, names, one)):
        return {}
    why = f"{STATE_LABELS[one.told].lower()}: {one.label}"
    wanted: dict[str, tuple[Native, str]] = {}
    for output, name in names.items():
        value = values[output]
        if record is None and value is None:
            continue
        if record is None or not _same(output, record.fields[name], value):
            wanted[name] = (value, why)
    return wanted


def _behind(record: Record, names: Mapping[str, str], one: ResponseClock) -> bool:
    """Whether the record shows an earlier clock than this one, an earlier state of it, or none."""
    due = _instant(record.fields.get(names.get("sla_due_at", "")))
    if "sla_due_at" in names and (due is None or due < one.due_at.replace(microsecond=0)):
        return True
    shown = text(record.fields.get(names.get("sla_state", "")))
    if "sla_state" not in names:
        return False
    return shown != one.told and _ADVANCE.get(shown, 0) <= _ADVANCE[one.told]  # type: ignore[call-overload]


def _same(output: str, shown: Native, wanted: Native) -> bool:
    if output in ("sla_due_at", "sla_contacted_at"):
        return _instant(shown) == _instant(wanted)
    return text(shown) == text(wanted)


def _shown(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(value: Native) -> datetime | None:
    try:
        found = read_instant(value) if value not in (None, "") else None
    except ValueError:
        return None
    return None if found is None else found.replace(microsecond=0)
