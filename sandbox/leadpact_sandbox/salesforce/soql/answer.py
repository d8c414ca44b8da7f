"""Answers a bound query: rows found, sorted, cut, and shaped as REST shows them (facts salesforce §3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from leadpact_sandbox.salesforce.catalog import Access as FieldAccess
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError, malformed_query
from leadpact_sandbox.salesforce.fields import ANY_TYPE
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.soql import binder
from leadpact_sandbox.salesforce.soql.access import Access
from leadpact_sandbox.salesforce.soql.aggregates import grouped
from leadpact_sandbox.salesforce.soql.filters import Compiler, fold
from leadpact_sandbox.salesforce.soql.lexer import Literal, lex
from leadpact_sandbox.salesforce.soql.parser import Query, Sort, parse
from leadpact_sandbox.salesforce.soql.shape import ChildShape, Shape, record_maker
from leadpact_sandbox.salesforce.table import Row

MAX_OFFSET = 2_000
MAX_FIELDS_ROWS = 200


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
    make: Callable[[Row], dict[str, Any]]
    wide: bool


def _any_row(row: Row) -> bool:
    return True


class Engine:
    """Answers SOQL for one user."""

    def __init__(
        self,
        org: Org,
        access: FieldAccess,
        version: str,
        *,
        include_deleted: bool,
        tooling: bool = False,
    ) -> None:
        self._org = org
        self._access = access
        self._version = version
        self._include_deleted = include_deleted
        self._tooling = tooling

    def answer(self, soql: str) -> Answer:
        """Answer a statement.

        Raises:
            ApiError: 400 with SOQL's own codes, 501 for what the sandbox does not cover.
        """
        try:
            return self._answer(soql)
        except RecursionError:
            raise malformed_query("the query nests too deeply") from None

    def _answer(self, soql: str) -> Answer:
        lexed = lex(soql)
        query = parse(lexed.sql)
        literals = lexed.literals
        owner = binder.source(self._org, query.source, tooling=self._tooling)
        scope = binder.Scope(self._org, owner, self._access, query.alias)
        if query.aggregates or query.group:
            return self._aggregated(scope, query, literals)
        shape = self._shape(scope, query, literals)
        found = tuple(row["Id"] for row in self._rows(scope, query, literals))
        return Answer(
            owner.name, found, (), len(found), record_maker(self._version, shape), shape.wide
        )

    def _aggregated(
        self, scope: binder.Scope, query: Query, literals: tuple[Literal, ...]
    ) -> Answer:
        if query.children or query.every_field is not None:
            raise malformed_query("an aggregate query selects fields and functions only")
        if any(not each.path for each in query.aggregates):
            if len(query.aggregates) > 1 or query.paths or query.group:
                raise malformed_query("COUNT() stands alone")
            total = sum(1 for _ in self._rows(scope, query, literals))
            return Answer(None, (), (), total, dict, False)
        rows = self._matching(scope, query, literals)[0]
        made = grouped(scope, query, rows)
        return Answer(None, (), made, len(made), dict, False)

    def _shape(self, scope: binder.Scope, query: Query, literals: tuple[Literal, ...]) -> Shape:
        paths = list(query.paths)
        if query.every_field is not None:
            if query.limit is None or query.limit > MAX_FIELDS_ROWS:
                raise malformed_query("The SOQL FIELDS function must have a LIMIT of at most 200")
            paths = [*self._every(scope.owner, query.every_field), *paths]
        bound = [binder.bind(scope, path) for path in paths]
        seen: set[tuple[str, ...]] = set()
        for each in bound:
            name = (*(hop.name for hop in each.hops), each.field.name)
            if name in seen:
                raise ApiError(400, "INVALID_FIELD", f"duplicate field selected: {'.'.join(name)}")
            seen.add(name)
        children = tuple(self._child(scope.owner, each, literals) for each in query.children)
        if not bound and not children:
            raise malformed_query("unexpected token: 'FROM'")
        return Shape(scope.owner.name, tuple(bound), children)

    def _every(self, owner: Sobject, which: str) -> list[tuple[str, ...]]:
        if which not in ("ALL", "STANDARD", "CUSTOM"):
            raise malformed_query(f"FIELDS({which}) is not FIELDS(ALL), (STANDARD) or (CUSTOM)")
        return [
            (each.name,)
            for each in owner.fields.values()
            if self._access.reads(owner, each)
            and (which == "ALL" or each.custom == (which == "CUSTOM"))
        ]

    def _child(self, parent: Sobject, query: Query, literals: tuple[Literal, ...]) -> ChildShape:
        wanted = query.source.lower()
        link = next((each for each in parent.children if each.relationship.lower() == wanted), None)
        if link is None:
            raise ApiError(
                400,
                "INVALID_TYPE",
                f"Didn't understand relationship '{query.source}' in FROM part of query call.",
            )
        if query.children or query.aggregates or query.group:
            raise malformed_query("a sub-select selects fields only")
        owner = self._org.catalog.objects[link.object]
        scope = binder.Scope(self._org, owner, self._access, query.alias)
        shape = self._shape(scope, query, literals)
        table = self._org.tables[link.object]
        keep = self._predicate(scope, query, literals)

        def rows(parent_row: Row) -> list[Row]:
            ids = sorted(table.equal(link.field, parent_row["Id"]))
            kept = [row for each in ids if keep(row := table.rows[each])]
            return self._cut(query, self._sorted(scope, query.order, kept))

        return ChildShape(link.relationship, record_maker(self._version, shape), rows)

    def _predicate(
        self, scope: binder.Scope, query: Query, literals: tuple[Literal, ...]
    ) -> Callable[[Row], bool]:
        where: Callable[[Row], bool] = _any_row
        if query.where is not None:
            where = Compiler(scope, literals, lambda inner: self._values(inner, literals)).compile(
                query.where
            )
        if self._include_deleted:
            return where
        return lambda row: not row.get("IsDeleted") and where(row)

    def _values(self, query: Query, literals: tuple[Literal, ...]) -> frozenset[Any]:
        if len(query.paths) != 1 or query.aggregates or query.children or query.group:
            raise malformed_query("a sub-select in IN selects one field")
        owner = binder.source(self._org, query.source, tooling=self._tooling)
        scope = binder.Scope(self._org, owner, self._access, query.alias)
        bound = binder.bind(scope, query.paths[0])
        rows = self._rows(scope, query, literals)
        return frozenset(value for row in rows if (value := bound.read(row)) is not None)

    def _rows(
        self, scope: binder.Scope, query: Query, literals: tuple[Literal, ...]
    ) -> Iterable[Row]:
        if query.offset > MAX_OFFSET:
            raise ApiError(400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        rows, ordered_by = self._matching(scope, query, literals)
        wanted = tuple((binder.bind(scope, each.path), each) for each in query.order)
        plain = all(not each.descending and each.nulls_first for _, each in wanted)
        names = tuple(bound.field.name for bound, _ in wanted if not bound.hops)
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
        table = self._org.tables[scope.owner.name]
        by_stamp = ("SystemModstamp", "Id")
        wants_stamp = bool(query.order) and query.order[0].path[-1].lower() == "systemmodstamp"
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
            empty = [row for row in rows if read(row) is None]
            full = [row for row in rows if read(row) is not None]
            full.sort(key=lambda row: fold(field, read(row)), reverse=term.descending)
            rows = empty + full if term.nulls_first else full + empty
        return rows
