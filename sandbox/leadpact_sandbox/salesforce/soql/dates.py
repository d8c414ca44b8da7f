"""SOQL's relative dates (TODAY, LAST_N_DAYS:n ...) as spans of days in UTC (facts salesforce §3)."""

from __future__ import annotations

from datetime import date, timedelta

FIXED = frozenset(
    """YESTERDAY TODAY TOMORROW LAST_WEEK THIS_WEEK NEXT_WEEK LAST_MONTH THIS_MONTH NEXT_MONTH
    LAST_90_DAYS NEXT_90_DAYS LAST_QUARTER THIS_QUARTER NEXT_QUARTER LAST_YEAR THIS_YEAR
    NEXT_YEAR LAST_FISCAL_QUARTER THIS_FISCAL_QUARTER NEXT_FISCAL_QUARTER LAST_FISCAL_YEAR
    THIS_FISCAL_YEAR NEXT_FISCAL_YEAR""".split()
)
COUNTED = frozenset(
    """LAST_N_DAYS NEXT_N_DAYS N_DAYS_AGO LAST_N_WEEKS NEXT_N_WEEKS N_WEEKS_AGO LAST_N_MONTHS
    NEXT_N_MONTHS N_MONTHS_AGO LAST_N_QUARTERS NEXT_N_QUARTERS N_QUARTERS_AGO LAST_N_YEARS
    NEXT_N_YEARS N_YEARS_AGO LAST_N_FISCAL_QUARTERS NEXT_N_FISCAL_QUARTERS N_FISCAL_QUARTERS_AGO
    LAST_N_FISCAL_YEARS NEXT_N_FISCAL_YEARS N_FISCAL_YEARS_AGO""".split()
)
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


def _month(first: date, ahead: int) -> date:
    month = first.year * 12 + first.month - 1 + ahead
    return date(month // 12, month % 12 + 1, 1)


def _unit_start(today: date, unit: str, ahead: int) -> date:
    if unit == "DAY":
        return today + timedelta(days=ahead)
    if unit == "WEEK":
        sunday = today - timedelta(days=today.isoweekday() % 7)
        return sunday + timedelta(weeks=ahead)
    size = _MONTHS[unit]
    first = date(today.year, (today.month - 1) // size * size + 1, 1)
    return _month(first, ahead * size)


def span(name: str, count: int, today: date) -> tuple[date, date]:
    """First day and the day after the last day of a relative date.

    Args:
        name: one of :data:`FIXED` or :data:`COUNTED`, upper case.
        count: the number after the colon; unused for fixed ones.
        today: the current day.

    Raises:
        OverflowError: if the span leaves the calendar.
        ValueError: likewise.
    """
    if name in ("YESTERDAY", "TODAY", "TOMORROW"):
        start = today + timedelta(days=("YESTERDAY", "TODAY", "TOMORROW").index(name) - 1)
        return start, start + timedelta(days=1)
    if name == "LAST_90_DAYS":
        return today - timedelta(days=90), today + timedelta(days=1)
    if name == "NEXT_90_DAYS":
        return today + timedelta(days=1), today + timedelta(days=91)
    # The fiscal year begins in January.
    words = name.replace("FISCAL_", "").split("_")
    if name in FIXED:
        ahead = {"LAST": -1, "THIS": 0, "NEXT": 1}[words[0]]
        return _unit_start(today, words[1], ahead), _unit_start(today, words[1], ahead + 1)
    if words[-1] == "AGO":
        unit = words[1].rstrip("S")
        return _unit_start(today, unit, -count), _unit_start(today, unit, 1 - count)
    unit = words[2].rstrip("S")
    if words[0] == "NEXT":
        return _unit_start(today, unit, 1), _unit_start(today, unit, count + 1)
    if unit == "DAY":
        return today - timedelta(days=count), today + timedelta(days=1)
    return _unit_start(today, unit, -count), _unit_start(today, unit, 0)
