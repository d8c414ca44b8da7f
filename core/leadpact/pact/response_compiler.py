"""The `sla` section to compiled response times, or what is wrong with it and what would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo, available_timezones

from leadpact.pact.business_calendar import BusinessCalendar, HolidaySource, Shift
from leadpact.pact.checked import did_you_mean
from leadpact.pact.document.sla import CalendarPart, HolidaysPart, SlaPart, SlaSection
from leadpact.pact.response import CalendarChoice, ResponseTimes, SlaTier
from leadpact.pact.yaml_text import Marks, Path, Problem

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = 24 * 60
_TIERS = ("high", "medium", "low", "flat")


def compile_response(
    section: SlaSection, holidays: HolidaySource | None, marks: Marks, found: list[Problem]
) -> ResponseTimes:
    """The response times; worthless if ``found`` was added to.

    Args:
        holidays: public holidays that the app brings along; without it a calendar that names a country is refused.
        found: takes every fault, with its place and what would be right.
    """
    compiler = _Compiler(holidays, marks, found)
    calendars = {
        key: compiler.calendar(key, part, ("sla", "calendars", key))
        for key, part in section.calendars.items()
    }
    compiler.known(("sla", "calendar"), section.calendar, calendars)
    for index, choice in enumerate(section.calendar_for):
        compiler.known(("sla", "calendar_for", index, "calendar"), choice.calendar, calendars)
    if section.first_contact == "flat" and section.flat is None:
        compiler.say(
            ("sla", "first_contact"),
            "`first_contact: flat` needs the tier: flat: {label: …, minutes: 1440, clock: business}",
        )
    compiler.say_if_slower(section)
    return ResponseTimes(
        tiers=MappingProxyType(
            {key: _tier(key, part) for key in _TIERS if (part := getattr(section, key)) is not None}
        ),
        flat=section.first_contact == "flat",
        signals=MappingProxyType({key: _tier(key, part) for key, part in section.signals.items()}),
        qualification=_tier("qualification", section.qualification)
        if section.qualification is not None
        else None,
        near_percent=section.near_breach,
        contact_signals=frozenset(section.contact_signals),
        calendars=MappingProxyType(calendars),
        default_calendar=section.calendar,
        choices=tuple(
            CalendarChoice(
                one.field, frozenset(word.casefold().strip() for word in one.one_of), one.calendar
            )
            for one in section.calendar_for
        ),
    )


def minute_of(text: str) -> int:
    """``09:30`` as minutes after midnight."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _tier(key: str, part: SlaPart) -> SlaTier:
    latest = minute_of(part.latest) if part.latest is not None else None
    return SlaTier(key, part.label, part.minutes, part.clock, part.days, latest)


