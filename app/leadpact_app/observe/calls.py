"""Calls made, by CRM and route, and the day's allowance as each CRM last told it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal, Protocol, TypeAlias

from leadpact.errors import WaitUntil
from leadpact.ports.budget import Allowance, CallBudget, SharesBursts
from leadpact_app.observe.met import FaultsMet

Lane: TypeAlias = Literal["hot", "bulk"]
"""Whose calls these are: those of the bulk lane leave a part of our share to the hot one (R19)."""


class CallCounter:
    """Counts every HTTP call, and what they met (``faults``); safe for several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self.faults = FaultsMet()

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


def _nothing() -> None:
    """Every call may be made."""


class LaneBudget(CallBudget, Protocol):
    """A budget of which the bulk lane leaves a part alone."""

    def spend(self, crm: str, calls: int = 1, *, bulk: bool = False) -> None:
        """Count calls about to be made.

        Raises:
            WaitUntil: code ``day_used_up``.
        """
        ...

    def allowances(self) -> dict[str, Allowance]:
        """What is known of each account's day."""
        ...


class DayBudget:
    """The :class:`~leadpact.ports.budget.CallBudget` that connectors get; safe for several threads.

    Signing in takes calls before it is known which account, and so which state, they belong to. Until
    :meth:`attach` this process counts alone, by what each CRM's replies say; from then on the state does.

    Args:
        now: this instant, UTC.
        share: the part of each CRM's day that is ours, above 0 and up to 1; ``shares``: by CRM, where it differs.
        hot: by CRM, the part of that share which only the hot lane may take.

    Attributes:
        lane: whose calls are made at present.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        share: float = 0.95,
        *,
        shares: Mapping[str, float] | None = None,
        hot: Mapping[str, float] | None = None,
    ) -> None:
        self.lane: Lane = "hot"
        self._shares = dict(shares or {})
        self._hot = dict(hot or {})
        self._bursts: SharesBursts | None = None
        self._now = now
        self._share = share
        self._lock = Lock()
        self._left: dict[str, tuple[int, int, datetime | None]] = {}
        self._untold: Counter[str] = Counter()
        self._backing: LaneBudget | None = None
        self.before_each: Callable[[], None] = _nothing
        """Asked right before every single call, those tried again included; what it raises keeps the call back."""

    def attach(self, backing: LaneBudget, bursts: SharesBursts | None = None) -> None:
        """Hand over to a budget that other processes share, with what was counted so far.

        Args:
            bursts: the burst windows that they share; None = this process calls alone.
        """
        with self._lock:
            self._bursts = bursts
            for crm, (limit, left, resets_at) in self._left.items():
                backing.correct(crm, limit=limit, remaining=left, resets_at=resets_at)
            for crm, calls in self._untold.items():
                try:
                    backing.spend(crm, calls)
                except WaitUntil:
                    # Made already; the next call is refused.
                    continue
            self._backing = backing

    def spend(self, crm: str, calls: int = 1) -> None:
        """Count calls about to be made.

        Raises:
            WaitUntil: code ``day_used_up``, if only what is left to others remains; or what ``before_each`` raises.
        """
        self.before_each()
        backing = self._backing
        if backing is None:
            with self._lock:
                backing = self._backing
                if backing is None:
                    self._count(crm, calls)
                    return
        if self.lane == "bulk":
            backing.spend(crm, calls, bulk=True)
        else:
            backing.spend(crm, calls)

    def allowances(self) -> dict[str, Allowance]:
        """What is known of each account's day, our share of it alone."""
        backing = self._backing
        return backing.allowances() if backing is not None else {}

    def take_burst(self, crm: str, bucket: str, calls: int, seconds: float) -> float:
        """Count one call in a window that other processes share; seconds to wait, 0 where it was counted."""
        if self._bursts is None:
            return 0.0
        if self.lane == "bulk":
            calls = max(1, calls - round(calls * self._hot.get(crm, 0.0)))
        return self._bursts.take_burst(crm, bucket, calls, seconds)

    def correct(self, crm: str, *, limit: int, remaining: int, resets_at: datetime | None) -> None:
        """What the CRM said of its own count."""
        with self._lock:
            backing = self._backing
            if backing is None:
                self._left[crm] = (limit, remaining, resets_at)
                self._untold.pop(crm, None)
                return
        backing.correct(crm, limit=limit, remaining=remaining, resets_at=resets_at)

    def _count(self, crm: str, calls: int) -> None:
        limit, left, resets_at = self._left.get(crm, (0, 0, None))
        if resets_at is not None and self._now() >= resets_at:
            del self._left[crm]
        if crm not in self._left:
            self._untold[crm] += calls
            return
        share = self._shares.get(crm, self._share)
        if left - calls < limit - round(limit * share):
            others = f" but for the {1 - share:.0%} left to others" if share < 1 else ""
            raise WaitUntil(
                f"The day's calls to {crm} are used up{others}; the next run goes on after they renew.",
                until=resets_at or self._now() + timedelta(hours=1),
                code="day_used_up",
                detail=f"{left} of {limit} left",
            )
        self._left[crm] = (limit, left - calls, resets_at)
