"""The mapping against the live schemas, before anything is written (DESIGN §6, R4, R5, R10)."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from leadpact.errors import Place
from leadpact.mapping.lead_mapping import LeadMapping, Side
from leadpact.mapping.rules import FieldRule, KindRule, SideField
from leadpact.mapping.wanted import OUTPUTS, SUB_REASON
from leadpact.model.schema import FieldSchema, FieldType, KindSchema

_FITTING: Mapping[FieldType, frozenset[FieldType]] = {
    "text": frozenset({"text", "picklist", "picklist_set", "number", "integer", "reference"}),
    "integer": frozenset({"integer", "number", "text"}),
    "number": frozenset({"number", "integer", "text"}),
    "boolean": frozenset({"boolean", "picklist", "text"}),
    "date": frozenset({"date", "text"}),
    "datetime": frozenset({"datetime", "text"}),
    "picklist": frozenset({"picklist", "text"}),
    "picklist_set": frozenset({"picklist_set", "text"}),
    "reference": frozenset({"reference", "text", "picklist"}),
}
"""Field types of a CRM that can hold a canonical type."""

FindingCode: TypeAlias = Literal[
    "kind_missing",
    "field_missing",
    "own_field_missing",
    "own_field_differs",
    "not_readable",
    "not_writable",
    "type_differs",
    "narrower_type",
    "too_short",
    "value_absent",
    "value_unmapped",
    "order_differs",
    "required_not_provided",
    "signal_source_unreadable",
    "newest_untimed",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that the mapping asks and a CRM does not give.

    Attributes:
        level: ``error`` = writes would be refused or wrong; ``warning`` = something is not had.
        place: file, line and column of the row it concerns.
    """

    level: Literal["error", "warning"]
    place: Place
    message: str
    code: FindingCode


def check_against_schemas(
    mapping: LeadMapping, schemas: Mapping[Side, KindSchema]
) -> tuple[Finding, ...]:
    """Everything in the mapping that these schemas do not allow, in the order of the document.

    Args:
        mapping: as loaded.
        schemas: live schema by (crm, kind); CRMs without any are not checked.
    """
    found: list[Finding] = []
    asked = {crm for crm, _ in schemas}
    for (crm, kind), rule in mapping.kind_rules.items():
        if crm in asked:
            schema = schemas.get((crm, kind))
            found.extend(_kind_findings(mapping, rule, schema))
    found.extend(_length_findings(mapping, schemas))
    return tuple(
        sorted(found, key=lambda each: (each.place.line or 0, each.place.column or 0, each.message))
    )


def _kind_findings(
    mapping: LeadMapping, rule: KindRule, schema: KindSchema | None
) -> Iterator[Finding]:
    place = mapping.places[rule.crm, rule.kind]
    if schema is None:
        message = f"{rule.crm} has no {rule.kind}, or leadpact may not see it"
        yield Finding("error", place, message, "kind_missing")
        return
    for field_rule in mapping.fields.values():
        side = field_rule.sides.get((rule.crm, rule.kind))
        if side is not None:
            at = mapping.places[rule.crm, rule.kind, "fields", field_rule.name]
            yield from _field_findings(field_rule, side, schema, rule, at)
            if field_rule.provisioned and field_rule.type == "picklist":
                yield from _option_findings(mapping, field_rule, side, schema, at)
    for signal in mapping.signals:
        if (signal.crm, signal.kind) == (rule.crm, rule.kind):
            at = mapping.places[rule.crm, rule.kind, "signals", signal.name]
            for name in (signal.field, signal.asset_field):
                if name and name not in schema.fields:
                    message = f"{_absent(rule, name, schema)}: the signal {signal.name} is unseen"
                    yield Finding("warning", at, message, "field_missing")
    for name in sorted(rule.scope.native if rule.scope is not None else ()):
        if name not in schema.fields and rule.scope is not None:
            message = f"{_absent(rule, name, schema)}: nobody can say who is in scope"
            yield Finding("error", rule.scope.place, message, "field_missing")
    yield from _own_findings(mapping, rule, schema)
    yield from _stage_findings(mapping, rule, schema)
    yield from _creation_findings(mapping, rule, schema)


