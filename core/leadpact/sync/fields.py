"""The mapped fields of one lead: read, compared, merged, and turned into what each CRM still needs. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leadpact.mapping import FieldRule, SideField
from leadpact.model.link import Side
from leadpact.model.record import UNKNOWN, Known, Native, Record, Scalar, Unknown
from leadpact.model.schema import FieldSchema
from leadpact.sync.consent import still_owed, taken_back_by_all, takes_opt_out
from leadpact.sync.context import Context
from leadpact.sync.field_answers import Sides, answered, held_back, opts_in, put_back, used_there
from leadpact.sync.holding import hold
from leadpact.sync.merge import Reading, Settled, Untouched, Waits, merge_field
from leadpact.sync.page import LeadView
from leadpact.sync.pausing import unheard, unwritable
from leadpact.sync.pins import put_back_here
from leadpact.sync.stored_form import own_form, stored_form


@dataclass(slots=True)
class FieldPlan:
    """What the merge of one lead's fields comes to.

    Attributes:
        facts: canonical values after the merge, for scoring.
        base: fields agreed as they stand; they become base without a write.
        wanted: CRM → CRM field → (native value, canonical name, canonical value, why).
        renderings: CRM → CRM field → this CRM's own stored form of the agreed value (R5).
        unmerged: fields that a record new to this lead shows otherwise, or not at all, and that could not be settled.
    """

    facts: dict[str, Known] = field(default_factory=dict)
    base: dict[str, Scalar] = field(default_factory=dict)
    wanted: dict[str, dict[str, tuple[Native, str, Scalar, str]]] = field(default_factory=dict)
    renderings: dict[str, dict[str, Native]] = field(default_factory=dict)
    unmerged: set[str] = field(default_factory=set)


def plan_fields(context: Context, view: LeadView, now: datetime) -> FieldPlan:
    """Merge every mapped field of this lead; what both CRMs show as it was agreed needs no merge."""
    plan = FieldPlan()
    shown = [(crm, *found) for crm in context.crms if (found := view.primary(crm)) is not None]
    base, facts = view.link.base, plan.facts
    fresh = "" in [side.version for _crm, side, _record in shown]
    natives = [record.fields for _crm, _side, record in shown]
    faults: list[dict[str, str]] = [{} for _ in shown]
    asked = {one.field for one in view.stored_holds if one.status == "answered"}
    plain = not (view.stored_holds or view.namesakes or context.suspended or context.pausing)
    open_: list[tuple[str, FieldRule, Sides]] = []
    kinds = tuple([(crm, side.ref.kind) for crm, side, _record in shown])
    known = len(natives) == 2 and not (fresh or asked)
    first, second = (natives[0].get, natives[1].get) if known else (base.get, base.get)
    for name, rule, mapped, alike in context.mapping.rules_of(kinds):
        facts[name] = agreed = base.get(name, UNKNOWN)
        if (
            known
            and alike is not None
            and first(alike[0], UNKNOWN) == agreed
            and second(alike[1], UNKNOWN) == agreed
            and (alike[2] or (agreed is None and rule.blank_means is None))
        ):
            continue
        differs = fresh or name in asked
        values: list[Known] = []
        for place, side in mapped:
            native = natives[place].get(side.field, UNKNOWN)
            value = (
                agreed
                if native == agreed and side.as_is
                else _value(name, rule, side, native, faults[place])
            )
            values.append(value)
            if value != agreed and not (side.lossy and own_form(side, agreed, value)):
                differs = True
        if fresh and plain and name not in base:
            shared = _alike(values)
            if not isinstance(shared, Unknown) and any(s.direction != "to_crm" for _, s in mapped):
                facts[name] = plan.base[name] = shared
                continue
        if differs:
            sides: Sides = {
                shown[place][0]: (*shown[place][1:], value, side)
                for (place, side), value in zip(mapped, values, strict=True)
            }
            open_.append((name, rule, sides))
    for (_crm, _side, record), told in zip(shown, faults, strict=True):
        if told:
            _unreadable(context, view, record, told, now)
    for name, rule, sides in open_:
        _plan_one(context, view, plan, name, rule, sides, now)
    return plan


def _value(
    name: str,
    rule: FieldRule,
    side: SideField,
    native: Native | Unknown,
    faults: dict[str, str],
) -> Known:
    """The canonical value; UNKNOWN where it is not in the answer or, as ``faults`` then tells, not readable."""
    if native is None or native == "":
        return rule.blank_means
    if native is UNKNOWN:
        return native
    try:
        return side.read(native)
    except ValueError as error:
        faults[name] = f"{side.field} {error}"
        return UNKNOWN


def _alike(values: Sequence[Known]) -> Known:
    """What all records show of a field; UNKNOWN where they differ, or one does not show it.

    At first sight that is agreed as it stands (R6), and there is nothing to merge: most fields of a first sync.
    """
    first = values[0]
    return first if all(value == first for value in values[1:]) else UNKNOWN


def _unreadable(
    context: Context, view: LeadView, record: Record, faults: Mapping[str, str], now: datetime
) -> None:
    """A value that the mapping cannot read says nothing, and that field waits for a person (R10)."""
    ref = record.ref
    for name, why in faults.items():
        side = context.mapping.fields[name].sides[ref.crm, ref.kind]
        if side.direction != "to_crm":
            said = f"{context.label(ref.crm)} shows a value that the mapping cannot read: {why}."
            shown = {ref.crm: str(record.fields.get(side.field) or "")}
            hold(context, view, name, "value_unreadable", said, shown, now)


def _left_out(context: Context, record: Record, mapped: SideField) -> bool:
    """Whether the answer lacks a field that the live schema has (R4)."""
    schema = context.crms[record.ref.crm].schemas[record.ref.kind].fields
    return mapped.field not in record.fields and mapped.field in schema


def _plan_one(
    context: Context,
    view: LeadView,
    plan: FieldPlan,
    name: str,
    rule: FieldRule,
    sides: Sides,
    now: datetime,
) -> None:
    base = view.link.base.get(name, UNKNOWN)
    readings: dict[str, Reading] = {}
    for crm, (side, record, value, mapped) in sides.items():
        if isinstance(value, Unknown) and _left_out(context, record, mapped):
            view.unanswered.append((crm, name))
        readings[crm] = _reading(context, view, plan, crm, side, record, value, mapped, base)
    readings = taken_back_by_all(context, name, base, readings, sides)
    if unheard(context, view, name, sides, readings):
        _stands(plan, name, base, readings)
        return
    verdict = merge_field(
        rule.policy,
        rule.initial,
        rule.system_of_record,
        base,
        readings,
        context.labels,
        view.field_times.get(name, {}),
    )
    if isinstance(verdict, Waits):
        settled = answered(view, name, verdict, readings, context.labels, sides)
        if settled is not None and not opts_in(rule, settled, readings):
            verdict = settled
    elif view.stored_holds:
        verdict = put_back(view, name, rule, readings, sides) or verdict
    if view.namesakes and name == "email" and not isinstance(verdict, Untouched):
        verdict = used_there(context, view)
    verdict = held_back(context, view, name, verdict, base, readings, now)
    if isinstance(verdict, Untouched):
        if any(reading.fresh for reading in readings.values()):
            plan.unmerged.add(name)
        _stands(plan, name, base, readings)
        return
    if isinstance(verdict, Waits):
        plan.facts[name] = base
        if name in context.consent_fields:
            still_owed(view, base, readings)
        hold(
            context,
            view,
            name,
            verdict.cause,
            verdict.why,
            {
                crm: "" if reading.value is None else str(reading.value)
                for crm, reading in readings.items()
            },
            now,
        )
        return
    plan.facts[name] = verdict.value
    _want(context, view, plan, name, verdict, sides, readings, now)


def _stands(plan: FieldPlan, name: str, base: Known, readings: Mapping[str, Reading]) -> None:
    """Nothing is agreed of it now: what was agreed counts, or the one value that is known."""
    known = [one.value for one in readings.values() if not isinstance(one.value, Unknown)]
    plan.facts[name] = (
        base if not isinstance(base, Unknown) else (known[0] if len(known) == 1 else UNKNOWN)
    )


def _reading(
    context: Context,
    view: LeadView,
    plan: FieldPlan,
    crm: str,
    side: Side,
    record: Record,
    value: Known,
    mapped: SideField,
    base: Known,
) -> Reading:
    reads, writes = mapped.direction != "to_crm", mapped.direction != "from_crm"
    fresh = side.version == ""
    if isinstance(value, Unknown):
        return Reading(value, changed=False, fresh=fresh, reads=reads, writes=writes)
    if value == base:
        # Also on a record never agreed on: it shows no difference, so there is none to settle anew (R24).
        return Reading(value, changed=False, fresh=False, reads=reads, writes=writes)
    if isinstance(base, Unknown) or fresh:
        return Reading(value, changed=True, fresh=fresh, reads=reads, writes=writes)
    native = record.fields.get(mapped.field)
    if _is_rendering(context, plan, crm, side, native, mapped, base, value):
        return Reading(base, changed=False, fresh=False, reads=reads, writes=writes)
    if put_back_here(view, side.ref, mapped.field, native):
        # The write of an undo has landed after all: what it put back is nobody's edit (R2, R32).
        plan.renderings.setdefault(crm, {})[mapped.field] = native
        return Reading(base, changed=False, fresh=False, reads=reads, writes=writes)
    return Reading(value, changed=True, fresh=False, reads=reads, writes=writes)


def _is_rendering(
    context: Context,
    plan: FieldPlan,
    crm: str,
    side: Side,
    native: Native,
    mapped: SideField,
    base: Scalar,
    value: Scalar,
) -> bool:
    """Whether what the CRM shows is only its own stored form of the base (R5)."""
    if stored_form(side, native, mapped, context.crms[crm].schemas[side.ref.kind]):
        plan.renderings.setdefault(crm, {})[mapped.field] = native
        return True
    return own_form(mapped, base, value)


def _want(
    context: Context,
    view: LeadView,
    plan: FieldPlan,
    name: str,
    verdict: Settled,
    sides: Sides,
    readings: Mapping[str, Reading],
    now: datetime,
) -> None:
    needs = 0
    base = view.link.base.get(name, UNKNOWN)
    wanted: dict[str, Native] = {}
    as_stored: dict[str, Native] = {}
    consent = name in context.consent_fields
    for crm, (side, record, value, mapped) in sides.items():
        if value == verdict.value or isinstance(value, Unknown):
            continue
        if consent and not takes_opt_out(
            context, view, name, crm, verdict, readings, mapped.field, now
        ):
            as_stored[crm] = record.fields.get(mapped.field)
            continue
        if (
            not consent
            and not readings[crm].changed
            and not readings[crm].fresh
            and verdict.value == base
        ):
            continue
        if _empties_unasked(verdict, readings, crm, base):
            as_stored[crm] = record.fields.get(mapped.field)
            continue
        if not readings[crm].writes:
            needs += 1
            continue
        try:
            native = mapped.write(verdict.value)
            if mapped.lossy and mapped.read(native) == value:
                as_stored[crm] = record.fields.get(mapped.field)
                continue
        except ValueError as error:
            _cannot(context, view, name, crm, "value_not_writable", f"{error}", verdict.value, now)
            return
        schema = context.crms[crm].schemas[side.ref.kind].fields.get(mapped.field)
        complaint = refusal_ahead(native, schema)
        if complaint:
            _cannot(context, view, name, crm, complaint[0], complaint[1], verdict.value, now)
            return
        if unwritable(context, view, name, crm, side.ref.kind, mapped.field):
            _stands(plan, name, base, readings)
            return
        wanted[crm] = native
        needs += 1
    _keep(plan, name, verdict, sides, wanted, as_stored)
    if not needs and verdict.value != base:
        plan.base[name] = verdict.value


def _keep(
    plan: FieldPlan,
    name: str,
    verdict: Settled,
    sides: Sides,
    wanted: Mapping[str, Native],
    as_stored: Mapping[str, Native],
) -> None:
    for crm, stored in as_stored.items():
        plan.renderings.setdefault(crm, {})[sides[crm][3].field] = stored
    for crm, native in wanted.items():
        row = (native, name, verdict.value, verdict.why)
        plan.wanted.setdefault(crm, {})[sides[crm][3].field] = row


def _empties_unasked(
    verdict: Settled, readings: Mapping[str, Reading], crm: str, base: Known
) -> bool:
    """At first sight a blank never empties a field, not even one that is only written (R6).

    Nor does that of a record which a merge or a conversion has put in another's place (R24).
    """
    if verdict.value is not None or readings[crm].reads:
        return False
    return isinstance(base, Unknown) or any(one.fresh for one in readings.values())


def _cannot(
    context: Context,
    view: LeadView,
    name: str,
    crm: str,
    cause: str,
    why: str,
    value: Scalar,
    now: datetime,
) -> None:
    hold(
        context,
        view,
        name,
        cause,
        f"{context.label(crm)} would refuse it: {why}",
        {"wanted": str(value or "")},
        now,
    )


def refusal_ahead(native: Native, schema: FieldSchema | None) -> tuple[str, str] | None:
    """(code, why) of a refusal that the live schema lets us foresee; None where it would be taken."""
    if schema is None:
        return "field_missing", "the field is not in the live schema, or we may not see it"
    if not schema.updateable:
        return "field_read_only", f"{schema.name} cannot be written with our rights"
    if (
        isinstance(native, str)
        and schema.max_length is not None
        and len(native) > schema.max_length
    ):
        return (
            "value_too_long",
            f"{schema.name} takes {schema.max_length} characters, this has {len(native)}",
        )
    if (
        native in (None, "")
        or not schema.restricted
        or schema.type not in ("picklist", "picklist_set")
    ):
        return None
    allowed = {choice.value for choice in schema.picklist if choice.active}
    parts = str(native).split(";") if schema.type == "picklist_set" else [str(native)]
    for part in parts:
        if part not in allowed:
            near = difflib.get_close_matches(part, sorted(allowed), 1)
            hint = f"; renamed to {near[0]!r}?" if near else ""
            return "picklist_value_unknown", f"{schema.name} has no value {part!r}{hint}"
    return None
