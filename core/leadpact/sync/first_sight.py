"""The stage at first sight: equal is adopted in silence, different waits for a person (R6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from leadpact.lifecycle.adopt import adopt
from leadpact.lifecycle.passes import FIRST_SIGHT
from leadpact.mapping import StageTable
from leadpact.model.link import Side
from leadpact.model.quick import replace
from leadpact.model.record import Native, Record
from leadpact.model.stage import StageState, Transition
from leadpact.sync.assertions import stage_fields, text
from leadpact.sync.context import Context
from leadpact.sync.holding import hold
from leadpact.sync.page import LeadView
from leadpact.sync.pins import put_back_here
from leadpact.sync.stage_dates import stage_since

ENDED = ("recycled", "disqualified")
FOUND_SO = "found so in the CRMs"
"""Why of a stage that was adopted as it stood and that nothing has moved since."""


@dataclass(slots=True)
class StageVerdict:
    """What the judging leaves for the plan.

    Attributes:
        leave: CRMs whose stage fields are left as they stand, and why.
        refused: by CRM, why what was said there was not followed; it is told on that CRM's record.
        flag_left: CRMs whose priority flag is left as somebody set it.
    """

    leave: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    flag_left: frozenset[str] = frozenset()


def first_sight(context: Context, view: LeadView, verdict: StageVerdict, now: datetime) -> None:
    """No agreed stage yet: equal is adopted, different is held (R6)."""
    sets: list[tuple[str, ...]] = []
    shown: dict[str, str] = {}
    reason = ""
    for crm in context.crms:
        found = view.primary(crm)
        if found is None:
            continue
        record = found[1]
        table = context.mapping.stage_table(crm, record.ref.kind)
        fields = stage_fields(context, record)
        own = text(fields.get(table.own_field))
        native = " + ".join(
            text(fields[name]) for name in table.native_fields if text(fields.get(name))
        )
        meant, shown[crm] = table.stages_of(fields), own or native
        if own in context.pact.stages:
            if meant and own not in meant:
                # Somebody moved the CRM's own field since ours was written: neither word goes under.
                sets.append(tuple(meant))
                shown[crm] = f"{own}, but {native}"
            meant = (own,)
        if meant is None:
            hold(
                context,
                view,
                "stage",
                "status_unmapped",
                f"{shown[crm]!r} in {context.label(crm)} is not in the stage table; add a row to the mapping.",
                shown,
                now,
            )
            verdict.leave = dict.fromkeys(context.crms, "unmapped")
            return
        if meant:
            sets.append(tuple(meant))
        given = text(fields.get(table.reason_field))
        reason = reason or (given if given in context.pact.reasons else "")
    evidence = _from_evidence(context, view)
    if evidence:
        sets.append(_at_least(context, evidence))
        shown["opportunity"] = evidence
    answer = view.answer("stage", ("stages_differ", "status_unmapped"))
    chosen = chosen_stage(context, answer.answer, shown, view) if answer is not None else ""
    stage = chosen or (adopt(sets, context.pact) if sets else _start(context, view))
    if stage is None:
        told = ", ".join(
            f"{context.label(name)} shows {value or 'nothing'}"
            for name, value in sorted(shown.items())
        )
        hold(
            context,
            view,
            "stage",
            "stages_differ",
            f"At first sight the stages differ: {told}.",
            shown,
            now,
        )
        verdict.leave = dict.fromkeys(context.crms, "held")
        return
    ended = stage in ENDED
    since = None if chosen else stage_since(context, view, stage)
    shown_as = ", ".join(f"{context.label(c)}: {v}" for c, v in sorted(shown.items()) if v)
    view.link = replace(
        view.link,
        stage=StageState(
            stage=stage,
            since=since.at if since is not None else now,
            reason=reason if ended else "",
            why=chosen_words(context, answer.answer, stage)
            if answer is not None and chosen
            else FOUND_SO,
            pact_hash=context.pact.hash,
            since_approximate=not chosen and (since is None or since.approximate),
        ),
    )
    view.transitions.append(
        Transition(
            id=context.id("transition", view.link.id, "adopted", stage),
            link_id=view.link.id,
            at=now,
            result="adopted",
            from_stage="",
            to_stage=stage,
            actor="operator" if chosen else FIRST_SIGHT,
            crm="",
            why=f"shown as {shown_as or 'nothing'}",
            reason=reason if ended else "",
            pact_hash=context.pact.hash,
            run_id=context.run_id,
        )
    )


def newcomers(context: Context, view: LeadView, verdict: StageVerdict, now: datetime) -> None:
    """Records that join a lead whose stage is agreed: what they show has no base and is no edit (R6, R24).

    Where a CRM starts its records (native fields less far on the main line), or what a conversion carried along (a
    stage that was agreed before), is brought up to the agreed stage. Anything else waits for a person and stays.
    So does what a stage field shows that could not be seen when the rest of its record was agreed on (R4).
    """
    state = view.link.stage
    if state is None:
        return
    waiting = any(
        one.field == "stage" and one.cause == "stages_differ" and one.status == "waiting"
        for one in view.stored_holds
    )
    for crm in context.crms:
        found = view.primary(crm)
        if found is None:
            continue
        record, image = found[1], found[0].image
        table = context.mapping.stage_table(crm, record.ref.kind)
        if image and not _come_to_light(table, image, record):
            continue
        fields = stage_fields(context, record)
        own, reason = text(fields.get(table.own_field)), text(fields.get(table.reason_field))
        native = table.stages_of(fields)
        if native is not None and (not reason or state.stage in ENDED):
            carried = bool(own) and not (waiting or image) and _agreed_before(context, view, own)
            ours = not own or own == state.stage or carried
            fits = not native or state.stage in native or (carried and own in native)
            # What a record shows that was out of scope is no start of the CRM's: a person may have set it (R37).
            unheard = found[0].ref in view.unheard
            behind = not (waiting or image or unheard) and _behind(context, native, state)
            written_over = unheard and _written_over(context, view, record)
            if ours and (fits or behind) and not written_over:
                if view.folded and (_merged_now(view) or _both_were_agreed(view)):
                    _tell_joined(context, view, crm, own if carried else "", native, now)
                continue
        shown = " + ".join(text(value) for value in fields.values() if text(value))
        hold(
            context,
            view,
            "stage",
            "stages_differ",
            f"The {record.ref.kind} record {record.ref.id} in {context.label(crm)} "
            f"{_why_now(view, found[0])} "
            f"and shows {shown}; agreed is {context.pact.stages[state.stage].label}.",
            {crm: own or shown, "agreed": state.stage},
            now,
        )
        verdict.leave[crm] = "held"


def _merged_now(view: LeadView) -> bool:
    """Whether a person's merge is what made this lead one with another, now."""
    known = view.stored_sides
    return any(
        side.state == "merged" and (ref not in known or known[ref].state != "merged")
        for ref, side in view.sides.items()
    )