def _field_findings(
    rule: FieldRule, side: SideField, schema: KindSchema, kind: KindRule, place: Place
) -> Iterator[Finding]:
    live = schema.fields.get(side.field)
    if live is None:
        if rule.provisioned:
            message = f"{kind.crm} {kind.kind}.{side.field} is not there yet; `leadpact provision` makes it"
            yield Finding("warning", place, message, "own_field_missing")
        else:
            yield Finding("error", place, _absent(kind, side.field, schema), "field_missing")
        return
    name = f"{kind.crm} {kind.kind}.{side.field}"
    if not live.readable:
        yield Finding("error", place, f"{name} cannot be read by leadpact", "not_readable")
    if side.direction != "from_crm" and not live.updateable:
        message = f"{name} cannot be written; say `direction: from_crm`, or grant the right"
        yield Finding("error", place, message, "not_writable")
    banded = rule.type == "integer" and live.type == "picklist" and side.lossy
    if live.type not in _FITTING[rule.type] and not banded:
        message = f"{name} is of type {live.type}, the mapping says {rule.type}"
        yield Finding("error", place, message, "type_differs")
    elif (rule.type, live.type) in (("number", "integer"), ("text", "integer"), ("text", "number")):
        message = f"{name} is narrower: compare as `type: {live.type}` (R10)"
        yield Finding("error", place, message, "narrower_type")
    yield from _value_findings(side.values.values(), live, name, place)


def _option_findings(
    mapping: LeadMapping, rule: FieldRule, side: SideField, schema: KindSchema, place: Place
) -> Iterator[Finding]:
    """Answers of the agreement that a picklist of ours does not offer yet."""
    live = schema.fields.get(side.field)
    options = next((one.options for one in mapping.answers if one.fact == rule.name), ())
    if live is None:
        return
    held = {each.value for each in live.picklist}
    lacking = [value for value, _label in options if side.values.get(value, value) not in held]
    if lacking:
        message = (
            f"{schema.kind}.{side.field} lacks {', '.join(lacking)}; `leadpact provision` adds them"
        )
        yield Finding("warning", place, message, "own_field_missing")


def _value_findings(
    values: Iterable[str], live: FieldSchema, name: str, place: Place
) -> Iterator[Finding]:
    if not live.picklist:
        return
    allowed = [each.value for each in live.picklist if each.active]
    for value in dict.fromkeys(values):
        if value in allowed:
            continue
        inactive = any(each.value == value for each in live.picklist)
        message = f'{name} has no value "{value}"'
        if inactive:
            message = f'{name}: the value "{value}" is not active any more'
        yield Finding(
            "error" if live.restricted else "warning",
            place,
            message + _renamed(value, allowed, live),
            "value_absent",
        )


def _own_findings(mapping: LeadMapping, rule: KindRule, schema: KindSchema) -> Iterator[Finding]:
    wanted = {rule.external_id: "text", **{f: OUTPUTS[n].type for n, f in rule.outputs.items()}}
    for name, crm_field in (("external_id", rule.external_id), *rule.outputs.items()):
        place = mapping.places[rule.crm, rule.kind, name]
        if name == SUB_REASON and not mapping.sub_reason_keys:
            continue
        shown = f"{rule.crm} {rule.kind}.{crm_field}"
        live = schema.fields.get(crm_field)
        if live is None:
            message = f"{shown} is not there yet; `leadpact provision` makes it"
            yield Finding("warning", place, message, "own_field_missing")
            continue
        if live.type != wanted[crm_field] and (wanted[crm_field], live.type) != (
            "number",
            "integer",
        ):
            message = f"{shown} is of type {live.type}; leadpact needs {wanted[crm_field]}"
            yield Finding("error", place, message, "own_field_differs")
        if name == "external_id" and not live.unique:
            message = f"{shown} must be unique, or a repeated write could make a second record"
            yield Finding("error", place, message, "own_field_differs")
        if not (live.readable and live.updateable):
            message = f"{shown} must be readable and writable by leadpact"
            yield Finding("error", place, message, "not_writable")
        keys = {
            "stage": mapping.stage_keys,
            "rejection_reason": mapping.reason_keys,
            SUB_REASON: mapping.sub_reason_keys,
        }.get(name, ())
        lacking = [key for key in keys if key not in {each.value for each in live.picklist}]
        if lacking:
            message = f"{shown} lacks {', '.join(lacking)}; `leadpact provision` adds them"
            yield Finding("warning", place, message, "own_field_missing")


