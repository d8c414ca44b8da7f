"""Two lanes of work: what sales waits for, and all the rest (R19)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

LaneName: TypeAlias = Literal["hot", "bulk"]

HOT_FEED: Final = "hot:"
"""Before a kind's name: the checkpoint of its hot feed."""
HOT_AHEAD: Final = timedelta(days=50 * 365)
"""So much earlier work of the hot lane is due than it is."""


def hot_due(now: datetime) -> datetime:
    """The ``due_at`` of work that the hot lane takes at once."""
    return now - HOT_AHEAD


def hot_until(now: datetime) -> datetime:
    """An instant before which all of the hot lane's work is due, and no other."""
    return now - HOT_AHEAD / 2


def is_hot(due_at: datetime, now: datetime) -> bool:
    """Whether work that is due then is the hot lane's."""
    return due_at <= hot_until(now)
