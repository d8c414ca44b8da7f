"""Plan: from a decided lead to the rows each CRM still needs, with the rule that asks for each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

import orjson

from leadpact.model.link import Failure, Intent, Side
from leadpact.model.quick import quick
from leadpact.model.record import Native, Record, RecordRef, Scalar
from leadpact.model.stage import StageState
from leadpact.sync.assertions import stage_fields, text
from leadpact.sync.backfill_mark import owed_mark, together
from leadpact.sync.clock_fields import response_writes
from leadpact.sync.consent import opt_out_writes
from leadpact.sync.context import Context
from leadpact.sync.fields import FieldPlan, refusal_ahead
from leadpact.sync.first_sight import StageVerdict
from leadpact.sync.handoff_fields import handoff_writes
from leadpact.sync.holding import hold
from leadpact.sync.page import LeadView, stamp
from leadpact.sync.pausing import may_go, score_waits
from leadpact.sync.pins import release_moved, stays_put_back
from leadpact.sync.priority import flag_image, flag_write
from leadpact.sync.qualification_writes import qualification_writes
from leadpact.sync.same import Wanted, same_native
from leadpact.sync.stored_form import normalised
from leadpact.sync.sync_state import sync_state_writes


@quick
@dataclass(frozen=True, slots=True)
class PlanLine:
    """One field of one record, before and after, and the rule that won."""

    link_id: str
    crm: str
    kind: str
    record_id: str
    field: str
    before: Native
    after: Native
    why: str


@dataclass(slots=True)
class LeadPlan:
    """What one lead still needs.

    Attributes:
        intents: at most one per CRM; a creation has an empty record id.
        suppressed: open failures that forbid the same write again, by CRM.
        unsaid: the score waits for a pause somewhere, so that it is not published yet (R38).
        parted: only an opt-out is written of it now, so that nothing else of the row can hold that up; all else is
            planned again right after (R28).
        judged: the lead was judged by what its records show; an undo judges nothing (R32).
        own_forms: by record, what it shows after the write of a field of which something else is agreed (R5).
        apart: only fields of our own are written, and nothing else that the records show was judged: their stamps,
            images, holds and failures stay as they are (R33).
    """

    view: LeadView
    fields: FieldPlan
    intents: list[Intent] = field(default_factory=list)
    suppressed: dict[str, Failure] = field(default_factory=dict)
    unsaid: bool = False
    parted: bool = False
    judged: bool = True
    own_forms: Mapping[RecordRef, Mapping[str, Native]] = field(default_factory=dict)
    apart: bool = False

    def lines(self) -> list[PlanLine]:
        """The plan's two-sided diff."""
        return lines_of(self.intents)


def lines_of(intents: Iterable[Intent]) -> list[PlanLine]:
    """What these would write, field by field."""
    return [
        PlanLine(
            one.link_id,
            one.ref.crm,
            one.ref.kind,
            one.ref.id,
            name,
            one.before.get(name),
            value,
            one.rule[name],
        )
        for one in intents
        for name, value in one.wanted.items()
    ]


RESET_TRIES = 3
"""How often a two-step reset is tried before a person is asked (R3)."""


def plan_lead(
    context: Context, view: LeadView, fields: FieldPlan, verdict: StageVerdict, now: datetime
) -> LeadPlan:
    """The writes of one lead on every CRM where it has a record."""
    plan = LeadPlan(view, fields)
    if view.pins:
        release_moved(context, view)
    if view.link.status != "live" or view.blocked:
        return plan
    for crm in context.crms:
        found = view.primary(crm)
        if found is None:
            continue
        side, record = found
        wanted: Wanted = {
            name: (native, why)
            for name, (native, _c, _v, why) in fields.wanted.get(crm, {}).items()
        }
        if crm not in verdict.leave:
            wanted |= _stage_writes(context, view, side, record, verdict, now)
        wanted |= score_writes(context, view, crm, side.ref.kind, record)
        wanted |= qualification_writes(context, view, crm, side.ref.kind, record)
        wanted |= response_writes(context, view, crm, side.ref.kind, record)
        if view.handoffs:
            wanted |= handoff_writes(context, view, record)
        wanted |= opt_out_writes(context, view, crm, side.ref.kind, record)
        wanted |= _our_id(context, view, crm, side.ref.kind, record)
        wanted |= sync_state_writes(context, view, record)
        if view.pins:
            wanted = stays_put_back(context, view, record, wanted)
        owed: Wanted = {}
        if wanted and view.link.stage is not None and view.link.stage.native_left:
            owed = owed_mark(context, view, side.ref, wanted)
            wanted = owed | wanted
        wanted = _without_failing(context, view, plan, crm, wanted, now)
        if context.pausing is not None:
            wanted = may_go(context, view, crm, side.ref.kind, wanted)
            plan.unsaid = plan.unsaid or score_waits(context, crm, side.ref.kind)
        if owed:
            wanted = together(context, side.ref, wanted, owed)
        if wanted:
            plan.intents.append(intent_of(context, view, side, record, wanted, fields, now))
    return plan


