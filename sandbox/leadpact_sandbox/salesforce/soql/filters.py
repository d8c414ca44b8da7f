"""WHERE to a predicate on rows, with SOQL's typing of literals and its nulls (facts salesforce §3)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any, TypeAlias

from leadpact_sandbox.salesforce import ids
from leadpact_sandbox.salesforce.errors import ApiError, malformed_query
from leadpact_sandbox.salesforce.fields import (
    ANY_TYPE,
    COMPLEX,
    ID_TYPES,
    NUMBER_TYPES,
    TEXT_TYPES,
    Field,
)
from leadpact_sandbox.salesforce.soql.binder import Bound, Scope, bind
from leadpact_sandbox.salesforce.soql.dates import span
from leadpact_sandbox.salesforce.soql.nodes import (
    Compare,
    Condition,
    Either,
    Every,
    Includes,
    Negation,
    Operand,
    Query,
    SemiJoin,
    Within,
)
from leadpact_sandbox.salesforce.soql.tokens import LIKE_PERCENT, LIKE_UNDERSCORE, Literal
from leadpact_sandbox.salesforce.table import Row
from leadpact_sandbox.salesforce.values import read_moment

Predicate: TypeAlias = Callable[[Row], bool]
SubSelect: TypeAlias = Callable[[Field, Query], frozenset[Any]]
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _wrong_type(field: Field, quoted: bool) -> ApiError:
    kind = {"datetime": "dateTime"}.get(field.type, field.type)
    kind = "string" if field.type in TEXT_TYPES else kind
    marks = "should be enclosed in quotes" if quoted else "should not be enclosed in quotes"
    return ApiError(
        400,
        "INVALID_FIELD",
        f"value of filter criterion for field '{field.name}' must be of type {kind} and {marks}",
    )


def fold(field: Field, value: Any) -> Any:
    """The form in which two values of a field are compared: text folds its case."""
    if isinstance(value, str) and field.type in TEXT_TYPES and not field.case_sensitive:
        return value.casefold()
    return value


def plain(text: str) -> str:
    """Unescaped text in which an escaped ``_`` or ``%`` is an ordinary character."""
    return text.replace(LIKE_UNDERSCORE, "_").replace(LIKE_PERCENT, "%")


def moment_text(moment: datetime) -> str:
    """An instant in the rows' own form, with milliseconds."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "+0000"


def _time_value(field: Field, literal: Literal) -> str:
    kind, value = literal.kind, literal.value
    if kind != field.type:
        raise _wrong_type(field, quoted=False)
    if kind == "date":
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise malformed_query(f"Invalid date: {value}") from None
    moment = read_moment(value.upper())
    if moment is None:
        raise malformed_query(f"Invalid dateTime: {value}")
    return moment_text(moment)


def literal_value(field: Field, literal: Literal) -> Any:
    """The literal in the form that rows of this field hold.

    Raises:
        ApiError: 400 when the literal's type does not fit the field.
    """
    kind, value = literal.kind, literal.value
    if kind == "null":
        return None
    if field.type in ID_TYPES:
        record_id = ids.normalised(plain(value)) if kind == "text" else None
        if record_id is None:
            raise ApiError(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}")
        return record_id
    if field.type in TEXT_TYPES:
        if kind != "text":
            raise _wrong_type(field, quoted=True)
        # An empty text is what null is stored as, so that the two find the same rows.
        return fold(field, plain(value)) or None
    if field.type in NUMBER_TYPES:
        if kind != "number":
            raise _wrong_type(field, quoted=False)
        return float(value)
    if field.type == "boolean":
        if kind != "boolean":
            raise _wrong_type(field, quoted=False)
        return value
    return _time_value(field, literal)


def span_of(scope: Scope, field: Field, literal: Literal) -> tuple[str, str]:
    """A relative date as the half-open span of values of this field.

    Raises:
        ApiError: 400 when the field holds no dates or the span leaves the calendar.
    """
    if field.type not in ("date", "datetime"):
        raise _wrong_type(field, quoted=field.type in TEXT_TYPES)
    name, count = literal.value
    zone = scope.zone or UTC
    try:
        first, after = span(name, count, scope.org.world.clock.now().astimezone(zone).date())
        if field.type == "date":
            return first.isoformat(), after.isoformat()
        return (
            moment_text(datetime.combine(first, time.min, zone)),
            moment_text(datetime.combine(after, time.min, zone)),
        )
    except (OverflowError, ValueError):
        raise malformed_query(f"{name}:{count} is out of range") from None


def check_filterable(field: Field) -> None:
    """Refuse a long text area in WHERE (§7).

    Raises:
        ApiError: 400 INVALID_FIELD.
    """
    if field.long_text or field.type in (ANY_TYPE, COMPLEX):
        raise ApiError(
            400, "INVALID_FIELD", f"field '{field.name}' can not be filtered in a query call"
        )


