"""Response times in words, each with an example, for people who check or sign them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from leadpact.pact.business_calendar import BusinessCalendar
from leadpact.pact.response import ResponseTimes, SlaTier

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FRIDAY = 4
_BEFORE_CLOSING = timedelta(minutes=10)


def in_words(times: ResponseTimes, now: datetime) -> Iterator[str]:
    """One sentence per tier, with what it means for a lead that comes late on the next Friday.

    Args:
        now: aware; the example lies within a week of it.
    """
    calendar = times.calendars[times.default_calendar]
    named: list[tuple[str, SlaTier]] = []
    if times.flat and "flat" in times.tiers:
        named.append(("every", times.tiers["flat"]))
    elif not times.flat:
        named += [(f"{key} intent", tier) for key, tier in times.tiers.items() if key != "flat"]
        named += [(key.replace("_", " "), tier) for key, tier in times.signals.items()]
    for who, tier in named:
        yield f"{who}: {tier.label}; {_example('an MQL', tier, calendar, now)}"
    if times.qualification is not None:
        told = _example("an MQL", times.qualification, calendar, now)
        yield f"qualification: {times.qualification.label}; {told}"


def calendar_words(one: BusinessCalendar) -> str:
    """A calendar in a sentence: its zone, its week, its days off."""
    week: list[tuple[str, str, str]] = []
    for name, shifts in zip(_DAYS, one.shifts, strict=True):
        told = " and ".join(f"{_hour(start)}–{_hour(end)}" for start, end in shifts)
        if not told:
            continue
        if week and week[-1][2] == told and _DAYS.index(week[-1][1]) == _DAYS.index(name) - 1:
            week[-1] = (week[-1][0], name, told)
        else:
            week.append((name, name, told))
    hours = "; ".join(
        f"{first if first == last else f'{first} to {last}'} {told}" for first, last, told in week
    )
    off = f"holidays of {one.holidays_told}" if one.holidays_told else "open on public holidays"
    more = len(one.closed) + len(one.closed_yearly)
    return f"{one.label} ({one.zone.key}): {hours}; {off}" + (
        f"; closed on {more} further days" if more else ""
    )


def _example(what: str, tier: SlaTier, calendar: BusinessCalendar, now: datetime) -> str:
    start = _late_friday(calendar, now)
    due = tier.due(start, calendar).astimezone(calendar.zone)
    there = start.astimezone(calendar.zone)
    return (
        f"{what} of {_DAYS[_FRIDAY]} {there:%H:%M} {calendar.zone.key} is due {_moment(due, there)}"
    )


def _late_friday(calendar: BusinessCalendar, now: datetime) -> datetime:
    """Ten minutes before work ends on the next Friday, or in the afternoon where nobody works then."""
    today = now.astimezone(calendar.zone).date()
    friday = today + timedelta(days=(_FRIDAY - today.weekday()) % 7)
    start = datetime.combine(friday, time(16, 50), calendar.zone)
    shifts = calendar.shifts[_FRIDAY]
    if shifts and shifts[-1][1] <= 24 * 60:
        midnight = datetime.combine(friday, time(), calendar.zone)
        start = midnight + timedelta(minutes=shifts[-1][1]) - _BEFORE_CLOSING
    return start


def _moment(due: datetime, start: datetime) -> str:
    days = (due.date() - start.date()).days
    if days == 0:
        return f"the same day at {due:%H:%M}"
    if days < 7:
        return f"{_DAYS[due.weekday()]} at {due:%H:%M}"
    return f"{_DAYS[due.weekday()]} {days // 7} weeks later at {due:%H:%M}".replace(
        "1 weeks", "a week"
    )


def _hour(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}" if minute != 24 * 60 else "24:00"
