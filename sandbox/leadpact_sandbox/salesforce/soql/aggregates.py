"""Aggregate functions, GROUP BY and HAVING (facts salesforce §3: ``AggregateResult``, ``expr0``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from leadpact_sandbox.salesforce.errors import ApiError, malformed_query
from leadpact_sandbox.salesforce.fields import ANY_TYPE, NUMBER_TYPES, Field
from leadpact_sandbox.salesforce.soql.binder import Bound, Scope, bind
from leadpact_sandbox.salesforce.soql.filters import Predicate, fold
from leadpact_sandbox.salesforce.soql.nodes import Aggregate, Condition, Operand, Query
from leadpact_sandbox.salesforce.table import Row

MAX_GROUPS = 2_000
"""Aggregate queries have no further pages."""
Having: TypeAlias = Callable[[Condition, Callable[[Operand], Bound]], Predicate]


@dataclass(slots=True)
class _Column:
    name: str
    bound: Bound


def _not_groupable(field: Field) -> bool:
    return field.long_text or field.type in (
        "double",
        "currency",
        "percent",
        "datetime",
        ANY_TYPE,
    )


def _checked(aggregate: Aggregate, bound: Bound) -> None:
    field, function = bound.field, aggregate.function
    summed = function in ("SUM", "AVG") and field.type not in NUMBER_TYPES
    if summed or field.long_text or field.type in ("boolean", ANY_TYPE):
        raise ApiError(
            400,
            "INVALID_FIELD",
            f"field {field.name} does not support aggregate operator {function}",
        )


def _reader(aggregate: Aggregate, bound: Bound) -> Callable[[list[Row]], Any]:
    read, field, function = bound.read, bound.field, aggregate.function

    def values(rows: list[Row]) -> list[Any]:
        return [value for row in rows if (value := read(row)) is not None]

    def extreme(rows: list[Row]) -> Any:
        pick = min if function == "MIN" else max
        return pick(values(rows), key=lambda value: fold(field, value), default=None)

    def summed(rows: list[Row]) -> Any:
        held = values(rows)
        if not held:
            return None
        return sum(held) if function == "SUM" else sum(held) / len(held)

    if function == "COUNT":
        return lambda rows: len(values(rows))
    if function == "COUNT_DISTINCT":
        return lambda rows: len({fold(field, value) for value in values(rows)})
    return extreme if function in ("MIN", "MAX") else summed


class _Groups:
    """Binds operands to groups: a group is read as ``{"key": tuple, "rows": rows}``."""

    def __init__(self, scope: Scope, query: Query) -> None:
        self._scope = scope
        self.keys = [bind(scope, each) for each in query.group]
        for each in self.keys:
            if _not_groupable(each.field):
                raise ApiError(
                    400,
                    "INVALID_FIELD",
                    f"field '{each.field.name}' can not be grouped in a query call",
                )
        self._places = {each.key: place for place, each in enumerate(self.keys)}

    def bound(self, operand: Operand) -> Bound:
        """An operand as it reads groups.

        Raises:
            ApiError: 400 for a field that is neither grouped nor aggregated.
        """
        if isinstance(operand, Aggregate):
            if not operand.path:
                raise malformed_query("COUNT() stands alone")
            inner = bind(self._scope, operand.path)
            _checked(operand, inner)
            counted = operand.function.startswith("COUNT")
            field = Field(inner.field.name, inner.field.label, "int") if counted else inner.field
            compute = _reader(operand, inner)

            def read(group: Row) -> Any:
                return compute(group["rows"])

            return Bound((), field, read, read, operand.function)
        inner = bind(self._scope, operand)
        place = self._places.get(inner.key)
        if place is None:
            raise malformed_query(f"Field must be grouped or aggregated: {inner.field.name}")

        def part(group: Row) -> Any:
            return group["key"][place]

        return Bound((), inner.field, part, part, inner.function)

    def made(self, rows: Iterable[Row]) -> list[Row]:
        """Groups in the order of their keys."""
        reads = [each.read for each in self.keys]
        found: dict[tuple[Any, ...], list[Row]] = {} if reads else {(): []}
        for row in rows:
            found.setdefault(tuple(read(row) for read in reads), []).append(row)
        ordered = sorted(found, key=lambda key: [(part is not None, part) for part in key])
        return [{"key": key, "rows": found[key]} for key in ordered]


def _columns(groups: _Groups, query: Query) -> list[_Column]:
    made: list[_Column] = []
    unnamed = 0
    for each in query.columns:
        if isinstance(each.operand, int):
            raise malformed_query("TYPEOF does not stand in an aggregate query")
        bound = groups.bound(each.operand)
        name = each.alias
        if name is None and isinstance(each.operand, tuple):
            name = bound.field.name
        elif name is None:
            name, unnamed = f"expr{unnamed}", unnamed + 1
        if name.lower() in {column.name.lower() for column in made}:
            raise malformed_query(f"duplicate alias: {name}")
        made.append(_Column(name, bound))
    return made


def grouped(
    scope: Scope, query: Query, rows: Iterable[Row], having: Having
) -> tuple[dict[str, Any], ...]:
    """The records of an aggregate query, ordered by its ORDER BY, else by group.

    Args:
        having: compiles HAVING with a binder of operands.

    Raises:
        ApiError: 400 for a column that is neither grouped nor aggregated, a sum of what is no
            number, or more groups than a page holds.
    """
    groups = _Groups(scope, query)
    columns = _columns(groups, query)
    wanted = [(groups.bound(each.path), each) for each in query.order]
    keep = None if query.having is None else having(query.having, groups.bound)
    found = groups.made(rows)
    if keep is not None:
        found = [each for each in found if keep(each)]
    for bound, term in reversed(wanted):
        read, field = bound.read, bound.field
        valued = [(read(each), each) for each in found]
        empty = [each for value, each in valued if value is None]
        full = [pair for pair in valued if pair[0] is not None]
        full.sort(key=lambda pair: fold(field, pair[0]), reverse=term.descending)
        rest = [each for _, each in full]
        found = empty + rest if term.nulls_first else rest + empty
    end = None if query.limit is None else query.offset + query.limit
    found = found[query.offset : end]
    if len(found) > MAX_GROUPS:
        raise ApiError(
            400,
            "EXCEEDED_ID_LIMIT",
            "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a "
            "single batch",
        )
    return tuple(
        {
            "attributes": {"type": "AggregateResult"},
            **{each.name: each.bound.read(group) for each in columns},
        }
        for group in found
    )
