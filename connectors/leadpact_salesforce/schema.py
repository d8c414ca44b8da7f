"""Describe → the live schema, and what is known of it when reading and writing (facts §1, §6)."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from leadpact.errors import FixSettings
from leadpact.model.schema import FieldSchema, FieldType, KindSchema, Normalisation, PicklistValue
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.errors import ADDRESS_UNKNOWN
from leadpact_salesforce.objects import ACCOUNT, ALWAYS_THERE, CONTACT, LEAD, is_field_name

STATUS: Final = "Status"
_STATUSES: Final = (
    "SELECT ApiName, MasterLabel, IsConverted, IsDefault FROM LeadStatus ORDER BY SortOrder"
)

_TYPES: Final[Mapping[str, FieldType]] = {
    "id": "reference",
    "reference": "reference",
    "string": "text",
    "textarea": "text",
    "email": "text",
    "phone": "text",
    "url": "text",
    "combobox": "text",
    "encryptedstring": "text",
    "time": "text",
    "int": "integer",
    "long": "integer",
    "double": "number",
    "currency": "number",
    "percent": "number",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "picklist": "picklist",
    "multipicklist": "picklist_set",
}
"""Types that hold one comparable value; compound ones (address, location) are read by their parts."""
_TEXT: Final[frozenset[Normalisation]] = frozenset({"trim", "blank_is_null"})
_NORMALISES: Final[Mapping[str, frozenset[Normalisation]]] = {
    "email": _TEXT | {"lower"},
    "textarea": _TEXT | {"crlf"},
    "string": _TEXT,
    "phone": _TEXT,
    "url": _TEXT,
    "combobox": _TEXT,
    "encryptedstring": _TEXT,
    "datetime": frozenset({"whole_seconds", "blank_is_null"}),
}
"""What Salesforce makes of a value when it stores it; it never cuts one, it refuses (facts §1)."""
_BLANK_IS_NULL: Final[frozenset[Normalisation]] = frozenset({"blank_is_null"})


_NO_TEXTS = ("integer", "number", "boolean")


@dataclass(frozen=True, slots=True)
class LeadStatuses:
    """The org's values of Lead.Status, which its describe does not restrict (facts §6)."""

    usable: frozenset[str]
    converted: frozenset[str]
    first: str = ""


@dataclass(frozen=True, slots=True)
class KnownFields:
    """Names that this sign-in may see, in any case, with the relationships that lead onward.

    ``parents``: relationship → the one object to which it leads.
    """

    names: frozenset[str]
    relationships: frozenset[str]
    no_texts: frozenset[str]
    parents: Mapping[str, str] = field(default_factory=dict)

    def has(self, field: str) -> bool:
        """Whether the field, or the relationship before its dot, is visible."""
        relationship, dot, _ = field.partition(".")
        return relationship.lower() in (self.relationships if dot else self.names)


