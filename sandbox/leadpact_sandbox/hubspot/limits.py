"""HubSpot's allowances: the ten-second bucket, the day, and search's own second (facts §3)."""

from __future__ import annotations

from datetime import UTC

from leadpact_sandbox.hubspot.errors import over_policy, over_search
from leadpact_sandbox.limits import DailyCounter, RateWindow, scaled
from leadpact_sandbox.world import World

BURST, BURST_S = 190, 10.0
SEARCHES, SEARCHES_S = 5, 1.0
DAILY = 650_000


class Limits:
    """The limits of a Professional account with one private app, scaled as the world says."""

    def __init__(self, world: World) -> None:
        self.burst = RateWindow(world.clock, scaled(world.limits, BURST), BURST_S)
        self.searches = RateWindow(world.clock, scaled(world.limits, SEARCHES), SEARCHES_S)
        self.daily = DailyCounter(world.clock, scaled(world.limits, DAILY), UTC)

    @property
    def daily_limit(self) -> int:
        """The day's allowance as headers and the account API name it."""
        return DAILY if self.daily.limit is None else self.daily.limit

    def admit(self, *, search: bool) -> None:
        """Count a call.

        Raises:
            ApiError: 429 in the shape of the limit that is used up.
        """
        if search and not self.searches.take():
            raise over_search()
        if not search and not self.burst.take():
            raise over_policy("TEN_SECONDLY_ROLLING")
        if not self.daily.take():
            raise over_policy("DAILY")

    def headers(self, *, search: bool) -> dict[str, str]:
        """Rate headers: all of them, but on search the daily pair only (facts §3)."""
        made = {
            "X-HubSpot-RateLimit-Daily": str(self.daily_limit),
            "X-HubSpot-RateLimit-Daily-Remaining": str(self.daily_limit - self.daily.used()),
        }
        if search:
            return made
        most = BURST if self.burst.limit is None else self.burst.limit
        secondly = max(1, most // 10)
        left = most - self.burst.used()
        return {
            **made,
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Max": str(most),
            "X-HubSpot-RateLimit-Remaining": str(left),
            "X-HubSpot-RateLimit-Secondly": str(secondly),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(min(secondly, left)),
        }

    def reset(self) -> None:
        """Forget all calls."""
        for window in (self.burst, self.searches, self.daily):
            window.reset()
