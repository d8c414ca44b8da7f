"""Burst windows shared by the threads that call one CRM.

The day's budget is not here: that is the core's ``CallBudget`` port, kept by the store.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from leadpact.errors import WaitUntil
from leadpact_webapi.retry import OURS, THROTTLED
from leadpact_webapi.timing import Timing

LONGEST_WAIT_S: Final = 2.0
TRAVEL: Final = 0.01
"""Calls leave in time and may arrive closer together: a window is taken to be longer by this part, or 20 ms."""
LEAST_HOLD_S: Final = 0.1
FULL: Final = 0.9
"""From this part of a window on our own calls explain why the CRM found it full."""


def travelled_ms(seconds: float) -> int:
    """A window's length in milliseconds, with what calls may lose on their way."""
    return int(seconds * 1000) + max(20, int(seconds * 1000 * TRAVEL))


class BurstWindows:
    """Named sliding windows: at most so many calls in so many seconds.

    Args:
        crm: the CRM's name, for messages.
        clock: tells the time and waits.
        limits: bucket name → (calls, seconds). A name that is not in it is not limited.
        shared: counts one call in a window that other processes share, by (bucket, calls, seconds): 0 where it was
            counted, else the seconds until there may be room. None = this process calls alone.
    """

    def __init__(
        self,
        crm: str,
        clock: Timing,
        limits: dict[str, tuple[int, float]],
        shared: Callable[[str, int, float], float] | None = None,
    ) -> None:
        self._crm = crm
        self._clock = clock
        self._limits = {name: (max(1, calls), seconds) for name, (calls, seconds) in limits.items()}
        self._shared = shared
        self._lock = threading.Lock()
        self._buckets = {
            name: InMemoryBucket([Rate(calls, travelled_ms(seconds))])
            for name, (calls, seconds) in self._limits.items()
        }
        self._held_until: dict[str, int] = {}
        self._latest_ms = 0

    def take(self, bucket: str) -> None:
        """Count one call, waiting at most 2 s for room.

        Raises:
            WaitUntil: code ``throttled``, with the seconds after which there is room.
        """
        waited = 0.0
        granted = False
        while True:
            short_by = self._held(bucket)
            if short_by <= 0 and not granted:
                short_by = self._ask_others(bucket)
                granted = short_by <= 0
            if short_by <= 0:
                short_by = self._try(bucket)
            if short_by <= 0:
                return
            if waited + short_by > LONGEST_WAIT_S:
                raise WaitUntil(
                    f"The burst limit of {self._crm} is used up for the moment.",
                    seconds=short_by,
                    until=self._clock.now() + timedelta(seconds=short_by),
                    code=THROTTLED,
                    detail=f"{OURS}{bucket}",
                )
            self._clock.sleep(short_by)
            waited += short_by

    def hold(self, bucket: str, seconds: float) -> float:
        """Let no call of this bucket go for a while: the CRM told one of the threads that its window is full.

        Where our own calls fill the window, room comes as soon as the oldest of them leaves it; only where others
        fill it is nothing known, and the wait is the one asked for.

        Returns:
            For how many seconds, at most as many as were asked for.
        """
        with self._lock:
            now = self._now_ms()
            seconds = min(seconds, self._until_room(bucket, now))
            until = now + int(seconds * 1000)
            self._held_until[bucket] = max(self._held_until.get(bucket, 0), until)
            return seconds

    def _until_room(self, name: str, now: int) -> float:
        """Seconds until the oldest of our own calls leaves a window that they fill; endless where they do not."""
        own = self._buckets.get(name)
        if own is None:
            return math.inf
        own.leak(now)
        calls, seconds = self._limits[name]
        if not own.items or len(own.items) < FULL * calls:
            return math.inf
        left = own.items[0].timestamp + travelled_ms(seconds) - now
        return max(left / 1000, LEAST_HOLD_S)

    def _held(self, name: str) -> float:
        """Seconds for which the CRM asked to be left alone."""
        with self._lock:
            return (self._held_until.get(name, 0) - self._now_ms()) / 1000

    def _ask_others(self, name: str) -> float:
        """0 where there is room beside the calls of other processes, else seconds."""
        if self._shared is None or name not in self._limits:
            return 0.0
        return self._shared(name, *self._limits[name])

    def _try(self, name: str) -> float:
        """0 where the call was counted, else the seconds until it is worth another try."""
        with self._lock:
            now = self._now_ms()
            bucket = self._buckets.get(name)
            if bucket is None:
                return 0.0
            bucket.leak(now)
            decision = bucket.put_decision(RateItem(name, now))
            if decision.allowed:  # type: ignore[union-attr]
                return 0.0
            # At least a millisecond, so that rounding never makes a busy loop.
            return max(decision.retry_after_ms or 0, 1) / 1000  # type: ignore[union-attr]

    def _now_ms(self) -> int:
        # A clock that is set back must not unsort the bucket.
        self._latest_ms = max(self._latest_ms, int(self._clock.now().timestamp() * 1000))
        return self._latest_ms
