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
OAUTH = 110

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
        self.oauth = RateWindow(clock, scaled(mode, OAUTH), BURST_S)
        self.links = RateWindow(clock, scaled(mode, LINKS), BURST_S)
        self.links_daily = DailyCounter(clock, scaled(mode, LINKS_DAILY), UTC)

    @property
    def daily_limit(self) -> int:
        """The day's allowance as headers and the account API name it."""
        return DAILY if self.daily.limit is None else self.daily.limit

    def admit(self, bucket: Bucket, *, oauth: bool = False) -> None:
        """Count a call; a public app has a bucket of its own, and no day (facts §3).

        Raises:
            ApiError: 429 in the shape of the limit that is used up.
        """
        if bucket == "search":
            if not self.searches.take():
                raise over_search()
        elif not self._window(bucket, oauth).take():
            raise over_policy("TEN_SECONDLY_ROLLING")
        if oauth:
            return
        if not (self.links_daily if bucket == "associations" else self.daily).take():
            raise over_policy("DAILY")

    def _window(self, bucket: Bucket, oauth: bool) -> RateWindow:
        if bucket == "associations":
            return self.links
        return self.oauth if oauth else self.burst

    def headers(
        self, bucket: Bucket, *, oauth: bool = False, daily: bool = True
    ) -> list[tuple[bytes, bytes]]:
        """Rate headers: all of them, but on search the daily pair only (facts §3).

        Args:
            bucket: whose limits counted the call.
            oauth: whether a public app called, which has a bucket of its own.
            daily: whether the daily pair is named.
        """
        linked = bucket == "associations"
        window = self._window(bucket, oauth)
        most = LINKS if linked else OAUTH if oauth else BURST
        made: list[tuple[bytes, bytes]] = []
        if daily:
            day = self.links_daily if linked else self.daily
            whole = (LINKS_DAILY if linked else DAILY) if day.limit is None else day.limit
            made = [(_DAILY, b"%d" % whole), (_DAILY_LEFT, b"%d" % (whole - day.used()))]
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
        for window in (
            *(self.burst, self.searches, self.daily),
            *(self.oauth, self.links, self.links_daily),
        ):
            window.reset()
