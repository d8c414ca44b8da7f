"""The tables of the printed query from Parquet or CSV files, looked at before they are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leadpact.errors import FixSettings
from leadpact.scoring.query import ScoringQuery
from leadpact_app.engines.duck_loading import TYPES

if TYPE_CHECKING:
    import duckdb


def look_at(
    connection: duckdb.DuckDBPyConnection,
    queries: tuple[ScoringQuery, ScoringQuery],
    folder: Path,
) -> None:
    """Make views of files, after a look at their columns."""
    wanted = {"lead": "BIGINT"}
    for query in queries:
        wanted |= {column.name: TYPES[column.type] for column in query.columns}
    acts = {"lead": "BIGINT", "signal": "", "name": "VARCHAR", "asset": "VARCHAR"}
    acts |= {"day": "BIGINT", "age": "BIGINT"}
    _view(connection, "people", folder, "lead", wanted)
    _view(connection, "acts", folder, "signal", acts)
    for schema in ("before", "after"):
        connection.execute(
            f"CREATE SCHEMA {schema}; CREATE VIEW {schema}.lead AS SELECT * FROM main.people; "
            f"CREATE VIEW {schema}.signal AS SELECT * FROM main.acts; "
            f"CREATE TABLE {schema}.decay (rule INTEGER, age INTEGER, points INTEGER)"
        )


def _view(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    folder: Path,
    table: str,
    wanted: dict[str, str],
) -> None:
    import duckdb

    files = [folder / f"{table}.{ending}" for ending in ("parquet", "csv")]
    file = next((each for each in files if each.is_file()), None)
    if file is None:
        raise FixSettings(
            f"There is neither {files[0]} nor {files[1]}. `leadpact pact query --tables {folder}` writes both tables.",
            code="table_missing",
        )
    reader = "read_parquet(?)" if file.suffix == ".parquet" else "read_csv(?, header = true)"
    try:
        told = connection.execute(f"DESCRIBE SELECT * FROM {reader}", [str(file)]).fetchall()
    except duckdb.Error as error:
        raise FixSettings(
            f"{file} cannot be read as a table.", code="table_unreadable", detail=str(error)
        ) from error
    there = {str(row[0]) for row in told}
    missing = [name for name in wanted if name not in there]
    if missing:
        raise FixSettings(
            f"{file} lacks {', '.join(missing)}: `leadpact pact query` tells what the columns hold.",
            code="table_column_missing",
        )
    shown = ", ".join(
        f'CAST("{name}" AS {kind}) AS "{name}"' if kind else f'"{name}"'
        for name, kind in wanted.items()
    )
    if table == "lead":
        shown += f", CAST({'id' if 'id' in there else 'lead'} AS VARCHAR) AS id"
    path = str(file).replace("'", "''")
    connection.execute(
        f"CREATE VIEW {view} AS SELECT {shown} FROM {reader.replace('?', chr(39) + path + chr(39))}"
    )
