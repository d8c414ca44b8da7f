"""Migrations and tables say the same, on SQLite and as PostgreSQL would have it."""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable
from tests.contract.state_rows import NOW

from leadpact_app.store.indexes import metadata
from leadpact_app.store.opening import REVISIONS
from leadpact_app.store.sql import SqlStore
from leadpact_app.store.statements import Statements


def _schema(file: Path) -> dict[str, str]:
    connection = sqlite3.connect(file)
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    ).fetchall()
    connection.close()
    return {name: " ".join(sql.split()) for name, sql in rows}


def test_migrations_rebuild_the_tables_exactly(tmp_path: Path) -> None:
    SqlStore.open(tmp_path / "migrated.db", "pair-1").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    metadata.create_all(engine)
    engine.dispose()

    migrated = _schema(tmp_path / "migrated.db")

    assert migrated == _schema(tmp_path / "made.db")
    assert len(migrated) > 20


def test_nothing_is_left_for_a_migration_to_do(tmp_path: Path) -> None:
    SqlStore.open(tmp_path / "state.db", "pair-1").close()
    engine = create_engine(f"sqlite:///{tmp_path / 'state.db'}")

    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()

    assert differences == []


def test_every_revision_is_known_and_the_newest_is_the_head() -> None:
    config = Config()
    config.set_main_option(
        "script_location", str(files("leadpact_app.store").joinpath("migrations"))
    )
    scripts = ScriptDirectory.from_config(config)

    assert scripts.get_heads() == [REVISIONS[-1]]
    assert {script.revision for script in scripts.walk_revisions()} == set(REVISIONS)


def test_every_primary_key_begins_with_the_pair() -> None:
    for table in metadata.sorted_tables:
        assert next(iter(table.primary_key.columns)).name == "pair_id", table.name


def test_tables_and_statements_are_postgresqls_too() -> None:
    dialect = postgresql.base.PGDialect(paramstyle="format")  # type: ignore[no-untyped-call]
    made = [str(CreateTable(table).compile(dialect=dialect)) for table in metadata.sorted_tables]
    statements = Statements(dialect)

    assert all("pair_id TEXT COLLATE" in text for text in made)
    assert "ON CONFLICT (pair_id, id) DO UPDATE SET" in statements.links
    assert statements.links.count("%s") == len(metadata.tables["links"].columns)
    assert statements.within("sides", 3).count("%s") == 4


def test_the_pages_the_engine_reads_are_served_by_indexes(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "state.db", "pair-1")
    statements = Statements(store._engine.dialect)
    queries = {
        statements.text("due"): 6,
        statements.text("open_intents"): 3,
        statements.within("links", 4): 5,
        statements.within("sides", 4): 5,
        statements.within("holds", 4): 5,
        statements.within("failures", 4): 5,
        statements.within("signals", 4): 6,
        statements.within("records", 4): 7,
        statements.within("addressed", 4): 5,
        statements.within("waiting", 4): 7,
        statements.within("clocks", 4): 5,
    }

    with store._engine.connect() as connection:
        for query, parameters in queries.items():
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", (0,) * parameters)
            steps = [row[3] for row in plan]
            assert not [step for step in steps if step.startswith("SCAN")], (query, steps)
    store.close()


def test_what_is_owed_is_read_in_order_from_its_own_small_index(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "state.db", "pair-1")
    asked: list[str] = []

    @event.listens_for(store._engine, "before_cursor_execute")
    def remember(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    store.owing(10)
    store.count("owing", NOW)
    queries = [each for each in asked if "owed_since" in each]
    with store._engine.connect() as connection:
        for query in queries:
            values = (0,) * query.count("?")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)
            steps = [row[3] for row in plan]
            assert len(steps) == 1, steps
            assert "ix_links_owing" in steps[0]
    assert len(queries) == 2
    store.close()


def test_what_each_cycle_counts_is_read_from_its_own_small_index(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "state.db", "pair-1")
    asked: list[str] = []

    @event.listens_for(store._engine, "before_cursor_execute")
    def remember(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    store.count("duplicates", NOW)
    store.duplicates(10)
    store.count("waiting", NOW)
    with store._engine.connect() as connection:
        for query, index in (
            (next(each for each in asked if "count" in each and "sides" in each), "ix_sides_spare"),
            (next(each for each in asked if "LIMIT" in each), "ix_sides_spare"),
            (next(each for each in asked if "holds" in each), "ix_holds_open"),
        ):
            values = (0,) * query.count("?")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)
            steps = " ".join(row[3] for row in plan)
            assert index in steps, (query, steps)
    store.close()
