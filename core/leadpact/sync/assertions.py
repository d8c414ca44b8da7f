"""What the stage fields of both CRMs say since they were last judged, as assertions (R3, R11-R14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from leadpact.lifecycle.actor import team_of
from leadpact.model.link import Side
from leadpact.model.record import Author, FieldChange, Native, Record
from leadpact.model.scorecard import Scorecard, Signal
from leadpact.model.stage import Assertion, Basis, StageState
from leadpact.sync.context import Context
from leadpact.sync.page import LeadView
from leadpact.sync.reassess import may_reassess
from leadpact.sync.returning import returned


@dataclass(frozen=True, slots=True)
class StageEdit:
    """A stage field that no longer shows what was last judged.

    Attributes:
        stages: what the values can mean; empty where the combination is not in the stage table.
        field: the CRM field that changed; its author is asked for.
    """

    crm: str
    side: Side
    field: str
    shown: str
    stages: tuple[str, ...]
    basis: Basis
    reason: str
    sub_reason: str = ""


def stage_fields(context: Context, record: Record) -> dict[str, Native]:
    """The stage fields of a record that can be seen: own picklist, native ones, rejection reason."""
    fields = record.fields
    names = context.mapping.stage_table(record.ref.crm, record.ref.kind).stage_fields
    return {name: fields[name] for name in names if name in fields}


def stage_edits(context: Context, view: LeadView) -> list[StageEdit]:
    """Edits of stage fields since they were last judged, at most one per CRM."""
    if view.link.stage is None:
        return []
    edits = []
    for crm in context.crms:
        found = view.primary(crm)
        if found is not None and found[0].image:
            edit = _edit(context, view.link.stage, *found)
            if edit is not None:
                edits.append(_with_finer_word(context, edit, found[1]))
    return edits


def _edit(context: Context, state: StageState, side: Side, record: Record) -> StageEdit | None:
    agreed = state.stage
    table = context.mapping.stage_table(side.ref.crm, side.ref.kind)
    fields, image = record.fields, side.image
    changed = []
    for name in table.stage_fields:
        if name in fields and name in image:
            judged, value = image[name], fields[name]
            if judged != value and not same(judged, value):
                changed.append(name)
    if not changed:
        return None
    shown = stage_fields(context, record)
    reason = text(shown.get(table.reason_field))
    known = context.pact.reasons.get(reason)
    ends = known is not None and known.stage == "former_customer"
    own = text(shown.get(table.own_field))
    if table.own_field in changed and own and own != agreed:
        stages = (own,) if own in context.pact.stages else ()
        return _as_edit(side, table.own_field, own, stages, reason)
    # An emptied lifecycle stage says nothing, but what stands beside it may (R3).
    native = [
        name
        for name in changed
        if name in table.native_fields and (name != table.order_field or text(shown[name]))
    ]
    if native:
        meant = table.stages_of(shown, changed=native)
        value = " + ".join(
            text(shown.get(name)) for name in table.native_fields if text(shown.get(name))
        )
        undone = table.projection(
            agreed, reason=state.reason, current={n: shown.get(n) for n in table.native_fields}
        )
        if meant is None or (
            (agreed in meant or not meant) and any(text(shown[n]) for n in native if n in undone)
        ):
            # A value that no row explains, though the others beside it do, is not put back unsaid.
            return _as_edit(side, native[0], value, (), reason)
        if meant and agreed not in meant:
            return _as_edit(side, native[0], value, tuple(meant), reason)
    if table.reason_field in changed and ends and agreed != "former_customer":
        return _as_edit(side, table.reason_field, reason, ("former_customer",), reason)
    if table.reason_field in changed and reason and agreed not in ("recycled", "disqualified"):
        return _as_edit(side, table.reason_field, reason, ("recycled", "disqualified"), reason)
    return None


def _with_finer_word(context: Context, edit: StageEdit, record: Record) -> StageEdit:
    if not edit.reason:
        return edit
    finer = sub_reason_of(context, record, edit.reason)
    return replace(edit, sub_reason=finer) if finer else edit


def sub_reason_of(context: Context, record: Record, reason: str) -> str:
    """The finer word that the record shows, where it is one of this reason's."""
    name = context.mapping.stage_table(record.ref.crm, record.ref.kind).sub_reason_field
    given = text(record.fields.get(name)) if name else ""
    known = context.pact.reasons.get(reason)
    return given if known is not None and given in known.sub_reasons else ""


