"""What sqlglot parsed, held to what SOQL allows (facts salesforce §3)."""

from __future__ import annotations

import logging
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from leadpact_sandbox.salesforce.errors import ApiError, malformed_query
from leadpact_sandbox.salesforce.soql.functions import DATE_FUNCTIONS
from leadpact_sandbox.salesforce.soql.lexer import MARK
from leadpact_sandbox.salesforce.soql.nodes import (
    Aggregate,
    Compare,
    Condition,
    Either,
    Every,
    Function,
    Includes,
    Negation,
    Operand,
    Path,
    Query,
    Selected,
    SemiJoin,
    Sort,
    Within,
)

logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

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
_CLAUSES = frozenset(
    {"expressions", "from_", "where", "group", "having", "order", "limit", "offset", "kind"}
)
_MAX_SEMI_JOINS = 2
_MAX_CHILDREN = 20
_MAX_CHILD_DEPTH = 4


def _unexpected(node: object) -> ApiError:
    words = node.sql() if isinstance(node, exp.Expression) else str(node)
    words = words.replace(chr(34), "").replace(MARK, "")
    return malformed_query(f"unexpected token: '{words[:80]}'")


def _path(node: object) -> Path:
    if isinstance(node, (exp.Column, exp.Dot)):
        return tuple(part.name for part in node.parts)
    raise _unexpected(node)


def _literal(node: object) -> int:
    if isinstance(node, exp.Placeholder) and str(node.this).startswith("v"):
        return int(str(node.this)[1:])
    raise _unexpected(node)


def _marked(node: object) -> str | None:
    """The name of a function that only SOQL knows."""
    if isinstance(node, exp.Anonymous) and str(node.this).startswith(MARK):
        return str(node.this).removeprefix(MARK)
    return None


def _operand(node: object) -> Operand:
    name = _marked(node)
    if name is not None and isinstance(node, exp.Anonymous) and len(node.expressions) == 1:
        inner = node.expressions[0]
        zoned = _marked(inner) == "CONVERTTIMEZONE"
        if zoned and name in DATE_FUNCTIONS and name != "CONVERTTIMEZONE":
            inner = inner.expressions[0] if inner.expressions else None
        return Function(name, _path(inner), zoned)
    if isinstance(node, exp.Expression):
        aggregate = _aggregate(node)
        if aggregate is not None:
            return aggregate
    return _path(node)


def _aggregate(node: exp.Expression) -> Aggregate | None:
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
    return Aggregate(name or "", _path(arguments[0]) if arguments else ())


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
        path = _operand(node.this)
        query = node.args.get("query")
        if query is not None:
            return SemiJoin(path, _semi_join(query))
        if len(node.expressions) != 1:
            raise _unexpected(node)
        return Within(path, _literal(node.expressions[0]))
    op = _OPS.get(type(node))
    if op is None:
        raise _unexpected(node)
    right = node.args.get("expression")
    if _marked(right) == "INCLUDES" and op in ("=", "!="):
        listed = right.expressions if right is not None else []
        return Includes(_operand(node.this), _literal(listed[0] if listed else None), op == "!=")
    return Compare(_operand(node.this), op, _literal(right))


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


def _semi_join(node: exp.Expression) -> Query:
    query = _select(node.this if isinstance(node, exp.Subquery) else node)
    if query.order or query.limit is not None or query.offset or query.aggregates:
        raise malformed_query("a semi join sub-select has no ORDER BY, LIMIT or aggregate")
    if _semi_joins(query.where):
        raise malformed_query("Nesting of semi join sub-selects is not supported")
    if len(query.columns) != 1 or query.children or query.every_field:
        raise malformed_query("a sub-select in IN selects one field")
    return query


def _semi_joins(condition: Condition | None) -> int:
    """How many semi-joins a WHERE holds.

    Raises:
        ApiError: 400 MALFORMED_QUERY below OR or NOT, where SOQL has none.
    """
    if isinstance(condition, SemiJoin):
        return 1
    if isinstance(condition, Every):
        return sum(_semi_joins(each) for each in condition.parts)
    if isinstance(condition, Either):
        if any(_semi_joins(each) for each in condition.parts):
            raise malformed_query("Semi join sub-selects are not allowed with the 'OR' operator")
        return 0
    if isinstance(condition, Negation):
        return _semi_joins(condition.inner)
    return 0


def _source(node: exp.Select) -> exp.Table:
    """The one table of FROM, once every clause is one that SOQL has."""
    for name, value in node.args.items():
        if value and name not in _CLAUSES:
            raise _unexpected(value[0] if isinstance(value, list) else value)
    source = node.args.get("from_")
    if source is None or not isinstance(source.this, exp.Table):
        raise malformed_query("unexpected token: '<EOF>' (expecting 'from')")
    table = source.this
    if {key for key, value in table.args.items() if value} - {"this", "alias"}:
        raise _unexpected(table)
    return table


def _group(node: exp.Expression | None) -> tuple[Operand, ...]:
    if node is None:
        return ()
    if {key for key, value in node.args.items() if value} - {"expressions"}:
        raise _unexpected(node)
    return tuple(_operand(each) for each in node.expressions)


def _where(node: exp.Expression | None) -> Condition | None:
    condition = None if node is None else _condition(node.this)
    if _semi_joins(condition) > _MAX_SEMI_JOINS:
        raise malformed_query("Maximum 2 semi join sub-selects are allowed")
    return condition


def _select(node: object, depth: int = 0) -> Query:
    if not isinstance(node, exp.Select):
        raise _unexpected(node)
    table = _source(node)
    columns: list[Selected] = []
    children: list[Query] = []
    every_field: list[str] = []
    for each in node.expressions:
        alias, inner = None, each
        if isinstance(each, exp.Alias):
            alias, inner = each.alias, each.this
        if isinstance(inner, exp.Subquery) and alias is None:
            if depth >= _MAX_CHILD_DEPTH:
                raise malformed_query("SOQL relationship queries nest at most five levels")
            children.append(_select(inner.this, depth + 1))
        elif isinstance(inner, exp.Anonymous) and str(inner.this).upper() == "FIELDS":
            every_field.append(_path(inner.expressions[0])[0].upper() if inner.expressions else "")
        elif _marked(inner) == "TYPEOF" and alias is None:
            columns.append(Selected(_literal(inner.expressions[0])))
        else:
            columns.append(Selected(_operand(inner), alias))
    if len(children) > _MAX_CHILDREN:
        raise malformed_query("at most 20 sub-selects may stand in a SELECT")
    having, order = node.args.get("having"), node.args.get("order")
    return Query(
        source=table.name,
        alias=table.alias or None,
        columns=tuple(columns),
        children=tuple(children),
        every_field=tuple(every_field),
        where=_where(node.args.get("where")),
        group=_group(node.args.get("group")),
        having=None if having is None else _condition(having.this),
        order=tuple(_sort(each) for each in order.expressions) if order is not None else (),
        limit=_count(node.args.get("limit")),
        offset=_count(node.args.get("offset")) or 0,
    )


def _sort(node: exp.Expression) -> Sort:
    if not isinstance(node, exp.Ordered):
        raise _unexpected(node)
    return Sort(
        _operand(node.this), bool(node.args.get("desc")), bool(node.args.get("nulls_first"))
    )


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
        detail = str(error).split("\n")[0].replace('"', "").replace(MARK, "")
        raise malformed_query(f"unexpected token: {detail[:200]}") from None
    if len(statements) != 1 or statements[0] is None:
        raise malformed_query("unexpected token: '<EOF>'")
    return _select(statements[0])
