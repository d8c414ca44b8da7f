"""The file of a state on SQLite: made and kept for oneself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from leadpact_app.store.sqlite_faults import unwritable

BUSY_TIMEOUT_MS: Final = 10_000


def kept_to_oneself(file: Path) -> None:
    """Make the file where it is missing, and let nobody else read it.

    Raises:
        Stop: code ``state_unwritable``.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            # Never opened where it is there: closing it would drop the locks that this process has on it, and the next
            # command to end would take the write-ahead log from under a sync that is still writing to it.
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        if file.stat().st_mode & 0o077:
            file.chmod(0o600)
    except OSError as error:
        raise unwritable(str(file), str(error)) from error