def _stage_writes(
    context: Context,
    view: LeadView,
    side: Side,
    record: Record,
    verdict: StageVerdict,
    now: datetime,
) -> Wanted:
    state = view.link.stage
    if state is None:
        return {}
    table = context.mapping.stage_table(side.ref.crm, side.ref.kind)
    shown = record.fields
    native = {name: shown[name] for name in table.native_fields if name in shown}
    why = state.why or "agreed stage"
    wanted: Wanted = {}
    if table.own_field in shown and text(shown[table.own_field]) != state.stage:
        wanted[table.own_field] = (state.stage, why)
    if native and not state.native_left:
        for name, value in table.projection(
            state.stage, reason=state.reason, current=native
        ).items():
            if name not in context.mapping.left_alone.get((side.ref.crm, side.ref.kind), ()):
                wanted[name] = (value, why)
    if table.reason_field in shown and text(shown[table.reason_field]) != state.reason:
        wanted[table.reason_field] = (state.reason or None, why)
    if table.sub_reason_field in shown and text(shown[table.sub_reason_field]) != state.sub_reason:
        wanted[table.sub_reason_field] = (state.sub_reason or None, why)
    if side.ref.crm not in verdict.flag_left:
        wanted |= flag_write(context, state, record, why)
    outputs = context.mapping.outputs(side.ref.crm, side.ref.kind)
    told = outputs.get("stage_reason", "")
    if told in shown and (wanted or not text(shown[told])):
        schema = context.crms[side.ref.crm].schemas[side.ref.kind].fields.get(told)
        limit = schema.max_length if schema is not None and schema.max_length else 255
        refused = verdict.refused.get(side.ref.crm, "")
        words = _told_there(context, view, state, refused)[:limit]
        if text(shown[told]) != words:
            wanted[told] = (words, why)
    return _foreseen(context, view, side, wanted, now) if wanted else wanted


def _told_there(context: Context, view: LeadView, state: StageState, refused: str) -> str:
    """Why the stage is what it is, and in the CRM where another was asked for, why not that."""
    why = state.why or "agreed stage"
    if not refused:
        return why
    return (
        f"{why} {refused}"
        if view.stage_moved
        else f"Still {context.pact.label(state.stage)}: {refused}"
    )


def _foreseen(
    context: Context, view: LeadView, side: Side, wanted: Wanted, now: datetime
) -> Wanted:
    """Without the fields that the live schema says it would refuse; those wait for a person."""
    kept: Wanted = {}
    fields = context.crms[side.ref.crm].schemas[side.ref.kind].fields
    for name, (value, why) in wanted.items():
        complaint = refusal_ahead(value, fields.get(name))
        if complaint is None:
            kept[name] = (value, why)
        else:
            hold(
                context,
                view,
                "stage",
                complaint[0],
                f"{context.label(side.ref.crm)}: {complaint[1]}",
                {side.ref.crm: text(value)},
                now,
            )
    return kept


def score_writes(
    context: Context, view: LeadView, crm: str, kind: str, record: Record | None
) -> Wanted:
    """The published score, as one group (R21); a record that shows none yet gets the one that stands."""
    outputs = context.mapping.outputs(crm, kind)
    total = outputs.get("score_total", "")
    bare = record is None or (total in record.fields and not text(record.fields[total]))
    score = view.publish or (view.link.published if bare else None)
    if score is None:
        return {}
    values: dict[str, Native] = {
        "score_total": score.total / 100,
        "score_fit": score.fit / 100,
        "score_engagement": score.engagement / 100,
        "grade": score.grade,
        "breakdown": score.breakdown,
        "scored_at": score.scored_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "pact_version": score.pact_hash,
    }
    why = f"score {score.total / 100:g} ({score.verdict.replace('_', ' ')})"
    schemas = context.crms[crm].schemas[kind].fields
    wanted: Wanted = {}
    for output, name in outputs.items():
        if (
            output not in values
            or name not in schemas
            or (record is not None and name not in record.fields)
        ):
            continue
        value = values[output]
        schema = schemas[name]
        if isinstance(value, float) and schema.type == "integer":
            value = round(value)
        if isinstance(value, str) and schema.max_length is not None:
            value = value[: schema.max_length]
        if record is None or not same_native(normalised(value, schema), record.fields[name]):
            wanted[name] = (value, why)
    only_dated = wanted.keys() <= {outputs.get(one, "") for one in ("scored_at", "pact_version")}
    return {} if only_dated else wanted


