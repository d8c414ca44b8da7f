"""Stage moves as they are kept: the state, the line of the history, the episode (R16, R17)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from leadpact.lifecycle.episodes import reason_told
from leadpact.lifecycle.rejection import CLOSED, rejecter
from leadpact.mapping.stage_table import StageTable
from leadpact.model.link import Side
from leadpact.model.record import Author, Record
from leadpact.model.stage import Assertion, StageDecision, StageState, Transition, TransitionResult
from leadpact.sync.assertions import sub_reason_of, text
from leadpact.sync.context import Context
from leadpact.sync.episodes import note_move, note_reason
from leadpact.sync.first_sight import ENDED
from leadpact.sync.page import LeadView

LAST_MODIFIER = ", who changed the record last"
"""Mark of an author that is inferred: the CRM keeps no history of the field (R12)."""


def move(context: Context, view: LeadView, decision: StageDecision, now: datetime) -> None:
    """Make the decided stage the agreed one; a way out of a side stage opens the next episode (R17)."""
    before = view.link.stage
    accepted = decision.accepted
    if before is None or accepted is None:
        raise ValueError("a move needs an agreed stage and an accepted assertion")
    reopened = before.stage in CLOSED and decision.stage not in CLOSED
    episode = before.episode + (1 if reopened else 0)
    rejected = decision.stage in ENDED
    by = ""
    if rejected and accepted.team == "sales":
        by = rejecter(accepted.crm, accepted.author) or view.link.owner
    if reopened:
        decision = replace(decision, why=f"{_again(context, before, episode)}{decision.why}")
    after = StageState(
        stage=decision.stage,
        since=now,
        episode=episode,
        episode_since=_counts_from(view, now) if reopened else before.episode_since,
        reason=decision.reason if decision.stage in CLOSED else "",
        sub_reason=accepted.sub_reason if decision.stage in CLOSED else "",
        closed_by=by,
        rejected_by=(*before.rejected_by, by)
        if by and by not in before.rejected_by
        else before.rejected_by,
        deal_open=before.deal_open and not rejected,
        reason_owed=decision.reason_owed,
        why=decision.why,
        pact_hash=context.pact.hash,
        priority=bool(view.card is not None and view.card.fast_lane and decision.stage == "mql"),
        write_backs=() if reopened else before.write_backs,
    )
    for implied in decision.implied:
        view.transitions.append(
            told(context, view, accepted, "implied", implied, decision.why, now)
        )
    view.transitions.append(
        replace(
            told(context, view, accepted, "accepted", decision.stage, decision.why, now),
            reason=decision.reason,
            episode=episode,
        )
    )
    note_move(
        context,
        view,
        before,
        after,
        decision.implied,
        actor_text(accepted),
        lost=accepted.basis == "closed_lost",
        intent=accepted.intent,
    )
    view.link = replace(view.link, stage=after)
    view.stage_moved = True


def _counts_from(view: LeadView, now: datetime) -> datetime:
    """From when on engagement counts in the new episode: the first new act that brought the lead back, else now."""
    return view.back.since if view.back is not None else now


def _again(context: Context, before: StageState, episode: int) -> str:
    """What stands first on a lead that comes back: its rejection (R17)."""
    given = reason_told(before.reason, before.sub_reason, context.pact)
    label = given or ("no reason given" if before.reason_owed else context.pact.label(before.stage))
    return f"Episode {episode}, after “{label}” of {before.since.day} {before.since:%b %Y}. "


def supply_reason(context: Context, view: LeadView, now: datetime) -> None:
    """A reason that was owed, or another one, now stands on a record; one that says *out for good* moves it (R16)."""
    stage = view.link.stage
    if stage is None or stage.stage not in ENDED:
        return
    for crm in context.crms:
        found = view.primary(crm)
        if found is None:
            continue
        side, record = found
        table = context.mapping.stage_table(crm, record.ref.kind)
        given, finer = _given(context, side, record, table)
        reason = context.pact.reasons.get(given or stage.reason)
        if reason is None or reason.stage not in ENDED:
            continue
        if (not given or given == stage.reason) and (not finer or finer == stage.sub_reason):
            continue
        told_so = "the owed reason was given" if stage.reason_owed else "a reason was given"
        said = Assertion(
            (reason.stage,),
            crm,
            "sales",
            "rejection",
            Author("person"),
            reason.key,
            shown=reason.key,
            sub_reason=finer,
        )
        if reason.stage != stage.stage:
            lattice = context.pact.lattice
            if lattice.path(stage.stage, reason.stage, "sales", reason=given, basis="rejection"):
                why = f"{told_so[:1].upper()}{told_so[1:]}: {reason.label}."
                move(context, view, StageDecision(reason.stage, said, reason=given, why=why), now)
                return
            continue
        view.link = replace(
            view.link,
            stage=replace(stage, reason=reason.key, reason_owed=False, sub_reason=finer),
        )
        note_reason(context, view)
        view.transitions.append(
            replace(
                told(context, view, said, "accepted", stage.stage, told_so, now), reason=reason.key
            )
        )
        return


def _given(context: Context, side: Side, record: Record, table: StageTable) -> tuple[str, str]:
    """Reason and finer word that somebody has put on the record since it was judged; "" each where nobody has."""
    named, beside = table.reason_field, table.sub_reason_field
    given = text(record.fields.get(named)) if named else ""
    if given == text(side.image.get(named)):
        given = ""
    stage_reason = given or text(record.fields.get(named))
    finer = sub_reason_of(context, record, stage_reason)
    if not given and finer == text(side.image.get(beside)):
        finer = ""
    return given, finer


def actor_text(said: Assertion) -> str:
    """Who spoke, as the history keeps it; an author that is only inferred is marked so."""
    if said.author.kind in ("ours", "unknown"):
        return said.team
    return f"{said.team} ({said.author}{LAST_MODIFIER if said.inferred else ''})"


def told(
    context: Context,
    view: LeadView,
    said: Assertion,
    result: TransitionResult,
    to_stage: str,
    why: str,
    now: datetime,
    mark: str = "",
) -> Transition:
    """One line of the stage history. With ``mark`` the same words make the same line whenever they are said."""
    stage = view.link.stage
    if stage is None:
        raise ValueError("no agreed stage")
    actor = actor_text(said)
    named = (result, stage.stage, to_stage, said.crm, actor, stage.episode, mark or now.isoformat())
    return Transition(
        id=context.id("transition", view.link.id, *named),
        link_id=view.link.id,
        at=now,
        result=result,
        from_stage=stage.stage,
        to_stage=to_stage,
        actor=actor,
        crm=said.crm,
        why=why,
        episode=stage.episode,
        pact_hash=context.pact.hash,
        run_id=context.run_id,
        said_at=said.at,
        signal_id=said.signal_id,
        intent=said.intent,
    )
