"""Names of a query to fields of the schema, as far as the caller may see them (facts salesforce §3, §7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from leadpact_sandbox.salesforce.catalog import UNCOVERED_OBJECTS, Access, Sobject
from leadpact_sandbox.salesforce.errors import ApiError, malformed_query, not_covered
from leadpact_sandbox.salesforce.fields import Field, email, flag, text
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.soql import functions
from leadpact_sandbox.salesforce.soql.nodes import Aggregate, Function, Operand, Path
from leadpact_sandbox.salesforce.table import Row

Reader: TypeAlias = Callable[[Row], Any]
_NAME_FIELDS = {
    each.name.lower(): each
    for each in (
        Field("Id", "Record ID", "id", 18),
        text("Name", "Name", 255),
        text("Type", "Type", 40),
        email(),
        text("FirstName", "First Name", 40),
        text("LastName", "Last Name", 80),
        text("Username", "Username", 80),
        flag("IsActive", "Active"),
        text("Alias", "Alias", 8),
        text("Title", "Title", 128),
        text("Phone", "Phone", 40),
    )
}
"""What a polymorphic parent (the Name object) offers; ``Owner.Department`` is not among it."""
_MAX_HOPS = 5


@dataclass(frozen=True, slots=True)
class Hop:
    """One step to a parent: the relationship's name and how to find the parent's row."""

    name: str
    follow: Callable[[Row], tuple[str, Row] | None]
    polymorphic: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """A path bound to a field.

    Attributes:
        hops: parents on the way; empty for a field of the queried object itself.
        field: the field at the end.
        read: its value for a row of the queried object; null when a parent is missing.
        leaf: its value for the last parent's row.
        function: what a date function stands before it, else empty.
    """

    hops: tuple[Hop, ...]
    field: Field
    read: Reader
    leaf: Reader
    function: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for two paths that mean the same, however they were written."""
        return (self.function, *(hop.name for hop in self.hops), self.field.name)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a query's names are looked up in.

    Attributes:
        zone: the user's time zone: where relative dates and ``convertTimezone`` count days.
    """

    org: Org
    owner: Sobject
    access: Access
    alias: str | None
    zone: ZoneInfo | None = None


def source(org: Org, name: str, *, tooling: bool = False) -> Sobject:
    """The queried object.

    Raises:
        ApiError: 400 INVALID_TYPE, or 501 for an object that only the sandbox lacks.
    """
    owner = org.catalog.get(name)
    if owner is not None and (owner.tooling == tooling or owner.anywhere):
        return owner
    if tooling:
        raise not_covered(f"the Tooling object {name}")
    if name.lower() in {known.lower() for known in UNCOVERED_OBJECTS}:
        raise not_covered(f"the object {name}")
    raise ApiError(
        400,
        "INVALID_TYPE",
        f"sObject type '{name}' is not supported. If you are attempting to use a custom object, be "
        "sure to append the '__c' after the entity name. Please reference your WSDL or the "
        "describe call for the appropriate names.",
    )


def no_such_column(name: str, entity: str) -> ApiError:
    """400 INVALID_FIELD as a query answers it."""
    return ApiError(
        400,
        "INVALID_FIELD",
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom "
        "field, be sure to append the '__c' after the custom field name. Please reference your "
        "WSDL or the describe call for the appropriate names.",
    )


def value_reader(field: Field) -> Reader:
    """Reads a field from its own row; a checkbox is never null."""
    name = field.name
    if field.type == "boolean":
        return lambda row: bool(row.get(name))
    return lambda row: row.get(name)


def bind(scope: Scope, operand: Operand) -> Bound:
    """Bind a path, or a date function of one.

    Raises:
        ApiError: 400 INVALID_FIELD for a field or relationship that is not there or not visible,
            400 MALFORMED_QUERY for an aggregate, which has no place among rows.
    """
    if isinstance(operand, Aggregate):
        raise malformed_query(f"Grouped or aggregated only: {operand.function}")
    if isinstance(operand, Function):
        return _function(scope, operand)
    return bind_path(scope, operand)


def bind_name(scope: Scope, name: str) -> Bound:
    """Bind a field of the Name object, as TYPEOF's ELSE takes it.

    Raises:
        ApiError: 400 INVALID_FIELD for one that it does not have.
    """
    field, leaf = _leaf(scope, None, "Name", name)
    return Bound((), field, leaf, leaf)


def _function(scope: Scope, called: Function) -> Bound:
    inner = bind_path(scope, called.path)
    field, name = inner.field, called.name
    if name in functions.LABEL_FUNCTIONS:
        if field.type not in ("picklist", "multipicklist", "combobox"):
            raise ApiError(
                400, "INVALID_FIELD", f"{field.name} is no picklist, so that it has no label"
            )
        return inner
    if name == "CONVERTTIMEZONE" or name not in functions.DATE_FUNCTIONS:
        raise malformed_query(f"unexpected token: '{name}'")
    dated = field.type == "datetime" or (
        field.type == "date" and name not in functions.ONLY_DATETIME and not called.zoned
    )
    if not dated:
        raise ApiError(
            400, "INVALID_FIELD", f"field {field.name} does not support the function {name}"
        )
    part = functions.reader(name, scope.zone if called.zoned else None)
    made = Field(field.name, field.label, "date" if name == "DAY_ONLY" else "int")
    inner_read, inner_leaf = inner.read, inner.leaf

    def read(row: Row) -> Any:
        held = inner_read(row)
        return None if held is None else part(held)

    def leaf(row: Row) -> Any:
        held = inner_leaf(row)
        return None if held is None else part(held)

    return Bound(inner.hops, made, read, leaf, f"{name}{called.zoned or ''}")


def bind_path(scope: Scope, path: Path) -> Bound:
    """Bind a path.

    Raises:
        ApiError: 400 INVALID_FIELD for a field or relationship that is not there or not visible.
    """
    names = list(path)
    first, alias = names[0].lower(), (scope.alias or "").lower()
    named = first == scope.owner.name.lower() and scope.owner.relationship(first) is None
    if len(names) > 1 and (first == alias or named):
        names = names[1:]
    owner: Sobject | None = scope.owner
    entity = scope.owner.name
    hops: list[Hop] = []
    for name in names[:-1]:
        link = None if owner is None else owner.relationship(name)
        if link is None or owner is None or not scope.access.reads(owner, link):
            raise ApiError(
                400,
                "INVALID_FIELD",
                f"Didn't understand relationship '{name}' in field path. If you are attempting to "
                "use a custom relationship, be sure to append the '__r' after the custom "
                "relationship name.",
            )
        hops.append(hop_of(scope.org, link))
        if len(link.reference_to) > 1:
            owner, entity = None, "Name"
        else:
            entity = link.reference_to[0]
            owner = scope.org.catalog.objects[entity]
    if len(hops) > _MAX_HOPS:
        raise ApiError(400, "INVALID_FIELD", f"the path {'.'.join(path)} has more than 5 parents")
    field, leaf = _leaf(scope, owner, entity, names[-1])
    return Bound(tuple(hops), field, _chain(tuple(hops), leaf), leaf)


def _leaf(scope: Scope, owner: Sobject | None, entity: str, name: str) -> tuple[Field, Reader]:
    if owner is not None:
        field = owner.field(name)
        if field is None or not scope.access.reads(owner, field):
            raise no_such_column(name, entity)
        return field, value_reader(field)
    known = _NAME_FIELDS.get(name.lower())
    if known is None:
        raise no_such_column(name, entity)
    return known, _type_reader(scope.org) if known.name == "Type" else value_reader(known)


def _type_reader(org: Org) -> Reader:
    """``Owner.Type``, ``Who.Type``: the parent's object, Queue for a Group."""
    of_id = org.catalog.of_id

    def read(row: Row) -> Any:
        kind = of_id(row["Id"])
        return "Queue" if kind == "Group" else kind

    return read


def hop_of(org: Org, link: Field) -> Hop:
    """The step that a lookup makes."""
    return Hop(link.relationship or link.name, _follower(org, link), len(link.reference_to) > 1)


def _follower(org: Org, link: Field) -> Callable[[Row], tuple[str, Row] | None]:
    name = link.name
    targets = [(kind, org.tables[kind]) for kind in link.reference_to]

    def follow(row: Row) -> tuple[str, Row] | None:
        parent = row.get(name)
        if parent is None:
            return None
        for kind, table in targets:
            found = table.rows.get(parent)
            if found is not None:
                return kind, found
        return None

    return follow


def _chain(hops: tuple[Hop, ...], leaf: Reader) -> Reader:
    if not hops:
        return leaf

    def read(row: Row) -> Any:
        for hop in hops:
            parent = hop.follow(row)
            if parent is None:
                return None
            row = parent[1]
        return leaf(row)

    return read