def _as_edit(side: Side, field: str, shown: str, stages: tuple[str, ...], reason: str) -> StageEdit:
    rejected = bool(stages) and set(stages) <= {"recycled", "disqualified"}
    basis: Basis = "rejection" if rejected else "edit"
    given = reason if rejected or stages == ("former_customer",) else ""
    return StageEdit(side.ref.crm, side, field, shown, stages, basis, given)


def assertions_of(
    context: Context,
    view: LeadView,
    edits: list[StageEdit],
    authors: Mapping[tuple[str, str], FieldChange],
) -> list[Assertion]:
    """All that is said of this lead's stage: edits, conversions, opportunities, the score.

    Args:
        authors: the latest change per (crm, record id), for the edits' fields.
    """
    said: list[Assertion] = []
    for edit in edits:
        change = authors.get((edit.crm, edit.side.ref.id))
        author = change.author if change is not None else Author("unknown")
        side = context.crms[edit.crm]
        if author.id is not None and author.id in side.actor_ids:
            author = Author("ours", author.id)
        if author.kind == "ours":
            if change is not None and not change.inferred:
                continue
            # Only who touched the record last is known: we, writing another field over this person's edit of the stage.
            author = Author("unknown")
        team = team_of(author, side.capabilities.default_team, context.pact)
        said.append(
            Assertion(
                stages=edit.stages,
                crm=edit.crm,
                team=team,
                basis=edit.basis,
                author=author,
                reason=edit.reason,
                sub_reason=edit.sub_reason,
                at=change.at if change is not None else None,
                shown=edit.shown,
                place=context.label(edit.crm),
                inferred=change is not None and change.inferred,
            )
        )
    said.extend(_evidence(context, view))
    if view.card is not None and view.link.stage is not None:
        said.extend(_score(context, view))
    return said


def _evidence(context: Context, view: LeadView) -> list[Assertion]:
    """Conversions and opportunities: what a CRM's own acts say (R11, R16)."""
    stage = view.link.stage
    seen = view.opportunities
    if stage is None or not (view.converted or seen.won or seen.open):
        return []
    here = context.pact.stages[stage.stage]
    # Who has left is won anew, whatever was won before.
    left = stage.stage == "former_customer"
    rank = -1 if left else here.rank
    crm = next(
        (
            ref.crm
            for ref in [*view.converted, *view.records]
            if context.crms[ref.crm].capabilities.evidence_kinds
        ),
        "",
    )
    author, place = Author("person"), context.label(crm)
    if seen.won and not left and rank < context.pact.stages["customer"].rank:
        return [
            Assertion(
                ("customer",),
                crm,
                "sales",
                "closed_won",
                author,
                shown="opportunity won",
                place=place,
            )
        ]
    if view.converted:
        goal = "opportunity" if seen.open else "sql"
        if rank < context.pact.stages[goal].rank:
            return [
                Assertion(
                    (goal,),
                    crm,
                    "sales",
                    "conversion",
                    author,
                    shown="Lead converted",
                    place=place,
                )
            ]
        return []
    if seen.open and rank < context.pact.stages["opportunity"].rank:
        return [
            Assertion(
                ("opportunity",),
                crm,
                "sales",
                "open_opportunity",
                author,
                shown="open opportunity",
                place=place,
            )
        ]
    return []


def _score(context: Context, view: LeadView) -> list[Assertion]:
    card, stage = view.card, view.link.stage
    if card is None or stage is None:
        return []
    if card.verdict == "disqualified":
        return _disqualified(context, view)
    if not news(context, view):
        return []
    current = context.pact.stages[stage.stage]
    mql = context.pact.stages["mql"]
    if (current.side and view.back is None) or (not current.side and current.rank >= mql.rank):
        return []
    goal = shown = ""
    if card.makes or (card.fast_lane and card.verdict not in ("excluded", "disqualified")):
        # An SQL is the qualification's to make, also where points are its criterion (K4).
        goal = "pql" if card.makes == "pql" and not card.fast_lane else "mql"
        lane = context.pact.fast_lanes.get(card.fast_lane)
        shown = lane.label if lane is not None else _made_by(context, card)
    if view.back is not None:
        return returned(context, view, goal, shown)
    if not goal:
        return []
    trigger = _trigger(context, view, card)
    return [
        Assertion(
            (goal,),
            "",
            "score",
            "score",
            Author("ours"),
            at=trigger.at if trigger is not None else None,
            shown=shown,
            signal_id=trigger.id if trigger is not None else "",
            intent=card.intent or ("high" if card.fast_lane else ""),
        )
    ]


