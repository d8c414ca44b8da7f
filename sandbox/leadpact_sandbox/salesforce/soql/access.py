"""Which rows a WHERE can hold at most, by index: so that no large table is scanned without need."""

from __future__ import annotations

from dataclasses import dataclass

from leadpact_sandbox.salesforce.fields import Field
from leadpact_sandbox.salesforce.soql.binder import Scope, bind
from leadpact_sandbox.salesforce.soql.filters import literal_value, span_of
from leadpact_sandbox.salesforce.soql.nodes import (
    Compare,
    Condition,
    Either,
    Every,
    Operand,
    Within,
)
from leadpact_sandbox.salesforce.soql.tokens import Literal


@dataclass(frozen=True, slots=True)
class Bounds:
    """Inclusive bounds on one ordered field; None = open."""

    low: str | None = None
    high: str | None = None


class Access:
    """Reads index hints out of conditions; wider than the truth is right, narrower is wrong."""

    def __init__(self, scope: Scope, literals: tuple[Literal, ...]) -> None:
        self._scope = scope
        self._literals = literals
        self._table = scope.org.tables[scope.owner.name]

    def _own_field(self, operand: Operand) -> Field | None:
        bound = bind(self._scope, operand)
        return None if bound.hops or bound.function else bound.field

    def candidates(self, condition: Condition) -> set[str] | None:
        """Ids among which all matches are, from Id and indexed fields; None when unknown."""
        if isinstance(condition, Every):
            known = [
                found for each in condition.parts if (found := self.candidates(each)) is not None
            ]
            return min(known, key=len) if known else None
        if isinstance(condition, Either):
            union: set[str] = set()
            for each in condition.parts:
                found = self.candidates(each)
                if found is None:
                    return None
                union |= found
            return union
        if isinstance(condition, Within):
            return self._lookup(condition.path, self._literals[condition.literal].value)
        if isinstance(condition, Compare) and condition.op == "=":
            literal = self._literals[condition.literal]
            return None if literal.kind == "span" else self._lookup(condition.path, (literal,))
        return None

    def _lookup(self, path: Operand, listed: tuple[Literal, ...]) -> set[str] | None:
        field = self._own_field(path)
        if field is None:
            return None
        if field.name != "Id" and not self._table.has_index(field.name):
            return None
        found: set[str] = set()
        for each in listed:
            value = literal_value(field, each)
            if value is None:
                # Rows without a value are in no index.
                return None
            if field.name == "Id":
                found.add(value)
            else:
                found |= self._table.equal(field.name, value)
        return found

    def bounds(self, condition: Condition, name: str) -> Bounds:
        """Bounds that a condition puts on SystemModstamp or Id."""
        if isinstance(condition, Every):
            parts = [self.bounds(each, name) for each in condition.parts]
            lows = [each.low for each in parts if each.low is not None]
            highs = [each.high for each in parts if each.high is not None]
            return Bounds(max(lows, default=None), min(highs, default=None))
        if isinstance(condition, Either):
            parts = [self.bounds(each, name) for each in condition.parts]
            lows = [each.low for each in parts if each.low is not None]
            highs = [each.high for each in parts if each.high is not None]
            return Bounds(
                min(lows) if len(lows) == len(parts) else None,
                max(highs) if len(highs) == len(parts) else None,
            )
        if isinstance(condition, Compare) and condition.op in ("=", "<", "<=", ">", ">="):
            return self._compare_bounds(condition, name)
        return Bounds()

    def _compare_bounds(self, condition: Compare, name: str) -> Bounds:
        field = self._own_field(condition.path)
        literal = self._literals[condition.literal]
        if field is None or field.name != name or literal.kind == "null":
            return Bounds()
        if literal.kind == "span":
            first, after = span_of(self._scope, field, literal)
        else:
            first = after = literal_value(field, literal)
        if condition.op == "=":
            return Bounds(first, after)
        if condition.op in ("<", "<="):
            return Bounds(None, after)
        return Bounds(first, None)
