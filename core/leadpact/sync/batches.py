"""Too many like words from one import or person are one batch, which a person lets through or refuses as one (R34).

A batch is a hold of the pair (``link_id`` "") and a hold on the stage of every lead in it. Until it is answered nothing
is decided about the stage of those leads and nobody is handed over; all else goes on, of them and of all others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from leadpact.model.link import Hold
from leadpact.model.stage import Assertion
from leadpact.sync.context import Context
from leadpact.sync.effects import Steps
from leadpact.sync.first_sight import StageVerdict
from leadpact.sync.holding import hold
from leadpact.sync.page import LeadView
from leadpact.sync.plan import LeadPlan
from leadpact.sync.report import CycleReport
from leadpact.sync.stage_moves import actor_text, told
from leadpact.sync.suspending import BY, LIKE, OF_THE_PAIR, asked_about, batch_key

Key: TypeAlias = tuple[str, str, str]
"""(CRM, who, what is shown)."""


def stop_batches(
    context: Context, report: CycleReport, plans: Iterable[LeadPlan], now: datetime
) -> Steps[bool]:
    """Hold every batch of which there are too many words in this cycle.

    Returns:
        True where one was held: what was decided with its words must be decided again.
    """
    if context.limits.lifted:
        return False
    counted: Counter[Key] = Counter(report.likes)
    for plan in plans:
        counted.update(plan.view.asserted)
    holds: list[Hold] = []
    for key, count in sorted(counted.items()):
        if count <= context.limits.like or key in context.batches:
            continue
        crm, actor, shown = key
        found = Hold(
            id=context.id("hold", OF_THE_PAIR, LIKE, *key),
            link_id=OF_THE_PAIR,
            field="stage",
            cause=LIKE,
            why=f"{actor} set {count:,} leads to {shown!r} in {context.label(crm)} at once. Their stages wait, and "
            "nobody is handed over; all else goes on. Accept lets them through, refuse sets them back.",
            shown={crm: shown, BY: actor},
            since=now,
            run_id=context.run_id,
        )
        context.batches[key] = found
        holds.append(found)
    return (yield from asked_about(context, report, holds))


def batches_over(context: Context) -> list[Hold]:
    """Batches of which no lead waits any more, since nothing shows what they were about: they end by themselves.

    Asked at the end of a cycle that did all there was to do: till then leads of a batch may be on their way to be held.
    """
    old = {key: one for key, one in context.batches.items() if one.run_id != context.run_id}
    if not old:
        return []
    waiting = {
        batch_key(one)
        for one in context.store.holds(waiting_only=True)
        if one.link_id and one.cause == LIKE
    }
    over = [key for key in old if key not in waiting]
    return [replace(context.batches.pop(key), status="closed") for key in over]


def without_batches(
    context: Context,
    view: LeadView,
    said: Sequence[Assertion],
    verdict: StageVerdict,
    now: datetime,
) -> list[Assertion] | None:
    """What is left to be judged once batches are heeded; None where the stage of this lead waits for a person."""
    view.asserted.clear()
    words = {
        (one.crm, actor_text(one), one.shown): one
        for one in said
        if one.crm and one.basis in ("edit", "rejection")
    }
    if not words:
        return list(said)
    answer = view.answer("stage", (LIKE,))
    if answer is not None:
        refused = _said_in(words, answer) if answer.answer == "refuse" else None
        if refused is None:
            return list(said)
        why = "A person refused the batch in which this was set."
        stage = refused.stages[0] if refused.stages else ""
        verdict.refused[refused.crm] = why
        view.transitions.append(told(context, view, refused, "refused", stage, why, now))
        return [one for one in said if one is not refused]
    waiting = next((context.batches[key] for key in words if key in context.batches), None)
    waiting = waiting or _waits_still(context, view, words)
    if waiting is not None:
        why = "It is one of many that were set alike at once, and waits with them for one answer."
        hold(context, view, "stage", LIKE, why, waiting.shown, now)
        verdict.leave = dict.fromkeys(context.crms, "held")
        return None
    view.asserted.extend(words)
    return list(said)


def _waits_still(context: Context, view: LeadView, words: Mapping[Key, Assertion]) -> Hold | None:
    """The batch in which this lead was held, where its word stands and who said it can be told no more.

    Salesforce names only who touched a record last, and of a lead that waits all else goes on being written.
    """
    for stored in view.stored_holds:
        if stored.cause == LIKE and stored.status == "waiting" and _said_in(words, stored):
            return context.batches.get(batch_key(stored))
    return None


def _said_in(words: Mapping[Key, Assertion], stored: Hold) -> Assertion | None:
    """The word that a lead's own hold of a batch is about, whoever it is put down to now."""
    crm, _who, shown = batch_key(stored)
    return next((one for key, one in words.items() if (key[0], key[2]) == (crm, shown)), None)