def _both_were_agreed(view: LeadView) -> bool:
    """Whether two agreed leads were found to be one, so that nothing either shows has a base any more."""
    return view.stored_link.adopted and not view.link.adopted


def _tell_joined(
    context: Context, view: LeadView, crm: str, own: str, native: Sequence[str], now: datetime
) -> None:
    """What a record shows gives way where two leads became one, and is told: who typed it may be unheard (R25)."""
    state = view.link.stage
    if state is None:
        return
    if native and state.stage not in native:
        # Our own field may show what was agreed: then it is the CRM's own that somebody set.
        shown = own if own in native else native[0]
    elif own and own != state.stage:
        shown = own
    else:
        return
    label = context.pact.label
    view.transitions.append(
        Transition(
            id=context.id("transition", view.link.id, "joined", crm, shown, now),
            link_id=view.link.id,
            at=now,
            result="overtaken",
            from_stage=state.stage,
            to_stage=shown,
            actor="merge",
            crm=crm,
            why=f"Two leads became one: {context.label(crm)} shows {label(shown)}, and {label(state.stage)} stands.",
            episode=state.episode,
            pact_hash=context.pact.hash,
            run_id=context.run_id,
        )
    )


def _why_now(view: LeadView, side: Side) -> str:
    if side.image:
        return "can be seen whole only now"
    return "is back in scope" if side.ref in view.unheard else "is new to this lead"


