"""Leads and their acts into DuckDB's tables, each fact once however many agreements ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from leadpact.model.scorecard import ScoringInput
from leadpact.pact.score_rules import Scoring, ScoringLists
from leadpact.ports.population import Pages
from leadpact.scoring.columns import Cell, Column, cells_of
from leadpact.scoring.input_rows import counted, signal_row
from leadpact.scoring.query import ScoringQuery
from leadpact_app.engines.duck_standings import insert

if TYPE_CHECKING:
    import duckdb

BATCH: Final = 10_000
TYPES: Final = {"text": "VARCHAR", "integer": "BIGINT", "boolean": "BIGINT"}
_SIGNAL: Final = ("INTEGER", "INTEGER", "VARCHAR", "VARCHAR", "INTEGER", "INTEGER")


def load(
    connection: duckdb.DuckDBPyConnection,
    queries: tuple[ScoringQuery, ScoringQuery],
    pages: Pages,
    as_of: datetime,
) -> None:
    """Fill the tables that both agreements read; a fact that both ask for in one form stands there once."""
    physical: dict[tuple[Column, ScoringLists | None], str] = {}
    names: frozenset[str] = frozenset()
    views: list[str] = []
    for query in queries:
        shown = ["lead"]
        for column in query.columns:
            key = column, _lists_of(column, query.scoring)
            place = physical.setdefault(key, f"c{len(physical)}")
            shown.append(f"{place} AS {column.name}")
        views.append(", ".join(shown))
        names |= query.scoring.signal_names
    kinds = [TYPES[column.type] for column, _ in physical]
    cells = "".join(
        f", {place} {kind}" for place, kind in zip(physical.values(), kinds, strict=True)
    )
    connection.execute(f"CREATE TABLE people (lead INTEGER, id VARCHAR{cells})")
    connection.execute(
        "CREATE TABLE acts (lead INTEGER, signal INTEGER, name VARCHAR, asset VARCHAR, "
        "day INTEGER, age INTEGER)"
    )
    for schema, view in zip(("before", "after"), views, strict=True):
        connection.execute(
            f"CREATE SCHEMA {schema}; "
            f"CREATE VIEW {schema}.lead AS SELECT {view} FROM main.people; "
            f"CREATE VIEW {schema}.signal AS SELECT * FROM main.acts; "
            f"CREATE TABLE {schema}.decay (rule INTEGER, age INTEGER, points INTEGER)"
        )
    loader = _Loader(connection, tuple(physical), kinds, names, as_of)
    for page in pages:
        loader.take(page)
    loader.flush()


def _lists_of(column: Column, scoring: Scoring) -> ScoringLists | None:
    """The lists that a column's cells depend on, so that agreements with other lists do not share it."""
    listed = column.fact in ("is_free_mail", "is_disposable_mail")
    return scoring.lists if listed else None


class _Loader:
    """Gathers rows by column and appends them in batches."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        columns: Sequence[tuple[Column, ScoringLists | None]],
        kinds: Sequence[str],
        names: frozenset[str],
        as_of: datetime,
    ) -> None:
        self._connection = connection
        self._columns = columns
        self._groups: dict[ScoringLists | None, list[int]] = {}
        for place, (_, lists) in enumerate(columns):
            self._groups.setdefault(lists, []).append(place)
        self._kinds = ("INTEGER", "VARCHAR", *kinds)
        self._names = names
        self._as_of = as_of
        self._count = 0
        self._clear()

    def _clear(self) -> None:
        self._people: list[list[Cell]] = [[] for _ in self._kinds]
        self._acts: list[list[Cell]] = [[] for _ in _SIGNAL]

    def take(self, page: Sequence[ScoringInput]) -> None:
        """Add these leads."""
        for lead in page:
            number = self._count
            self._count += 1
            cells: list[Cell] = [None] * len(self._columns)
            for lists, places in self._groups.items():
                some = [self._columns[place][0] for place in places]
                made = cells_of(lead.facts, some, lists or ScoringLists())
                for place, cell in zip(places, made, strict=True):
                    cells[place] = cell
            person: tuple[Cell, ...] = (number, lead.link_id, *cells)
            for column, cell in zip(self._people, person, strict=True):
                column.append(cell)
            kept = [each for each in counted(lead, self._as_of) if each.name in self._names]
            # Ids decide only between acts of one day; their order among a lead's own says as much, in less room.
            for place, signal in enumerate(sorted(kept, key=lambda each: each.id)):
                row: tuple[Cell, ...] = (number, place, *signal_row(signal, self._as_of)[1:])
                for column, cell in zip(self._acts, row, strict=True):
                    column.append(cell)
            if len(self._people[0]) >= BATCH:
                self.flush()

    def flush(self) -> None:
        """Append what was gathered."""
        if self._people[0]:
            insert(self._connection, "people", self._kinds, self._people)
        if self._acts[0]:
            insert(self._connection, "acts", _SIGNAL, self._acts)
        self._clear()
