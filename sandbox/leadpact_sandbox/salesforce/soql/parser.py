"""SOQL's shape: what sqlglot parsed, held to what SOQL allows (facts salesforce §3)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from leadpact_sandbox.salesforce.errors import ApiError, malformed_query, not_covered

logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """``path op literal``; ``op`` is one of ``= != < <= > >= like``."""

    path: Path
    op: str
    literal: int


@dataclass(frozen=True, slots=True)
class Within:
    """``path IN (literals)``; the literal is a list."""

    path: Path
    literal: int


@dataclass(frozen=True, slots=True)
class SemiJoin:
    """``path IN (SELECT field FROM ...)``."""

    path: Path
    query: Query


@dataclass(frozen=True, slots=True)
class Negation:
    """NOT."""

    inner: Condition


@dataclass(frozen=True, slots=True)
class Every:
    """AND."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """OR."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = "Compare | Within | SemiJoin | Negation | Every | Either"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate function; ``path`` is empty for ``COUNT()``."""

    function: str
    path: Path
    alias: str | None


@dataclass(frozen=True, slots=True)
class Sort:
    """One ORDER BY term."""

    path: Path
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT by names; literals are numbers into the lexed query's literals."""

    source: str
    alias: str | None
    paths: tuple[Path, ...]
    aggregates: tuple[Aggregate, ...]
    children: tuple[Query, ...]
    every_field: str | None
    where: Condition | None
    group: tuple[Path, ...]
    order: tuple[Sort, ...]
    limit: int | None
    offset: int


_OPS: dict[type[exp.Expression], str] = {
    exp.EQ: "=",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Like: "like",
}
_AGGREGATES: dict[type[exp.Expression], str] = {
    exp.Count: "COUNT",
    exp.Min: "MIN",
    exp.Max: "MAX",
    exp.Sum: "SUM",
    exp.Avg: "AVG",
}
_CLAUSES = frozenset({"expressions", "from_", "where", "group", "order", "limit", "offset", "kind"})


def _unexpected(node: object) -> ApiError:
    words = node.sql() if isinstance(node, exp.Expression) else str(node)
    return malformed_query(f"unexpected token: '{words[:80].replace(chr(34), '')}'")


def _path(node: object) -> Path:
    if isinstance(node, exp.Column):
        return tuple(part.name for part in node.parts)
    if isinstance(node, exp.Dot):
        return tuple(part.name for part in node.parts)
    raise _unexpected(node)


def _literal(node: object) -> int:
    if isinstance(node, exp.Placeholder) and str(node.this).startswith("v"):
        return int(str(node.this)[1:])
    raise _unexpected(node)


def _condition(node: exp.Expression) -> Condition:
    if isinstance(node, exp.Paren):
        return _condition(node.this)
    if isinstance(node, exp.Not):
        return Negation(_condition(node.this))
    if isinstance(node, (exp.And, exp.Or)):
        flat: list[exp.Expression] = []
        _flatten(node, type(node), flat)
        parts = tuple(_condition(each) for each in flat)
        return Every(parts) if isinstance(node, exp.And) else Either(parts)
    if isinstance(node, exp.In):
        path = _path(node.this)
        query = node.args.get("query")
        if query is not None:
            inner = query.this if isinstance(query, exp.Subquery) else query
            return SemiJoin(path, _select(inner))
        if len(node.expressions) != 1:
            raise _unexpected(node)
        return Within(path, _literal(node.expressions[0]))
    op = _OPS.get(type(node))
    if op is None:
        raise _unexpected(node)
    return Compare(_path(node.this), op, _literal(node.args.get("expression")))


