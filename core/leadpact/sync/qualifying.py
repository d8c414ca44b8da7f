"""A lead's criteria within a page: how it stands, what the agreement says by them, what waits (S71..S82, K4, K17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from leadpact.lifecycle.confirmation import Unmet
from leadpact.lifecycle.qualification import proof_words, qualify, way_to_sql
from leadpact.model.record import Author, Known, Unknown
from leadpact.model.stage import Assertion, Refusal
from leadpact.pact.qualification import Qualification
from leadpact.sync.assertions import news
from leadpact.sync.context import Context
from leadpact.sync.first_sight import FOUND_SO, StageVerdict
from leadpact.sync.holding import hold
from leadpact.sync.page import LeadView
from leadpact.sync.reassess import may_reassess

UNCONFIRMED: Final = "unconfirmed_sql"
"""Cause of the hold on sales' word for an SQL, or an opportunity, whose criteria are not confirmed."""


def qualify_view(
    context: Context, view: LeadView, facts: Mapping[str, Known], now: datetime
) -> None:
    """Note on the view how this lead stands against its criteria; a date among the answers sets a timer (R20).

    Beyond an opportunity nothing is asked any more.
    """
    view.criteria_told = None
    rules, state = context.pact.qualification, view.link.stage
    stages = context.pact.stages
    if rules is None or (
        state is not None and stages[state.stage].rank > stages["opportunity"].rank
    ):
        return
    since = state.episode_since if state is not None else None
    view.qualified = qualify(rules, facts, view.signals, context.pact, since, now)
    view.answers_new = _changed(rules, view, facts)
    if view.qualified.next_change_at is not None:
        view.timers.append(view.qualified.next_change_at)


def _changed(rules: Qualification, view: LeadView, facts: Mapping[str, Known]) -> bool:
    """Whether an answer differs from what was agreed of it before this cycle."""
    base = view.link.base
    for name in rules.facts:
        value = facts.get(name)
        if value is not None and not isinstance(value, Unknown) and value != base.get(name):
            return True
    return False


def agreement_says(context: Context, view: LeadView, *, fresh: bool) -> list[Assertion]:
    """The agreement's own word for an SQL, where its criteria, or another way that it names, are met.

    Like a score it moves nobody by what was so before the agreement took effect: until somebody moves it, a lead
    that was adopted as found moves on new answers or acts only (R6, R22). In a later episode, too, answers of the one
    before make nobody an SQL until one of them, or a conversation, is new (R15).

    Args:
        fresh: the stage was agreed in this very cycle.
    """
    rules, qualified, state = context.pact.qualification, view.qualified, view.link.stage
    took_effect = context.evidence_since
    if rules is None or qualified is None or state is None or fresh or took_effect is None:
        return []
    stages = context.pact.stages
    here = stages[state.stage]
    if here.side or here.rank >= stages["sql"].rank:
        return []
    since = max(took_effect, state.episode_since or took_effect)
    moved = state.episode == 1 and state.why != FOUND_SO and state.since >= took_effect
    answers = (
        view.answers_new
        or moved
        or any(one.at >= since and one.name in rules.proofs for one in view.signals)
        or may_reassess(context, view)
    )
    way = way_to_sql(
        rules,
        qualified,
        state.stage,
        context.pact,
        view.card,
        answered=answers,
        acted=view.card is not None and news(context, view),
        replied=_reply(view, rules, max(state.since, took_effect)),
    )
    if not way:
        return []
    return [Assertion(("sql",), "", "agreement", "qualification", Author("ours"), shown=way)]


def _reply(view: LeadView, rules: Qualification, since: datetime) -> str:
    if "reply" not in rules.made_by:
        return ""
    last = next((one for one in reversed(view.signals) if one.name in rules.replies), None)
    if last is None or not since <= last.at <= view.observed_at:
        return ""
    return proof_words(last)


def unmet_of(context: Context, view: LeadView, said: Sequence[Assertion]) -> Unmet | None:
    """What SQL and opportunity still lack; the agreement's own word for an SQL confirms it."""
    rules, qualified = context.pact.qualification, view.qualified
    if rules is None or qualified is None:
        return None
    by_itself = any(one.team == "agreement" and "sql" in one.stages for one in said)
    count = f"{qualified.framework.label} {qualified.confirmed}/{len(qualified.letters)}"
    return Unmet(
        rules.unconfirmed,
        "" if qualified.met or by_itself else f"{qualified.lacking} ({count})",
        ", ".join(qualified.for_opportunity),
    )


def hold_waiting(
    context: Context,
    view: LeadView,
    verdict: StageVerdict,
    waiting: Sequence[Refusal],
    now: datetime,
) -> None:
    """Sales' word for an SQL whose criteria are not confirmed: it stands in its CRM, and waits."""
    for one in waiting:
        said = one.assertion
        hold(context, view, "stage", "unconfirmed_sql", one.why, {said.crm: said.shown}, now)
        verdict.leave[said.crm] = "held"
