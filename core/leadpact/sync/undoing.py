"""What of a run can be put back, field by field, and what cannot (R32). Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from leadpact.mapping import FieldRule, SideField
from leadpact.model.handoff import COUNTED_STEPS
from leadpact.model.link import Intent, Run
from leadpact.model.quick import quick
from leadpact.model.record import (
    Gone,
    MovedTo,
    Native,
    Observation,
    Record,
    RecordRef,
    Scalar,
)
from leadpact.sync.assertions import text
from leadpact.sync.context import Context
from leadpact.sync.fields import refusal_ahead
from leadpact.sync.page import LeadView, is_older
from leadpact.sync.pins import stage_names
from leadpact.sync.same import same_native
from leadpact.sync.stored_form import normalised

UndoResult: TypeAlias = Literal[
    "put back", "archived", "changed since", "never undone", "not possible"
]
CONSENT: Final = "consent is never undone; say it in the CRMs themselves"
OUT: Final = "the lead is out of scope, and nothing of it is written"
PAUSED: Final = "writing it is paused"
HANDOFF: Final = "what was handed over stays handed over; the next sync says how that stands"
BY_US: Final = "leadpact"
SINCE: Final = "changed since"
"""How a line ends whose value somebody changed after the run wrote it."""


@dataclass(frozen=True, slots=True)
class UndoOrder:
    """Which run is undone, and how much of it.

    Attributes:
        fields: CRM names, canonical names or ``stage``; empty = all.
        archive: records that the run made are archived, where nobody added anything.
        again: an undo is itself undone: then nothing stays pinned. :func:`is_again` tells.
    """

    run: Run
    fields: frozenset[str] = frozenset()
    archive: bool = False
    again: bool = False


def is_again(run: Run, known: Callable[[str], Run | None]) -> bool:
    """Whether to undo this run writes anew what had been put back: an undo was undone, or one that was redone twice.

    Args:
        known: a run by its id, as far as it is kept.
    """
    again, one = False, run
    while one.kind == "undo":
        again = not again
        of = known(one.undoes) if one.undoes else None
        if of is None or of.started_at >= one.started_at:
            break
        one = of
    return again


@quick
@dataclass(frozen=True, slots=True)
class UndoLine:
    """One field of one record and what becomes of it.

    Attributes:
        ours, before, now: what the run wrote, what it found there, what stands there now.
        who, at: of what changed since, where the CRM tells.
    """

    link_id: str
    ref: RecordRef
    field: str
    result: UndoResult
    ours: Native
    before: Native
    now: Native
    why: str = ""
    who: str = ""
    at: datetime | None = None


@dataclass(slots=True)
class Wrote:
    """What a run found in a field and left there."""

    before: Native
    ours: Native


@dataclass(slots=True)
class Restoring:
    """What is put back of one lead.

    Attributes:
        fields: by record and CRM field.
        lines: all that is said of it, what is not put back included.
        out: the lead is out of scope: nothing of it is put back (R37).
    """

    fields: dict[RecordRef, dict[str, Wrote]] = field(default_factory=dict)
    lines: list[UndoLine] = field(default_factory=list)
    out: bool = False

    def keep(self, result: UndoResult, names: Iterable[tuple[RecordRef, str]], why: str) -> None:
        """Leave these as they stand after all."""
        left = set(names)
        self.lines = [
            UndoLine(o.link_id, o.ref, o.field, result, o.ours, o.before, o.now, why)
            if (o.ref, o.field) in left and o.result == "put back"
            else o
            for o in self.lines
        ]
        for ref, name in left:
            self.fields.get(ref, {}).pop(name, None)


def wrote(
    intents: Sequence[Intent], landed: Collection[tuple[RecordRef, str]] = ()
) -> dict[RecordRef, dict[str, Wrote]]:
    """Per record and field what stood there before a run and what it left; ``intents`` oldest first.

    A value that somebody set between two writes of the run is what the later one found.

    Args:
        landed: fields that were written though the run never heard so.
    """
    found: dict[RecordRef, dict[str, Wrote]] = {}
    for one in intents:
        if one.op not in ("set", "reset"):
            continue
        for name, value in one.wanted.items():
            if one.state != "written" and (one.ref, name) not in landed:
                continue
            fields = found.setdefault(one.ref, {})
            before = one.before.get(name)
            known = fields.get(name)
            if known is not None and same_native(known.ours, before):
                known.ours = value
            else:
                fields[name] = Wrote(before, value)
    return found


def restoring(
    context: Context,
    order: UndoOrder,
    view: LeadView,
    written: Mapping[RecordRef, Mapping[str, Wrote]],
    seen: Mapping[RecordRef, Observation],
    *,
    out: bool = False,
) -> Restoring:
    """Judge every field that the run wrote to this lead's records."""
    found = Restoring(out=out)
    for ref, fields in written.items():
        wanted = {name: one for name, one in fields.items() if chosen(context, order, ref, name)}
        shut = _shut(view, ref, seen.get(ref)) if wanted else None
        for name, one in wanted.items():
            if shut is not None:
                line = UndoLine(
                    view.link.id, ref, name, shut[0], one.ours, one.before, None, shut[1]
                )
                found.lines.append(line)
                continue
            record = seen[ref]
            if isinstance(record, Record):
                _judge(context, view, record, name, one, found)
    return found