def _our_id(context: Context, view: LeadView, crm: str, kind: str, record: Record) -> Wanted:
    name, ours = context.mapping.external_id_field(crm, kind), view.link.external_id
    if not name or name not in record.fields or text(record.fields[name]) == ours:
        return {}
    return {name: (ours, "our id of this person")}


def _without_failing(
    context: Context, view: LeadView, plan: LeadPlan, crm: str, wanted: Wanted, now: datetime
) -> Wanted:
    """Drop what this CRM refused already and nobody mended since; the rest goes on."""
    for failure in view.failures:
        if failure.crm != crm or not failure.open or not wanted:
            continue
        if failure.retry_at is not None and failure.retry_at <= now:
            continue
        named = [name for name in failure.fields if name in wanted] or list(wanted)
        if failure.fields and not any(name in wanted for name in failure.fields):
            continue
        if wanted_hash({name: wanted[name][0] for name in named}) == failure.wanted_hash:
            plan.suppressed[crm] = failure
            _hold_reset(context, view, failure, wanted, now)
            wanted = {name: value for name, value in wanted.items() if name not in named}
    return wanted


def _hold_reset(
    context: Context, view: LeadView, failure: Failure, wanted: Wanted, now: datetime
) -> None:
    """A step back that failed three times waits for a person, stage named (R3)."""
    order_field = context.mapping.stage_table(failure.crm, failure.ref.kind).order_field
    if order_field not in wanted or failure.attempts < RESET_TRIES or view.link.stage is None:
        return
    label = context.pact.label(view.link.stage.stage)
    hold(
        context,
        view,
        "stage",
        "reset_failed",
        f"{context.label(failure.crm)} refused {RESET_TRIES} times to be set back for the stage {label}: "
        f"{failure.message}",
        {failure.crm: str(wanted[order_field][0] or ""), "agreed": view.link.stage.stage},
        now,
    )


def intent_of(
    context: Context,
    view: LeadView,
    side: Side,
    record: Record,
    wanted: Wanted,
    fields: FieldPlan,
    now: datetime,
) -> Intent:
    """The journaled write of these values to this record."""
    table = context.mapping.stage_table(side.ref.crm, side.ref.kind)
    values = {name: native for name, (native, _why) in wanted.items()}
    forward_only = context.crms[side.ref.crm].capabilities.stage_forward_only.get(side.ref.kind, "")
    backward = (
        bool(forward_only) and forward_only in values and table.backward(record.fields, values)
    )
    agrees: dict[str, Scalar] = {
        canonical: value
        for name, (_native, canonical, value, _why) in fields.wanted.get(side.ref.crm, {}).items()
        if name in wanted
    }
    return Intent(
        id=context.id(
            "intent", context.run_id, view.link.id, side.ref, record.version, wanted_hash(values)
        ),
        run_id=context.run_id,
        link_id=view.link.id,
        ref=side.ref,
        op="reset" if backward else "set",
        before={name: record.fields.get(name) for name in values},
        wanted=values,
        agrees=agrees,
        rule={name: why for name, (_native, why) in wanted.items()},
        created_at=now,
    )


def observed_sides(context: Context, plan: LeadPlan, verdict: StageVerdict) -> list[Side]:
    """The sides as judged now: version stamps, renderings, the image of the stage fields."""
    view = plan.view
    sides = []
    for side in view.sides.values():
        record = view.records.get(side.ref)
        if record is None or side.state != "live":
            sides.append(side)
            continue
        renderings: Mapping[str, Native] = {}
        unseen: Mapping[str, Native] = {}
        image: Mapping[str, Native] = {}
        if side.primary:
            renderings = plan.fields.renderings.get(side.ref.crm, renderings)
            image = {**stage_fields(context, record), **flag_image(context, record)}
            if len(image) < len(side.image):
                image = _out_of_sight(side.image, record) | image
            if side.renderings:
                renderings = _out_of_sight(side.renderings, record) | dict(renderings)
            if side.open_renderings:
                unseen = _out_of_sight(side.open_renderings, record)
        if verdict.leave.get(side.ref.crm) in ("held", "unmapped", "paused"):
            image = side.image
        version = stamp(record, view.observed_at)
        sides.append(
            Side(
                side.ref, side.link_id, side.primary, side.state, version, renderings, unseen, image
            )
        )
    return sides


def _out_of_sight(known: Mapping[str, Native], record: Record) -> dict[str, Native]:
    """What was known of fields that this answer lacks: they are what they were until they are seen again (R4)."""
    return {name: value for name, value in known.items() if name not in record.fields}


def wanted_hash(values: Mapping[str, Native]) -> str:
    """A short hash of what was wanted, to tell the same attempt from a new one."""
    return blake2b(
        orjson.dumps(dict(values), option=orjson.OPT_SORT_KEYS), digest_size=8
    ).hexdigest()
