"""What a merge in a CRM makes of the agreement: one stage, the stricter consent, the same merge proposed (R25)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from leadpact.lifecycle.joined import joined_stage
from leadpact.model.link import Hold, Link
from leadpact.model.stage import StageState, Transition
from leadpact.sync.context import Context
from leadpact.sync.episodes import note_move
from leadpact.sync.holding import hold
from leadpact.sync.page import LeadView

PROPOSED: Final = "merge_proposed"
OVERRULED: Final = "merged_disqualified"
OPTED_OUT: Final = "merged_opt_out"
ERASED: Final = "privacy_deletion"
_SPOKEN: Final = "merged"
"""In place of a CRM's name: what the other one of two merged leads was agreed to be."""


def unite(context: Context, view: LeadView, survivor: Link, folded: Link, now: datetime) -> None:
    """Agree on stage and consent of two leads that a person merged in a CRM.

    Args:
        view: the lead that lives on, the other one folded into it already.
        survivor, folded: both as they were agreed before.
    """
    _unite_stages(context, view, survivor.stage, folded.stage, now)
    for name, rule in context.mapping.fields.items():
        if rule.policy != "most_restrictive":
            continue
        said = survivor.base.get(name), folded.base.get(name)
        if True in said:
            view.link = replace(view.link, base={**view.link.base, name: True})
        if True in said and False in said:
            _hold_opt_out(context, view, name, now)


def propose(
    context: Context, view: LeadView, merged_in: str, records: Iterable[str], now: datetime
) -> None:
    """Propose the same merge in the other CRMs, where this person has several records as well; never done by us.

    Args:
        merged_in: the CRM in which a person merged.
        records: ids of the records that were merged there.
    """
    for crm in sorted(context.crms):
        there = sorted(
            side.ref for side in view.sides.values() if side.ref.crm == crm and side.state == "live"
        )
        if crm == merged_in or len(there) < 2:
            continue
        named = " and ".join(f"{ref.kind} {ref.id}" for ref in there)
        hold(
            context,
            view,
            "",
            PROPOSED,
            f"{context.label(merged_in)} merged {' and '.join(sorted(records))} into one. "
            f"{context.label(crm)} still has {named} of this person: merge them there, too. leadpact never "
            "merges records itself; until then one of them is written.",
            {crm: ", ".join(ref.id for ref in there)},
            now,
        )


def keep_asking(context: Context, view: LeadView, now: datetime) -> None:
    """Questions of an earlier merge or privacy deletion that nobody has answered or settled in the CRMs stand on."""
    for one in view.stored_holds:
        if one.cause not in (PROPOSED, OVERRULED, OPTED_OUT, ERASED) or one.status != "waiting":
            continue
        if _stands(context, view, one):
            hold(context, view, one.field, one.cause, one.why, one.shown, now)


def overruled(view: LeadView) -> bool:
    """Whether a disqualification stands against the other lead's stage and nobody has said which is right."""
    return any(one.cause == OVERRULED for one in view.holds.values())


def _stands(context: Context, view: LeadView, one: Hold) -> bool:
    if one.cause == ERASED:
        return True
    if one.cause == OVERRULED:
        return view.link.stage is not None and view.link.stage.stage == one.shown.get("agreed")
    if one.cause == PROPOSED:
        named = {(crm, record) for crm, text in one.shown.items() for record in text.split(", ")}
        live = [s for s in view.sides.values() if s.state == "live" and s.ref in view.records]
        return sum((side.ref.crm, side.ref.id) in named for side in live) > 1
    shown = (view.primary(crm) for crm in context.crms)
    return any(
        context.mapping.read(found[1]).get(one.field) is not True for found in shown if found
    )


def _unite_stages(
    context: Context,
    view: LeadView,
    survivor: StageState | None,
    folded: StageState | None,
    now: datetime,
) -> None:
    if survivor is None or folded is None:
        return
    view.link = replace(view.link, stage=survivor)
    united, other = joined_stage(survivor, folded, context.pact)
    label = context.pact.label
    if united.stage != survivor.stage:
        why = (
            f"Two leads were merged, {label(survivor.stage)} and {label(folded.stage)}: "
            f"{label(united.stage)} stands."
        )
        united = replace(united, why=why, pact_hash=context.pact.hash)
        view.transitions.append(_told(context, view, survivor, united, now))
        note_move(context, view, survivor, united, (), "merge", lost=False)
    view.link = replace(view.link, stage=united)
    if other and other != united.stage:
        hold(
            context,
            view,
            "stage",
            OVERRULED,
            f"Two leads were merged: one was {label(united.stage)}, the other {label(other)}. "
            f"{label(united.stage)} stands until a person says otherwise.",
            {_SPOKEN: other, "agreed": united.stage},
            now,
        )


def _told(
    context: Context, view: LeadView, before: StageState, after: StageState, now: datetime
) -> Transition:
    return Transition(
        id=context.id("transition", view.link.id, "merged", before.stage, after.stage, now),
        link_id=view.link.id,
        at=now,
        result="adopted",
        from_stage=before.stage,
        to_stage=after.stage,
        actor="merge",
        crm="",
        why=after.why,
        reason=after.reason,
        episode=after.episode,
        pact_hash=context.pact.hash,
        run_id=context.run_id,
    )


def _hold_opt_out(context: Context, view: LeadView, name: str, now: datetime) -> None:
    hold(
        context,
        view,
        name,
        OPTED_OUT,
        "Two leads were merged, of which one had opted out and the other had not. The opt-out stands for both; "
        "leadpact opts nobody in. It is settled once every CRM shows it, or when it is taken back in all of them.",
        {"agreed": "true"},
        now,
    )
