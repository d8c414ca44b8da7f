"""What a database says in its own words, as errors by remedy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from leadpact.errors import LeadpactError, Stop, WaitUntil
from leadpact_app.store.postgres import told_by_postgres

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_UNWRITABLE = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_AUTH,
    }
)
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


@contextmanager
def told_by_remedy(where: str) -> Iterator[None]:
    """Raises errors of the database as leadpact's own.

    Args:
        where: the state's file or address without a password, for the sentence.

    Raises:
        Stop: ``state_damaged``, ``state_unwritable`` or ``state_refused``.
        WaitUntil: ``state_busy`` or ``state_unreachable``.
        FixSettings: ``state_sign_in`` or ``state_address``.
    """
    try:
        yield
    except DBAPIError as error:
        raise _told(error, where) from error
    except sqlite3.Error as error:
        raise _by_code(error, where) from error


def _told(error: DBAPIError, where: str) -> LeadpactError:
    if isinstance(error.orig, sqlite3.Error):
        return _by_code(error.orig, where)
    return told_by_postgres(error, where)


def _by_code(error: sqlite3.Error, where: str) -> LeadpactError:
    code = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    detail = f"{getattr(error, 'sqlite_errorname', type(error).__name__)}: {error}"
    if primary in _DAMAGED:
        return damaged(where, detail)
    if primary in _UNWRITABLE:
        return unwritable(where, detail)
    if primary in _BUSY:
        return WaitUntil(
            f"Another program keeps the state {where} busy; try again in a moment.",
            seconds=10,
            code="state_busy",
            detail=detail,
        )
    return Stop(
        f"The state {where} refused a statement of leadpact's.", code="state_refused", detail=detail
    )


def damaged(where: str, detail: str) -> Stop:
    """The file is not what leadpact wrote."""
    return Stop(
        f"The state {where} is damaged. Put its last backup back, or move it away and let a first "
        "sync find the links again.",
        code="state_damaged",
        detail=detail,
    )


def unwritable(where: str, detail: str) -> Stop:
    """Disk full, no right to write, folder missing."""
    return Stop(
        f"The state {where} cannot be written: check free space and the rights of its folder.",
        code="state_unwritable",
        detail=detail,
    )
