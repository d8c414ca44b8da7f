"""The operating system's lock on an SQLite state: one cycle per file, freed when a process dies."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from leadpact_app.store.faults import unwritable

if TYPE_CHECKING:
    from filelock import BaseFileLock


class CycleLock:
    """A lock file beside the state. The system frees it with the process, however that ends.

    Args:
        file: the state's file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._asked = False

    @cached_property
    def _lock(self) -> BaseFileLock:
        # Whoever only reads a state takes no lock, and need not load one.
        from filelock import FileLock  # noqa: PLC0415

        self._asked = True
        # The cycle's threads come and go; the lock is the process's.
        name = self._file.with_name(self._file.name + ".lock")
        return FileLock(name, timeout=0, mode=0o600, thread_local=False)

    @property
    def held(self) -> bool:
        """This handle holds it."""
        return self._asked and self._lock.is_locked

    def take(self) -> bool:
        """Take it if nobody has it.

        Raises:
            Stop: code ``state_unwritable``, if the lock file cannot be made.
        """
        from filelock import Timeout  # noqa: PLC0415

        try:
            self._lock.acquire()
        except Timeout:
            return False
        except OSError as error:
            raise unwritable(str(self._file), str(error)) from error
        return True

    def give_back(self) -> None:
        """Free it, if this handle holds it."""
        if self._asked:
            self._lock.release(force=True)
