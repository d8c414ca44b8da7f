"""The time that this package is handed; any clock of the core fits."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Timing(Protocol):
    """Structurally the core's ``Clock``: of the core this package knows the errors alone."""

    def now(self) -> datetime:
        """This instant: aware, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; never more than 2 s is asked for at a time."""
        ...