def _shut(
    view: LeadView, ref: RecordRef, seen: Observation | None
) -> tuple[UndoResult, str] | None:
    """Why nothing of this record is put back; None where it may be."""
    if isinstance(seen, MovedTo):
        how = "merged into another record" if seen.how == "merged" else "converted"
        return "never undone", f"it was {how} since; that is never undone"
    if seen is None or isinstance(seen, Gone):
        return "not possible", "it was deleted since"
    side = view.sides.get(ref)
    if side is None or side.state != "live":
        return "not possible", "it is no record of this lead's any more"
    if is_older(seen, side):
        return "not possible", "the CRM shows it older than it is known; run the undo again"
    return None


def _judge(
    context: Context, view: LeadView, record: Record, name: str, one: Wrote, found: Restoring
) -> None:
    ref = record.ref
    schema = context.crms[ref.crm].schemas[ref.kind].fields.get(name)
    now = record.fields.get(name)
    if name in record.fields and same_native(now, one.before):
        return
    result: UndoResult = "put back"
    why = ""
    rule = merge_rule(context, ref, name)
    if (rule is not None and rule.policy == "most_restrictive") or _says_opted_out(
        context, ref, name
    ):
        result, why = "never undone", CONSENT
    elif _says_handed_over(context, view, ref, name):
        result, why = "never undone", HANDOFF
    elif name not in record.fields:
        result, why = "not possible", "the field cannot be seen"
    elif not same_native(normalised(now, schema), normalised(one.ours, schema)) and not half_reset(
        context, record, name
    ):
        result = "changed since"
    elif (complaint := refusal_ahead(one.before, schema)) is not None:
        result, why = "not possible", complaint[1]
    elif found.out:
        result, why = "not possible", OUT
    elif context.pausing is not None and context.pausing.stop("to_crm", ref.crm, ref.kind, name):
        result, why = "not possible", PAUSED
    elif one.before in context.mapping.stage_table(ref.crm, ref.kind).never_write.get(name, ()):
        result, why = "not possible", "that status is only ever set by a conversion"
    else:
        found.fields.setdefault(ref, {})[name] = one
    line = UndoLine(view.link.id, ref, name, result, one.ours, one.before, now, why)
    found.lines.append(line)


def half_reset(context: Context, record: Record, name: str) -> bool:
    """Whether a reset's first step alone shows: an emptied lifecycle stage, which nobody means (R3)."""
    table = context.mapping.stage_table(record.ref.crm, record.ref.kind)
    return name == table.order_field and not text(record.fields.get(name))


def _says_handed_over(context: Context, view: LeadView, ref: RecordRef, name: str) -> bool:
    """Whether the field tells of a handoff that a rep has heard of."""
    if name != context.mapping.outputs(ref.crm, ref.kind).get("handoff"):
        return False
    return any(one.step in COUNTED_STEPS for one in view.handoffs.values())


