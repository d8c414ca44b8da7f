"""What ``columns=true`` on a query answers: its columns described, without records.

Salesforce's command line asks for it after each query, to know the names and the order of the
columns. The facts are silent on it; the shape is believed from what that client reads.
"""

from __future__ import annotations

from typing import Any

from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.fields import NUMBER_TYPES, TEXT_TYPES, Field
from leadpact_sandbox.salesforce.soql import binder
from leadpact_sandbox.salesforce.soql.binder import Bound, Scope
from leadpact_sandbox.salesforce.soql.columns import bound_columns
from leadpact_sandbox.salesforce.soql.nodes import Aggregate, Function, Operand, Query, Selected
from leadpact_sandbox.salesforce.soql.shape import TypeShape
from leadpact_sandbox.salesforce.soql.tokens import Literal

_APEX_TYPES = {
    "id": "Id",
    "reference": "Id",
    "boolean": "Boolean",
    "int": "Integer",
    "double": "Double",
    "currency": "Decimal",
    "percent": "Decimal",
    "date": "Date",
    "datetime": "Datetime",
}


def query_columns(scope: Scope, query: Query, literals: tuple[Literal, ...]) -> dict[str, Any]:
    """The answer to a query with ``columns=true``; the query was found to be valid before.

    Args:
        scope: the queried object and who asks.
        query: the parsed query.
        literals: of the lexed query.
    """
    columns = _columns(scope, query, literals)
    return {
        "columnMetadata": columns,
        "entityName": scope.owner.name,
        "groupBy": bool(query.group),
        "idSelected": any(each["columnName"] == "Id" for each in columns),
        "keyPrefix": scope.owner.prefix,
    }


def _columns(scope: Scope, query: Query, literals: tuple[Literal, ...]) -> list[dict[str, Any]]:
    if query.aggregates:
        return _of_groups(scope, query)
    made: list[dict[str, Any]] = []
    for each in bound_columns(scope, query, literals):
        if isinstance(each, TypeShape):
            shown = {column.key: column for case in each.cases.values() for column in case}
            shown.update((column.key, column) for column in each.otherwise)
            inner = [_of_field(column.field) for column in shown.values()]
            made.append(_of_parent(scope.owner.relationship(each.hop.name), each.hop.name, inner))
        else:
            _nest(made, scope, scope.owner, each, 0)
    for child in query.children:
        link = next(
            each
            for each in scope.owner.children
            if each.relationship.lower() == child.source.lower()
        )
        owner = scope.org.catalog.objects[link.object]
        inner_scope = Scope(scope.org, owner, scope.access, child.alias, scope.zone)
        inner = _columns(inner_scope, child, literals)
        made.append(_row(link.relationship, aggregate=True, joinColumns=inner))
    return made


def _nest(
    made: list[dict[str, Any]], scope: Scope, owner: Sobject | None, column: Bound, depth: int
) -> None:
    """Put a column below the parents that lead to it; a parent's columns stand together."""
    if depth == len(column.hops):
        made.append(_of_field(column.field))
        return
    name = column.hops[depth].name
    link = None if owner is None else owner.relationship(name)
    row = next((each for each in made if each["columnName"] == name and each["joinColumns"]), None)
    if row is None:
        row = _of_parent(link, name, [])
        made.append(row)
    single = link is not None and len(link.reference_to) == 1
    parent = scope.org.catalog.get(link.reference_to[0]) if link is not None and single else None
    _nest(row["joinColumns"], scope, parent, column, depth + 1)


def _of_groups(scope: Scope, query: Query) -> list[dict[str, Any]]:
    made = []
    unnamed = 0
    for each in query.columns:
        name = each.alias
        if name is None and not isinstance(each.operand, tuple):
            name, unnamed = f"expr{unnamed}", unnamed + 1
        made.append(_of_group(scope, each, name))
    return made


def _of_group(scope: Scope, column: Selected, name: str | None) -> dict[str, Any]:
    operand = column.operand
    if isinstance(operand, int):
        raise AssertionError("TYPEOF does not stand in an aggregate query")
    computed = isinstance(operand, Aggregate | Function)
    path = operand if isinstance(operand, tuple) else operand.path
    field = binder.bind(scope, path).field if path else None
    shown = name or (field.name if field is not None else "")
    if isinstance(operand, Aggregate) and operand.function.startswith("COUNT"):
        return _row(shown, displayName=_written(operand), aggregate=True, apexType="Integer")
    kind = "" if field is None else field.type
    return _row(
        shown,
        displayName=_written(operand) if computed else shown,
        aggregate=computed,
        apexType=_APEX_TYPES.get(kind, "String"),
    )


def _written(operand: Operand) -> str:
    if isinstance(operand, tuple):
        return ".".join(operand)
    function = operand.function if isinstance(operand, Aggregate) else operand.name
    return f"{function}({'.'.join(operand.path)})"


def _of_parent(link: Field | None, name: str, inner: list[dict[str, Any]]) -> dict[str, Any]:
    foreign = None if link is None else link.name
    return _row(name, apexType=None, foreignKeyName=foreign, joinColumns=inner)


def _of_field(field: Field) -> dict[str, Any]:
    return _row(
        field.name,
        apexType=_APEX_TYPES.get(field.type, "String"),
        textType=field.type in TEXT_TYPES,
        numberType=field.type in NUMBER_TYPES,
        custom=field.custom,
        insertable=field.createable,
        updatable=field.updateable,
    )


def _row(name: str, **told: Any) -> dict[str, Any]:
    """A column of which nothing is true but what is told."""
    row: dict[str, Any] = {
        "aggregate": False,
        "apexType": None,
        "booleanType": told.get("apexType") == "Boolean",
        "columnName": name,
        "custom": False,
        "displayName": name,
        "foreignKeyName": None,
        "insertable": False,
        "joinColumns": [],
        "numberType": told.get("apexType") == "Integer",
        "textType": False,
        "updatable": False,
    }
    return {**row, **told}
