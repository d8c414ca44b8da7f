"""The port of an account's calls: the day's budget and the burst windows, shared by all that call it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable


class CallBudget(Protocol):
    """The day's allowance as the store keeps it, corrected by every reply."""

    def spend(self, crm: str, calls: int = 1) -> None:
        """Count calls about to be made.

        Raises:
            WaitUntil: if our share of the day is used up, with the instant it renews.
        """
        ...

    def correct(self, crm: str, *, limit: int, remaining: int, resets_at: datetime | None) -> None:
        """What the CRM itself said of its limit in a reply."""
        ...


@runtime_checkable
class SharesBursts(Protocol):
    """A budget that also keeps the burst windows which several processes share."""

    def take_burst(self, crm: str, bucket: str, calls: int, seconds: float) -> float:
        """Count one call in a window that takes so many calls in so many seconds.

        Returns:
            0 where it was counted, or where no window is shared; else the seconds until another try is worth it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one CRM account allows a run, as far as it is known.

    Attributes:
        limit: calls that the account has in a whole day; None while no reply has told it.
        used: calls of the day that were made, by whomever.
        day: calls of a whole day that are ours.
        left: of these, what is left today.
        per_second: calls a second that our share of the burst limit bears for long; 0 = none is known.
        renews_at: when the day begins anew; None for a rolling one.
        told_at: when the CRM told last.
        run_share: how much of ``day`` one run may need without approval.
    """

    limit: int | None = None
    used: int = 0
    day: int | None = None
    left: int | None = None
    per_second: float = 0.0
    renews_at: datetime | None = None
    told_at: datetime | None = None
    run_share: float = 1.0
