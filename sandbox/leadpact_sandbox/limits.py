"""Rate windows and daily counters on the sandbox's clock, for both CRMs (DESIGN §8)."""

from __future__ import annotations

import math
from collections import deque
from datetime import UTC, datetime, timedelta, tzinfo

from leadpact_sandbox.world import Clock, LimitMode


def scaled(mode: LimitMode, real: int) -> int | None:
    """The limit in force: ``real`` as it is, scaled and at least 1, or None when limits are off."""
    if mode == "off":
        return None
    if mode == "real":
        return real
    return max(1, math.floor(real * mode))


class RateWindow:
    """At most ``limit`` calls in any ``seconds``; a refused call does not count.

    Args:
        clock: the sandbox's clock; advancing it empties the window.
        limit: calls allowed, or None for no limit.
        seconds: length of the rolling window.
    """

    def __init__(self, clock: Clock, limit: int | None, seconds: float) -> None:
        self._clock = clock
        self.limit = limit
        self.seconds = seconds
        self._taken: deque[float] = deque()

    def _forget_old(self) -> float:
        now = self._clock.monotonic()
        taken = self._taken
        while taken and now - taken[0] >= self.seconds:
            taken.popleft()
        return now

    def take(self) -> bool:
        """Count this call; False (not counted) if the window is full."""
        if self.limit is None:
            return True
        now = self._forget_old()
        if len(self._taken) >= self.limit:
            return False
        self._taken.append(now)
        return True

    def used(self) -> int:
        """Calls counted in the window that ends now (0 without a limit)."""
        self._forget_old()
        return len(self._taken)

    def remaining(self) -> int | None:
        """Calls still free now; None without a limit."""
        return None if self.limit is None else self.limit - self.used()

    def frees_in(self) -> float:
        """Seconds until the next call is free; 0 if one is free now."""
        if self.limit is None:
            return 0.0
        now = self._forget_old()
        if len(self._taken) < self.limit:
            return 0.0
        return self.seconds - (now - self._taken[0])

    def reset(self) -> None:
        """Forget all calls."""
        self._taken.clear()


class DailyCounter:
    """A day's allowance that starts anew at midnight in ``zone`` (HubSpot).

    Args:
        clock: the sandbox's clock.
        limit: calls a day, or None for no limit.
        zone: the account's time zone.
    """

    def __init__(self, clock: Clock, limit: int | None, zone: tzinfo = UTC) -> None:
        self._clock = clock
        self.limit = limit
        self._zone = zone
        self._day = self._today()
        self._used = 0

    def _today(self) -> int:
        return self._clock.now().astimezone(self._zone).toordinal()

    def _turn(self) -> None:
        today = self._today()
        if today != self._day:
            self._day = today
            self._used = 0

    def take(self, calls: int = 1) -> bool:
        """Count calls; False (not counted) if they exceed what is left of the day."""
        self._turn()
        if self.limit is not None and self._used + calls > self.limit:
            return False
        self._used += calls
        return True

    def spend(self, calls: int) -> None:
        """Let others use this many calls of the day, up to the limit (for tests and faults)."""
        self._turn()
        self._used += calls
        if self.limit is not None:
            self._used = min(self._used, self.limit)

    def used(self) -> int:
        """Calls counted today."""
        self._turn()
        return self._used

    def remaining(self) -> int | None:
        """Calls left today; None without a limit."""
        return None if self.limit is None else self.limit - self.used()

    def resets_at(self) -> datetime:
        """The next midnight of the account's zone, as aware UTC."""
        local = self._clock.now().astimezone(self._zone)
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight.astimezone(UTC)

    def reset(self) -> None:
        """Forget all calls."""
        self._used = 0
        self._day = self._today()


class RollingDay:
    """An allowance over the last 24 hours, counted in buckets of 15 minutes (Salesforce).

    Args:
        clock: the sandbox's clock.
        limit: calls in any 24 hours, or None for no limit.
    """

    BUCKET_S = 900.0
    DAY_S = 86_400.0

    def __init__(self, clock: Clock, limit: int | None) -> None:
        self._clock = clock
        self.limit = limit
        self._buckets: deque[list[float]] = deque()
        self._used = 0

    def _forget_old(self) -> float:
        bucket = self._clock.monotonic() // self.BUCKET_S * self.BUCKET_S
        while self._buckets and bucket - self._buckets[0][0] >= self.DAY_S:
            self._used -= int(self._buckets.popleft()[1])
        return bucket

    def take(self, calls: int = 1) -> bool:
        """Count calls; False (not counted) if the allowance is used up."""
        bucket = self._forget_old()
        if self.limit is not None and self._used + calls > self.limit:
            return False
        if not self._buckets or self._buckets[-1][0] != bucket:
            self._buckets.append([bucket, 0])
        self._buckets[-1][1] += calls
        self._used += calls
        return True

    def used(self) -> int:
        """Calls counted in the last 24 hours."""
        self._forget_old()
        return self._used

    def remaining(self) -> int | None:
        """Calls left; None without a limit."""
        return None if self.limit is None else self.limit - self.used()

    def reset(self) -> None:
        """Forget all calls."""
        self._buckets.clear()
        self._used = 0
