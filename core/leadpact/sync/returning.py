"""What time and new evidence say of leads: returns, ageing, lost opportunities, reminders (R15-R17, R20)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from leadpact.lifecycle.ageing import ages_at, alarm_of, waits_since
from leadpact.lifecycle.rejection import Return, reminded_from, way_back
from leadpact.model.record import Author
from leadpact.model.stage import Assertion
from leadpact.sync.context import Context
from leadpact.sync.notices import notify
from leadpact.sync.page import LeadView

_RECYCLED: Final = "recycled"


def look_for_return(context: Context, view: LeadView, now: datetime) -> datetime | None:
    """Find whether a recycled lead returns, and say from which instant on its engagement counts.

    Returns:
        The start of what the score counts; None = all.
    """
    state = view.link.stage
    if state is None:
        return None
    if state.stage != _RECYCLED:
        return state.episode_since
    found: Return = way_back(state, view.signals, context.pact, now, context.go_live)
    view.back = found.back
    if found.opens_at is not None:
        view.timers.append(found.opens_at)
    return found.back.since if found.back is not None else state.episode_since


def returned(context: Context, view: LeadView, goal: str, shown: str) -> list[Assertion]:
    """What is said of a lead that new evidence brings back: the stage that its new score makes, else a lead again."""
    card, back = view.card, view.back
    if card is None or back is None or card.verdict == "excluded":
        return []
    names = {lane.signal: lane.label for lane in context.pact.scoring.lanes}
    act = back.acts[-1]
    told = shown or names.get(act.name) or f"{act.name.replace('_', ' ')} after its rejection"
    stage = goal or context.pact.first_stage
    return [
        Assertion(
            (stage,),
            "",
            "score",
            "score",
            Author("ours"),
            at=act.at,
            shown=told,
            signal_id=act.id,
            intent=card.intent or ("high" if card.fast_lane else ""),
        )
    ]


def lost(context: Context, view: LeadView) -> list[Assertion]:
    """An opportunity that was open is so no more, and none is open or won: lost (R17)."""
    state, seen = view.link.stage, view.opportunities
    if state is None or not state.deal_open or not seen.any or seen.open or seen.won:
        return []
    stages = context.pact.stages
    here = stages[state.stage]
    if here.side or here.rank >= stages["customer"].rank:
        return []
    crm = next(
        (ref.crm for ref in view.records if context.crms[ref.crm].capabilities.evidence_kinds),
        "",
    )
    place = context.label(crm)
    shown = "opportunity lost"
    author = Author("person")
    return [Assertion((_RECYCLED,), crm, "sales", "closed_lost", author, shown=shown, place=place)]


def aged(context: Context, view: LeadView, now: datetime) -> list[Assertion]:
    """A lead that nobody worked for as long as the pact allows is recycled; until then the timer is set (R15)."""
    state = view.link.stage
    if state is None or state.stage not in context.pact.rejection.ageing.stages:
        return []
    if view.opportunities.open or view.opportunities.won:
        return []
    since = waits_since(state, view.signals, context.pact, context.go_live)
    due = ages_at(since, context.pact) if since is not None else None
    if due is None:
        return []
    if now < due:
        view.timers.append(due)
        return []
    ageing = context.pact.rejection.ageing
    days = (now - since).days if since is not None else 0
    shown = f"nobody worked it for {days} days"
    said = Assertion(
        (_RECYCLED,), "", "agreement", "ageing", Author("ours"), ageing.reason, shown=shown
    )
    return [said]


def remind(context: Context, view: LeadView, now: datetime) -> None:
    """Reasons that are owed and leads that wait too long, to those whom the pact names (R16, S96, S138)."""
    state = view.link.stage
    if state is None or context.go_live is None:
        return
    if state.reason_owed:
        _remind_of_reason(context, view, now)
    elif state.stage in context.pact.rejection.ageing.stages:
        _tell_of_queue(context, view, now)


def _remind_of_reason(context: Context, view: LeadView, now: datetime) -> None:
    state = view.link.stage
    if state is None:
        return
    key = reminded_from(state)
    label = context.pact.label(state.stage)
    text = [
        f"It was set to {label} without a reason. Pick one on the record: in either CRM it settles this.",
        f"Why it stands so: {state.why}",
    ]
    owner = state.closed_by or view.link.owner
    notify(
        context, view, "reason_owed", key, "A rejection lacks its reason", text, now, owner=owner
    )
    calendar = context.pact.response.calendar_of(view.link.base)
    due = calendar.days_after(state.since, context.pact.rejection.manager_after)
    if now < due:
        view.timers.append(due)
        return
    who = f" by {owner}" if owner else ""
    days = context.pact.rejection.manager_after
    late = [f"Rejected{who}; after {days} business days there is still no reason.", *text]
    subject = "A rejection has lacked its reason for days"
    notify(context, view, "reason_overdue", key, subject, late, now, owner=owner)


def _tell_of_queue(context: Context, view: LeadView, now: datetime) -> None:
    state, ageing = view.link.stage, context.pact.rejection.ageing
    if state is None or ageing.queue_alarm is None:
        return
    since = waits_since(state, view.signals, context.pact, context.go_live)
    if since is None:
        return
    due = alarm_of(context.pact, view.link.base, since)
    if due is None:
        return
    if now < due:
        view.timers.append(due)
        return
    word = "business days" if ageing.business else "days"
    label = context.pact.label(state.stage)
    subject = f"{label} unreviewed for {ageing.queue_alarm} {word}"
    lines = [
        f"It has been {label} since {since:%Y-%m-%d %H:%M} UTC, and nobody got in touch or took it.",
        f"Why it is there: {state.why}",
    ]
    key = f"{state.episode}:{since.isoformat()}"
    notify(context, view, "queue_age", key, subject, lines, now, owner=view.link.owner)
