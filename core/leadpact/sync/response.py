"""The response clocks of the leads of a page: started, ended, and told of (S86..S91, S112)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from leadpact.lifecycle.sla import History, brought_up, called_off, handed_over, replay
from leadpact.model.response_clock import ClockState, ResponseClock
from leadpact.model.stage import Transition
from leadpact.model.terms import Known
from leadpact.sync.context import Context
from leadpact.sync.fold import Page
from leadpact.sync.notices import notify
from leadpact.sync.page import LeadView

LATELY: Final = timedelta(days=7)
"""How long after an act came to light its lead is looked at for the clock that it started."""


def read_clocks(context: Context, page: Page) -> None:
    """Give each lead of the page the clocks that are stored of it."""
    asked = [view.link.id for view in page.values()]
    asked += [one.id for view in page.values() for one in view.folded]
    stored = context.store.clocks_of(asked)
    for view in page.values():
        view.stored_clocks = tuple(stored.get(view.link.id, ()))
        view.clocks = view.stored_clocks
        view.folded_clocks = tuple(clock for one in view.folded for clock in stored.get(one.id, ()))


def judge_clocks(
    context: Context, view: LeadView, facts: Mapping[str, Known], now: datetime
) -> None:
    """Bring the clocks of this lead up to what is known now, and say what came of them since.

    Without an agreed stage (two leads were merged, and a person must say which holds) what ran runs on.
    """
    view.clock_changes.clear()
    view.clock_news.clear()
    view.clock_changes.extend(
        called_off(one, "merged", now) for one in view.folded_clocks if one.ended_at is None
    )
    state = view.link.stage
    if context.go_live is None:
        return
    if view.link.status != "live" or not view.records:
        view.clocks = tuple(called_off(one, "deleted", now) for one in view.stored_clocks)
    elif state is not None and (
        view.stored_clocks or view.stage_moved or _lane_while_waiting(context, view, now)
    ):
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
        view.clocks = _owned(view, brought_up(view.stored_clocks, found))
    _tell(context, view, now)
    view.clock_changes.extend(one for one in view.clocks if one not in view.stored_clocks)


def _owned(view: LeadView, clocks: tuple[ResponseClock, ...]) -> tuple[ResponseClock, ...]:
    """Whoever has the lead has its running clocks, and those that end now."""
    owner = view.link.owner
    done = {(one.kind, one.started_at) for one in view.stored_clocks if one.ended_at is not None}
    return tuple(
        replace(one, owner=owner)
        if owner and owner != one.owner and (one.kind, one.started_at) not in done
        else one
        for one in clocks
    )


def _lane_while_waiting(context: Context, view: LeadView, now: datetime) -> bool:
    """Whether somebody who waits already has asked again, at or after go-live.

    An act that came to light lately, when the wait was over, counts as well: the clock starts at the act (S86).
    """
    lanes, since = context.pact.fast_lanes, view.news_since(context.go_live)
    if view.link.stage is None or since is None:
        return False
    asked = [one for one in view.signals if one.name in lanes and one.at >= since]
    if not asked or handed_over(context.pact, view.link.stage.stage):
        return bool(asked)
    return any((one.recorded_at or one.at) > now - LATELY for one in asked)


def _whole_story(context: Context, view: LeadView) -> list[Transition]:
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
        clocks.append(replace(one, told=state) if state != one.told else one)
    view.clocks = tuple(clocks)


def _remind(
    context: Context, view: LeadView, one: ResponseClock, state: ClockState, now: datetime
) -> None:
    what = "First contact" if one.kind == "contact" else "Qualification"
    late = "is overdue" if state == "breached" else "is due soon"
    key = f"{one.kind}:{one.episode}:{one.due_at.isoformat()}"
    calendar = context.pact.response.calendars.get(one.calendar)
    due = one.due_at.astimezone(calendar.zone) if calendar is not None else one.due_at
    was = "was" if state == "breached" else "is"
    notify(
        context,
        view,
        "breach" if state == "breached" else "near_breach",
        key,
        f"{what} {late}: {one.label}",
        [f"{what} {was} due at {due:%Y-%m-%d %H:%M} ({due.tzname()}), handed over by {one.cause}."],
        now,
        owner=one.owner,
    )
