"""Late commits: a row that surfaces after its own stamp (facts salesforce §3, checklist 10).

While a ``stale_index`` fault for Salesforce is in force, what people and automations do in the
CRM commits only ``seconds`` later (60 unless said), with the stamp of its beginning. Calls by the
API are not delayed: their answer is their commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.world import World

DEFAULT_DELAY_S = 60.0


@dataclass(frozen=True, slots=True)
class _Open:
    began: datetime
    commits: datetime
    commit: Callable[[], None]


class LateCommits:
    """Transactions that have begun and not yet committed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: list[_Open] = []

    def delay(self) -> timedelta | None:
        """How late an act commits now; None when it commits at once."""
        for fault in self._world.faults.listed():
            if fault.crm == "salesforce" and fault.fault == "stale_index" and not fault.spent:
                return timedelta(seconds=fault.seconds or DEFAULT_DELAY_S)
        return None

    def add(self, delay: timedelta, commit: Callable[[], None]) -> None:
        """Open a transaction that commits after ``delay``."""
        now = self._world.clock.now()
        self._open.append(_Open(now, now + delay, commit))

    def settle(self) -> None:
        """Commit what is due, in the order of its commits; what is refused by then is undone."""
        now = self._world.clock.now()
        due = sorted((each for each in self._open if each.commits <= now), key=lambda x: x.commits)
        for each in due:
            self._open.remove(each)
            try:
                each.commit()
            except ApiError:
                # Another change made it impossible meanwhile: the transaction rolls back.
                continue

    def oldest_start(self) -> datetime | None:
        """When the oldest open transaction began."""
        return min((each.began for each in self._open), default=None)

    def forget(self) -> None:
        """Drop all open transactions."""
        self._open.clear()
