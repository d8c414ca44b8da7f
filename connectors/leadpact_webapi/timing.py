"""The time that this package is handed; any clock of the core fits."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable


class Timing(Protocol):
    """Structurally the core's ``Clock``: of the core this package knows the errors alone."""

    def now(self) -> datetime:
        """This instant: aware, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; never more than 2 s is asked for at a time."""
        ...


@runtime_checkable
class Listening(Protocol):
    """A clock that is also told of what calls met, so that a run can account for every fault."""

    def met(self, code: str) -> None:
        """A call failed so, whether or not it is tried again."""
        ...

    def tried_again(self, after_s: float) -> None:
        """It is tried again after so long a wait."""
        ...