def _flatten(node: exp.Expression, kind: type[exp.Expression], into: list[exp.Expression]) -> None:
    """The parts of a chain of one connective; SOQL wants parentheses where AND meets OR."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, kind):
            stack.append(current.args["expression"])
            stack.append(current.this)
        elif isinstance(current, (exp.And, exp.Or)):
            raise malformed_query("unexpected token: AND and OR need parentheses between them")
        else:
            into.append(current)


def _aggregate(node: exp.Expression, alias: str | None) -> Aggregate | None:
    name = _AGGREGATES.get(type(node))
    if isinstance(node, exp.Anonymous) and str(node.this).upper() == "COUNT_DISTINCT":
        name, arguments = "COUNT_DISTINCT", list(node.expressions)
    elif name is not None:
        arguments = [node.this] if node.this is not None else []
        if node.args.get("expressions"):
            raise _unexpected(node)
    else:
        return None
    if len(arguments) > 1 or (not arguments and name != "COUNT"):
        raise _unexpected(node)
    return Aggregate(name or "", _path(arguments[0]) if arguments else (), alias)


def _select(node: object) -> Query:
    if not isinstance(node, exp.Select):
        raise _unexpected(node)
    for name, value in node.args.items():
        if value and name not in _CLAUSES:
            raise _unexpected(value[0] if isinstance(value, list) else value)
    source = node.args.get("from_")
    if source is None or not isinstance(source.this, exp.Table):
        raise malformed_query("unexpected token: '<EOF>' (expecting 'from')")
    table = source.this
    if {key for key, value in table.args.items() if value} - {"this", "alias"}:
        raise _unexpected(table)
    paths: list[Path] = []
    aggregates: list[Aggregate] = []
    children: list[Query] = []
    every_field: str | None = None
    for each in node.expressions:
        alias: str | None = None
        inner = each
        if isinstance(each, exp.Alias):
            alias, inner = each.alias, each.this
        aggregate = _aggregate(inner, alias)
        if aggregate is not None:
            aggregates.append(aggregate)
        elif alias is not None:
            raise _unexpected(each)
        elif isinstance(inner, exp.Subquery):
            children.append(_select(inner.this))
        elif isinstance(inner, exp.Anonymous) and str(inner.this).upper() == "FIELDS":
            every_field = _path(inner.expressions[0])[0].upper() if inner.expressions else ""
        else:
            paths.append(_path(inner))
    where = node.args.get("where")
    group = node.args.get("group")
    order = node.args.get("order")
    return Query(
        source=table.name,
        alias=table.alias or None,
        paths=tuple(paths),
        aggregates=tuple(aggregates),
        children=tuple(children),
        every_field=every_field,
        where=None if where is None else _condition(where.this),
        group=tuple(_path(each) for each in group.expressions) if group is not None else (),
        order=tuple(_sort(each) for each in order.expressions) if order is not None else (),
        limit=_count(node.args.get("limit")),
        offset=_count(node.args.get("offset")) or 0,
    )


def _sort(node: exp.Expression) -> Sort:
    if not isinstance(node, exp.Ordered):
        raise _unexpected(node)
    if isinstance(node.this, exp.Func):
        raise not_covered("SOQL ORDER BY of a function")
    descending = bool(node.args.get("desc"))
    written = node.args.get("nulls_first")
    return Sort(_path(node.this), descending, bool(written))


def _count(node: exp.Expression | None) -> int | None:
    if node is None:
        return None
    value = node.args.get("expression")
    if not isinstance(value, exp.Literal) or value.is_string or not str(value.this).isdigit():
        raise _unexpected(node)
    return int(value.this)


@lru_cache(maxsize=512)
def parse(sql: str) -> Query:
    """The query of a lexed statement; statements of one shape are parsed once.

    Raises:
        ApiError: 400 MALFORMED_QUERY for what is not SOQL.
    """
    try:
        statements = sqlglot.parse(sql)
    except (SqlglotError, RecursionError) as error:
        detail = str(error).split("\n")[0].replace('"', "")
        raise malformed_query(f"unexpected token: {detail[:200]}") from None
    if len(statements) != 1 or statements[0] is None:
        raise malformed_query("unexpected token: '<EOF>'")
    return _select(statements[0])
