"""Decide that a lead is due to be handed over, and what keeps it (S12, S83, S84, R18, R36). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from leadpact.lifecycle.episodes import earlier_rejection
from leadpact.lifecycle.first_touch import advice
from leadpact.lifecycle.handoff import QUESTIONS, asked, heat, missing
from leadpact.lifecycle.handoff_text import consent_line, headline, lead_lines
from leadpact.model.handoff import NOTHING_TOLD, Handoff, HandoffCause
from leadpact.model.record import Known
from leadpact.model.scorecard import Signal
from leadpact.scoring import breakdown
from leadpact.sync.context import Context
from leadpact.sync.handoff_fields import shown, shows_stage
from leadpact.sync.holding import hold
from leadpact.sync.notices import notify
from leadpact.sync.owner_changes import judge_owner
from leadpact.sync.owners import receiving
from leadpact.sync.page import LeadView

LACKS_FIELDS = "handoff_lacks_fields"
HANDED_AT = ("mql", "pql")
CUSTOMERS = ("opportunity", "customer", "evangelist")


def judge_handoff(
    context: Context, view: LeadView, facts: Mapping[str, Known], now: datetime
) -> None:
    """Note a handoff that became due in this page, and bring those that wait up to date.

    Nothing is handed over at first sight of what was there before go-live (R6), nor by a lead that moved on.
    """
    rules = context.pact.handoff
    if rules.on and context.go_live is not None:
        _begin(context, view, now)
    for one in list(view.handoffs.values()):
        if one.open:
            after = _looked_at(context, view, one, facts, now)
            if after != one:
                view.handoffs[one.id] = after
                view.handoff_news.add(one.id)
    judge_owner(context, view, now)


def _begin(context: Context, view: LeadView, now: datetime) -> None:
    found = _cause(context, view, now)
    if found is None:
        return
    cause, mark = found
    if ("fast_lane" if cause == "customer_request" else cause) not in context.pact.handoff.on:
        return
    handoff_id = context.id("handoff", view.link.id, cause, mark)
    if handoff_id in view.handoffs:
        return
    for other in list(view.handoffs.values()):
        if other.open and other.step not in ("announcing", "handed"):
            told = "A hotter reason took its place."
            view.handoffs[other.id] = replace(
                other, step="dropped", why=told, next_try=None, headline=NOTHING_TOLD, lines=()
            )
            view.handoff_news.add(other.id)
    episode = view.link.stage.episode if view.link.stage is not None else 1
    view.handoffs[handoff_id] = Handoff(
        handoff_id, view.link.id, cause, now, episode=episode, next_try=now
    )
    view.handoff_news.add(handoff_id)
    view.handoffs_begun += 1
    view.lane_opened = cause == "fast_lane"


def _cause(context: Context, view: LeadView, now: datetime) -> tuple[HandoffCause, str] | None:
    """What hands this lead over now, and what tells it from another time."""
    state, before = view.link.stage, view.stored_link.stage
    if state is None:
        return None
    if state.stage in CUSTOMERS:
        request = _customers_request(context, view, now)
        return ("customer_request", request.id) if request is not None else None
    if state.stage not in HANDED_AT:
        return None
    lane = state.priority
    entered = any(
        one.result == "accepted" and one.to_stage == state.stage for one in view.transitions
    )
    if entered and not _came_back(context, view):
        cause: HandoffCause = "fast_lane" if lane else ("pql" if state.stage == "pql" else "mql")
        return cause, state.since.isoformat()
    if lane and before is not None and before.stage == state.stage and not before.priority:
        act = _lane_act(context, view)
        return ("fast_lane", act.id) if act is not None else None
    return None


def _lane_act(context: Context, view: LeadView) -> Signal | None:
    """The act since go-live that opened the fast lane; one from before is adopted as found (R6)."""
    lane = view.card.fast_lane if view.card is not None else ""
    acts = (one for one in reversed(view.signals) if one.name == lane)
    act = next(acts, None)
    return act if act is not None and _is_news(context, view, act) else None


def _is_news(context: Context, view: LeadView, act: Signal) -> bool:
    since = view.news_since(context.go_live)
    return since is not None and act.at >= since


def _came_back(context: Context, view: LeadView) -> bool:
    """Whether sales put it right, from a stage of its own: the lead is with sales already."""
    before = view.stored_link.stage
    if before is None:
        return False
    stages = context.pact.stages
    return not stages[before.stage].side and stages[before.stage].rank > stages["mql"].rank


def _customers_request(context: Context, view: LeadView, now: datetime) -> Signal | None:
    """A customer's demo request: no MQL, but whoever owns the account hears of it (R36)."""
    lanes = context.pact.fast_lanes
    if context.go_live is None or (view.card is not None and view.card.verdict == "disqualified"):
        return None
    since = max(context.go_live, view.link.stage.since if view.link.stage else context.go_live)
    since = view.news_since(since) or since
    for one in reversed(view.signals):
        lane = lanes.get(one.name)
        if lane is not None and since <= one.at <= now <= one.at + timedelta(days=lane.window_days):
            return one
    return None


