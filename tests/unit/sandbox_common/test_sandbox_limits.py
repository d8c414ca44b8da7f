"""Rate windows and daily counters refuse at the limit and free again as the sandbox's time goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from leadpact_sandbox.limits import DailyCounter, RateWindow, RollingDay, scaled
from leadpact_sandbox.world import Clock, LimitMode


class StillClock(Clock):
    """Stands still unless advanced."""

    def __init__(self, start: datetime) -> None:
        super().__init__()
        self.start = start

    def now(self) -> datetime:
        return self.start + self.offset

    def monotonic(self) -> float:
        return self.offset.total_seconds()


@pytest.fixture
def clock() -> StillClock:
    return StillClock(datetime(2026, 3, 1, 20, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("mode", "real", "expected"),
    [("real", 190, 190), ("off", 190, None), (0.5, 190, 95), (0.001, 190, 1), (2.0, 5, 10)],
)
def test_limits_are_real_scaled_or_off(mode: LimitMode, real: int, expected: int | None) -> None:
    assert scaled(mode, real) == expected


def test_window_refuses_the_call_over_the_limit_and_does_not_count_it(clock: StillClock) -> None:
    window = RateWindow(clock, 2, 10)
    assert [window.take(), window.take(), window.take()] == [True, True, False]
    assert window.used() == 2
    assert window.remaining() == 0


def test_window_rolls_so_that_each_call_frees_ten_seconds_after_itself(clock: StillClock) -> None:
    window = RateWindow(clock, 2, 10)
    window.take()
    clock.advance(6)
    window.take()
    assert window.frees_in() == 4
    clock.advance(4)
    assert window.frees_in() == 0
    assert [window.take(), window.take()] == [True, False]


def test_window_without_limit_never_refuses(clock: StillClock) -> None:
    window = RateWindow(clock, None, 10)
    assert all(window.take() for _ in range(1_000))
    assert window.remaining() is None


def test_window_is_empty_after_reset(clock: StillClock) -> None:
    window = RateWindow(clock, 1, 10)
    window.take()
    window.reset()
    assert window.take()


def test_day_starts_anew_at_midnight_of_the_account_not_of_utc(clock: StillClock) -> None:
    day = DailyCounter(clock, 1, ZoneInfo("America/New_York"))
    assert day.take()
    clock.advance(5 * 3600)  # 01:00 UTC, still 20:00 in New York
    assert not day.take()
    assert day.resets_at() == datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
    clock.advance(4 * 3600)
    assert day.take()


def test_day_counts_without_a_limit_too(clock: StillClock) -> None:
    day = DailyCounter(clock, None)
    day.take(7)
    assert day.used() == 7
    assert day.remaining() is None


def test_day_can_be_spent_by_others_down_to_nothing(clock: StillClock) -> None:
    day = DailyCounter(clock, 100)
    day.spend(250)
    assert day.remaining() == 0
    assert not day.take()


def test_rolling_day_frees_what_is_24_hours_old(clock: StillClock) -> None:
    rolling = RollingDay(clock, 3)
    rolling.take(2)
    clock.advance(3600)
    assert rolling.take()
    assert not rolling.take()
    clock.advance(23 * 3600)
    assert rolling.used() == 1
    assert rolling.remaining() == 2


def test_rolling_day_does_not_free_at_midnight(clock: StillClock) -> None:
    rolling = RollingDay(clock, 1)
    rolling.take()
    clock.advance(5 * 3600)
    assert not rolling.take()


def test_the_clock_refuses_to_go_back(clock: StillClock) -> None:
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)
    assert clock.offset == timedelta()
