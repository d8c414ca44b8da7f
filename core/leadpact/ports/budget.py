"""The port of the day's call budget, one per CRM account, shared by all that call it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


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