class _Compiler:
    def __init__(self, holidays: HolidaySource | None, marks: Marks, found: list[Problem]) -> None:
        self._holidays = holidays
        self._marks = marks
        self._found = found

    def say(self, path: Path, message: str, *, key: bool = False) -> None:
        self._found.append(Problem(self._marks.place(path, key=key), message))

    def known(self, path: Path, word: str, calendars: Mapping[str, object]) -> None:
        if word not in calendars:
            self.say(path, f'"{word}" is no calendar; {did_you_mean(word, calendars)}')

    def calendar(self, key: str, part: CalendarPart, path: Path) -> BusinessCalendar:
        shifts = self._shifts(part, path)
        closed, yearly = self._closed(part, path)
        told, dates = self._kept(part.holidays, path)
        return BusinessCalendar(
            key,
            part.label or key,
            self._zone(part.zone, path),
            shifts,
            closed,
            yearly,
            dates,
            told,
        )

    def _zone(self, name: str, path: Path) -> ZoneInfo:
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            hint = did_you_mean(name, available_timezones())
            self.say((*path, "zone"), f'"{name[:60]}" is no IANA time zone; {hint}')
            return ZoneInfo("UTC")

    def _shifts(self, part: CalendarPart, path: Path) -> tuple[tuple[Shift, ...], ...]:
        week: list[list[Shift]] = [[] for _ in WEEKDAYS]
        for name, texts in part.hours.items():
            where: Path = (*path, "hours", name)
            days = self._days(name, where)
            taken = [WEEKDAYS[day] for day in days if week[day]]
            if taken:
                self.say(where, f"{taken[0]} has its hours already, in another line", key=True)
            made = [self._shift(text, where) for text in texts]
            for day in days:
                week[day] = sorted(made)
        if not any(week):
            self.say(
                (*path, "hours"),
                "a calendar without working hours: nothing on it would ever be due; "
                'give some, such as monday-friday: ["09:00-17:00"]',
                key=True,
            )
        overlap = next(_overlaps(week), None)
        if overlap is not None:
            day, minute = overlap
            told = f"two shifts overlap on {WEEKDAYS[day]}, at {_hour(minute)}"
            self.say((*path, "hours"), told, key=True)
        return tuple(tuple(shifts) for shifts in week)

    def _days(self, name: str, path: Path) -> list[int]:
        words = [word.strip().lower() for word in name.split("-")]
        for word in words:
            if word not in WEEKDAYS:
                hint = did_you_mean(word, WEEKDAYS)
                self.say(path, f'"{word[:40]}" is no weekday; {hint}', key=True)
                return []
        if len(words) > 2:
            self.say(path, "write one weekday, or two as in monday-friday", key=True)
            return []
        first, last = WEEKDAYS.index(words[0]), WEEKDAYS.index(words[-1])
        return [(first + step) % 7 for step in range((last - first) % 7 + 1)]

    def _shift(self, text: str, path: Path) -> Shift:
        opens, closes = (minute_of(each) for each in text.split("-"))
        if closes > _DAY:
            self.say(path, f'"{text}": a day ends at 24:00')
        if closes == opens:
            self.say(path, f'"{text}" is no time at all; for day and night write 00:00-24:00')
        # What ends before it starts goes over midnight.
        return opens, closes if closes > opens else closes + _DAY

    def _closed(
        self, part: CalendarPart, path: Path
    ) -> tuple[frozenset[date], frozenset[tuple[int, int]]]:
        days: set[date] = set()
        yearly: set[tuple[int, int]] = set()
        for index, text in enumerate(part.closed):
            try:
                if len(text) == 10:
                    days.add(date.fromisoformat(text))
                else:
                    found = date.fromisoformat(f"2000-{text}")
                    yearly.add((found.month, found.day))
            except ValueError:
                self.say((*path, "closed", index), f'"{text}" is no day of the calendar')
        return frozenset(days), frozenset(yearly)

    def _kept(
        self, part: HolidaysPart | None, path: Path
    ) -> tuple[str, Callable[[int], frozenset[date]] | None]:
        if part is None:
            return "", None
        country, region = part.country.upper(), part.subdivision.upper()
        told = f"{country}-{region}" if region else country
        where: Path = (*path, "holidays", "country")
        source = self._holidays
        if source is None:
            self.say(where, f"the holidays of {told} are not at hand here")
            return told, None
        regions = source.subdivisions(country)
        if regions is None:
            hint = did_you_mean(country, source.countries())
            self.say(where, f'no holidays are known of "{part.country}"; {hint}')
            return told, None
        if region and region not in regions:
            hint = did_you_mean(region, regions)
            self.say(
                (*path, "holidays", "subdivision"),
                f'{country} has no part "{part.subdivision}"; {hint}',
            )
            return told, None
        return told, partial(source.dates, country, region)

    def say_if_slower(self, section: SlaSection) -> None:
        """A more urgent lead that is answered later than a less urgent one is a slip of the pen."""
        high = section.high
        if high is None:
            return
        for key in ("medium", "low"):
            other: SlaPart | None = getattr(section, key)
            if other is not None and _shortest(high) > _longest(other):
                self.say(
                    ("sla", "high"),
                    f"high intent is answered later than {key}; exchange the two, or shorten high",
                    key=True,
                )


def _shortest(part: SlaPart) -> int:
    """Minutes of the clock on the wall that pass at the least."""
    return part.minutes or (part.days or 0) * _DAY


def _longest(part: SlaPart) -> int:
    """Minutes on the wall that it takes at the most, on an ordinary week of eight-hour days."""
    if part.clock == "calendar":
        return part.minutes or 0
    days = (part.minutes or 0) // (8 * 60) + 1 if part.clock == "business" else part.days or 1
    return (days + days // 5 * 2 + 3) * _DAY


def _overlaps(week: Sequence[Sequence[Shift]]) -> Iterator[tuple[int, int]]:
    """(weekday, minute) at which a shift starts before the one before it is over."""
    for day, shifts in enumerate(week):
        over = [(start - _DAY, end - _DAY) for start, end in week[day - 1] if end > _DAY]
        for (_, end), (start, _) in pairwise(sorted([*over, *shifts])):
            if start < end:
                yield day, start


def _hour(minute: int) -> str:
    return f"{minute % _DAY // 60:02d}:{minute % 60:02d}"
