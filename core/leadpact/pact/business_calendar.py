"""Working time in one zone: how much of it passes between two instants, and when so much of it has passed.

An instant is working time where the zone's own clock shows a working hour, so an hour that is skipped in spring does
not count and one that comes twice in autumn counts twice. A shift belongs to the day on which it starts.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Protocol, TypeAlias
from zoneinfo import ZoneInfo

Shift: TypeAlias = tuple[int, int]
"""Minutes after local midnight; an end above 1440 lies on the next day."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LONGEST_BREAK = 400
"""Days without any working hour after which a calendar is taken to have none."""


class HolidaySource(Protocol):
    """Public holidays by country, which the app brings along."""

    def countries(self) -> Collection[str]:
        """ISO codes of the countries that are known."""
        ...

    def subdivisions(self, country: str) -> Collection[str] | None:
        """Codes of its parts that have holidays of their own; None where the country is not known."""
        ...

    def dates(self, country: str, subdivision: str, year: int) -> frozenset[date]:
        """Holidays of a year; ``subdivision`` "" = of the whole country."""
        ...


class _Year(NamedTuple):
    """Working time of one year of UTC, in microseconds since 1970; ``upto`` sums it up to each end."""

    starts: list[int]
    ends: list[int]
    upto: list[int]


@dataclass(frozen=True, slots=True, eq=False)
class BusinessCalendar:
    """When one team works. All instants in and out are aware; those that come out are UTC.

    Attributes:
        shifts: per weekday, Monday first, in order and without overlap.
        closed: further days off.
        closed_yearly: (month, day) off in every year.
        holidays: public holidays of a year; None where none are kept.
        holidays_told: which ones, as people say it: "DE-BY", "".
    """

    key: str
    label: str
    zone: ZoneInfo
    shifts: tuple[tuple[Shift, ...], ...]
    closed: frozenset[date] = frozenset()
    closed_yearly: frozenset[tuple[int, int]] = frozenset()
    holidays: Callable[[int], frozenset[date]] | None = None
    holidays_told: str = ""
    _years: dict[int, _Year] = field(default_factory=dict, init=False, repr=False)
    _days: dict[int, list[int]] = field(default_factory=dict, init=False, repr=False)
    _off: dict[int, frozenset[date]] = field(default_factory=dict, init=False, repr=False)

    def works_on(self, day: date) -> bool:
        """Whether any shift starts on this local day."""
        if not self.shifts[day.weekday()] or day in self.closed:
            return False
        if (day.month, day.day) in self.closed_yearly:
            return False
        if self.holidays is None:
            return True
        if day.year not in self._off:
            self._off[day.year] = self.holidays(day.year)
        return day not in self._off[day.year]

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from ``start`` to ``end``; negative where ``end`` is earlier."""
        if end < start:
            return -self.between(end, start)
        first, last = start.astimezone(UTC).year, end.astimezone(UTC).year
        gone = self._until(last, _stamp(end)) - self._until(first, _stamp(start))
        return (gone + sum(self._total(year) for year in range(first, last))) * _MICROSECOND

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """The earliest instant at which so much working time has passed since ``start``; ``amount`` above zero.

        Raises:
            ValueError: the calendar has no working time, or the instant is beyond the year 9999.
        """
        if amount <= timedelta(0):
            raise ValueError("an amount of working time is more than nothing")
        year = start.astimezone(UTC).year
        wanted = self._until(year, _stamp(start)) + amount // _MICROSECOND
        idle = 0
        while (total := self._total(year)) < wanted:
            idle = 0 if total else idle + 1
            if idle > 1 or year >= date.max.year - 1:
                raise ValueError(f"the calendar {self.key} has no working time after {start}")
            wanted -= total
            year += 1
        found = self._year(year)
        place = bisect_left(found.upto, wanted)
        return _EPOCH + (found.ends[place] - found.upto[place] + wanted) * _MICROSECOND

    def days_between(self, start: datetime, end: datetime) -> int:
        """Working days whose local date lies after that of ``start``, up to that of ``end``; negative backwards."""
        first, last = self._local(start).date(), self._local(end).date()
        if last < first:
            return -self.days_between(end, start)
        found = self._day_place(last) - self._day_place(first)
        return found + sum(len(self._days_of(year)) for year in range(first.year, last.year))

    def days_after(self, start: datetime, days: int) -> datetime:
        """The same time of day, so many working days later; ``days`` above zero.

        Raises:
            ValueError: ``days`` is not above zero, or the calendar has no working day.
        """
        local = self._local(start)
        day = self._working_day(local.date(), days)
        return datetime.combine(day, local.time(), self.zone).astimezone(UTC)

    def close_after(self, start: datetime, days: int) -> datetime:
        """The end of work on the so-manieth working day after that of ``start``; ``days`` above zero.

        Raises:
            ValueError: as :meth:`days_after`.
        """
        return self._close(self._working_day(self._local(start).date(), days))

    def close_of_day(self, start: datetime, latest: int | None = None) -> datetime:
        """The end of the working day that ``start`` falls in, or of the next one where it falls in none.

        Args:
            latest: minutes after local midnight; what arrives later in a day is of the next working day.

        Raises:
            ValueError: the calendar has no working day.
        """
        day = self._local(start).date() - timedelta(days=1)
        for _ in range(_LONGEST_BREAK):
            if self.works_on(day):
                late = latest is not None and start > self._instant(day, latest)
                close = self._close(day)
                if close > start and not late:
                    return close
            day += timedelta(days=1)
        raise ValueError(f"the calendar {self.key} has no working day after {start}")

    def is_open(self, at: datetime) -> bool:
        """Whether this instant is working time."""
        return self._until(at.astimezone(UTC).year, _stamp(at) + 1) > self._until(
            at.astimezone(UTC).year, _stamp(at)
        )

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def _working_day(self, day: date, days: int) -> date:
        if days < 1:
            raise ValueError("a number of working days is above zero")
        idle = 0
        while days and idle < _LONGEST_BREAK:
            day += timedelta(days=1)
            idle = 0 if self.works_on(day) else idle + 1
            days -= not idle
        if days:
            raise ValueError(f"the calendar {self.key} has no working day after {day}")
        return day

    def _close(self, day: date) -> datetime:
        last = self.shifts[day.weekday()][-1]
        return _EPOCH + self._windows(day, last)[-1][1] * _MICROSECOND

    def _instant(self, day: date, minute: int) -> datetime:
        local = datetime.combine(day, time()) + timedelta(minutes=minute)
        return local.replace(tzinfo=self.zone).astimezone(UTC)

    def _until(self, year: int, stamped: int) -> int:
        """Working time of the year up to an instant of it."""
        found = self._year(year)
        place = bisect_right(found.starts, stamped) - 1
        if place < 0:
            return 0
        return found.upto[place] - max(0, found.ends[place] - stamped)

    def _total(self, year: int) -> int:
        upto = self._year(year).upto
        return upto[-1] if upto else 0

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = self._made(year)
        return found

    def _made(self, year: int) -> _Year:
        first = _stamp(datetime(year, 1, 1, tzinfo=UTC))
        past = _stamp(datetime(year + 1, 1, 1, tzinfo=UTC))
        windows = sorted(
            window
            for day in _days_around(year)
            if self.works_on(day)
            for shift in self.shifts[day.weekday()]
            for window in self._windows(day, shift)
        )
        made = _Year([], [], [])
        gone, reached = 0, first
        for start, end in windows:
            opens, closes = max(start, reached), min(end, past)
            if closes > opens:
                gone += closes - opens
                made.starts.append(opens)
                made.ends.append(closes)
                made.upto.append(gone)
                reached = closes
        return made

    def _windows(self, day: date, shift: Shift) -> list[tuple[int, int]]:
        """A shift in microseconds since 1970: one piece, or one on each side of a change of the clock."""
        midnight = datetime.combine(day, time())
        opens, closes = (midnight + timedelta(minutes=minute) for minute in shift)
        offsets = [
            each.replace(tzinfo=self.zone, fold=fold).utcoffset() or timedelta(0)
            for each in (opens, closes)
            for fold in (0, 1)
        ]
        if len(set(offsets)) == 1:
            moved = offsets[0]
            return [(_naive_stamp(opens - moved), _naive_stamp(closes - moved))]
        start, end = opens - max(offsets), closes - min(offsets)
        before, after = self._offset(start), self._offset(end)
        changes = self._change(start, end, before)
        pieces = (
            (opens - before, min(changes, closes - before)),
            (max(changes, opens - after), closes - after),
        )
        return [
            (_naive_stamp(begins), _naive_stamp(stops))
            for begins, stops in pieces
            if stops > begins
        ]

    def _offset(self, naive_utc: datetime) -> timedelta:
        local = naive_utc.replace(tzinfo=UTC).astimezone(self.zone)
        return local.utcoffset() or timedelta(0)

    def _change(self, start: datetime, end: datetime, before: timedelta) -> datetime:
        """The second from which the clock shows another offset than ``before``; ``end`` where it never does."""
        low, high = 0, int((end - start).total_seconds())
        while low < high:
            middle = (low + high) // 2
            if self._offset(start + timedelta(seconds=middle)) == before:
                low = middle + 1
            else:
                high = middle
        return start + timedelta(seconds=low)

    def _days_of(self, year: int) -> list[int]:
        """Ordinals of the working days of a local year."""
        found = self._days.get(year)
        if found is None:
            first, past = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
            found = self._days[year] = [
                each for each in range(first, past) if self.works_on(date.fromordinal(each))
            ]
        return found

    def _day_place(self, day: date) -> int:
        return bisect_right(self._days_of(day.year), day.toordinal())


def _days_around(year: int) -> Iterator[date]:
    """Every local day a shift of which may touch this year of UTC."""
    first, past = date(year, 1, 1).toordinal() - 3, date(year + 1, 1, 1).toordinal() + 2
    return map(date.fromordinal, range(max(first, 1), past))


def _stamp(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _naive_stamp(naive_utc: datetime) -> int:
    return _stamp(naive_utc.replace(tzinfo=UTC))
