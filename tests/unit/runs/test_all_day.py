"""R19, R40: a process that syncs all day: what it runs when, and why a tick was left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from leadpact_app.runs.all_day import AllDay, LaneName, Standing, Turned
from leadpact_app.runs.missed import Missed, TickBook
from leadpact_app.runs.ticks import ticks_of
from leadpact_app.store.memory import MemoryStore

START = datetime(2026, 11, 22, 8, 1, tzinfo=UTC)
FINE = Turned(0)


class Clock:
    """A clock that only moves when something waits or works; asleep, the steady seconds stand."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at
        self.awake = 0.0

    def now(self) -> datetime:
        return self.at

    def follow(self, *, lazily: bool = False) -> None:
        """Nothing to follow."""

    def steady(self) -> float:
        return self.awake

    def pass_(self, seconds: float, *, asleep: bool = False) -> None:
        """Time goes by."""
        self.at += timedelta(seconds=seconds)
        self.awake += 0 if asleep else seconds


class Day:
    """A day that ends at an instant, or after so many turns."""

    def __init__(
        self,
        until: datetime,
        *,
        every: str = "5m",
        hot: str = "",
        store: MemoryStore | None = None,
        at: datetime = START,
    ) -> None:
        self.clock = Clock(at)
        self.store = store or MemoryStore()
        self.until = until
        self.turns: list[tuple[str, LaneName]] = []
        self.told: list[Missed] = []
        self.rests: list[datetime] = []
        self.answers: Iterator[Callable[[], Turned]] = iter(())
        self.naps: dict[datetime, float] = {}
        self.ticks = ticks_of(every)
        self.hot = ticks_of(hot) if hot else None

    def is_set(self) -> bool:
        return self.clock.at >= self.until

    def wait(self, timeout: float) -> bool:
        self.clock.pass_(max(timeout, 0.001))
        for at, seconds in tuple(self.naps.items()):
            if self.clock.at >= at:
                del self.naps[at]
                self.clock.pass_(seconds, asleep=True)
        return self.is_set()

    def turn(self, lane: LaneName, _due: datetime) -> Turned:
        self.turns.append((f"{self.clock.at:%H:%M}", lane))
        self.clock.pass_(2)
        answer = next(self.answers, None) if lane == "bulk" else None
        return answer() if answer is not None else FINE

    def run(self) -> int:
        shown: list[Standing] = []
        return AllDay(
            self.ticks,
            self.hot,
            self.clock,
            TickBook(self.store),
            self,
            self.turn,
            self.told.append,
            lambda _lane, _turned, until: self.rests.append(until),
            shown.append,
        ).run()

    def bulk(self) -> list[str]:
        """When whole cycles began."""
        return [at for at, lane in self.turns if lane == "bulk"]

    def rows(self) -> list[tuple[str, int]]:
        """(why, how many) of the rows that `runs list` shows."""
        found = [one for one in self.store.runs(100) if one.kind == "missed"]
        assert all(one.status == "skipped" for one in found)
        return [(one.note.partition(": ")[2], one.counts["ticks"]) for one in found]


def at(hour: int, minute: int = 0) -> datetime:
    return START.replace(hour=hour, minute=minute)


def test_it_begins_at_once_and_then_keeps_to_the_grid_without_drift() -> None:
    day = Day(at(8, 22))
    assert day.run() == 0
    assert day.bulk() == ["08:01", "08:05", "08:10", "08:15", "08:20"]
    assert day.rows() == []


def test_the_hot_lane_ticks_between_two_whole_cycles_and_never_beside_one() -> None:
    day = Day(at(8, 12), hot="60s")
    day.run()
    assert day.bulk() == ["08:01", "08:05", "08:10"]
    hot = [at for at, lane in day.turns if lane == "hot"]
    assert hot == ["08:02", "08:03", "08:04", "08:06", "08:07", "08:08", "08:09", "08:11"]


def test_a_cycle_that_runs_over_ticks_leaves_them_out_and_says_so() -> None:
    day = Day(at(8, 32))

    def long() -> Turned:
        day.clock.pass_(13 * 60)
        return FINE

    day.answers = iter([long])
    day.run()
    assert day.bulk() == ["08:01", "08:15", "08:20", "08:25", "08:30"]
    assert day.rows() == [("the cycle before was still running.", 2)]
    assert [one.cause for one in day.told] == ["still_running"]


def test_a_machine_that_slept_runs_once_and_says_how_much_it_slept_through() -> None:
    day = Day(at(10, 7))
    day.naps = {at(8, 7): 1.5 * 3600}
    day.run()
    assert day.bulk()[:3] == ["08:01", "08:05", "09:37"]
    # 08:10 to 09:30; the tick of 09:35 is the one that ran, late.
    assert day.rows() == [("this machine was asleep, or its clock was set forward.", 17)]


def test_a_process_that_was_down_says_so_when_it_is_back() -> None:
    store = MemoryStore()
    Day(at(8, 11), store=store).run()
    day = Day(at(9, 2), store=store, at=at(8, 58))
    day.run()
    assert day.bulk() == ["08:58", "09:00"]
    ((why, count),) = day.rows()
    assert (count, "no process of leadpact was running" in why) == (9, True)
    assert "last seen 2026-11-22 08:10" in why


def test_parked_work_resumes_by_itself_at_the_instant_that_the_limit_named() -> None:
    day = Day(at(9, 3), hot="10m")
    until = at(8, 52)
    day.answers = iter([lambda: Turned(4, until=until, note="The day's calls are used up.")])
    day.run()
    assert day.bulk() == ["08:01", "08:52", "08:55", "09:00"]
    assert [at for at, lane in day.turns if lane == "hot"][:3] == ["08:10", "08:20", "08:30"]
    assert day.rests == [until]
    ((why, count),) = day.rows()
    assert count == 10
    assert why == "the work waits: The day's calls are used up."


def test_what_somebody_must_mend_is_tried_ever_more_rarely_and_told_each_time() -> None:
    day = Day(at(9, 30))
    bad = Turned(3, note="The token was revoked.")
    day.answers = iter([lambda: bad] * 5)
    day.run()
    # After 1, 2, 4, 8 and 16 minutes; then it is mended.
    assert day.bulk()[:7] == ["08:01", "08:02", "08:04", "08:08", "08:16", "08:32", "08:35"]
    assert len(day.rests) == 5
    assert {why for why, _count in day.rows()} == {
        "something must be mended first: The token was revoked."
    }


def test_a_plan_that_waits_for_approval_holds_nothing_but_itself_up() -> None:
    day = Day(at(8, 30), every="60s")
    day.answers = iter([lambda: Turned(6, note="The plan has more than 500 records to write.")])
    day.run()
    assert day.bulk()[:2] == ["08:01", "08:06"]
    assert day.rows()[-1][0].startswith("a plan waits for approval")


def test_another_process_at_work_takes_the_tick_and_is_named() -> None:
    day = Day(at(8, 12))
    day.answers = iter([lambda: FINE, lambda: Turned(4, busy=True)])
    day.run()
    assert day.bulk() == ["08:01", "08:05", "08:10"]
    assert day.rows() == [("another process was at work on this pair.", 1)]


def test_what_no_next_cycle_can_cure_ends_the_process_with_its_code() -> None:
    day = Day(at(9))
    day.answers = iter([lambda: FINE, lambda: Turned(5, note="The disk is full.")])
    assert day.run() == 5
    assert day.bulk() == ["08:01", "08:05"]