def _come_to_light(table: StageTable, image: Mapping[str, Native], record: Record) -> bool:
    fields = record.fields
    unseen = [name for name in table.stage_fields if name not in image]
    return any(fields.get(name) not in (None, "") for name in unseen) if unseen else False


def _behind(context: Context, meant: Sequence[str], state: StageState) -> bool:
    stages = context.pact.stages
    return all(
        stages[stage].rank < stages[state.stage].rank and not stages[stage].side for stage in meant
    )


def _written_over(context: Context, view: LeadView, record: Record) -> bool:
    """Whether the agreed stage, which its native fields mean as a whole, would replace what one of them shows."""
    state, ref = view.link.stage, record.ref
    if state is None or state.native_left:
        return False
    table = context.mapping.stage_table(ref.crm, ref.kind)
    shown = {name: record.fields[name] for name in table.native_fields if name in record.fields}
    left = context.mapping.left_alone.get((ref.crm, ref.kind), frozenset())
    wanted = table.projection(state.stage, reason=state.reason, current=shown)
    return any(
        text(shown[name]) and not put_back_here(view, ref, name, shown[name])
        for name in wanted.keys() & shown.keys() - left
    )


def _agreed_before(context: Context, view: LeadView, stage: str) -> bool:
    stored = (
        context.store.transitions(one) for one in (view.link.id, *(o.id for o in view.folded))
    )
    told = (*chain.from_iterable(stored), *view.transitions)
    return any(
        stage in (one.from_stage, one.to_stage)
        for one in told
        if one.result in ("adopted", "accepted")
    )


def _from_evidence(context: Context, view: LeadView) -> str:
    if view.opportunities.won:
        return "customer" if "customer" in context.pact.stages else ""
    if view.opportunities.open:
        return "opportunity" if "opportunity" in context.pact.stages else ""
    return ""


def _at_least(context: Context, evidence: str) -> tuple[str, ...]:
    """An opportunity says *at least*: a customer with new business stays a customer (R17)."""
    stages = context.pact.stages
    return tuple(key for key, stage in stages.items() if stage.rank >= stages[evidence].rank)


def chosen_stage(context: Context, answer: str, shown: Mapping[str, str], view: LeadView) -> str:
    """The stage a person's answer names: ``set:<stage>`` or ``take:<crm>``.

    Where a CRM's value is shared by several stages, the one nearest to what the others show is meant (R14).
    """
    word, _, rest = answer.partition(":")
    if word == "set":
        return rest if rest in context.pact.stages else ""
    if word != "take" or rest not in shown:
        return ""
    stages = context.pact.stages
    meant = _meant(context, view, shown, rest)
    if not meant and rest in context.crms and context.crms[rest].capabilities.evidence_kinds:
        meant = _meant(context, view, shown, "opportunity")
    others = [
        stages[stage].rank
        for name in shown
        if name != rest
        for stage in _meant(context, view, shown, name)
    ] or [0]
    return min(
        meant,
        key=lambda stage: min(abs(stages[stage].rank - rank) for rank in others),
        default="",
    )


def chosen_words(context: Context, answer: str, stage: str) -> str:
    """The stage that a person's answer named, as a sentence."""
    word, _, rest = answer.partition(":")
    label = context.pact.label(stage)
    if word == "take" and rest in context.crms:
        return f"A person chose in review what {context.label(rest)} shows: {label}."
    return f"A person chose {label} in review."


def _meant(
    context: Context, view: LeadView, shown: Mapping[str, str], name: str
) -> tuple[str, ...]:
    """The stages that one entry of ``shown`` can mean, in the stage table's order."""
    if shown.get(name, "") in context.pact.stages:
        return (shown[name],)
    found = view.primary(name) if name in context.crms else None
    if found is None:
        return ()
    table = context.mapping.stage_table(name, found[1].ref.kind)
    meant = table.stages_of(found[1].fields) or ()
    return tuple(stage for stage in meant if stage in context.pact.stages)


def _start(context: Context, view: LeadView) -> str:
    """Where a lead starts of which no CRM says more: at the first stage, or lower by what little was done (K11)."""
    starts = context.pact.scoring.starts
    if starts and view.signals and all(each.name in starts for each in view.signals):
        ranks = context.pact.lattice.ranks
        return max((starts[each.name] for each in view.signals), key=ranks.__getitem__)
    return context.pact.first_stage
