"""Working time by the zone's own clock: shifts, both changes of the clock, leap days, half hours, holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadpact.pact.business_calendar import BusinessCalendar, Shift

MINUTE = timedelta(minutes=1)
OFFICE: tuple[tuple[Shift, ...], ...] = (((540, 1080),),) * 5 + ((), ())
SPLIT: tuple[tuple[Shift, ...], ...] = (((480, 720), (780, 1050)),) * 4 + (((480, 780),), (), ())
NIGHT: tuple[tuple[Shift, ...], ...] = (((1320, 1800),),) * 5 + ((), ())
ALWAYS: tuple[tuple[Shift, ...], ...] = (((0, 1440),),) * 7
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Africa/Casablanca",
)


def calendar(
    zone: str = "Europe/Berlin",
    shifts: tuple[tuple[Shift, ...], ...] = OFFICE,
    closed: frozenset[date] = frozenset(),
) -> BusinessCalendar:
    return BusinessCalendar("office", "Office", ZoneInfo(zone), shifts, closed)


def local(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


MADE = {
    (zone, name): calendar(zone, shifts)
    for zone in ZONES
    for name, shifts in (("office", OFFICE), ("split", SPLIT), ("night", NIGHT))
}
calendars = st.sampled_from(sorted(MADE)).map(MADE.__getitem__)
instants = st.integers(0, 64_000_000).map(
    lambda second: datetime(2023, 12, 25, tzinfo=UTC) + timedelta(seconds=second)
)


def brute(one: BusinessCalendar, start: datetime, end: datetime) -> int:
    """Minutes whose local time lies in a shift, counted one by one."""
    found = 0
    while start < end:
        shown = start.astimezone(one.zone)
        now = shown.hour * 60 + shown.minute
        today, before = shown.date(), shown.date() - timedelta(days=1)
        found += any(
            one.works_on(day) and opens <= now + later < closes
            for day, later in ((today, 0), (before, 1440))
            for opens, closes in one.shifts[day.weekday()]
        )
        start += MINUTE
    return found


def test_the_night_and_the_weekend_do_not_count() -> None:
    one = calendar()
    assert one.after(local("2026-11-20T17:50"), 60 * MINUTE) == local("2026-11-23T09:50")
    assert one.between(local("2026-11-20T17:50"), local("2026-11-23T09:50")) == 60 * MINUTE
    assert one.after(local("2026-11-20T17:00"), 60 * MINUTE) == local("2026-11-20T18:00")
    assert one.after(local("2026-11-21T12:00"), MINUTE) == local("2026-11-23T09:01")


def test_a_split_day_leaves_out_its_break() -> None:
    one = calendar(shifts=SPLIT)
    assert one.between(local("2026-11-23T11:30"), local("2026-11-23T13:30")) == 60 * MINUTE
    assert one.after(local("2026-11-23T11:30"), 31 * MINUTE) == local("2026-11-23T13:01")
    assert not one.is_open(local("2026-11-23T12:30"))
    assert one.is_open(local("2026-11-23T13:00"))


def test_a_shift_over_midnight_is_of_the_day_it_starts_on() -> None:
    one = calendar(shifts=NIGHT)
    assert one.is_open(local("2026-11-21T05:59"))  # Friday's shift
    assert not one.is_open(local("2026-11-22T23:00"))  # Sunday has none
    assert one.between(local("2026-11-20T21:00"), local("2026-11-23T21:00")) == 480 * MINUTE
    assert one.close_of_day(local("2026-11-21T03:00")) == local("2026-11-21T06:00")
    off = calendar(shifts=NIGHT, closed=frozenset({date(2026, 11, 20)}))
    assert not off.is_open(local("2026-11-21T03:00"))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),  # an hour is skipped
        ("Europe/Berlin", "2026-10-25", 25),  # an hour comes twice
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),  # half an hour
        ("Europe/Berlin", "2028-02-29", 24),
    ],
)
def test_a_whole_day_has_the_hours_that_pass(zone: str, day: str, hours: float) -> None:
    one = calendar(zone, ALWAYS)
    start = local(f"{day}T00:00", zone)
    end = local(f"{date.fromisoformat(day) + timedelta(days=1)}T00:00", zone)
    assert one.between(start, end) == end - start == timedelta(hours=hours)


def test_a_shift_across_each_change_of_the_clock() -> None:
    early: tuple[tuple[Shift, ...], ...] = (((90, 150),),) * 7  # 01:30 to 02:30
    one = calendar(shifts=early)
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    for day, minutes in ((spring, 30), (autumn, 90)):
        start, end = local(f"{day}T00:00"), local(f"{day}T12:00")
        assert one.between(start, end) == minutes * MINUTE == brute(one, start, end) * MINUTE


def test_days_are_counted_by_their_local_date() -> None:
    one = calendar(closed=frozenset({date(2026, 12, 24)}))
    friday = local("2026-11-20T23:30")
    assert one.days_between(friday, local("2026-11-23T00:10")) == 1
    assert one.days_between(friday, local("2026-11-22T23:59")) == 0
    assert one.days_after(friday, 2) == local("2026-11-24T23:30")
    assert one.close_after(friday, 2) == local("2026-11-24T18:00")
    assert one.days_between(local("2026-12-23T09:00"), local("2027-01-04T09:00")) == 7


def test_the_same_working_day_is_the_next_one_after_hours() -> None:
    one = calendar()
    assert one.close_of_day(local("2026-11-20T17:59")) == local("2026-11-20T18:00")
    assert one.close_of_day(local("2026-11-20T18:00")) == local("2026-11-23T18:00")
    assert one.close_of_day(local("2026-11-20T03:00")) == local("2026-11-20T18:00")
    assert one.close_of_day(local("2026-11-20T16:01"), latest=960) == local("2026-11-23T18:00")
    assert one.close_of_day(local("2026-11-20T16:00"), latest=960) == local("2026-11-20T18:00")


def test_a_calendar_that_never_opens_says_so() -> None:
    one = calendar(shifts=((),) * 7)
    noon = local("2026-11-20T12:00")
    with pytest.raises(ValueError, match="no working time"):
        one.after(noon, MINUTE)
    with pytest.raises(ValueError, match="no working day"):
        one.days_after(noon, 1)
    with pytest.raises(ValueError, match="no working day"):
        one.close_of_day(noon)


@settings(max_examples=25)
@given(calendars, instants, st.integers(0, 3000))
def test_equals_counting_minute_by_minute(
    one: BusinessCalendar, start: datetime, minutes: int
) -> None:
    start = start.replace(second=0, microsecond=0)
    end = start + minutes * MINUTE
    assert one.between(start, end) == brute(one, start, end) * MINUTE


@settings(max_examples=80)
@given(calendars, instants, instants, instants)
def test_time_adds_up_and_never_runs_back(
    one: BusinessCalendar, a: datetime, b: datetime, c: datetime
) -> None:
    assert one.between(a, b) + one.between(b, c) == one.between(a, c)
    assert one.days_between(a, b) + one.days_between(b, c) == one.days_between(a, c)
    if a <= b:
        assert timedelta(0) <= one.between(a, b) <= b - a


@settings(max_examples=80)
@given(calendars, instants, st.integers(1, 10_000), st.integers(0, 10_000))
def test_what_is_due_is_the_inverse_of_what_passed(
    one: BusinessCalendar, start: datetime, seconds: int, more: int
) -> None:
    amount = timedelta(seconds=seconds * 7)
    due = one.after(start, amount)
    assert one.between(start, due) == amount
    assert one.between(start, due - timedelta(microseconds=1)) < amount
    assert one.after(start, amount + timedelta(seconds=more)) >= due
    assert one.after(start + timedelta(seconds=more), amount) >= due


@settings(max_examples=40)
@given(calendars, instants, st.integers(1, 10_000), st.sampled_from(ZONES))
def test_the_zone_of_an_instant_says_nothing(
    one: BusinessCalendar, start: datetime, seconds: int, zone: str
) -> None:
    amount = timedelta(seconds=seconds)
    shown = start.astimezone(ZoneInfo(zone))
    assert one.after(shown, amount) == one.after(start, amount)
    assert one.close_of_day(shown) == one.close_of_day(start)
    assert one.close_of_day(start) > start


PANDAS = {
    1: "2026-03-24T10:15",
    2: "2026-03-24T12:15",
    7: "2026-03-25T07:45",
    30: "2026-03-27T14:45",
    61: "2026-04-02T09:45",
    90: "2026-04-09T14:15",
    300: "2026-05-14T11:45",
    1100: "2026-09-23T12:45",
}
"""Whole hours, and where pandas 3.1.1's ``CustomBusinessHour`` comes to (UTC): 8 to 12 and 13 to 17:30 in Berlin,
closed on 3 and 6 April and on 25 December, from 24 March, 10:15."""


@pytest.mark.parametrize(("count", "theirs"), PANDAS.items())
def test_equals_what_pandas_counted(count: int, theirs: str) -> None:
    """Across holidays and a change of the clock."""
    off = [date(2026, 4, 3), date(2026, 4, 6), date(2026, 12, 25)]
    one = calendar(shifts=SPLIT[:1] * 5 + ((), ()), closed=frozenset(off))
    start = datetime(2026, 3, 24, 10, 15, tzinfo=ZoneInfo("Europe/Berlin"))
    ours = one.after(start, timedelta(hours=count))
    assert one.between(ours, datetime.fromisoformat(theirs + "+00:00")) == timedelta(0)