def _stage_findings(mapping: LeadMapping, rule: KindRule, schema: KindSchema) -> Iterator[Finding]:
    table = rule.stages
    if not table.native_fields:
        return
    place = mapping.places[rule.crm, rule.kind, "stages"]
    for name in table.native_fields:
        live = schema.fields.get(name)
        if live is None:
            yield Finding("error", place, _absent(rule, name, schema), "field_missing")
            continue
        shown = f"{rule.crm} {rule.kind}.{name}"
        if not live.updateable and any(name in each.fields for each in table.settings.values()):
            yield Finding("error", place, f"{shown} cannot be written", "not_writable")
        mentioned = {value for row in table.rows for value in row.when.get(name, ())} - {""}
        written = {
            value
            for setting in table.settings.values()
            for fields in (setting.fields, *setting.by_reason.values())
            for value in (fields.get(name),)
            if value
        }
        yield from _value_findings(sorted(mentioned | written), live, shown, place)
        if name == (table.order_field or table.native_fields[0]):
            for each in live.picklist:
                if each.active and each.value not in mentioned:
                    message = f'{shown}: no row reads "{each.value}"; such records are held'
                    yield Finding("warning", place, message, "value_unmapped")
        if name == table.order_field:
            live_order = [each.value for each in live.picklist if each.value in table.order]
            if live_order != [value for value in table.order if value in live_order]:
                message = f"{shown} has the order {', '.join(live_order)}; forward_only differs"
                yield Finding("error", place, message, "order_differs")


def _creation_findings(
    mapping: LeadMapping, rule: KindRule, schema: KindSchema
) -> Iterator[Finding]:
    creation = mapping.creation.get(rule.crm)
    if creation is None or creation.kind != rule.kind:
        return
    place = mapping.places[rule.crm, rule.kind, "creation"]
    given = {
        each.sides[rule.crm, rule.kind].field: each.name
        for each in mapping.fields.values()
        if (rule.crm, rule.kind) in each.sides
        and each.sides[rule.crm, rule.kind].direction != "from_crm"
    }
    for live in schema.fields.values():
        if not live.required or not live.createable or live.name in rule.stages.native_fields:
            continue
        shown = f"{rule.crm} {rule.kind}.{live.name}"
        if live.name not in given:
            message = (
                f"{shown} is required and no field is mapped to it: no {rule.kind} can be made"
            )
        elif given[live.name] not in creation.required:
            message = f"{shown} is required: add {given[live.name]} to `required`"
        else:
            continue
        yield Finding("error", place, message, "required_not_provided")


def _length_findings(mapping: LeadMapping, schemas: Mapping[Side, KindSchema]) -> Iterator[Finding]:
    """One finding per kind: most text fields of one CRM are shorter than those of the other."""
    for side, schema in schemas.items():
        if side not in mapping.kind_rules:
            continue
        shorter: list[str] = []
        for rule in mapping.fields.values():
            here = rule.sides.get(side)
            length = _length(schema, here)
            if here is None or length is None or here.direction == "from_crm":
                continue
            others = [
                _length(schemas[other], each) or length + 1
                for other, each in rule.sides.items()
                if other[0] != side[0]
                and other in schemas
                and each.direction != "to_crm"
                and each.field in schemas[other].fields
                and schemas[other].fields[each.field].type == "text"
            ]
            fits = here.max_length is not None and here.max_length <= length
            if rule.type == "text" and not fits and any(other > length for other in others):
                shorter.append(f"{rule.name} ({length})")
        if shorter:
            message = (
                f"{side[0]} {side[1]} keeps fewer characters than the other CRM of "
                f"{', '.join(shorter)}; a longer value is refused there and becomes a failure "
                "(`cut: N` with `lossy: true` on that side shortens instead)"
            )
            yield Finding("warning", mapping.places[side], message, "too_short")


def _length(schema: KindSchema, side: SideField | None) -> int | None:
    live = schema.fields.get(side.field) if side is not None else None
    return live.max_length if live is not None else None


def _absent(rule: KindRule, name: str, schema: KindSchema) -> str:
    return f"{rule.crm} {rule.kind} has no field {name}, or leadpact may not see it" + _meant(
        name, schema.fields, '; did you mean "{}"?'.format
    )


def _renamed(value: str, allowed: Collection[str], live: FieldSchema) -> str:
    by_label = {each.label: each.value for each in live.picklist if each.active}
    if value in by_label:
        return f'; renamed to "{by_label[value]}"?'
    return _meant(value, allowed, '; renamed to "{}"?'.format)


def _meant(word: str, known: Collection[str], say: Callable[[str], str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return say(close[0]) if close else ""
