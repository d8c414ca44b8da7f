"""How far this machine's clock is from a server's, by the ``Date`` of an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def skew_s(date: str, heard_at: datetime) -> float | None:
    """Seconds by which our clock is ahead of the server's.

    Args:
        date: the header as it came; whole seconds, so half of one is taken off.
        heard_at: our instant then, aware.

    Returns:
        None where the header says nothing.
    """
    try:
        there = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None
    if there.tzinfo is None:
        there = there.replace(tzinfo=UTC)
    return (heard_at - there).total_seconds() - 0.5
