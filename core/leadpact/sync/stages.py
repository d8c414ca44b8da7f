"""Decide the stage of one lead: verdict of the lattice, refusals, write-backs, contests (R11-R14, R16)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from leadpact.lifecycle.decide import decide
from leadpact.lifecycle.rejection import rejecter
from leadpact.model.quick import replace
from leadpact.model.record import Author, FieldChange
from leadpact.model.stage import (
    Assertion,
    Refusal,
    StageDecision,
    TransitionResult,
    WriteBack,
)
from leadpact.sync.assertions import StageEdit, assertions_of, stage_fields, text
from leadpact.sync.batches import without_batches
from leadpact.sync.context import Context
from leadpact.sync.episodes import follow_deals
from leadpact.sync.field_answers import OVERWRITTEN
from leadpact.sync.first_sight import (
    ENDED,
    StageVerdict,
    chosen_stage,
    chosen_words,
    first_sight,
    newcomers,
)
from leadpact.sync.holding import hold
from leadpact.sync.merged import OVERRULED, overruled
from leadpact.sync.page import LeadView
from leadpact.sync.pins import said_anew
from leadpact.sync.priority import WRITE_BACK_PAUSE, WRITE_BACKS_PER_EPISODE, judge_flag
from leadpact.sync.qualifying import UNCONFIRMED, agreement_says, hold_waiting, unmet_of
from leadpact.sync.returning import aged, lost
from leadpact.sync.stage_moves import move, supply_reason, told


def judge(
    context: Context,
    view: LeadView,
    edits: Sequence[StageEdit],
    authors: Mapping[tuple[str, str], FieldChange],
    now: datetime,
) -> StageVerdict:
    """Agree on the stage of this lead and note every word that was not followed."""
    verdict = StageVerdict()
    agreed_before = view.link.stage is not None
    if view.link.stage is None:
        first_sight(context, view, verdict, now)
        if view.link.stage is None:
            return verdict
        edits = ()
    if _answered(context, view, edits, authors, now):
        return verdict
    if overruled(view):
        verdict.leave = dict.fromkeys(context.crms, "held")
        return verdict
    heard = without_batches(
        context, view, assertions_of(context, view, list(edits), authors), verdict, now
    )
    if heard is None:
        return verdict
    said = heard + agreement_says(context, view, fresh=not agreed_before)
    said += [*lost(context, view), *(aged(context, view, now) if agreed_before else ())]
    if view.pins:
        said = said_anew(view, said)
    supply_reason(context, view, now)
    if said and _held_after(context, view, verdict, said, edits, now):
        verdict.leave = dict.fromkeys(context.crms, "held")
        return verdict
    follow_deals(context, view, now, known_before=agreed_before)
    if agreed_before:
        newcomers(context, view, verdict, now)
    _keep_contests(context, view, verdict)
    verdict.flag_left = judge_flag(context, view, now)
    return verdict


def _held_after(
    context: Context,
    view: LeadView,
    verdict: StageVerdict,
    said: Sequence[Assertion],
    edits: Sequence[StageEdit],
    now: datetime,
) -> bool:
    """Follow, refuse or hold what was said; True where the stage waits for a person as a whole."""
    agreed = view.link.stage
    decision = decide(agreed, said, context.pact, unmet_of(context, view, said))
    if decision.held:
        shown = {one.crm or "score": one.shown for one in said}
        hold(context, view, "stage", "equal_rank", decision.held, shown, now)
        return True
    for refusal in (*decision.refusals, *_unheard(context, decision, said)):
        _refuse(context, view, verdict, refusal, edits, now)
    hold_waiting(context, view, verdict, decision.waiting, now)
    before = view.link.stage
    if decision.accepted is not None and before is not None and decision.stage != before.stage:
        move(context, view, decision, now)
        # Where sales takes a lead whose criteria were confirmed before, that makes it an SQL at once.
        further = decide(view.link.stage, agreement_says(context, view, fresh=False), context.pact)
        if further.accepted is not None:
            move(context, view, further, now)
    return False


def _unheard(context: Context, decision: StageDecision, said: Sequence[Assertion]) -> list[Refusal]:
    """Edits that say nothing new to the lattice and yet will be put back: that is told, too."""
    if decision.accepted is not None:
        return []
    heard = [refusal.assertion for refusal in (*decision.refusals, *decision.waiting)]
    stages = context.pact.stages
    return [
        Refusal(
            one,
            one.stages[0],
            f"The lead is {stages[decision.stage].label} already; {stages[one.stages[0]].label} "
            "needs a reason that says so.",
            "reason_missing",
        )
        for one in said
        if one.basis in ("edit", "rejection")
        and one.stages
        and decision.stage not in one.stages
        and one not in heard
    ]


def _answered(
    context: Context,
    view: LeadView,
    edits: Sequence[StageEdit],
    authors: Mapping[tuple[str, str], FieldChange],
    now: datetime,
) -> bool:
    """Carry out a person's answer to a held or contested stage; what was edited since is overtaken, and told."""
    answer = view.answer(
        "stage",
        (
            "equal_rank",
            "contested",
            "status_unmapped",
            "stages_differ",
            "opportunity_lost",
            UNCONFIRMED,
            OVERWRITTEN,
            OVERRULED,
        ),
    )
    before = view.link.stage
    if answer is None or before is None:
        return False
    view.link = replace(view.link, stage=replace(before, write_backs=()))
    stage = chosen_stage(context, answer.answer, dict(answer.shown), view)
    if stage and stage != before.stage:
        said = Assertion((stage,), "", "operator", "edit", _operator(), shown=answer.answer)
        owed = stage in ENDED
        move(
            context,
            view,
            StageDecision(
                stage, said, why=chosen_words(context, answer.answer, stage), reason_owed=owed
            ),
            now,
        )
    stands = view.link.stage.stage if view.link.stage is not None else before.stage
    asked = f"A person has answered in review: {context.pact.label(stands)} stands."
    for said in assertions_of(context, view, list(edits), authors):
        if said.basis in ("edit", "rejection") and said.crm and stands not in said.stages:
            meant = said.stages[0] if said.stages else stands
            # The same word may have been said again since, in another field: that is told, too.
            known = said.shown in answer.shown.values()
            later = f"{said.shown!r} came after the question that a person has answered in review."
            why = asked if known else later
            view.transitions.append(told(context, view, said, "overtaken", meant, why, now))
    return True


