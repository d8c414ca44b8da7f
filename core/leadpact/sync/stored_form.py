"""A CRM's own stored form of a value: cut, folded, rounded, lossy; storing is not taken for editing (R5). Pure."""

from __future__ import annotations

from leadpact.mapping import SideField
from leadpact.model.link import Side
from leadpact.model.record import Known, Native, Unknown
from leadpact.model.schema import FieldSchema, KindSchema


def own_form(mapped: SideField, base: Known, value: Known) -> bool:
    """Whether a lossy field shows just what the base becomes there (R5)."""
    if not mapped.lossy or isinstance(base, Unknown) or isinstance(value, Unknown):
        return False
    try:
        return mapped.read(mapped.write(base)) == value
    except ValueError:
        return False


def stored_form(side: Side, native: Native, mapped: SideField, schema: KindSchema) -> bool:
    """Whether a value is what this CRM gave back, or is to give back, for the value that was agreed (R5)."""
    name = mapped.field
    if name in side.renderings and side.renderings[name] == native:
        return True
    if name not in side.open_renderings:
        return False
    field = schema.fields.get(name)
    return normalised(side.open_renderings[name], field) == normalised(native, field)


def normalised(value: Native, schema: FieldSchema | None) -> Native:
    """A value as the CRM's own rules store it, so that storing is not taken for editing."""
    if schema is None:
        return value
    rules = schema.normalises
    if isinstance(value, str):
        if "crlf" in rules:
            value = value.replace("\r\n", "\n")
        if "trim" in rules:
            value = value.strip()
        if "lower" in rules:
            value = value.lower()
        if "cut" in rules and schema.max_length is not None:
            value = value[: schema.max_length]
        if "whole_seconds" in rules and schema.type == "datetime":
            value = value[:19]
    if value == "" and "blank_is_null" in rules:
        return None
    if isinstance(value, float) and schema.scale is not None:
        return round(value, schema.scale)
    return value
