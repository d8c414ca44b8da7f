"""HubSpot's property list as the live schema (facts §5)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from leadpact.model.schema import (
    FieldSchema,
    FieldType,
    KindSchema,
    Normalisation,
    PicklistValue,
    WantedField,
)
from leadpact_hubspot.objects import COMPANIES, CONTACTS, DEALS, EMAIL, GROUP, Json

TEXT_LIMIT: Final = 65_536
"""Characters of a text property (facts §4, §5)."""

_TYPES: Final[dict[str, FieldType]] = {
    "string": "text",
    "phone_number": "text",
    "number": "number",
    "bool": "boolean",
    "date": "date",
    "datetime": "datetime",
    "enumeration": "picklist",
}
_BLANK: Final[frozenset[Normalisation]] = frozenset({"blank_is_null"})
_ADDRESS: Final[frozenset[Normalisation]] = frozenset({"blank_is_null", "lower", "trim"})
_LABELS: Final = {CONTACTS: "Contact", COMPANIES: "Company", DEALS: "Deal"}
_YES_NO: Final = frozenset({"true", "false"})

_WIRE: Final[dict[FieldType, tuple[str, str]]] = {
    "text": ("string", "text"),
    "integer": ("number", "number"),
    "number": ("number", "number"),
    "boolean": ("bool", "booleancheckbox"),
    "date": ("date", "date"),
    "datetime": ("datetime", "date"),
    "picklist": ("enumeration", "select"),
    "picklist_set": ("enumeration", "checkbox"),
}


def kind_schema(properties: list[Json], kind: str = CONTACTS) -> KindSchema:
    """The schema of a kind from the answer of its property list."""
    fields = {str(one["name"]): field_schema(one) for one in properties if one.get("name")}
    return KindSchema(kind=kind, label=_LABELS[kind], fields=fields)


def field_schema(one: Json) -> FieldSchema:
    """One property; what may be written is what ``readOnlyValue`` leaves (facts §5)."""
    name, kind = str(one["name"]), _field_type(one)
    meta = one.get("modificationMetadata") or {}
    writable = not (meta.get("readOnlyValue") or one.get("calculated"))
    listed = kind in {"picklist", "picklist_set"}
    return FieldSchema(
        name=name,
        label=str(one.get("label") or name),
        type=kind,
        createable=writable,
        updateable=writable,
        unique=bool(one.get("hasUniqueValue")) or name == EMAIL,
        max_length=TEXT_LIMIT if kind == "text" else None,
        restricted=listed and not one.get("externalOptions"),
        picklist=tuple(
            PicklistValue(
                value=str(option.get("value", "")),
                label=str(option.get("label", "")),
                active=not option.get("hidden"),
            )
            for option in one.get("options") or ()
        )
        if listed
        else (),
        normalises=_ADDRESS if name == EMAIL else _BLANK,
    )


def _field_type(one: Json) -> FieldType:
    kind = _TYPES.get(str(one.get("type")), "text")
    if kind != "picklist":
        return kind
    if one.get("externalOptions") and one.get("referencedObjectType"):
        return "reference"
    shown = one.get("fieldType")
    if shown == "checkbox":
        return "picklist_set"
    values = {str(option.get("value")) for option in one.get("options") or ()}
    return "boolean" if shown == "booleancheckbox" and values == _YES_NO else "picklist"


def definition(wanted: WantedField) -> Json | None:
    """The body that creates a wanted property; None where HubSpot has no such type (references)."""
    wire_type = _WIRE.get(wanted.type)
    if wire_type is None:
        return None
    kind, shown = wire_type
    if wanted.type == "text" and (wanted.max_length or 0) > 255:
        shown = "textarea"
    body: Json = {
        "name": wanted.name,
        "label": wanted.label,
        "description": wanted.description,
        "groupName": GROUP,
        "type": kind,
        "fieldType": shown,
    }
    if wanted.external_id:
        body["hasUniqueValue"] = True
    if wanted.type == "boolean":
        body["options"] = [
            option("true", "Yes", 0),
            option("false", "No", 1),
        ]
    elif kind == "enumeration":
        body["options"] = [option(v, label, at) for at, (v, label) in enumerate(wanted.options)]
    return body


def option(value: str, label: str, order: int) -> Json:
    """One option; ``hidden`` is required (facts §5)."""
    return {"value": value, "label": label, "hidden": False, "displayOrder": order}


def same_type(wanted: WantedField, found: FieldSchema) -> bool:
    """Whether an existing property can serve as the wanted one; HubSpot has one type of number."""
    asked: FieldType = "number" if wanted.type == "integer" else wanted.type
    return found.type == asked and (found.unique or not wanted.external_id)


class SchemaSource:
    """The live schema, read when first asked for and kept until :meth:`forget`.

    Args:
        read: the raw property list.
    """

    def __init__(self, read: Callable[[], Json]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._kept: KindSchema | None = None

    def fresh(self) -> KindSchema:
        """The schema as it is now."""
        schema = kind_schema(self._read().get("results") or [])
        with self._lock:
            self._kept = schema
        return schema

    def kept(self) -> KindSchema:
        """The schema as last read."""
        with self._lock:
            kept = self._kept
        return self.fresh() if kept is None else kept

    def forget(self) -> None:
        """Read anew next time: properties were changed."""
        with self._lock:
            self._kept = None

    def is_unique(self, name: str) -> bool:
        """Whether the property is unique, so that records can be read by it."""
        found = self.kept().fields.get(name)
        return found is not None and found.unique

    def is_picklist(self, name: str) -> bool:
        """Whether the property compares by exact value."""
        found = self.kept().fields.get(name)
        return found is not None and found.type in {"picklist", "picklist_set"}

    def values_of(self, name: str) -> list[str]:
        """The options of a picklist, those no longer offered among them; none where there is no such property."""
        found = self.kept().fields.get(name)
        return [option.value for option in found.picklist] if found is not None else []
