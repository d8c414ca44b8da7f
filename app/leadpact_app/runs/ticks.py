"""When cycles are due: on a fixed grid of intervals, or by a cron expression in a zone. No jitter, no drift.

A tick is an instant of the schedule, whether or not anything runs then: the ticks of ``5m`` are the full five minutes
of the clock, those of ``0 8 * * mon-fri`` eight in the morning on workdays, there where the zone is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from leadpact.errors import FixSettings

_DURATION: Final = re.compile(r"(\d+)(s|m|h|)")
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST: Final = timedelta(hours=24)
"""The longest interval; what is rarer is said as a cron expression."""
MOST: Final = 10_000
"""So many missed ticks are counted one by one."""


@dataclass(frozen=True, slots=True)
class Ticks:
    """Ticks of an interval, or of a cron expression.

    Attributes:
        text: as it was given.
        every: the interval; None for a cron expression.
        zone: where the cron expression's hours are meant.
    """

    text: str
    every: timedelta | None
    zone: ZoneInfo

    def after(self, at: datetime) -> datetime:
        """The first tick after an instant (aware), in UTC.

        At the end of daylight saving an hour comes twice: ``30 2 * * *`` runs once, ``*/5 * * * *`` all along. At its
        beginning an hour is left out: what was due in it runs right after, as Debian's cron does.
        """
        if self.every is not None:
            passed = (at - _EPOCH) // self.every
            return _EPOCH + (passed + 1) * self.every
        following: datetime = next(CronSim(self.text, at.astimezone(self.zone)))
        return following.astimezone(UTC)

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Ticks after one instant, up to and with another."""
        tick = self.after(after)
        while tick <= until:
            yield tick
            tick = self.after(tick)

    def passed(
        self, after: datetime, until: datetime
    ) -> tuple[int, datetime | None, datetime | None]:
        """How many ticks lie between (at most ``MOST``), the first and the last of those counted."""
        count, first, last = 0, None, None
        for tick in self.between(after, until):
            first, last = first or tick, tick
            count += 1
            if count == MOST:
                break
        return count, first, last


def ticks_of(text: str, zone: str = "UTC", *, option: str = "--every") -> Ticks:
    """Ticks as people write them: ``60s``, ``5m``, ``1h``, or five fields of cron.

    Args:
        zone: IANA name, for cron expressions.
        option: what the error calls it.

    Raises:
        FixSettings: ``usage``.
    """
    where = _zone(zone)
    text = " ".join(text.split())
    found = _DURATION.fullmatch(text)
    if found is not None and int(found[1]) * _SECONDS[found[2]] > 0:
        every = timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
        if every > LONGEST:
            raise FixSettings(
                f"{option} takes at most 24h; say what is rarer as a cron expression: '0 6 * * mon'.",
                code="usage",
            )
        return Ticks(text, every, where)
    if len(text.split(" ")) != 5:
        raise FixSettings(
            f"{option} takes a time such as 60s, 5m or 1h, or a cron expression of five fields "
            f"such as '*/5 8-18 * * mon-fri', not {text!r}.",
            code="usage",
        )
    try:
        ticks = Ticks(text, None, where)
        ticks.after(_EPOCH)
    except (CronSimError, StopIteration) as error:
        why = str(error) or "it never comes"
        raise FixSettings(
            f"{option} {text!r} is no cron expression: {why}.", code="usage"
        ) from error
    return ticks


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise FixSettings(
            f"{name!r} is no time zone that this machine knows; write an IANA name such as Europe/Berlin.",
            code="usage",
        ) from error
