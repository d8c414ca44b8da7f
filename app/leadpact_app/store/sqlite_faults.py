"""What SQLite says in its own words, as errors by remedy."""

from __future__ import annotations

import sqlite3
from typing import Final

from leadpact.errors import LeadpactError, Stop, WaitUntil

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_UNWRITABLE: Final = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_AUTH,
    }
)
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def by_code(error: sqlite3.Error, where: str) -> LeadpactError:
    """A fault of SQLite's as the error that says what to do."""
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
