"""Connections of a store: out of SQLAlchemy's pool for each use on PostgreSQL, kept open between uses on SQLite."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol, cast

from sqlalchemy import Connection, Engine

from leadpact_app.store.postgres import READING, WRITING


class Connections(Protocol):
    """What a store reads and writes on, one transaction each."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees what was committed last, and nothing later."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """A connection whose work is committed at the end of the block, or undone by an error."""
        ...

    def unreadably(self) -> AbstractContextManager[None]:
        """What is removed within the block leaves no trace in a file of ours."""
        ...

    def close(self) -> None:
        """Close those that are not in use."""
        ...


class PooledConnections:
    """Those of a server, which the pool checks before each use."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._snapshots = engine.execution_options(**READING)
        self._writing = engine.execution_options(**WRITING)

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees what was committed last, and nothing later."""
        return self._snapshots.connect()

    def writing(self) -> AbstractContextManager[Connection]:
        """A connection whose work is committed at the end of the block, or undone by an error."""
        return self._writing.begin()

    def unreadably(self) -> AbstractContextManager[None]:
        """The server keeps its own files."""
        return nullcontext()

    def close(self) -> None:
        """Close those that are not in use."""
        self._engine.dispose()


class KeptConnections:
    """Those of a file, the one used last first: its memory holds the pages that it wrote.

    To take one out of the pool, begin and return it costs ten times what a small read does. So each stays taken, and
    to SQLAlchemy is in one transaction without end; what begins and ends in the file is said here.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[Connection] = deque()

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that sees what was committed last, and nothing later."""
        return self._between("BEGIN", "ROLLBACK")

    def writing(self) -> AbstractContextManager[Connection]:
        """A connection whose work is committed at the end of the block, or undone by an error."""
        return self._between("BEGIN IMMEDIATE", "COMMIT")

    @contextmanager
    def unreadably(self) -> Iterator[None]:
        """What is removed meanwhile is overwritten in the file, and its log emptied."""
        # One connection alone: the pragma is the connection's, and VACUUM waits for no other of ours.
        self.close()
        with self._taken() as connection:
            _driver(connection).execute("PRAGMA secure_delete = ON")
        yield
        with self._taken() as connection:
            _driver(connection).execute("VACUUM")
            _driver(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close those that are not in use."""
        while self._idle:
            self._idle.pop().close()
        self._engine.dispose()

    @contextmanager
    def _between(self, begin: str, end: str) -> Iterator[Connection]:
        with self._taken() as connection:
            driver = _driver(connection)
            driver.execute(begin)
            yield connection
            driver.execute(end)

    @contextmanager
    def _taken(self) -> Iterator[Connection]:
        """One for this block; after an error it goes back to the pool, which undoes what is open."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
        try:
            if not connection.in_transaction():
                connection.begin()
                _driver(connection).execute("ROLLBACK")
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)