class LiveSchema:
    """The schema as last described, shared by reader and writer.

    Args:
        account_fields: fields of Account that a Contact's schema offers as ``Account.<name>``.
    """

    def __init__(self, client: SalesforceClient, account_fields: Sequence[str] = ()) -> None:
        self._client = client
        self._account_fields = tuple(account_fields)
        self._lock = threading.Lock()
        self._known: dict[str, KnownFields] = {}
        self._statuses: LeadStatuses | None = None
        self._status_rows: tuple[PicklistValue, ...] = ()

    def read(self, kinds: Sequence[str]) -> dict[str, KindSchema]:
        """The live schema of these kinds, asked for anew."""
        made = {kind: self._read(kind) for kind in kinds}
        if CONTACT in made and self._account_fields:
            made[CONTACT] = self._with_account(made[CONTACT])
        return made

    def _with_account(self, contacts: KindSchema) -> KindSchema:
        """Contacts with the offered fields of their Account that are visible, read-only."""
        known = {name.lower(): one for name, one in self._read(ACCOUNT).fields.items()}
        more = {
            f"{ACCOUNT}.{one.name}": replace(
                one,
                name=f"{ACCOUNT}.{one.name}",
                label=f"Account: {one.label}",
                createable=False,
                updateable=False,
                required=False,
                unique=False,
            )
            for name in self._account_fields
            if (one := known.get(name.lower())) is not None
        }
        return replace(contacts, fields={**contacts.fields, **more})

    def refresh(self, kind: str) -> KnownFields:
        """Ask anew which fields there are."""
        self._read(kind)
        return self._known[kind]

    def refresh_parents(self, kind: str, fields: Iterable[str]) -> None:
        """Ask anew which fields there are in the parents whose fields are asked for."""
        known = self._known[kind]
        for relationship in {name.partition(".")[0].lower() for name in fields if "." in name}:
            if relationship in known.parents:
                self.refresh(known.parents[relationship])

    def visible(self, kind: str, fields: Iterable[str]) -> list[str]:
        """Those of the fields that are visible as far as known; all where nothing was described."""
        known = self._known.get(kind)
        if known is None:
            return list(fields)
        return [field for field in fields if field in ALWAYS_THERE or self._sees(known, field)]

    def _sees(self, known: KnownFields, field: str) -> bool:
        relationship, dot, name = field.partition(".")
        parent = self._known.get(known.parents.get(relationship.lower(), "")) if dot else None
        return known.has(field) and (parent is None or parent.has(name))

    def hidden(self, kind: str, fields: Iterable[str]) -> list[str]:
        """Those of the fields that are known not to be visible."""
        known = self._known.get(kind)
        return [] if known is None else [field for field in fields if not known.has(field)]

    def no_texts(self, kind: str) -> frozenset[str]:
        """Fields that are known to take numbers or truth values, and no text."""
        known = self._known.get(kind)
        return frozenset() if known is None else known.no_texts

    def statuses(self) -> LeadStatuses:
        """The org's Lead statuses, asked for once and again with every :meth:`read` of Lead."""
        known = self._statuses
        if known is None:
            with self._lock:
                known = self._statuses or self._read_statuses()
        return known

    def _read(self, kind: str) -> KindSchema:
        if not is_field_name(kind) or "." in kind:
            raise FixSettings(f"{kind[:40]!r} is no Salesforce object.", code="kind_unknown")
        try:
            described = self._client.describe(kind)
        except FixSettings as refused:
            if refused.code != ADDRESS_UNKNOWN:
                raise
            raise FixSettings(
                f"Salesforce has no object {kind} that this sign-in may see.", code="kind_unknown"
            ) from refused
        fields: dict[str, FieldSchema] = {}
        relationships: set[str] = set()
        parents: dict[str, str] = {}
        for row in described["fields"]:
            made = field_schema(row)
            if made is not None:
                fields[made.name] = made
            if row.get("relationshipName"):
                relationships.add(str(row["relationshipName"]).lower())
                targets = list(row.get("referenceTo") or [])
                if len(targets) == 1:
                    parents[str(row["relationshipName"]).lower()] = str(targets[0])
        if kind == LEAD and STATUS in fields:
            with self._lock:
                self._read_statuses()
            fields[STATUS] = self._with_statuses(fields[STATUS])
        self._known[kind] = KnownFields(
            frozenset(name.lower() for name in fields),
            frozenset(relationships),
            frozenset(name for name, one in fields.items() if one.type in _NO_TEXTS),
            parents,
        )
        return KindSchema(kind, str(described.get("label") or kind), fields)

    def _read_statuses(self) -> LeadStatuses:
        rows = list(self._client.rows(_STATUSES))
        converted = frozenset(str(row["ApiName"]) for row in rows if row["IsConverted"])
        every = frozenset(str(row["ApiName"]) for row in rows)
        self._status_rows = tuple(
            PicklistValue(
                str(row["ApiName"]),
                str(row["MasterLabel"]) + (" (by conversion only)" if row["IsConverted"] else ""),
            )
            for row in rows
        )
        first = next((str(row["ApiName"]) for row in rows if row.get("IsDefault")), "")
        self._statuses = LeadStatuses(usable=every - converted, converted=converted, first=first)
        return self._statuses

    def _with_statuses(self, described: FieldSchema) -> FieldSchema:
        """Status with the org's own values, restricted: an org that takes any would store junk in
        silence, so this connector refuses what ``LeadStatus`` lacks. Converted values are listed,
        since mappings read them, and their label says that they are never written (R14)."""
        return FieldSchema(
            name=described.name,
            label=described.label,
            type="picklist",
            createable=described.createable,
            updateable=described.updateable,
            required=described.required,
            max_length=described.max_length,
            restricted=True,
            picklist=self._status_rows,
            normalises=described.normalises,
        )


def field_schema(row: Mapping[str, Any]) -> FieldSchema | None:
    """One field of a describe, None for types that hold no comparable value."""
    kind = str(row["type"])
    type_ = _TYPES.get(kind)
    if type_ is None:
        return None
    createable, nillable = bool(row.get("createable")), bool(row.get("nillable", True))
    length, scale = row.get("length") or 0, row.get("scale")
    # A boolean is never null; describe says so of every one, which does not make it required.
    required = createable and not nillable and not row.get("defaultedOnCreate")
    return FieldSchema(
        name=str(row["name"]),
        label=str(row.get("label") or row["name"]),
        type=type_,
        createable=createable,
        updateable=bool(row.get("updateable")),
        required=required and type_ != "boolean",
        unique=bool(row.get("unique")),
        max_length=int(length) if type_ == "text" and length else None,
        scale=int(scale) if type_ == "number" and scale is not None else None,
        restricted=bool(row.get("restrictedPicklist")),
        picklist=tuple(
            PicklistValue(
                str(value["value"]),
                str(value.get("label") or value["value"]),
                bool(value["active"]),
            )
            for value in row.get("picklistValues") or ()
        ),
        normalises=_NORMALISES.get(kind, _BLANK_IS_NULL),
        calculated=bool(row.get("calculated")),
    )