def _trigger(context: Context, view: LeadView, card: Scorecard) -> Signal | None:
    """The act that made the score say so; None where what it rests on was known before, and a fact has changed.

    Of several requests by one fast lane it is the first that nobody has seen yet: it waits longest.
    """
    if context.go_live is None:
        return None
    began = view.news_since(context.go_live)
    seen = view.link.published.scored_at if view.link.published is not None else None
    new = [
        one
        for one in view.signals
        if began is not None
        and began <= one.at <= card.as_of
        and (seen is None or (one.recorded_at or one.at) > seen)
    ]
    if card.fast_lane:
        return next((one for one in new if one.name == card.fast_lane), None)
    return next((one for one in new if one.id == card.trigger), None)


def _made_by(context: Context, card: Scorecard) -> str:
    """What the score rests on, for people: the qualifying action that is enough by itself, or the points."""
    alone = {each.key for each in context.pact.scoring.actions if each.makes == card.makes}
    done = next((each.text for each in card.actions if each.rule in alone), "")
    return done or f"{card.total / 100:g} points"


def _disqualified(context: Context, view: LeadView) -> list[Assertion]:
    """A disqualifier of the agreement is a rejection with its reason; it beats every score (S28, R11).

    It moves nobody whom the agreement lets no score move, nobody with an open or won opportunity (R36), nobody by what
    was so before go-live (R6, R22), and nobody whom a person has taken out of *disqualified* before.
    """
    stage = view.link.stage
    if stage is None or view.opportunities.open or view.opportunities.won:
        return []
    held = {key.partition(": ")[0] for key in view.card.disqualifiers} if view.card else set()
    gate = next((one for one in context.pact.scoring.gates if one.reason and one.key in held), None)
    if gate is None or not (news(context, view) or _made_since(context, view)):
        return []
    goal = "disqualified"
    if not context.pact.lattice.path(
        stage.stage, goal, "score", reason=gate.reason, basis="rejection"
    ):
        return []
    told = context.store.transitions(view.link.id)
    if any(one.from_stage == goal and one.result == "accepted" for one in told):
        return []
    return [
        Assertion((goal,), "", "score", "rejection", Author("ours"), gate.reason, shown=gate.label)
    ]


def _made_since(context: Context, view: LeadView) -> bool:
    made = [record.created_at for record in view.records.values() if record.created_at is not None]
    # Who is seen for the first time was not there when the agreement was activated.
    since = context.evidence_since if view.stored_link.adopted else context.go_live
    return since is not None and bool(made) and min(made) >= since


def news(context: Context, view: LeadView) -> bool:
    """Whether the score rests on anything that happened since the agreement took effect (R6, R22).

    What was so before is adopted as found; a score moves a stage only on a signal dated after go-live and, where
    another agreement was activated since, after that or first seen now; or where the verdict itself has changed since
    it was published under the same agreement; or where the activation says that this lead is judged anew.
    """
    card, before = view.card, view.link.published
    since = view.news_since(context.evidence_since)
    if card is None or context.go_live is None or since is None:
        return False
    if view.back_at is not None and view.back_at >= card.as_of:
        return False
    # The latest stands last; what lies ahead has not happened, and what sales did is no news of the lead.
    contacts = context.pact.response.contact_signals
    done = (
        one for one in reversed(view.signals) if one.at <= card.as_of and one.name not in contacts
    )
    latest = next(done, None)
    if latest is not None and latest.at >= since:
        return True
    if since > context.go_live:
        if may_reassess(context, view):
            return True
        if any(context.go_live <= one.at <= card.as_of for one in view.new_signals):
            return True
        if before is None or before.pact_hash != card.pact_hash:
            return False
    return before is not None and (
        before.verdict != card.verdict
        or (card.fast_lane != "" and card.fast_lane not in before.reasons)
    )


def same(one: Native, other: Native) -> bool:
    """Equal, with blank in all its forms being one."""
    return text(one) == text(other)


def text(value: Native) -> str:
    """A native value as text; blank is ""."""
    return "" if value is None else str(value)
