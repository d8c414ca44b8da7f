"""Episodes of the leads of a page: what a stage move or a customer's new business makes of them (R17)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from leadpact.lifecycle import episodes
from leadpact.lifecycle.rejection import CLOSED
from leadpact.model.episode import Episode
from leadpact.model.quick import replace
from leadpact.model.stage import StageState, Transition
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView


def known_episodes(context: Context, view: LeadView) -> Sequence[Episode]:
    """The lead's episodes, those of this page included; at least one once a stage is agreed."""
    return with_news(view, context.store.episodes([view.link.id])[view.link.id])


def with_news(view: LeadView, stored: Sequence[Episode]) -> Sequence[Episode]:
    """The same, of those that were read for the whole page."""
    known = {one.number: one for one in (*stored, *view.episodes)}
    state = view.link.stage
    if not known and state is not None:
        return (episodes.first_of(view.link.id, state),)
    return [known[number] for number in sorted(known)]


def note_move(
    context: Context,
    view: LeadView,
    before: StageState,
    after: StageState,
    implied: Sequence[str],
    actor: str,
    *,
    lost: bool,
    intent: str = "",
) -> None:
    """Keep what this move makes of the lead's episodes; called before the link bears the new stage."""
    known = known_episodes(context, view)
    last = known[-1]
    if after.episode > before.episode:
        start = after.episode_since or after.since
        last = episodes.next_of(last, start, "return", actor, after.why, context.pact.hash)
        last = replace(last, number=after.episode)
    last = episodes.after_move(last, before, after, implied, lost=lost)
    if intent and not last.intent:
        last = replace(last, intent=intent)
    put(view, last)


def put(view: LeadView, episode: Episode) -> None:
    """Keep this row of the page; a later one of the same number takes its place."""
    view.episodes = [one for one in view.episodes if one.number != episode.number] + [episode]


def note_reason(context: Context, view: LeadView) -> None:
    """The reason that was owed stands on the episode it ended, too."""
    state = view.link.stage
    if state is None:
        return
    put(view, episodes.explained(known_episodes(context, view)[-1], state))


def follow_deals(context: Context, view: LeadView, now: datetime, *, known_before: bool) -> None:
    """Remember that an opportunity is open, so that its loss is news; a customer's new one is an expansion episode."""
    state, seen = view.link.stage, view.opportunities
    if state is None or not seen.any or state.stage in CLOSED:
        return
    stages = context.pact.stages
    customer = stages[state.stage].rank >= stages["customer"].rank
    if seen.open == state.deal_open:
        return
    if not customer or not known_before:
        # What is found open at first sight is no news (R6).
        if seen.open:
            view.link = replace(view.link, stage=replace(state, deal_open=True))
        return
    if seen.open:
        _expand(context, view, state, now)
    else:
        _end_expansion(context, view, state, now)


def _expand(context: Context, view: LeadView, state: StageState, now: datetime) -> None:
    known = known_episodes(context, view)
    why = "New business with a customer: an opportunity is open."
    after = replace(state, deal_open=True, deal_wins=view.opportunities.wins)
    if context.go_live is not None:
        after = replace(after, episode=state.episode + 1, episode_since=now)
        number = after.episode
        made = episodes.next_of(known[-1], now, "expansion", "sales", why, context.pact.hash)
        if known[-1].open:
            put(view, replace(known[-1], closed_at=state.since, outcome="won"))
        put(view, replace(made, number=number))
        view.transitions.append(_told(context, view, state, number, why, now))
    view.link = replace(view.link, stage=after)


def _end_expansion(context: Context, view: LeadView, state: StageState, now: datetime) -> None:
    last = known_episodes(context, view)[-1]
    if last.kind == "expansion" and last.open:
        won = view.opportunities.wins > state.deal_wins
        put(view, episodes.expansion_ended(last, now, won=won))
        why = f"The new business with this customer was {'won' if won else 'lost'}."
        view.transitions.append(_told(context, view, state, last.number, why, now))
    view.link = replace(view.link, stage=replace(state, deal_open=False))


def _told(
    context: Context, view: LeadView, state: StageState, number: int, why: str, now: datetime
) -> Transition:
    return Transition(
        id=context.id("transition", view.link.id, "expansion", number, why),
        link_id=view.link.id,
        at=now,
        result="accepted",
        from_stage=state.stage,
        to_stage=state.stage,
        actor="sales",
        crm="",
        why=why,
        episode=number,
        pact_hash=context.pact.hash,
        run_id=context.run_id,
    )
