"""Answers a bound query: rows found, sorted, cut, and shaped as REST shows them (facts salesforce §3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from leadpact_sandbox.salesforce.catalog import Access as FieldAccess
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError, malformed_query
from leadpact_sandbox.salesforce.fields import ANY_TYPE, ID_TYPES, Field
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.soql import binder
from leadpact_sandbox.salesforce.soql.access import Access
from leadpact_sandbox.salesforce.soql.aggregates import grouped
from leadpact_sandbox.salesforce.soql.column_metadata import query_columns
from leadpact_sandbox.salesforce.soql.columns import bound_columns
from leadpact_sandbox.salesforce.soql.filters import Compiler, Predicate, fold
from leadpact_sandbox.salesforce.soql.lexer import lex
from leadpact_sandbox.salesforce.soql.nodes import Aggregate, Condition, Operand, Query, Sort
from leadpact_sandbox.salesforce.soql.parser import parse
from leadpact_sandbox.salesforce.soql.shape import ChildShape, Maker, Shape, record_maker
from leadpact_sandbox.salesforce.soql.tokens import Literal
from leadpact_sandbox.salesforce.table import Row

MAX_OFFSET = 2_000
_NESTED_SINCE = 58.0
"""API version from which a sub-select may hold another."""


@dataclass(frozen=True, slots=True)
class Answer:
    """All that a query found.

    Attributes:
        kind: object queried, None when ``made`` holds finished records.
        found: ids of the rows in order.
        made: finished records of an aggregate query.
        total: ``totalSize``.
        make: shapes a row as a record.
        wide: whether a long text area is selected, which shrinks pages.
    """

    kind: str | None
    found: tuple[str, ...]
    made: tuple[dict[str, Any], ...]
    total: int
    make: Maker
    wide: bool


def _any_row(row: Row) -> bool:
    return True


def _no_subselect(_field: Field, _query: Query) -> frozenset[Any]:
    raise malformed_query("Semi-joins are only supported in WHERE clauses")


def _as_it_is(row: Row, children: object = None) -> dict[str, Any]:
    return row


class Engine:
    """Answers SOQL for one user.

    Args:
        user_id: whose rows ``USING SCOPE mine`` means and whose time zone days are counted in;
            empty for none and UTC.
    """

    def __init__(
        self,
        org: Org,
        access: FieldAccess,
        version: str,
        *,
        include_deleted: bool,
        tooling: bool = False,
        user_id: str = "",
    ) -> None:
        self._org = org
        self._access = access
        self._version = version
        self._include_deleted = include_deleted
        self._tooling = tooling
        self._user_id = user_id
        self._zone = self._user_zone()
        self._mine = False

    def _user_zone(self) -> ZoneInfo | None:
        row = self._org.tables["User"].rows.get(self._user_id)
        if row is None or not self._org.world.switch("salesforce.3.days_in_user_zone", True):
            return None
        return ZoneInfo(row["TimeZoneSidKey"])

    def answer(self, soql: str) -> Answer:
        """Answer a statement.

        Raises:
            ApiError: 400 with SOQL's own codes, 501 for what the sandbox does not cover.
        """
        try:
            return self._answer(soql)
        except RecursionError:
            raise malformed_query("the query nests too deeply") from None

    def columns(self, soql: str) -> dict[str, Any]:
        """The columns of a statement described, without its records.

        Raises:
            ApiError: as :meth:`answer` does.
        """
        self.answer(soql)
        lexed = lex(soql)
        query = parse(lexed.sql)
        owner = binder.source(self._org, query.source, tooling=self._tooling)
        return query_columns(self._scope(owner, query), query, lexed.literals)

    def _answer(self, soql: str) -> Answer:
        lexed = lex(soql)
        query = parse(lexed.sql)
        literals = lexed.literals
        self._mine = lexed.scope == "MINE"
        owner = binder.source(self._org, query.source, tooling=self._tooling)
        scope = self._scope(owner, query)
        if query.aggregates:
            return self._aggregated(scope, query, literals)
        if query.having is not None:
            raise malformed_query("unexpected token: 'HAVING' (expecting 'GROUP BY')")
        shape = self._shape(scope, query, literals)
        found = tuple(row["Id"] for row in self._rows(scope, query, literals))
        if len(found) > 1 and shape.described:
            raise malformed_query(
                "When retrieving results with Metadata or FullName fields, the query qualificaton "
                f"must specify no more than one row for retrieval. Result size: {len(found)}"
            )
        return Answer(
            owner.name, found, (), len(found), record_maker(self._version, shape), shape.wide
        )

    def _scope(self, owner: Sobject, query: Query) -> binder.Scope:
        return binder.Scope(self._org, owner, self._access, query.alias, self._zone)

    def _aggregated(
        self, scope: binder.Scope, query: Query, literals: tuple[Literal, ...]
    ) -> Answer:
        if query.children or query.every_field:
            raise malformed_query("an aggregate query selects fields and functions only")
        if query.having is not None and not query.group:
            raise malformed_query("unexpected token: 'HAVING' (expecting 'GROUP BY')")
        bare = Aggregate("COUNT", ())
        if any(each.operand == bare for each in query.columns):
            if len(query.columns) > 1 or query.group or query.columns[0].alias:
                raise malformed_query("COUNT() stands alone")
            total = sum(1 for _ in self._rows(scope, query, literals))
            return Answer(None, (), (), total, _as_it_is, False)
        if not query.columns:
            raise malformed_query("unexpected token: 'FROM'")
        _check_offset(query)

        def having(condition: Condition, binding: Callable[[Operand], binder.Bound]) -> Predicate:
            return Compiler(scope, literals, _no_subselect, binding).compile(condition)

        rows = self._matching(scope, query, literals)[0]
        made = grouped(scope, query, rows, having)
        return Answer(None, (), made, len(made), _as_it_is, False)

    def _shape(self, scope: binder.Scope, query: Query, literals: tuple[Literal, ...]) -> Shape:
        columns = bound_columns(scope, query, literals)
        children = tuple(self._child(scope.owner, each, literals) for each in query.children)
        if not columns and not children:
            raise malformed_query("unexpected token: 'FROM'")
        names = [each.name.lower() for each in children]
        if len(names) > len(set(names)):
            raise malformed_query(f"duplicate relationship in SELECT: {names[-1]}")
        named = self._org.world.switch("salesforce.3.polymorphic_parent_is_name", True)
        return Shape(scope.owner.name, columns, children, named)

    def _child(self, parent: Sobject, query: Query, literals: tuple[Literal, ...]) -> ChildShape:
        wanted = query.source.lower()
        link = next((each for each in parent.children if each.relationship.lower() == wanted), None)
        if link is None:
            raise ApiError(
                400,
                "INVALID_TYPE",
                f"Didn't understand relationship '{query.source}' in FROM part of query call.",
            )
        if query.aggregates or (query.children and float(self._version) < _NESTED_SINCE):
            raise malformed_query("a sub-select selects fields only")
        owner = self._org.catalog.objects[link.object]
        scope = self._scope(owner, query)
        shape = self._shape(scope, query, literals)
        table = self._org.tables[link.object]
        keep = self._predicate(scope, query, literals)
        _check_offset(query)

        def rows(parent_row: Row) -> list[Row]:
            ids = sorted(table.equal(link.field, parent_row["Id"]))
            kept = [row for each in ids if keep(row := table.rows[each])]
            return self._cut(query, self._sorted(scope, query.order, kept))

        made = record_maker(self._version, shape)
        return ChildShape(link.relationship, owner.name, made, rows)

    def _predicate(
        self, scope: binder.Scope, query: Query, literals: tuple[Literal, ...]
    ) -> Predicate:
        where: Predicate = _any_row
        if query.where is not None:

            def values(field: Field, inner: Query) -> frozenset[Any]:
                return self._values(scope, field, inner, literals)

            where = Compiler(scope, literals, values).compile(query.where)
        if self._include_deleted:
            return where
        if "IsArchived" in scope.owner.fields:
            return lambda row: not row.get("IsDeleted") and not row.get("IsArchived") and where(row)
        return lambda row: not row.get("IsDeleted") and where(row)

    def _values(
        self, outer: binder.Scope, field: Field, query: Query, literals: tuple[Literal, ...]
    ) -> frozenset[Any]:
        """What a semi-join's sub-select finds, once both sides are known to be ids of one object."""
        owner = binder.source(self._org, query.source, tooling=self._tooling)
        scope = self._scope(owner, query)
        operand = query.columns[0].operand
        bound = binder.bind(scope, () if isinstance(operand, int) else operand)
        if field.type not in ID_TYPES or bound.field.type not in ID_TYPES:
            raise malformed_query(f"a semi join compares ids, not {field.name}")
        left = set(field.reference_to or (outer.owner.name,))
        right = set(bound.field.reference_to or (owner.name,))
        if not left & right:
            raise malformed_query(
                f"The selected field '{bound.field.name}' in the subquery and the left operand "
                f"field in the where expression in the outer query '{field.name}' should point to "
                "the same object type"
            )
        rows = self._rows(scope, query, literals)
        return frozenset(value for row in rows if (value := bound.read(row)) is not None)

    def _rows(
        self, scope: binder.Scope, query: Query, literals: tuple[Literal, ...]
    ) -> Iterable[Row]:
        _check_offset(query)
        rows, ordered_by = self._matching(scope, query, literals)
        wanted = tuple((binder.bind(scope, each.path), each) for each in query.order)
        plain = all(not each.descending and each.nulls_first for _, each in wanted)
        names = tuple(
            bound.field.name for bound, _ in wanted if not bound.hops and not bound.function
        )
        in_order = plain and len(names) == len(wanted) and names == ordered_by[: len(names)]
        if in_order:
            end = None if query.limit is None else query.offset + query.limit
            return islice(rows, query.offset, end)
        return self._cut(query, self._sorted(scope, query.order, list(rows)))

    def _matching(
        self, scope: binder.Scope, query: Query, literals: tuple[Literal, ...]
    ) -> tuple[Iterator[Row], tuple[str, ...]]:
        """Matching rows from the narrowest index, and the names they come ordered by."""
        keep = self._predicate(scope, query, literals)
        if self._mine and "OwnerId" in scope.owner.fields:
            keep = _owned(self._user_id, keep)
        table = self._org.tables[scope.owner.name]
        by_stamp = ("SystemModstamp", "Id")
        first_term = query.order[0].path if query.order else ()
        wants_stamp = (
            isinstance(first_term, tuple)
            and bool(first_term)
            and first_term[-1].lower() == "systemmodstamp"
        )
        if query.where is not None:
            access = Access(scope, literals)
            found = access.candidates(query.where)
            if found is not None:
                rows = table.rows
                named = (rows[each] for each in sorted(found) if each in rows)
                return filter(keep, named), ("Id",)
            stamps = access.bounds(query.where, "SystemModstamp")
            if stamps.low is not None:
                return filter(keep, table.rows_by_stamp(stamps.low, stamps.high)), by_stamp
            first = access.bounds(query.where, "Id").low
            if first is not None and not wants_stamp:
                return filter(keep, table.rows_from_id(first)), ("Id",)
        if wants_stamp:
            return filter(keep, table.rows_by_stamp("", None)), by_stamp
        return filter(keep, table.all_rows()), ("Id",)

    def _cut(self, query: Query, rows: list[Row]) -> list[Row]:
        end = None if query.limit is None else query.offset + query.limit
        return rows[query.offset : end]

    def _sorted(self, scope: binder.Scope, order: tuple[Sort, ...], rows: list[Row]) -> list[Row]:
        for term in reversed(order):
            bound = binder.bind(scope, term.path)
            field, read = bound.field, bound.read
            if field.long_text or field.type == ANY_TYPE:
                raise ApiError(
                    400, "INVALID_FIELD", f"field '{field.name}' can not be sorted in a query call"
                )
            valued = [(read(row), row) for row in rows]
            empty = [row for value, row in valued if value is None]
            full = [pair for pair in valued if pair[0] is not None]
            full.sort(key=lambda pair: fold(field, pair[0]), reverse=term.descending)
            rest = [row for _, row in full]
            rows = empty + rest if term.nulls_first else rest + empty
        return rows


def _owned(user_id: str, keep: Predicate) -> Predicate:
    return lambda row: row.get("OwnerId") == user_id and keep(row)


def _check_offset(query: Query) -> None:
    if query.offset > MAX_OFFSET:
        raise ApiError(400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
