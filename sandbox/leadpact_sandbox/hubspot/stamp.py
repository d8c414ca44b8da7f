"""Instants as HubSpot writes and reads them: epoch milliseconds inside, ISO 8601 UTC outside."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

DAY_MS = 86_400_000
_FIRST_MS = -62_135_596_800_000
_LAST_MS = 253_402_300_799_999
"""The first millisecond of the year 1, the last one of the year 9999."""


def to_ms(instant: datetime) -> int:
    """Epoch milliseconds of an aware instant, cut to the millisecond."""
    whole = int(instant.replace(microsecond=0).timestamp())
    return whole * 1000 + instant.microsecond // 1000


@lru_cache(maxsize=8192)
def iso(ms: int) -> str:
    """ISO 8601 in UTC, without a fraction when the milliseconds are zero (facts §1)."""
    seconds, rest = divmod(ms, 1000)
    text = datetime.fromtimestamp(seconds, UTC).isoformat()[:19]
    return f"{text}.{rest:03d}Z" if rest else f"{text}Z"


def iso_date(ms: int) -> str:
    """The UTC calendar day of an instant, ``YYYY-MM-DD``."""
    return datetime.fromtimestamp(ms // 1000, UTC).date().isoformat()


def parse_instant(text: str) -> int | None:
    """Epoch milliseconds of an ISO 8601 text or of digits; None for anything else.

    HubSpot takes both (facts §1). A text without a zone is read as UTC.
    """
    digits = text[1:] if text[:1] == "-" else text
    if digits.isascii() and digits.isdigit():
        ms = int(text) if len(digits) <= 15 else _LAST_MS + 1
        return ms if _FIRST_MS <= ms <= _LAST_MS else None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    try:
        return to_ms(instant.astimezone(UTC))
    except OverflowError:
        return None
