"""Ticks lie on a fixed grid, and cron's hours are those of their zone, also where a day has 23 or 25 of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadpact.errors import FixSettings
from leadpact_app.runs.ticks import ticks_of

BERLIN = "Europe/Berlin"


def following(text: str, at: str, count: int, zone: str = BERLIN) -> list[str]:
    """The next ticks after an instant, as that zone's clocks show them."""
    ticks = ticks_of(text, zone)
    found, instant = [], datetime.fromisoformat(at).replace(tzinfo=UTC)
    for _tick in range(count):
        instant = ticks.after(instant)
        assert instant.tzinfo is UTC
        found.append(instant.astimezone(ticks.zone).strftime("%d %H:%M %z"))
    return found


def test_an_interval_ticks_on_the_full_five_minutes_whenever_it_starts() -> None:
    assert following("5m", "2026-11-22T08:04:59", 2, "UTC") == ["22 08:05 +0000", "22 08:10 +0000"]
    assert following("5m", "2026-11-22T08:05:00", 1, "UTC") == ["22 08:10 +0000"]


def test_eight_in_the_morning_stays_eight_when_daylight_saving_ends() -> None:
    told = following("0 8 * * *", "2026-10-23T12:00:00", 3)
    assert told == ["24 08:00 +0200", "25 08:00 +0100", "26 08:00 +0100"]


def test_an_hour_that_comes_twice_runs_a_daily_job_once_and_a_steady_one_twice() -> None:
    assert following("30 2 * * *", "2026-10-24T12:00:00", 2) == ["25 02:30 +0200", "26 02:30 +0100"]
    told = following("0,30 * * * *", "2026-10-24T23:45:00", 5)
    assert told == [
        "25 02:00 +0200",
        "25 02:30 +0200",
        "25 02:00 +0100",
        "25 02:30 +0100",
        "25 03:00 +0100",
    ]


def test_an_hour_that_is_left_out_runs_its_job_right_after() -> None:
    assert following("30 2 * * *", "2027-03-27T12:00:00", 2) == ["28 03:00 +0200", "29 02:30 +0200"]


def test_ticks_between_are_counted_after_one_instant_up_to_and_with_another() -> None:
    start = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    count, first, last = ticks_of("5m").passed(start, start + timedelta(minutes=15))
    assert (count, first, last) == (3, start + timedelta(minutes=5), start + timedelta(minutes=15))


@pytest.mark.parametrize(
    ("text", "zone"),
    [("soon", "UTC"), ("0s", "UTC"), ("25h", "UTC"), ("61 * * * *", "UTC"), ("5m", "Mars/Base")],
)
def test_what_is_no_schedule_is_refused(text: str, zone: str) -> None:
    with pytest.raises(FixSettings) as refused:
        ticks_of(text, zone)
    assert refused.value.code == "usage"


def test_a_day_that_never_comes_is_refused() -> None:
    with pytest.raises(FixSettings, match="no cron expression"):
        ticks_of("0 0 31 2 *")