def _operator() -> Author:
    return Author("person", "operator")


def _refuse(
    context: Context,
    view: LeadView,
    verdict: StageVerdict,
    refusal: Refusal,
    edits: Sequence[StageEdit],
    now: datetime,
) -> None:
    stage = view.link.stage
    said = refusal.assertion
    if stage is None:
        raise ValueError("nothing is refused before a stage was agreed")
    edit = next((one for one in edits if one.crm == said.crm and one.shown == said.shown), None)
    result: TransitionResult = "overtaken" if refusal.code == "overtaken" else "refused"
    if edit is None:
        if refusal.code != "overtaken":
            view.transitions.append(
                told(context, view, said, "refused", refusal.stage, refusal.why, now, said.shown)
            )
        return
    if refusal.code == "unmapped" or not edit.stages:
        hold(
            context,
            view,
            "stage",
            "status_unmapped",
            f"{edit.shown!r} in {context.label(edit.crm)} is not in the stage table; "
            "add a row to the mapping, or set it back.",
            {edit.crm: edit.shown},
            now,
        )
        verdict.leave[edit.crm] = "unmapped"
        return
    if result == "refused" and not _may_write_back(view, edit, refusal, verdict, now):
        return
    verdict.refused[edit.crm] = refusal.why
    if refusal.code == "reason_missing" and said.team == "sales" and view.link.stage is not None:
        by = rejecter(said.crm, said.author) or view.link.owner
        state = replace(view.link.stage, setback_by=by, setback_at=now)
        view.link = replace(view.link, stage=state)
    view.transitions.append(told(context, view, said, result, refusal.stage, refusal.why, now))


def _may_write_back(
    view: LeadView,
    edit: StageEdit,
    refusal: Refusal,
    verdict: StageVerdict,
    now: datetime,
) -> bool:
    """Count a write-back; False where the field is contested instead (R13)."""
    stage = view.link.stage
    if stage is None:
        raise ValueError("nothing is written back before a stage was agreed")
    known = next(
        (one for one in stage.write_backs if (one.crm, one.field) == (edit.crm, edit.field)), None
    )
    source = str(refusal.assertion.author)
    if known is not None and (
        known.contested
        or now - known.at < WRITE_BACK_PAUSE
        or known.times >= WRITE_BACKS_PER_EPISODE
    ):
        contested = replace(known, contested=True, value=edit.shown, source=source)
        verdict.leave[edit.crm] = "contested"
        _remember(view, contested)
        return False
    times = known.times + 1 if known is not None else 1
    _remember(view, WriteBack(edit.crm, edit.field, edit.shown, now, times, source=source))
    return True


def _remember(view: LeadView, one: WriteBack) -> None:
    stage = view.link.stage
    if stage is None:
        raise ValueError("no agreed stage")
    others = tuple(w for w in stage.write_backs if (w.crm, w.field) != (one.crm, one.field))
    view.link = replace(view.link, stage=replace(stage, write_backs=(*others, one)))


def _keep_contests(context: Context, view: LeadView, verdict: StageVerdict) -> None:
    """A contested value that still stands is shown as it stands; nothing is written over it (R13)."""
    stage = view.link.stage
    if stage is None:
        return
    for one in stage.write_backs:
        found = view.primary(one.crm)
        if not one.contested or found is None:
            continue
        shown = stage_fields(context, found[1])
        table = context.mapping.stage_table(one.crm, found[1].ref.kind)
        current = (
            text(shown.get(one.field))
            if one.field == table.own_field
            else " + ".join(
                text(shown.get(name)) for name in table.native_fields if text(shown.get(name))
            )
        )
        if current != one.value:
            continue
        verdict.leave[one.crm] = "contested"
        label = context.pact.stages[stage.stage].label
        hold(
            context,
            view,
            "stage",
            "contested",
            f"Contested by {one.source}: {context.label(one.crm)} shows {one.value!r} again after it was set back; "
            f"agreed is {label}. "
            "Nothing more is written there until a person decides.",
            {one.crm: one.value, "agreed": stage.stage},
            view.observed_at,
        )
