"""What-if over a whole population by DuckDB (extra ``bulk``). Holds its tables in memory; closed after each call.

DuckDB is never given files of leads that leadpact itself holds, loads no extension from elsewhere, and reaches the
disk only for what does not fit into memory, in a folder of its own that goes with it.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leadpact.errors import FixSettings
from leadpact.pact.score_rules import Scoring
from leadpact.ports.population import Comparison, Pages, Shift, Standing, Tell
from leadpact.scoring.query import ScoringQuery, compile_scoring
from leadpact_app.engines.duck_files import look_at
from leadpact_app.engines.duck_loading import load
from leadpact_app.engines.duck_standings import make_standings, same_sums

if TYPE_CHECKING:
    import duckdb

MEMORY: Final = "1GB"
_CHANGED: Final = "(b.verdict, b.makes, b.lane) IS DISTINCT FROM (a.verdict, a.makes, a.lane)"
_COMPARED: Final = ("verdict", "makes", "grade", "lane")
_COLUMNS: Final = ("fit", "engagement", "grade", "verdict", "makes", "lane")
_AT_ONCE: Final = 10_000
_MOVED: Final = "(a.fit + a.engagement) - (b.fit + b.engagement)"


class DuckPopulation:
    """Compares two agreements over all leads in one database that lives for one call.

    Args:
        memory: how much DuckDB may hold, as it writes sizes; what does not fit goes to its own temporary folder.
        threads: 0 = one per core.
    """

    def __init__(self, *, memory: str = MEMORY, threads: int = 0) -> None:
        self._memory = memory
        self._threads = threads
        require_duckdb()

    def compare(
        self,
        before: Scoring,
        after: Scoring,
        pages: Pages,
        as_of: datetime,
        *,
        examples: int = 20,
        tell: Tell | None = None,
    ) -> Comparison:
        """What changes from one agreement to the other; see the port."""
        queries = compile_scoring(before), compile_scoring(after)
        with self._opened() as connection:
            load(connection, queries, pages, as_of.astimezone(UTC))
            found = _compared(connection, queries, examples)
            if tell is not None:
                _tell_all(connection, tell)
            return found

    def compare_files(
        self, before: Scoring, after: Scoring, folder: Path, *, examples: int = 20
    ) -> Comparison:
        """The same over the tables that the printed query reads, as Parquet or CSV files in a folder.

        Args:
            folder: holds ``lead`` and ``signal``, each ``.parquet`` or ``.csv``, with the columns that
                `pact query` names.
            before: the agreement that runs.
            after: the other one.
            examples: at most so many leads are shown.

        Raises:
            FixSettings: a file or a column is missing, or a column is of another type.
        """
        queries = compile_scoring(before), compile_scoring(after)
        with self._opened() as connection:
            look_at(connection, queries, folder)
            return _compared(connection, queries, examples)

    @contextmanager
    def _opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        import duckdb

        with tempfile.TemporaryDirectory(prefix="leadpact-") as folder:
            config: dict[str, str | bool | int | float | list[str]] = {
                "memory_limit": self._memory,
                "temp_directory": folder,
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "preserve_insertion_order": "false",
            }
            if self._threads:
                config["threads"] = self._threads
            connection = duckdb.connect(":memory:", config=config)
            # One left open complains on stderr when the process ends.
            try:
                # Its own progress bar goes to stdout, where programs read.
                connection.execute("SET enable_progress_bar = false")
                yield connection
            finally:
                connection.close()


def require_duckdb() -> None:
    """Look for DuckDB.

    Raises:
        FixSettings: ``duckdb_missing``.
    """
    try:
        import duckdb  # noqa: F401  # an extra
    except ImportError as error:
        raise FixSettings(
            "DuckDB is not installed: pip install 'leadpact[bulk]'. Without it, leave --engine out: the engine that "
            "writes scores answers then, more slowly.",
            code="duckdb_missing",
        ) from error


def _tell_all(connection: duckdb.DuckDBPyConnection, tell: Tell) -> None:
    """Every lead that says something under either agreement, some at a time."""
    columns = (*_COLUMNS, "gates")
    asked = ", ".join(f"{side}.{name}" for side in "ba" for name in columns)
    says = " OR ".join(
        f"{side}.makes <> '' OR {side}.lane <> '' OR {side}.verdict = 'disqualified'"
        for side in "ba"
    )
    rows = connection.execute(
        f"SELECT p.id, {asked} FROM before.standing b JOIN after.standing a USING (lead) "
        f"JOIN people p USING (lead) WHERE {says}"
    )
    while some := rows.fetchmany(_AT_ONCE):
        for row in some:
            old, new = row[1 : 1 + len(columns)], row[1 + len(columns) :]
            tell(Shift(row[0], Standing(*old), Standing(*new)))


def _compared(
    connection: duckdb.DuckDBPyConnection,
    queries: tuple[ScoringQuery, ScoringQuery],
    examples: int,
) -> Comparison:
    before, after = queries
    make_standings(connection, before, "before")
    make_standings(connection, after, "after", sums_in="before" if same_sums(*queries) else "")
    connection.execute("SET schema = 'main'")
    pair = "before.standing b JOIN after.standing a USING (lead)"
    matrices: dict[str, Counter[tuple[str, str]]] = {name: Counter() for name in _COMPARED}
    rescored = 0
    both = ", ".join(f"b.{name}, a.{name}" for name in _COMPARED)
    # All matrices from one pass: few combinations exist, however many leads there are.
    for *standings, moved, count in connection.execute(
        f"SELECT {both}, {_MOVED} <> 0 AS moved, count(*) FROM {pair} GROUP BY ALL"
    ).fetchall():
        for place, matrix in enumerate(matrices.values()):
            matrix[standings[2 * place], standings[2 * place + 1]] += count
        rescored += count if moved else 0
    columns = _COLUMNS
    asked = ", ".join(f"{side}.{name}" for side in "ba" for name in columns)
    differs = " OR ".join(f"b.{name} <> a.{name}" for name in columns)
    shifts = connection.execute(
        f"SELECT p.id, {asked} FROM {pair} JOIN people p USING (lead) WHERE {differs} "
        f"ORDER BY NOT {_CHANGED}, abs({_MOVED}) DESC, p.id LIMIT {int(examples)}"
    ).fetchall()
    return Comparison(
        leads=matrices["verdict"].total(),
        verdicts=dict(matrices["verdict"]),
        makes=dict(matrices["makes"]),
        grades=dict(matrices["grade"]),
        lanes=dict(matrices["lane"]),
        rescored=rescored,
        shifts=tuple(
            Shift(row[0], Standing(*row[1 : 1 + len(columns)]), Standing(*row[1 + len(columns) :]))
            for row in shifts
        ),
    )
