"""Reads a state on SQLite by statements that were compiled beforehand (``reading_sqlite.json``).

A command about one lead carries out some twenty queries; to import SQLAlchemy for them was a third of what it cost.
What such a command asks is read without it. Any other verb works as well: it makes SQLAlchemy use the same connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from leadpact_app.store.sql_reading import SqlReader
from leadpact_app.store.sqlite_faults import by_code, damaged
from leadpact_app.store.state_file import BUSY_TIMEOUT_MS, kept_to_oneself
from leadpact_app.store.written_texts import WrittenTexts

if TYPE_CHECKING:
    from sqlalchemy import Connection


class FileReader(SqlReader):
    """A :class:`~leadpact.ports.state_store.StateReader` of a file that is this version's; made by :meth:`open`."""

    def __init__(self, raw: sqlite3.Connection, where: str, pair_id: str, texts: WrittenTexts):
        super().__init__(pair_id, texts)
        self._raw = raw
        self._where = where

    @classmethod
    def open(cls, address: str, pair_id: str) -> FileReader | None:
        """Open the file of a state; nothing is written to it.

        Args:
            address: where the state is.
            pair_id: the pair whose rows are read.

        Returns:
            None where the state is no file, or not of this version, or of another pair, or cannot be read: whoever
            opens it to write mends that or says what is wrong.

        Raises:
            Stop: ``state_unwritable``, where the file cannot be kept to oneself.
        """
        file = Path(address)
        if "://" in address or not file.is_file():
            return None
        kept_to_oneself(file)
        texts = WrittenTexts()
        raw = sqlite3.connect(file, isolation_level=None)
        try:
            if not _is_ours(raw, pair_id, texts.revision):
                raw.close()
                return None
        except sqlite3.Error:
            raw.close()
            return None
        return cls(raw, address, pair_id, texts)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        connection = _Connection(self._raw)
        try:
            self._raw.execute("BEGIN")
            yield cast("Connection", connection)
        except sqlite3.Error as error:
            raise by_code(error, self._where) from error
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise damaged(self._where, f"a row cannot be read: {error}") from error
        finally:
            connection.end()

    def close(self) -> None:
        """Close the file."""
        self._raw.close()


def _is_ours(raw: sqlite3.Connection, pair_id: str, revision: str) -> bool:
    for pragma in (f"busy_timeout = {BUSY_TIMEOUT_MS}", "query_only = ON", "temp_store = MEMORY"):
        raw.execute(f"PRAGMA {pragma}")
    written = raw.execute("SELECT version_num FROM alembic_version").fetchall()
    pairs = [row[0] for row in raw.execute("SELECT pair_id FROM pairs LIMIT 100")]
    return written == [(revision,)] and (not pairs or pair_id in pairs)


class _Connection:
    """Stands in for SQLAlchemy's: texts go straight to the file, all else by one of its own in the same transaction."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw
        # As :func:`~leadpact_app.store.driver.sqlite_of` looks for it.
        self.connection = SimpleNamespace(driver_connection=raw)
        self.dispatch = SimpleNamespace(before_cursor_execute=())

    def in_transaction(self) -> bool:
        """It begins with one."""
        return True

    def exec_driver_sql(self, statement: str, parameters: Sequence[Any] = ()) -> Any:
        """Carry out a text."""
        cursor = self._raw.execute(statement, parameters)
        return SimpleNamespace(cursor=cursor, fetchall=cursor.fetchall, close=cursor.close)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    @cached_property
    def _whole(self) -> Connection:
        # What this module is there to avoid. Put together by hand: an engine's first connection would end the snapshot.
        from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect  # noqa: PLC0415
        from sqlalchemy.engine import Engine, make_url  # noqa: PLC0415
        from sqlalchemy.pool import StaticPool  # noqa: PLC0415

        dialect = sqlite_dialect(dbapi=sqlite3, paramstyle="qmark")
        pool = StaticPool(cast("Any", lambda: self._raw), dialect=dialect)
        return Engine(pool, dialect, make_url("sqlite://")).connect()

    def end(self) -> None:
        """Leave the snapshot."""
        if "_whole" in vars(self):
            self._whole.close()
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")
