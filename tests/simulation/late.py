"""Writes whose answer was lost and that land later, when a further cycle may be under way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leadpact.ports.connector import WriteRow

LONGEST = timedelta(minutes=8)
"""No CRM carries out a request later than so."""


@dataclass
class LateWrite:
    """Rows on their way: they land after so many further calls of later runs.

    ``reads`` is when their cycle had looked at what.
    """

    crm: str
    kind: str
    rows: Sequence[WriteRow]
    sent: datetime
    run: int
    calls: int
    reads: dict[Any, datetime]


Land = Callable[[LateWrite], None]


class LateWrites:
    """All that is on its way."""

    def __init__(self) -> None:
        self.under_way: list[LateWrite] = []
        self.landed = 0

    def called(self, run: int, land: Land) -> None:
        """A run makes a call: what waited for it lands."""
        for one in list(self.under_way):
            if run > one.run:
                one.calls -= 1
                if one.calls <= 0:
                    self._land(one, land)

    def until(self, now: datetime, land: Land) -> None:
        """Time has passed: what is older than any request lasts has landed by now."""
        for one in list(self.under_way):
            if now - one.sent > LONGEST:
                self._land(one, land)

    def all(self, land: Land) -> None:
        """Everything lands."""
        for one in list(self.under_way):
            self._land(one, land)

    def _land(self, one: LateWrite, land: Land) -> None:
        self.under_way.remove(one)
        land(one)