def _looked_at(
    context: Context, view: LeadView, one: Handoff, facts: Mapping[str, Known], now: datetime
) -> Handoff:
    """The handoff as things stand now."""
    state = view.link.stage
    if one.step == "handed":
        # The rep has it; this page lets the other CRM say so.
        return replace(one, step="done", next_try=None, headline=NOTHING_TOLD, lines=(), why="")
    if one.step == "announcing":
        return one
    stage = state.stage if state is not None else ""
    if stage not in (CUSTOMERS if one.cause == "customer_request" else HANDED_AT):
        why = f"The lead is {context.pact.label(stage)} now."
        return replace(one, step="dropped", why=why, next_try=None, headline=NOTHING_TOLD, lines=())
    lacking = missing(facts, context.pact.handoff)
    told = _told(context, view, one, facts)
    if lacking and one.cause != "customer_request":
        why = asked(lacking)
        if not _asked_by_creation(context, view, lacking):
            hold(context, view, "handoff", LACKS_FIELDS, f"The handoff waits: {why}", {}, now)
        held = replace(told, step="held", why=why, next_try=None)
        _say(context, view, held, now)
        return held
    crm = receiving(context)
    failed = next((f for f in view.failures if f.crm == crm and f.open), None)
    if failed is not None and view.primary(crm) is None:
        refused = replace(told, step="refused", why=failed.message, next_try=None)
        _say(context, view, refused, now)
        return refused
    if one.step == "pending" and one.why and one.next_try is None:
        found = view.primary(crm)
        if found is None or not shows_stage(context, view.link, found[1]):
            # It was looked for and is not there yet: what brings it on shows in the record.
            return replace(told, step="pending", why=one.why, next_try=None)
    if one.step == "capped" and one.next_try is not None and one.next_try > now:
        return replace(told, step="capped", why=one.why, next_try=one.next_try)
    same = one.step in ("unowned", "refused") and view.link.owner == view.stored_link.owner
    return (
        replace(told, step=one.step, why=one.why, next_try=now)
        if same
        else replace(told, step="pending", why="", next_try=now)
    )


def _asked_by_creation(
    context: Context, view: LeadView, lacking: Sequence[tuple[str, ...]]
) -> bool:
    """Whether the record that sales lacks cannot be made for want of the same fields, which is a hold of its own."""
    crm = receiving(context)
    rule = context.mapping.creation.get(crm)
    return (
        rule is not None
        and crm not in view.crms()
        and all(set(names) <= set(rule.required) for names in lacking)
    )


def _say(context: Context, view: LeadView, one: Handoff, now: datetime) -> None:
    lines = (shown(context, one), *one.lines)
    notify(context, view, "held", f"{one.id}:{one.step}", str(one.headline), lines, now)


def _told(context: Context, view: LeadView, one: Handoff, facts: Mapping[str, Known]) -> Handoff:
    """With its heat and what is said of it as of now."""
    state = view.link.stage
    if state is None:
        return one
    lane = context.pact.fast_lanes.get(view.card.fast_lane) if view.card is not None else None
    why = lane.label if lane is not None else state.why or context.pact.label(state.stage)
    if one.cause == "customer_request":
        lanes = context.pact.fast_lanes
        request = next((one.name for one in reversed(view.signals) if one.name in lanes), "")
        asked_for = lanes[request].label if request else "asks for sales"
        why = f"{context.pact.label(state.stage)}: {asked_for}"
    unread = [
        context.label(record.ref.crm)
        for record in view.records.values()
        if not _shows_consent(context, record.ref.crm, record.ref.kind, record.fields)
    ]
    score = breakdown.text(view.card, view.signals, context.pact) if view.card is not None else ""
    lines = lead_lines(
        facts,
        view.signals,
        context.pact,
        why=why,
        breakdown=score,
        consent=consent_line(facts, unread),
        qualification=(view.qualified.summary,) if view.qualified is not None else (),
        earlier_rejection=_earlier_rejection(context, view, state.episode),
        advice=advice(one.cause, view.card, _unknown_fit(context, view)),
    )
    clock = view.waiting_clock
    hot = heat(view.card, lane=one.cause in ("fast_lane", "customer_request"))
    due = clock.due_at if clock is not None else None
    return replace(one, heat=hot, headline=headline(facts, why), lines=lines, due_at=due)


def _unknown_fit(context: Context, view: LeadView) -> list[str]:
    """What to ask where a rule of fit lacks a fact."""
    if view.card is None or not view.card.unknown:
        return []
    rules = context.pact.scoring.fit
    names = [name for rule in rules if rule.key in view.card.unknown for name in sorted(rule.needs)]
    return [QUESTIONS[name] for name in dict.fromkeys(names) if name in QUESTIONS]


def _earlier_rejection(context: Context, view: LeadView, episode: int) -> str:
    """The last rejection, on top of what is said of somebody who comes back (R17)."""
    if episode < 2:
        return ""
    known = {
        one.number: one for one in context.store.episodes([view.link.id]).get(view.link.id, ())
    }
    known |= {one.number: one for one in view.episodes}
    return earlier_rejection([known[number] for number in sorted(known)], context.pact)


def _shows_consent(context: Context, crm: str, kind: str, fields: Mapping[str, object]) -> bool:
    """Whether the record's answer held its consent field; a CRM that maps none has none to show."""
    rule = context.mapping.fields.get("email_opt_out")
    side = rule.sides.get((crm, kind)) if rule is not None else None
    return side is None or side.field in fields
