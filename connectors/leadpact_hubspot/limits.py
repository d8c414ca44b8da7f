"""HubSpot's limits: burst windows, search window, the day (facts §3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from leadpact.errors import WaitUntil
from leadpact.ports.budget import CallBudget, SharesBursts
from leadpact.ports.clock import Clock
from leadpact_hubspot.errors import DAILY
from leadpact_hubspot.settings import HubSpotSettings
from leadpact_webapi.rate_limit import BurstWindows
from leadpact_webapi.retry import THROTTLED

BURST: Final = "burst"
SEARCH: Final = "search"
"""Search has a window of its own and does not count in the ten-second one (facts §2)."""

_LIMIT = "X-HubSpot-RateLimit-Daily"
_REMAINING = "X-HubSpot-RateLimit-Daily-Remaining"


class Limits:
    """Asked before each call, told of each answer; shared by all threads of one connector.

    Args:
        zone: the account's time zone, once it is known: the day ends at its midnight.
    """

    def __init__(
        self,
        settings: HubSpotSettings,
        *,
        clock: Clock,
        call_budget: CallBudget,
        crm_name: str,
        zone: Callable[[], str | None],
    ) -> None:
        self._clock = clock
        self._budget = call_budget
        self._crm = crm_name
        self._zone = zone
        self._windows = BurstWindows(
            "HubSpot",
            clock,
            {
                BURST: (int(settings.burst_per_10s * settings.share), 10.0),
                SEARCH: (int(settings.search_per_s * settings.share), 1.0),
            },
            partial(call_budget.take_burst, crm_name)
            if isinstance(call_budget, SharesBursts)
            else None,
        )

    def before(self, bucket: str) -> None:
        """Count one call that is about to be made.

        Raises:
            WaitUntil: there is no room in the window within 2 s, or the day's share is used up.
        """
        self._windows.take(bucket)
        self._budget.spend(self._crm)

    def after(self, headers: Mapping[str, str]) -> None:
        """Correct the day's budget by what HubSpot says; OAuth traffic says nothing (facts §3)."""
        limit, remaining = headers.get(_LIMIT), headers.get(_REMAINING)
        if limit and remaining and limit.isdigit() and remaining.isdigit():
            self._budget.correct(
                self._crm,
                limit=int(limit),
                remaining=int(remaining),
                resets_at=self.midnight() if self._zone() else None,
            )

    def throttled(self, bucket: str, error: WaitUntil) -> WaitUntil:
        """What to make of a wait that HubSpot asked for; other threads are held back too."""
        if error.code == DAILY:
            return WaitUntil(
                error.message, until=self.midnight(), code=error.code, detail=error.detail
            )
        if error.code == THROTTLED and error.seconds is not None:
            held = self._windows.hold(bucket, error.seconds)
            if held < error.seconds:
                return WaitUntil(error.message, seconds=held, code=error.code, detail=error.detail)
        return error

    def midnight(self) -> datetime:
        """When the day's limit renews: the next midnight in the account's zone, as UTC."""
        try:
            zone = ZoneInfo(self._zone() or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo("UTC")
        tomorrow = self._clock.now().astimezone(zone).date() + timedelta(days=1)
        return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).astimezone(UTC)
