"""One property definition, and the checks that its values pass on a write (facts §1, §5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import TypeAlias

from leadpact_sandbox.hubspot.stamp import DAY_MS, iso, iso_date, parse_instant

MAX_TEXT = 65_536
Check: TypeAlias = Callable[[str], str]
"""Takes a non-empty value as sent, answers it as stored; raises :class:`Refused`."""

FIELD_TYPES: dict[str, frozenset[str]] = {
    "bool": frozenset({"booleancheckbox", "calculation_equation"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"date", "calculation_equation"}),
    "enumeration": frozenset(
        {"select", "radio", "checkbox", "booleancheckbox", "calculation_equation"}
    ),
    "number": frozenset({"number", "calculation_equation"}),
    "phone_number": frozenset({"phonenumber"}),
    "string": frozenset(
        {"text", "textarea", "html", "file", "phonenumber", "calculation_equation"}
    ),
}
"""Which ``fieldType`` goes with which ``type`` (facts §5 lists both; the pairs are believed)."""

_EMAIL = re.compile(r"[^\s@,;<>()\"\\]+@[^\s@,;<>()\"\\.]+(\.[^\s@,;<>()\"\\.]+)+")
_PLAIN_EMAIL = re.compile(r"[a-z0-9._+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,2}[a-z]{2,24}", re.ASCII)
"""Usual addresses, which are stored as they are; :data:`_EMAIL` decides about all others."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


class Refused(Exception):
    """A value that HubSpot refuses, with its code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class Option:
    """One allowed value of an enumeration."""

    label: str
    value: str
    hidden: bool = False
    display_order: int = -1
    description: str | None = None

    def body(self) -> dict[str, object]:
        """As HubSpot answers it (facts §5)."""
        return {
            "label": self.label,
            "value": self.value,
            "description": self.description,
            "displayOrder": self.display_order,
            "hidden": self.hidden,
        }


@dataclass(slots=True)
class Definition:
    """A contact property. ``check`` is made anew whenever type or options change."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    description: str = ""
    options: list[Option] = field(default_factory=list)
    display_order: int = -1
    hidden: bool = False
    form_field: bool = False
    unique: bool = False
    hubspot_defined: bool = False
    calculated: bool = False
    external_options: bool = False
    read_only: bool = False
    created_ms: int = 0
    updated_ms: int = 0
    archived_ms: int | None = None
    check: Check = field(init=False)

    def __post_init__(self) -> None:
        self.check = make_check(self)

    def refresh(self, external: Container[str] = ()) -> None:
        """Make ``check`` anew after a change; ``external`` holds the values of outside options."""
        self.check = make_check(self, external)

    def body(self) -> dict[str, object]:
        """As HubSpot answers it (facts §5)."""
        ours = not self.hubspot_defined
        modification: dict[str, object] = {
            "archivable": ours,
            "readOnlyDefinition": self.hubspot_defined,
            "readOnlyValue": self.read_only,
        }
        if self.type == "enumeration":
            modification["readOnlyOptions"] = self.read_only or self.external_options
        made: dict[str, object] = {
            "updatedAt": iso(self.updated_ms),
            "createdAt": iso(self.created_ms),
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [option.body() for option in self.options],
            "displayOrder": self.display_order,
            "calculated": self.calculated,
            "externalOptions": self.external_options,
            "archived": self.archived_ms is not None,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": self.hubspot_defined,
            "modificationMetadata": modification,
            "formField": self.form_field,
        }
        if self.archived_ms is not None:
            made["archivedAt"] = iso(self.archived_ms)
        return made


def make_check(definition: Definition, external: Container[str] = ()) -> Check:
    """The value check of a definition, looked up once and not per write."""
    if definition.name == "email":
        return _email
    if definition.name == "hs_additional_emails":
        return _email_list
    if definition.external_options:
        return _external(external)
    if definition.type == "enumeration":
        return _choice([option.value for option in definition.options], definition.field_type)
    return _BY_TYPE[definition.type]


def any_text(value: str) -> str:
    """A text of any kind that is not too long."""
    if len(value) > MAX_TEXT:
        message = f"Property value is too long: {len(value)} characters, at most {MAX_TEXT}."
        raise Refused("PROPERTY_VALUE_TOO_LONG", message)
    return value


def _email(value: str) -> str:
    if _PLAIN_EMAIL.fullmatch(value):
        return value
    address = value.strip().lower()
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise Refused("INVALID_EMAIL", f"Email address {value[:300]} is invalid")
    return address


def checked_all(check: Check, values: list[str]) -> list[str]:
    """As ``check`` of each value that is not blank.

    Raises:
        Refused: one of them is refused.
    """
    if check is _email and all(map(_PLAIN_EMAIL.fullmatch, values)):
        return values
    return [check(value) if value else value for value in values]


def _email_list(value: str) -> str:
    append = ";" if value[0] == ";" else ""
    addresses = [_email(part) for part in value.split(";") if part.strip()]
    return append + ";".join(dict.fromkeys(addresses))


def _number(value: str) -> str:
    text = value.strip()
    if not _NUMBER.fullmatch(text):
        raise Refused("INVALID_INTEGER", f"{value[:300]} was not a valid number.")
    return text


def _boolean(value: str) -> str:
    if value in {"true", "false"}:
        return value
    raise Refused(
        "INVALID_OPTION", f"{value[:300]} was not one of the allowed options: [true, false]"
    )


def _datetime(value: str) -> str:
    ms = parse_instant(value.strip())
    if ms is None:
        raise Refused("INVALID_LONG", f"{value[:300]} was not a valid long.")
    return iso(ms)


def _date(value: str) -> str:
    ms = parse_instant(value.strip())
    if ms is None:
        raise Refused("INVALID_DATE", f"{value[:300]} was not a valid date.")
    if ms % DAY_MS:
        raise Refused("INVALID_DATE", f"{value[:300]} is at {iso(ms)[11:]} UTC, not midnight!")
    return iso_date(ms)


_BY_TYPE: dict[str, Check] = {
    "string": any_text,
    "phone_number": any_text,
    "number": _number,
    "bool": _boolean,
    "datetime": _datetime,
    "date": _date,
}


def _choice(values: list[str], field_type: str) -> Check:
    allowed = frozenset(values)
    listed = ", ".join(values)

    def one(value: str) -> str:
        if value in allowed:
            return value
        message = f"{value[:300]} was not one of the allowed options: [{listed}]"
        raise Refused("INVALID_OPTION", message)

    def many(value: str) -> str:
        append = ";" if value[0] == ";" else ""
        chosen = [one(part) for part in value.split(";") if part]
        return append + ";".join(dict.fromkeys(chosen))

    return many if field_type == "checkbox" else one


def _external(values: Container[str]) -> Check:
    def one(value: str) -> str:
        if value in values:
            return value
        raise Refused("INVALID_OPTION", f"{value[:300]} was not one of the allowed options: []")

    return one
