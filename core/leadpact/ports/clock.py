"""The port of time."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where the instant comes from; core never asks the machine."""

    def now(self) -> datetime:
        """This instant: aware, UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; connectors never ask for more than 2 s at a time."""
        ...
