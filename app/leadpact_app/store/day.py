"""How one account's day of calls is counted: plain values, no database (DESIGN §7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from leadpact.ports.budget import Allowance

BLOCK = 25
"""Calls taken from the account's row at once; near its end ever fewer, so that the share holds to the call."""
LOOK_AGAIN = timedelta(hours=1)
"""So long after the CRM's last word one call may go although the share is used up: its reply tells anew.
A rolling day names no instant at which it renews, and a limit may have been raised."""
ROLLING = timedelta(hours=24)
"""What was used by then has come back on a rolling day (facts/salesforce §5)."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""A word from further ahead was written under another clock."""


@dataclass(frozen=True, slots=True)
class Day:
    """What is known of an account's calls.

    Attributes:
        allowance: calls of a whole day; None while no CRM's reply has told it.
        remaining: calls left when the CRM last told.
        spent: our own calls since, those taken in blocks included.
        told_at: when the CRM last told.
        resets_at: when the day ends; None for a rolling one.
    """

    allowance: int | None = None
    remaining: int = 0
    spent: int = 0
    told_at: datetime | None = None
    resets_at: datetime | None = None

    def renewed(self, now: datetime) -> Day:
        """The day itself, or one of which nothing is known yet, where this one has ended."""
        if self.told_at is None:
            return self
        ended = now >= (self.resets_at or self.told_at + ROLLING)
        return Day() if ended or self.told_at > now + CLOCKS_DIFFER else self

    def told_again(self, told: Told, spent: int, now: datetime) -> Day:
        """The day after a reply; ``spent`` are our calls that the reply does not count yet."""
        day = Day(told.allowance, told.remaining, spent, told.at, told.resets_at or self.resets_at)
        return day.renewed(now)

    def knows_better(self, told: Told, now: datetime) -> bool:
        """Whether a later reply than this one, of another process, is counted already."""
        return self.told_at is not None and told.at < self.told_at <= now

    def room(self, share: float) -> int | None:
        """Calls we may still make; None if no limit is known."""
        if self.allowance is None:
            return None
        return self.remaining - self.spent - left_to_others(self.allowance, share)

    def allowance_of(self, share: float, in_hand: int = 0) -> Allowance:
        """What is known of our part of it; ``in_hand`` are calls taken and not made yet."""
        if self.allowance is None:
            return Allowance()
        room = self.room(share) or 0
        return Allowance(
            limit=self.allowance,
            used=max(self.allowance - self.remaining + self.spent - in_hand, 0),
            day=self.allowance - left_to_others(self.allowance, share),
            left=max(room + in_hand, 0),
            renews_at=self.resets_at,
            told_at=self.told_at,
        )

    def grant(
        self, calls: int, now: datetime, share: float, *, whole: bool = False
    ) -> tuple[Day, int]:
        """Take at least so many calls, more where there is room; 0 where our share is used up.

        Args:
            whole: take a whole block even near the end, where asking again is dear.
        """
        room = self.room(share)
        if room is None:
            granted = max(calls, BLOCK)
        elif room >= calls:
            granted = max(calls, min(BLOCK, room if whole else room // 8))
        elif self.told_at is not None and now >= self.told_at + LOOK_AGAIN:
            return replace(self, spent=self.spent + calls, told_at=now), calls
        else:
            return self, 0
        return replace(self, spent=self.spent + granted), granted


@dataclass(frozen=True, slots=True)
class Told:
    """What a CRM said of its count in one reply."""

    allowance: int
    remaining: int
    resets_at: datetime | None
    at: datetime

    def stands_against(self, later: Told) -> bool:
        """Whether a reply read later is older by what it says: several calls were under way.

        Much more room, another limit or another day is no such overtaking but news.
        """
        return (
            later.allowance == self.allowance
            and later.resets_at == self.resets_at
            and self.remaining < later.remaining <= self.remaining + BLOCK
        )


def left_to_others(allowance: int, share: float) -> int:
    """Calls of a day that are not ours."""
    return allowance - round(allowance * share)
