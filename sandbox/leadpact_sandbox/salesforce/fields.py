"""One field of an sObject as describe reports it, and short makers for the schema files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

TEXT_TYPES = frozenset(
    {"string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox"}
)
NUMBER_TYPES = frozenset({"double", "currency", "percent", "int"})
ID_TYPES = frozenset({"id", "reference"})
COMPLEX = "complexvalue"
"""Metadata of the Tooling API: a JSON object."""
ANY_TYPE = "anyType"
"""Values of any type, as history keeps them: shown, never filtered or sorted by (facts salesforce §6)."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field; names of attributes follow describe (facts salesforce §1).

    Attributes:
        length: characters for text types, else 0.
        default: value on create when none is sent.
        restricted: a picklist that refuses values it does not list.
        needs_grant: invisible by the API until a FieldPermissions row grants it (§7).
        hidden: a standard field that the profile hides; no grant helps.
        long_text: long text area, neither filterable nor sortable, shrinks query pages (§3).
    """

    name: str
    label: str
    type: str
    length: int = 0
    createable: bool = True
    updateable: bool = True
    nillable: bool = True
    default: Any = None
    values: tuple[str, ...] = ()
    restricted: bool = False
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    precision: int = 0
    scale: int = 0
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    custom: bool = False
    permissionable: bool = True
    needs_grant: bool = False
    hidden: bool = False
    long_text: bool = False
    id_lookup: bool = False
    calculated: bool = False

    @property
    def required(self) -> bool:
        """Must be given on create and never nulled: not nillable and without a default."""
        return not self.nillable and self.createable and self.type != "boolean"


def text(name: str, label: str, length: int, **more: Any) -> Field:
    """A text field of ``length`` characters."""
    return Field(name, label, "string", length, **more)


def long_text(name: str, label: str, length: int = 32_000) -> Field:
    """A long text area: not filterable, not sortable."""
    return Field(name, label, "textarea", length, long_text=True)


def email(name: str = "Email", label: str = "Email") -> Field:
    """An e-mail address, lower-cased on store, found through an index."""
    return Field(name, label, "email", 80, id_lookup=True)


def phone(name: str, label: str) -> Field:
    """A phone number, 40 characters, stored as sent."""
    return Field(name, label, "phone", 40)


def url(name: str, label: str) -> Field:
    """A web address, 255 characters, stored as sent."""
    return Field(name, label, "url", 255)


def picklist(name: str, label: str, values: Sequence[str], **more: Any) -> Field:
    """A picklist; unrestricted unless said, so that it stores unknown values (§6)."""
    return Field(name, label, "picklist", 255, values=tuple(values), **more)


def flag(name: str, label: str, **more: Any) -> Field:
    """A checkbox: never null, false by default."""
    return Field(name, label, "boolean", nillable=False, default=False, **more)


def number(name: str, label: str, **more: Any) -> Field:
    """A whole number of 8 digits."""
    return Field(name, label, "int", precision=8, **more)


def amount(name: str, label: str, kind: str = "currency", **more: Any) -> Field:
    """A decimal number of 18 digits, two after the point."""
    return Field(name, label, kind, precision=18, scale=2, **more)


def day(name: str, label: str, **more: Any) -> Field:
    """A date without zone."""
    return Field(name, label, "date", **more)


def stamp(name: str, label: str, **more: Any) -> Field:
    """A date and time, whole seconds."""
    return Field(name, label, "datetime", **more)


def reference(
    name: str, label: str, to: str | Sequence[str], relationship: str, **more: Any
) -> Field:
    """A lookup to one object, or several (polymorphic)."""
    targets = (to,) if isinstance(to, str) else tuple(to)
    return Field(
        name, label, "reference", 18, reference_to=targets, relationship=relationship, **more
    )


READ_ONLY: dict[str, Any] = {"createable": False, "updateable": False, "permissionable": False}
CREATE_ONLY: dict[str, Any] = {"updateable": False}


def system_fields(*, deletable: bool = True) -> tuple[Field, ...]:
    """Id, audit stamps and, for what has a recycle bin, IsDeleted."""
    fixed: dict[str, Any] = {**READ_ONLY, "nillable": False}
    made = [Field("Id", "Record ID", "id", 18, id_lookup=True, **fixed)]
    if deletable:
        made.append(flag("IsDeleted", "Deleted", **READ_ONLY))
    made += [
        stamp("CreatedDate", "Created Date", **fixed),
        reference("CreatedById", "Created By ID", "User", "CreatedBy", **fixed),
        stamp("LastModifiedDate", "Last Modified Date", **fixed),
        reference("LastModifiedById", "Last Modified By ID", "User", "LastModifiedBy", **fixed),
        stamp("SystemModstamp", "System Modstamp", **fixed),
    ]
    return tuple(made)
