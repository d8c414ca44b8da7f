"""SOQL's date functions, counted in UTC unless ``convertTimezone`` says otherwise (facts salesforce §3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

DATE_FUNCTIONS = frozenset(
    """CALENDAR_MONTH CALENDAR_QUARTER CALENDAR_YEAR DAY_IN_MONTH DAY_IN_WEEK DAY_IN_YEAR DAY_ONLY
    FISCAL_MONTH FISCAL_QUARTER FISCAL_YEAR HOUR_IN_DAY WEEK_IN_MONTH WEEK_IN_YEAR
    CONVERTTIMEZONE""".split()
)
"""What may stand for a field in WHERE, GROUP BY, HAVING and ORDER BY."""
LABEL_FUNCTIONS = frozenset(["TOLABEL"])
"""What may stand for a field in SELECT and WHERE; labels are the values here."""
ONLY_DATETIME = frozenset("DAY_ONLY HOUR_IN_DAY CONVERTTIMEZONE".split())


def _sunday_week(moment: date) -> int:
    """Days since Sunday, 1 = Sunday."""
    return moment.isoweekday() % 7 + 1


_PARTS: Mapping[str, Callable[[date], int]] = {
    "CALENDAR_MONTH": lambda day: day.month,
    "CALENDAR_QUARTER": lambda day: (day.month - 1) // 3 + 1,
    "CALENDAR_YEAR": lambda day: day.year,
    "DAY_IN_MONTH": lambda day: day.day,
    "DAY_IN_WEEK": _sunday_week,
    "DAY_IN_YEAR": lambda day: day.timetuple().tm_yday,
    # The company's fiscal year begins in January, so that fiscal parts are calendar parts.
    "FISCAL_MONTH": lambda day: day.month,
    "FISCAL_QUARTER": lambda day: (day.month - 1) // 3 + 1,
    "FISCAL_YEAR": lambda day: day.year,
    "WEEK_IN_MONTH": lambda day: (day.day - 1) // 7 + 1,
    "WEEK_IN_YEAR": lambda day: (day.timetuple().tm_yday - 1) // 7 + 1,
}


def _moment(held: str, zone: ZoneInfo | None) -> datetime:
    moment = datetime.fromisoformat(held)
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(zone or UTC)


def reader(name: str, zone: ZoneInfo | None) -> Callable[[str], Any]:
    """What a date function makes of a stored date or stamp.

    Args:
        name: one of :data:`DATE_FUNCTIONS`, upper case.
        zone: the user's zone inside ``convertTimezone``, else None for UTC.
    """
    if name == "DAY_ONLY":
        return lambda held: _moment(held, zone).date().isoformat()
    if name == "HOUR_IN_DAY":
        return lambda held: _moment(held, zone).hour
    part = _PARTS[name]
    return lambda held: part(_moment(held, zone))
