"""Rows of a source outside the CRMs as they stand there, from a CSV file, a Parquet file or a query."""

from __future__ import annotations

import csv
from collections.abc import Generator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from leadpact.errors import FixSettings, WaitUntil

if TYPE_CHECKING:
    from leadpact_app.settings import SourceSettings

Row: TypeAlias = tuple[int, Mapping[str, Any]]
"""(line of the file, header line 1; or number of the row in the answer), value by column."""
Rows: TypeAlias = Generator[Row, None, None]

_AT_ONCE = 1_000
_ZONED = "TIMESTAMP WITH TIME ZONE"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_FIELD = 1_000_000


def rows_of(name: str, settings: SourceSettings, since: datetime | None) -> Rows:
    """Every row, in the order of the source; whoever gives up before the last one closes it.

    Args:
        name: the source's, for errors.
        since: when it was last read (aware, UTC); bound to ``:since`` where a query has it.

    Raises:
        FixSettings: the file, the query or an optional package is missing, or nothing says where the source is.
        WaitUntil: the database cannot be reached.
    """
    if settings.url is not None:
        return _of_query(name, settings, since)
    if not settings.path:
        upper = f"LEADPACT_SOURCES__{name.upper()}"
        raise FixSettings(
            f"Nothing says where the source {name} is: set {upper}__PATH to a CSV or Parquet file, or {upper}__URL and "
            f"{upper}__QUERY to a database and a query.",
            code="source_unsettled",
        )
    path = Path(settings.path)
    if not path.is_file():
        raise FixSettings(f"The source {name}: there is no file {path}.", code="file_missing")
    if settings.form(path) == "parquet":
        return _of_parquet(name, path)
    return _of_csv(name, path, settings.delimiter)


def _of_csv(name: str, path: Path, delimiter: str) -> Rows:
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        # A byte order mark stands before the first column's name in what spreadsheets write.
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=delimiter)
            reader.fieldnames = [one.strip() for one in reader.fieldnames or ()]
            for row in reader:
                # What stands behind the last column has no name.
                yield reader.line_num, {key: value for key, value in row.items() if key}
    except UnicodeDecodeError as error:
        raise FixSettings(
            f"The source {name}: {path} is not UTF-8 text; save it as such.", code="file_unreadable"
        ) from error
    except (OSError, csv.Error) as error:
        raise FixSettings(
            f"The source {name}: {path} cannot be read as CSV.",
            code="file_unreadable",
            detail=str(error),
        ) from error


def _of_parquet(name: str, path: Path) -> Rows:
    try:
        import duckdb
    except ImportError as error:
        raise FixSettings(
            f"The source {name} is a Parquet file, which needs the extra `bulk`: pip install 'leadpact[bulk]'.",
            code="extra_missing",
        ) from error
    with closing(duckdb.connect()) as engine:
        try:
            described = engine.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)])
            columns = {row[0]: row[1] for row in described.fetchall()}
            # Instants with a zone would want another package to become Python's own.
            asked = ", ".join(
                f"epoch_us({_quoted(column)})" if kind == _ZONED else _quoted(column)
                for column, kind in columns.items()
            )
            found = engine.execute(f"SELECT {asked} FROM read_parquet(?)", [str(path)])  # noqa: S608
            number = 0
            while rows := found.fetchmany(_AT_ONCE):
                for row in rows:
                    number += 1
                    yield (
                        number,
                        {
                            column: _instant(value) if kind == _ZONED else value
                            for (column, kind), value in zip(columns.items(), row, strict=True)
                        },
                    )
        except duckdb.Error as error:
            raise FixSettings(
                f"The source {name}: {path} cannot be read as Parquet.",
                code="file_unreadable",
                detail=str(error)[:300],
            ) from error


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)


def _of_query(name: str, settings: SourceSettings, since: datetime | None) -> Rows:
    from sqlalchemy import create_engine, exc, text

    if settings.url is None or not settings.query:
        raise FixSettings(
            f"The source {name} has a database and no query: set LEADPACT_SOURCES__{name.upper()}__QUERY.",
            code="source_unsettled",
        )
    asked = (
        {"since": since or datetime(1970, 1, 1, tzinfo=UTC)} if ":since" in settings.query else {}
    )
    try:
        engine = create_engine(settings.url.get_secret_value())
    except (exc.ArgumentError, ImportError) as error:
        raise FixSettings(
            f"The source {name}: its URL is none that a driver here can open.", code="url_unusable"
        ) from error
    try:
        # What the query may change is rolled back with the connection: leadpact only reads.
        with engine.connect() as connection:
            found = connection.execution_options(stream_results=True).execute(
                text(settings.query), asked
            )
            for number, row in enumerate(found.mappings(), start=1):
                yield number, dict(row)
    except (exc.OperationalError, exc.InterfaceError) as error:
        if error.connection_invalidated or "connect" in str(error.orig).lower():
            raise WaitUntil(
                f"The database of the source {name} cannot be reached.", code="source_unreachable"
            ) from error
        raise _refused(name, error) from error
    except exc.SQLAlchemyError as error:
        raise _refused(name, error) from error
    finally:
        engine.dispose()


def _refused(name: str, error: Exception) -> FixSettings:
    said = str(getattr(error, "orig", None) or error).splitlines()
    return FixSettings(
        f"The source {name}: its database refuses the query.",
        code="query_refused",
        detail=(said[0] if said else type(error).__name__)[:300],
    )
