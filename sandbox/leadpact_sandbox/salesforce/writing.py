"""What one user may write to one object, compiled name by name as it is sent (facts salesforce §1, §7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadpact_sandbox.salesforce.catalog import Access, Sobject
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.fields import Field
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.parents import parent_id
from leadpact_sandbox.salesforce.table import Row
from leadpact_sandbox.salesforce.value_columns import ColumnWriter, column_writer, one_by_one
from leadpact_sandbox.salesforce.values import Writer, stored, writer

_MOST_NAMES = 1_000
_MOST_SHAPES = 200


@dataclass(frozen=True, slots=True)
class Column:
    """A name as it is sent: the field's own name, whether it takes a value, how one and many are stored."""

    name: str
    open: bool
    store: Writer
    store_all: ColumnWriter = one_by_one


def no_such_column(owner: Sobject, name: str) -> ApiError:
    """400 INVALID_FIELD: the field is not there, or hidden from the caller (§1, §7)."""
    return ApiError(
        400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {owner.name}"
    )


class Plan:
    """Turns sent values into stored ones for one object and one user's access."""

    def __init__(self, owner: Sobject, access: Access, *, creating: bool) -> None:
        self._owner = owner
        self.access = access
        self._creating = creating
        self._columns: dict[str, Column] = {}
        self._shapes: dict[tuple[str, ...], tuple[tuple[str, Column], ...]] = {}

    def _learn(self, name: str, value: object) -> Column:
        owner = self._owner
        field = owner.field(name)
        link = owner.relationship(name) if field is None and isinstance(value, dict) else None
        field = field or link
        if field is None or not self.access.reads(owner, field):
            raise no_such_column(owner, name)
        takes = field.createable if self._creating else field.updateable
        if link is not None:
            # Not kept: the same name with anything but an object is an unknown column.
            return Column(field.name, takes and self.access.edits(owner, field), self._parent(link))
        takes = takes and self.access.edits(owner, field)
        made = Column(field.name, takes, writer(field), column_writer(field))
        if len(self._columns) < _MOST_NAMES:
            self._columns[name] = made
        return made

    def _parent(self, link: Field) -> Writer:
        def write(org: Org, value: Any) -> Any:
            return stored(org, link, parent_id(org, link, value, self.access))

        return write

    def stored(self, org: Org, sent: Mapping[str, Any]) -> Row:
        """The values to store, by API name.

        Raises:
            ApiError: INVALID_FIELD, INVALID_FIELD_FOR_INSERT_UPDATE, or what a value is refused with.
        """
        names = tuple(sent)
        shape = self._shapes.get(names)
        if shape is None:
            shape = self.columns(sent)
        return {column.name: column.store(org, sent[name]) for name, column in shape}

    def columns(self, sent: Mapping[str, Any]) -> tuple[tuple[str, Column], ...]:
        """The columns of a row's names; rows of one call mostly share them.

        Raises:
            ApiError: INVALID_FIELD, INVALID_FIELD_FOR_INSERT_UPDATE.
        """
        known = self._columns
        shape = tuple(
            (name, known.get(name) or self._learn(name, value))
            for name, value in sent.items()
            if name != "attributes"
        )
        barred = [column.name for _, column in shape if not column.open]
        if barred:
            raise self._barred(barred)
        if len(self._shapes) < _MOST_SHAPES and all(name in known for name, _ in shape):
            self._shapes[tuple(sent)] = shape
        return shape

    def _barred(self, names: list[str]) -> ApiError:
        return ApiError(
            400,
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {', '.join(names)}. Please check the security "
            "settings of this field and verify that it is read/write for your profile or "
            "permission set.",
            names,
        )


def plan(org: Org, owner: Sobject, access: Access, *, creating: bool) -> Plan:
    """The plan of an object for a user's access; made once, until schema or access change."""
    key = (owner.name, creating, id(access))
    made: Plan | None = org.plans.get(key)
    if made is None or made.access is not access:
        made = org.plans[key] = Plan(owner, access, creating=creating)
    return made
