"""Conditions in the query dialect: parsed by sqlglot, then taken over node by node.

Only what stands here is taken over, so nothing else can reach an engine: comparisons, ``and``, ``or``,
``not``, ``between``, ``in``, ``is null``, and the functions contains_word, starts_with, one_of, domain_is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from leadpact.pact.checked import did_you_mean
from leadpact.pact.conditions import (
    DERIVED,
    Condition,
    Either,
    Every,
    FactType,
    Negated,
    Operation,
    Plain,
    checked_test,
)

MAX_DEPTH: Final = 40
FUNCTIONS: Final = ("contains_word", "starts_with", "one_of", "domain_is")

_COMPARED: Final[Mapping[type[exp.Expr], tuple[Operation, Operation]]] = {
    exp.EQ: ("is", "is"),
    exp.GT: ("above", "below"),
    exp.GTE: ("at_least", "at_most"),
    exp.LT: ("below", "above"),
    exp.LTE: ("at_most", "at_least"),
}
"""The operation with the fact on the left, and with the fact on the right."""


def parse_condition(text: str, facts: Mapping[str, FactType]) -> Condition:
    """The condition that ``text`` states, such as ``employees between 50 and 500 and country = 'DE'``.

    Args:
        text: in the query dialect.
        facts: type of each fact that may be named.

    Raises:
        ValueError: a sentence for the author: not readable, not allowed, unknown fact, wrong type.
    """
    try:
        tree = sqlglot.parse_one(text, read="sqlite")
    except (SqlglotError, RecursionError) as error:
        said = str(error).splitlines()[0] if isinstance(error, SqlglotError) else "too deep"
        raise ValueError(f"not readable as a condition: {said}") from None
    return _Taker(facts).take(tree, 0)


class _Taker:
    def __init__(self, facts: Mapping[str, FactType]) -> None:
        self._facts = facts
        self._forms: dict[type[exp.Expr], Callable[[exp.Expr, int], Condition]] = {
            exp.Paren: lambda node, depth: self.take(node.this, depth),
            exp.Not: lambda node, depth: Negated(self.take(node.this, depth)),
            exp.And: lambda node, depth: Every(self._both(node, depth)),
            exp.Or: lambda node, depth: Either(self._both(node, depth)),
            exp.NEQ: lambda node, _: Negated(self._compared(exp.EQ, node)),
            exp.Between: lambda node, _: self._between(node),
            exp.In: lambda node, _: self._in(node),
            exp.Is: lambda node, _: self._is(node),
            exp.Column: lambda node, _: self._flag(node),
            exp.StartsWith: lambda node, _: self._call("starts_with", [node.this, node.expression]),
            exp.Anonymous: lambda node, _: self._call(str(node.this).lower(), node.expressions),
        }

    def take(self, node: exp.Expr, depth: int) -> Condition:
        if depth > MAX_DEPTH:
            raise ValueError(f"a condition may be nested {MAX_DEPTH} deep, not more")
        if type(node) in _COMPARED:
            return self._compared(type(node), node)
        form = self._forms.get(type(node))
        if form is None:
            raise ValueError(
                f"`{node.sql(dialect='sqlite')[:60]}` is not allowed in a rule; allowed are "
                "comparisons, and, or, not, between, in, is null and the functions "
                + ", ".join(FUNCTIONS)
            )
        return form(node, depth + 1)

    def _both(self, node: exp.Expr, depth: int) -> tuple[Condition, Condition]:
        return self.take(node.this, depth), self.take(node.expression, depth)

    def _compared(self, kind: type[exp.Expr], node: exp.Expr) -> Condition:
        straight, turned = _COMPARED[kind]
        if isinstance(node.this, exp.Column):
            return self._test(node.this, straight, [node.expression])
        return self._test(node.expression, turned, [node.this])

    def _between(self, node: exp.Expr) -> Condition:
        return Every(
            (
                self._test(node.this, "at_least", [node.args["low"]]),
                self._test(node.this, "at_most", [node.args["high"]]),
            )
        )

    def _in(self, node: exp.Expr) -> Condition:
        if node.args.get("query") is not None or not node.expressions:
            raise ValueError("`in` needs a list of values, such as country in ('de', 'at')")
        return self._test(node.this, "one_of", node.expressions)

    def _is(self, node: exp.Expr) -> Condition:
        if isinstance(node.expression, exp.Null):
            return Negated(checked_test(self._field(node.this), "is_known", [], self._facts))
        raise ValueError("`is` asks for `null` only; write = for values")

    def _flag(self, node: exp.Expr) -> Condition:
        return checked_test(self._field(node), "is", [True], self._facts)

    def _call(self, name: str, arguments: list[exp.Expr]) -> Condition:
        if name not in FUNCTIONS:
            raise ValueError(f'there is no function "{name}"; {did_you_mean(name, FUNCTIONS)}')
        if len(arguments) < 2:
            raise ValueError(f"{name} needs a fact and at least one value")
        operations: dict[str, Operation] = {
            "contains_word": "contains_word",
            "starts_with": "starts_with",
            "one_of": "one_of",
            "domain_is": "domain_is",
        }
        return self._test(arguments[0], operations[name], arguments[1:])

    def _test(self, fact: exp.Expr, operation: Operation, values: list[exp.Expr]) -> Condition:
        return checked_test(
            self._field(fact), operation, [_literal(value) for value in values], self._facts
        )

    def _field(self, node: exp.Expr) -> str:
        if not isinstance(node, exp.Column) or node.table:
            raise ValueError(f"`{node.sql(dialect='sqlite')[:60]}` must be the name of a fact")
        name = str(node.name).lower()
        if name not in self._facts:
            hint = did_you_mean(name, {*self._facts, *DERIVED})
            raise ValueError(f'there is no fact "{name}"; {hint}')
        return name


def _literal(node: exp.Expr) -> Plain:
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and node.this.is_int:
        return -int(node.this.this)
    if isinstance(node, exp.Boolean):
        return bool(node.this)
    if isinstance(node, exp.Literal):
        if node.is_string:
            return str(node.this)
        if node.is_int:
            return int(node.this)
    raise ValueError(
        f"`{node.sql(dialect='sqlite')[:60]}` must be a whole number, 'text', true or false"
    )
