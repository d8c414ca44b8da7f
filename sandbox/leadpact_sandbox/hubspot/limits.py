"""HubSpot's allowances: the ten-second bucket, the day, search's second, associations' own (facts §3)."""

from __future__ import annotations

from datetime import UTC
from typing import Literal, TypeAlias

from leadpact_sandbox.hubspot.errors import over_policy, over_search
from leadpact_sandbox.limits import DailyCounter, RateWindow, scaled
from leadpact_sandbox.world import World

Bucket: TypeAlias = Literal["plain", "search", "associations"]
BURST, BURST_S = 190, 10.0
SEARCHES, SEARCHES_S = 5, 1.0
DAILY = 650_000
LINKS, LINKS_DAILY = 150, 500_000

_MAX = b"x-hubspot-ratelimit-max"
_LEFT = b"x-hubspot-ratelimit-remaining"
_DAILY = b"x-hubspot-ratelimit-daily"
_DAILY_LEFT = b"x-hubspot-ratelimit-daily-remaining"
_INTERVAL = (b"x-hubspot-ratelimit-interval-milliseconds", b"10000")
_SECONDLY = b"x-hubspot-ratelimit-secondly"
_SECONDLY_LEFT = b"x-hubspot-ratelimit-secondly-remaining"


class Limits:
    """The limits of a Professional account with one private app, scaled as the world says."""

    def __init__(self, world: World) -> None:
        clock, mode = world.clock, world.limits
        self.burst = RateWindow(clock, scaled(mode, BURST), BURST_S)
        self.searches = RateWindow(clock, scaled(mode, SEARCHES), SEARCHES_S)
        self.daily = DailyCounter(clock, scaled(mode, DAILY), UTC)
        self.links = RateWindow(clock, scaled(mode, LINKS), BURST_S)
        self.links_daily = DailyCounter(clock, scaled(mode, LINKS_DAILY), UTC)

    @property
    def daily_limit(self) -> int:
        """The day's allowance as headers and the account API name it."""
        return DAILY if self.daily.limit is None else self.daily.limit

    def admit(self, bucket: Bucket) -> None:
        """Count a call.

        Raises:
            ApiError: 429 in the shape of the limit that is used up.
        """
        if bucket == "search":
            if not self.searches.take():
                raise over_search()
        elif not (self.links if bucket == "associations" else self.burst).take():
            raise over_policy("TEN_SECONDLY_ROLLING")
        if not (self.links_daily if bucket == "associations" else self.daily).take():
            raise over_policy("DAILY")

    def headers(self, bucket: Bucket) -> list[tuple[bytes, bytes]]:
        """Rate headers: all of them, but on search the daily pair only (facts §3)."""
        if bucket == "associations":
            window, most_daily, day = self.links, LINKS_DAILY, self.links_daily
            most = LINKS
        else:
            window, most_daily, day = self.burst, DAILY, self.daily
            most = BURST
        if day.limit is not None:
            most_daily = day.limit
        made = [
            (_DAILY, b"%d" % most_daily),
            (_DAILY_LEFT, b"%d" % (most_daily - day.used())),
        ]
        if bucket == "search":
            return made
        if window.limit is not None:
            most = window.limit
        secondly = max(1, most // 10)
        left = most - window.used() if window.limit is not None else most
        made += (
            _INTERVAL,
            (_MAX, b"%d" % most),
            (_LEFT, b"%d" % left),
            (_SECONDLY, b"%d" % secondly),
            (_SECONDLY_LEFT, b"%d" % min(secondly, left)),
        )
        return made

    def reset(self) -> None:
        """Forget all calls."""
        for window in (self.burst, self.searches, self.daily, self.links, self.links_daily):
            window.reset()
