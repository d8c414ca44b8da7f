"""What a database says in its own words, as errors by remedy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from leadpact.errors import LeadpactError
from leadpact_app.store.postgres import told_by_postgres
from leadpact_app.store.sqlite_faults import by_code, damaged, unwritable

__all__ = ["damaged", "told_by_remedy", "unwritable"]


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
        raise by_code(error, where) from error


def _told(error: DBAPIError, where: str) -> LeadpactError:
    if isinstance(error.orig, sqlite3.Error):
        return by_code(error.orig, where)
    return told_by_postgres(error, where)
