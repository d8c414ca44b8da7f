"""Opening a state: its file, its place among the versions, its pair (DESIGN §7, R39)."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from leadpact.errors import FixSettings, Stop
from leadpact_app.settings import shown_address
from leadpact_app.store.faults import told_by_remedy
from leadpact_app.store.postgres import check_encoding, keep_schema_to_oneself, postgres_engine
from leadpact_app.store.state_file import BUSY_TIMEOUT_MS, kept_to_oneself
from leadpact_app.store.tables import pairs

REVISIONS = tuple(f"{number:04}" for number in range(1, 14))
"""Every revision of the schema that this version can read, oldest first; the last is written."""


def engine_for(path_or_url: str | Path) -> tuple[Engine, Path | None]:
    """The engine of a state and, for SQLite, its file.

    Args:
        path_or_url: a file for SQLite, or the URL of a database.

    Raises:
        FixSettings: code ``state_address``, if it is neither.
        Stop: code ``state_unwritable``, if the file cannot be made.
    """
    text = str(path_or_url)
    if "://" not in text:
        return _sqlite(Path(text)), Path(text)
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise FixSettings(
            "The state's address is not a database URL; give a file, or "
            "postgresql+psycopg://host/database.",
            code="state_address",
        ) from error
    if url.get_backend_name() == "sqlite" and url.database:
        return _sqlite(Path(url.database)), Path(url.database)
    if url.get_backend_name() != "postgresql":
        raise FixSettings(
            f"The state is kept in SQLite or PostgreSQL, not in {url.get_backend_name()}.",
            code="state_address",
        )
    try:
        return postgres_engine(url), None
    except (ImportError, ArgumentError) as error:
        raise FixSettings(
            "PostgreSQL needs its driver: install leadpact[postgres], and begin the address with "
            "postgresql+psycopg://.",
            code="state_address",
        ) from error


def shown(engine: Engine) -> str:
    """Where the state is, without a password."""
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return shown_address(url.render_as_string(hide_password=False))


def _sqlite(file: Path) -> Engine:
    kept_to_oneself(file)
    engine = create_engine(f"sqlite:///{file}")

    @event.listens_for(engine, "connect")
    def _settle(connection: Any, _: object) -> None:
        # SQLAlchemy's own BEGIN below decides when a transaction takes the write lock.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA cache_size = -32000")
        cursor.execute("PRAGMA temp_store = MEMORY")
        # A page that several commits touch is copied into the file once; up to 40 MB of log.
        cursor.execute("PRAGMA wal_autocheckpoint = 10000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("leadpact_write")
        raw = connection.connection.driver_connection
        if raw is not None:
            raw.execute("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def prepare(engine: Engine, pair_id: str) -> None:
    """Bring the schema up to date, or refuse the state.

    Raises:
        Stop: ``state_newer``, ``state_damaged``, ``state_unwritable``, ``state_of_another_program``.
        FixSettings: ``state_of_another_pair``.
    """
    where = shown(engine)
    with told_by_remedy(where):
        with engine.connect() as connection:
            found = revision(connection, where)
            if not found and engine.dialect.name == "postgresql":
                check_encoding(connection, where)
        if found != REVISIONS[-1]:
            migrate(engine)
        if engine.dialect.name == "sqlite":
            with engine.connect() as connection:
                _check_pair(connection, pair_id, where)


def revision(connection: Connection, where: str) -> str:
    """The schema's revision, "" for an empty database.

    Raises:
        Stop: ``state_newer`` or ``state_of_another_program``.
    """
    names = inspect(connection).get_table_names()
    if "alembic_version" not in names:
        if names:
            raise Stop(
                f"{where} is the database of another program; name a file of leadpact's own.",
                code="state_of_another_program",
                detail=f"tables: {', '.join(sorted(names)[:5])}",
            )
        return ""
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or ""
    if found and found not in REVISIONS:
        raise Stop(
            f"The state {where} was written by a newer leadpact; install that version or later.",
            code="state_newer",
            detail=f"revision {found}, known are up to {REVISIONS[-1]}",
        )
    return str(found)


def migrate(engine: Engine) -> None:
    """Run the migrations up to the newest revision."""
    # Slow to import, and needed once in a state's life.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(files(__package__).joinpath("migrations")))
    with engine.connect().execution_options(leadpact_write=True) as connection:
        if engine.dialect.name == "postgresql":
            keep_schema_to_oneself(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if engine.dialect.name == "postgresql":
            connection.invalidate()


def _check_pair(connection: Connection, pair_id: str, where: str) -> None:
    kept = list(connection.execute(select(pairs.c.pair_id).limit(100)).scalars())
    if kept and pair_id not in kept:
        raise FixSettings(
            f"The state {where} belongs to the pair {kept[0]}, not to {pair_id}; name another file.",
            code="state_of_another_pair",
        )
