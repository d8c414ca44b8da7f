"""Calls made, by CRM and route, and the day's allowance as each CRM last told it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from leadpact.errors import WaitUntil

RESERVE = 0.05
"""Share of a CRM's day that is left to others."""


class CallCounter:
    """Counts every HTTP call; safe for several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, crm: str, route: str) -> None:
        """One call."""
        with self._lock:
            self._counts[crm, route] += 1

    def by_crm(self) -> dict[str, dict[str, int]]:
        """Counts per CRM and route, sorted."""
        with self._lock:
            counted = sorted(self._counts.items())
        told: dict[str, dict[str, int]] = {}
        for (crm, route), calls in counted:
            told.setdefault(crm, {})[route] = calls
        return told


class DayBudget:
    """The day's calls per CRM, shared by the threads of one process and corrected by every reply.

    Args:
        now: this instant, UTC.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._left: dict[str, tuple[int, int, datetime | None]] = {}

    def spend(self, crm: str, calls: int = 1) -> None:
        """Count calls about to be made.

        Raises:
            WaitUntil: code ``day_used_up``, if only the reserve for others is left.
        """
        with self._lock:
            if crm not in self._left:
                return
            limit, left, resets_at = self._left[crm]
            if resets_at is not None and self._now() >= resets_at:
                del self._left[crm]
                return
            if left - calls < limit * RESERVE:
                raise WaitUntil(
                    f"The day's calls to {crm} are used up but for the {RESERVE:.0%} left to others; "
                    "the next run goes on after they renew.",
                    until=resets_at or self._now() + timedelta(hours=1),
                    code="day_used_up",
                    detail=f"{left} of {limit} left",
                )
            self._left[crm] = (limit, left - calls, resets_at)

    def correct(self, crm: str, *, limit: int, remaining: int, resets_at: datetime | None) -> None:
        """What the CRM said of its own count."""
        with self._lock:
            self._left[crm] = (limit, remaining, resets_at)
