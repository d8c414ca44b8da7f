"""COUNT, MIN, MAX, SUM, AVG and GROUP BY (facts salesforce §3: ``AggregateResult``, ``expr0``)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from leadpact_sandbox.salesforce.errors import ApiError, malformed_query
from leadpact_sandbox.salesforce.fields import NUMBER_TYPES
from leadpact_sandbox.salesforce.soql.binder import Bound, Scope, bind
from leadpact_sandbox.salesforce.soql.filters import fold
from leadpact_sandbox.salesforce.soql.parser import Aggregate, Query
from leadpact_sandbox.salesforce.table import Row


def _result(aggregate: Aggregate, bound: Bound, rows: list[Row]) -> Any:
    values = [value for row in rows if (value := bound.read(row)) is not None]
    if aggregate.function == "COUNT":
        return len(values)
    if aggregate.function == "COUNT_DISTINCT":
        return len({fold(bound.field, value) for value in values})
    if not values:
        return None
    if aggregate.function in ("SUM", "AVG"):
        total = sum(values)
        return total if aggregate.function == "SUM" else total / len(values)
    pick = min if aggregate.function == "MIN" else max
    return pick(values, key=lambda value: fold(bound.field, value))


def grouped(scope: Scope, query: Query, rows: Iterable[Row]) -> tuple[dict[str, Any], ...]:
    """The records of an aggregate query, ordered by its ORDER BY or by group.

    Raises:
        ApiError: 400 for a selected field that is not grouped, or a sum of what is no number.
    """
    keys = [bind(scope, path) for path in query.group]
    selected = [bind(scope, path) for path in query.paths]
    names = [(bound.hops, bound.field.name) for bound in keys]
    for bound in selected:
        if (bound.hops, bound.field.name) not in [(key.hops, key.field.name) for key in keys] and (
            bound.field.name not in [name for _, name in names]
        ):
            raise malformed_query(f"Field must be grouped or aggregated: {bound.field.name}")
    functions = [(each, bind(scope, each.path)) for each in query.aggregates]
    for aggregate, bound in functions:
        if aggregate.function in ("SUM", "AVG") and bound.field.type not in NUMBER_TYPES:
            raise ApiError(
                400,
                "INVALID_FIELD",
                f"field {bound.field.name} does not support aggregate operator "
                f"{aggregate.function}",
            )
    groups: dict[tuple[Any, ...], list[Row]] = {} if keys else {(): []}
    for row in rows:
        groups.setdefault(tuple(bound.read(row) for bound in keys), []).append(row)
    if not query.order:
        ordered = sorted(groups, key=lambda group: [(part is not None, part) for part in group])
    else:
        ordered = _in_order(scope, query, keys, groups)
    made: list[dict[str, Any]] = []
    for group in ordered:
        record: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        by_name = {key.field.name: part for key, part in zip(keys, group, strict=True)}
        for bound in selected:
            record[bound.field.name] = by_name[bound.field.name]
        for place, (aggregate, bound) in enumerate(functions):
            name = aggregate.alias or f"expr{place}"
            record[name] = _result(aggregate, bound, groups[group])
        made.append(record)
    end = None if query.limit is None else query.offset + query.limit
    return tuple(made[query.offset : end])


def _in_order(
    scope: Scope, query: Query, keys: list[Bound], groups: dict[tuple[Any, ...], list[Row]]
) -> list[tuple[Any, ...]]:
    ordered = list(groups)
    names = [key.field.name for key in keys]
    for term in reversed(query.order):
        wanted = bind(scope, term.path).field.name
        if wanted not in names:
            raise malformed_query(f"Ordered field must be grouped or aggregated: {wanted}")
        place = names.index(wanted)
        empty = [group for group in ordered if group[place] is None]
        full = [group for group in ordered if group[place] is not None]
        full.sort(key=lambda group: group[place], reverse=term.descending)
        ordered = empty + full if term.nulls_first else full + empty
    return ordered
