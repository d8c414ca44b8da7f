"""The operating system's lock on an SQLite state: one cycle per file, freed when a process dies."""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from leadpact_app.store.faults import unwritable


class CycleLock:
    """A lock file beside the state. The system frees it with the process, however that ends.

    Args:
        file: the state's file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        # The cycle's threads come and go; the lock is the process's.
        self._lock = FileLock(
            file.with_name(file.name + ".lock"), timeout=0, mode=0o600, thread_local=False
        )

    @property
    def held(self) -> bool:
        """This handle holds it."""
        return self._lock.is_locked

    def take(self) -> bool:
        """Take it if nobody has it.

        Raises:
            Stop: code ``state_unwritable``, if the lock file cannot be made.
        """
        try:
            self._lock.acquire()
        except Timeout:
            return False
        except OSError as error:
            raise unwritable(str(self._file), str(error)) from error
        return True

    def give_back(self) -> None:
        """Free it, if this handle holds it."""
        self._lock.release(force=True)