def _says_opted_out(context: Context, ref: RecordRef, name: str) -> bool:
    """Whether the field is our own word on an opt-out that its CRM lets no API write (R28)."""
    return name == context.mapping.outputs(ref.crm, ref.kind).get("opted_out")


def with_whole_stage(context: Context, order: UndoOrder) -> UndoOrder:
    """The order, naming the stage where it names one of its fields: they go back together or not at all."""
    kinds = [(crm, kind) for crm in context.crms for kind in context.mapping.kinds(crm)]
    names = {"stage_reason", "priority"}.union(
        *(stage_names(context, RecordRef(crm, kind, "")) for crm, kind in kinds)
    )
    if order.fields.isdisjoint(names):
        return order
    return replace(order, fields=order.fields | {"stage"})


def chosen(context: Context, order: UndoOrder, ref: RecordRef, name: str) -> bool:
    """Whether the order names this field, by any of its names."""
    if not order.fields:
        return True
    names = {name}
    rule = merge_rule(context, ref, name)
    if rule is not None:
        names.add(rule.name)
    if name in stage_names(context, ref):
        names.add("stage")
    outputs = context.mapping.outputs(ref.crm, ref.kind)
    names |= {output for output, crm_name in outputs.items() if crm_name == name}
    return bool(names & order.fields)


def merge_rule(context: Context, ref: RecordRef, name: str) -> FieldRule | None:
    """The mapped field that this CRM field carries; None for a field of our own or of the stage."""
    for rule in context.mapping.fields.values():
        mapped = rule.sides.get((ref.crm, ref.kind))
        if mapped is not None and mapped.field == name and mapped.direction != "from_crm":
            return rule
    return None


def agreed_again(
    context: Context, view: LeadView, found: Restoring, *, again: bool = False
) -> tuple[
    dict[str, Scalar], dict[RecordRef, dict[str, Native]], dict[RecordRef, dict[str, Native]]
]:
    """What is agreed of the mapped fields once they are put back.

    Args:
        again: nothing of it is kept so: what another CRM shows by now is an edit, which the next sync hears.

    Returns:
        The canonical values; by record written, what it will show that is not that value; by record not written, what
        it shows that is not that value and is no edit: both are that CRM's own form of it from now on (R5).
    """
    values: dict[str, dict[str, Scalar]] = {}
    # Of a further record another one speaks for its CRM by now, and may show something else (R23).
    for ref in (one for one in found.fields if view.sides[one].primary):
        for name, one in found.fields[ref].items():
            rule = merge_rule(context, ref, name)
            if rule is None:
                continue
            try:
                value = agreed_value(rule, rule.sides[ref.crm, ref.kind], one.before)
            except ValueError:
                continue
            values.setdefault(rule.name, {})[ref.crm] = value
    agreed: dict[str, Scalar] = {}
    written: dict[RecordRef, dict[str, Native]] = {}
    unwritten: dict[RecordRef, dict[str, Native]] = {}
    for canonical, by_crm in values.items():
        rule = context.mapping.fields[canonical]
        master = rule.system_of_record if rule.system_of_record in by_crm else min(by_crm)
        agreed[canonical] = by_crm[master]
        for crm in context.crms:
            there = view.primary(crm)
            if there is None:
                continue
            side, record = there
            mapped = rule.sides.get((crm, side.ref.kind))
            if mapped is None or mapped.field not in record.fields:
                continue
            restored = found.fields.get(side.ref, {}).get(mapped.field)
            shows = restored.before if restored is not None else record.fields[mapped.field]
            if agreed_value(rule, mapped, shows) == agreed[canonical]:
                continue
            if restored is not None:
                written.setdefault(side.ref, {})[mapped.field] = shows
            elif (
                not again and agreed_value(rule, mapped, shows) == view.link.base.get(canonical)
            ) or (
                mapped.field in side.renderings
                and same_native(side.renderings[mapped.field], shows)
            ):
                unwritten.setdefault(side.ref, {})[mapped.field] = shows
    return agreed, written, unwritten


def agreed_value(rule: FieldRule, mapped: SideField, native: Native) -> Scalar:
    """What is agreed where this CRM field shows this value.

    Raises:
        ValueError: the mapping cannot read it.
    """
    value = mapped.read(native)
    return rule.blank_means if value is None else value
