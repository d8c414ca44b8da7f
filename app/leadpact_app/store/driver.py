"""The SQLite driver under a connection: what SQLAlchemy adds to a statement costs more than most of them do."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection


def sqlite_of(connection: Connection) -> sqlite3.Connection | None:
    """The driver's own connection, in the transaction that this one began.

    None on another database, and where somebody listens to the statements, who would miss those that go past.
    """
    if not connection.in_transaction():
        connection.begin()
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection) or connection.dispatch.before_cursor_execute:
        return None
    return raw