class Compiler:
    """Compiles the conditions of one query.

    Args:
        binding: how operands are bound; HAVING reads groups instead of rows.
    """

    def __init__(
        self,
        scope: Scope,
        literals: tuple[Literal, ...],
        subselect: SubSelect,
        binding: Callable[[Operand], Bound] | None = None,
    ) -> None:
        self._scope = scope
        self._literals = literals
        self._subselect = subselect
        self._bind = binding or (lambda operand: bind(scope, operand))

    def compile(self, condition: Condition) -> Predicate:
        """The predicate of a condition.

        Raises:
            ApiError: 400 for fields, types or operators that do not fit.
        """
        if isinstance(condition, Every):
            parts = [self.compile(each) for each in condition.parts]
            return lambda row: all(part(row) for part in parts)
        if isinstance(condition, Either):
            parts = [self.compile(each) for each in condition.parts]
            return lambda row: any(part(row) for part in parts)
        if isinstance(condition, Negation):
            inner = self.compile(condition.inner)
            return lambda row: not inner(row)
        if isinstance(condition, Within):
            return self._within(condition)
        if isinstance(condition, Includes):
            return self._includes(condition)
        if isinstance(condition, SemiJoin):
            bound = self._bind(condition.path)
            values = self._subselect(bound.field, condition.query)
            read = bound.read
            return lambda row: read(row) in values
        return self._compare(condition)

    def _within(self, condition: Within) -> Predicate:
        bound = self._bind(condition.path)
        check_filterable(bound.field)
        listed = self._literals[condition.literal]
        field, read = bound.field, bound.read
        if any(each.kind == "span" for each in listed.value):
            raise malformed_query("relative dates do not stand in a list")
        values = frozenset(literal_value(field, each) for each in listed.value)
        return lambda row: fold(field, read(row)) in values

    def _includes(self, condition: Includes) -> Predicate:
        """Any of the listed combinations (``'a;b'`` = both) is among the chosen values."""
        bound = self._bind(condition.path)
        field, read = bound.field, bound.read
        listed = self._literals[condition.literal].value
        if field.type != "multipicklist":
            raise ApiError(
                400,
                "INVALID_QUERY_FILTER_OPERATOR",
                f"includes operator not valid on {field.type} field: {field.name}",
            )
        if any(each.kind != "text" for each in listed):
            raise _wrong_type(field, quoted=True)
        wanted = [frozenset(plain(each.value).casefold().split(";")) for each in listed]
        negated = condition.negated

        def includes(row: Row) -> bool:
            held = read(row)
            chosen = frozenset(() if held is None else held.casefold().split(";"))
            return any(each <= chosen for each in wanted) is not negated

        return includes

    def _compare(self, condition: Compare) -> Predicate:
        bound = self._bind(condition.path)
        field, read, op = bound.field, bound.read, condition.op
        check_filterable(field)
        literal = self._literals[condition.literal]
        if op == "like":
            return self._like(bound.field, read, literal)
        if literal.kind == "span":
            return self._in_span(field, read, op, literal)
        value = literal_value(field, literal)
        if op == "=":
            return lambda row: fold(field, read(row)) == value
        if op == "!=":
            return lambda row: fold(field, read(row)) != value
        if value is None or field.type in ("boolean", "reference"):
            raise ApiError(
                400,
                "INVALID_QUERY_FILTER_OPERATOR",
                f"invalid operator on {field.type} field: {field.name} {op}",
            )
        compare = _ORDERED[op]

        def ordered(row: Row) -> bool:
            held = read(row)
            return held is not None and compare(fold(field, held), value)

        return ordered

    def _in_span(
        self, field: Field, read: Callable[[Row], Any], op: str, literal: Literal
    ) -> Predicate:
        first, after = span_of(self._scope, field, literal)
        tests: dict[str, Callable[[str], bool]] = {
            "=": lambda held: first <= held < after,
            "!=": lambda held: not first <= held < after,
            "<": lambda held: held < first,
            "<=": lambda held: held < after,
            ">": lambda held: held >= after,
            ">=": lambda held: held >= first,
        }
        test, empty = tests[op], op == "!="

        def within(row: Row) -> bool:
            held = read(row)
            return empty if held is None else test(held)

        return within

    def _like(self, field: Field, read: Callable[[Row], Any], literal: Literal) -> Predicate:
        if field.type not in TEXT_TYPES:
            raise ApiError(
                400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {field.type} field"
            )
        if literal.kind != "text":
            raise _wrong_type(field, quoted=True)
        pieces = []
        for char in literal.value:
            if char in "%_":
                pieces.append(".*" if char == "%" else ".")
            else:
                pieces.append(re.escape(plain(char)))
        pattern = re.compile("".join(pieces), re.IGNORECASE | re.DOTALL)

        def like(row: Row) -> bool:
            held = read(row)
            return held is not None and pattern.fullmatch(held) is not None

        return like
