"""A process that syncs all day: which tick is next, what is run then, and why a tick was left out (R19, R40).

Two lanes share one pair and one lease. The bulk lane's ticks are those of the schedule, and its cycle does everything;
between them the hot lane looks at what sales waits for. What must wait is taken up again by itself: at the instant that
a limit named, or after growing pauses where a person must mend something first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, Protocol, TypeAlias

from leadpact_app.runs.missed import Cause, Missed, TickBook, missed_between
from leadpact_app.runs.ticks import Ticks

LaneName: TypeAlias = Literal["bulk", "hot"]

SLICE_S: Final = 1.0
"""So long at most between two looks at the clock."""
JUMP: Final = timedelta(seconds=30)
"""So much more on the wall clock than on the steady one: the machine slept, or its clock was set."""
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=1)
APPROVAL_PAUSE: Final = timedelta(minutes=5)
"""A plan that waits for approval is not made anew more often."""


class Time(Protocol):
    """The clock that ticks are read from."""

    def now(self) -> datetime:
        """This instant, UTC."""
        ...

    def follow(self, *, lazily: bool = False) -> None:
        """Look up again what it follows."""
        ...

    def steady(self) -> float:
        """Seconds that only go forward, and stand while the machine sleeps."""
        ...


class Stopping(Protocol):
    """Whether this process was asked to end; a ``threading.Event``."""

    def is_set(self) -> bool:
        """It was."""
        ...

    def wait(self, timeout: float) -> bool:
        """Wait so many seconds, or until it is asked; whether it was."""
        ...


@dataclass(frozen=True, slots=True)
class Turned:
    """How a cycle ended.

    Attributes:
        code: exit code, as a single `leadpact sync` would have it.
        busy: another process holds the pair's lease; nothing was done.
        until: not before this instant again, where a limit said so.
        note: why, in a sentence; "" where all went well.
    """

    code: int
    busy: bool = False
    until: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the live line tells.

    Attributes:
        waits: why the bulk lane rests, "" where it does not.
    """

    now: datetime
    next_bulk: datetime
    next_hot: datetime | None
    waits: str = ""


@dataclass(slots=True)
class _Lane:
    name: LaneName
    ticks: Ticks
    due: datetime
    resting: Cause | None = None
    why: str = ""
    failures: int = 0

    def rest(self, turned: Turned, now: datetime) -> bool:
        """Set when this lane is due again after a turn; whether it rests beyond its next tick."""
        self.resting, self.why, self.due = None, turned.note, self.ticks.after(now)
        if turned.busy or turned.code in (0, 1):
            self.failures = 0
            return False
        if turned.code == 4:
            self.failures = 0
            if turned.until is None or turned.until <= now:
                return False
            self.resting, self.due = "parked", turned.until
        elif turned.code == 6:
            self.failures = 0
            self.resting, self.due = "approval", max(now + APPROVAL_PAUSE, self.due)
        else:
            pause = min(FIRST_PAUSE * 2 ** min(self.failures, 10), LONGEST_PAUSE)
            self.failures += 1
            self.resting, self.due = "backing_off", now + pause
        return True


@dataclass(slots=True)
class AllDay:
    """Runs cycles until it is asked to stop.

    Args:
        ticks: of the bulk lane; ``hot``: of the hot lane, None = there is none.
        turn: runs one cycle of a lane, for the tick that is due; errors are told in what it returns, and only faults
            of our own raise.
        tell_missed: told of every tick that was left out, once it is known why.
        tell_rest: told why a lane rests and until when, each time it does.
        show: told where things stand, about once a second while it waits.
    """

    ticks: Ticks
    hot: Ticks | None
    clock: Time
    book: TickBook
    stopping: Stopping
    turn: Callable[[LaneName, datetime], Turned]
    tell_missed: Callable[[Missed], None]
    tell_rest: Callable[[LaneName, Turned, datetime], None]
    show: Callable[[Standing], None]
    _lanes: list[_Lane] = field(default_factory=list)
    _accounted: datetime | None = None
    _slept: bool = False

    def run(self) -> int:
        """Go on until asked to stop.

        Returns:
            0 where it was asked to stop, else the exit code of what no next cycle can cure.
        """
        now = self._now()
        self._begin(now)
        self._lanes = [_Lane("bulk", self.ticks, now)]
        if self.hot is not None:
            self._lanes.append(_Lane("hot", self.hot, self.hot.after(now)))
        while (lane := self._wait()) is not None:
            if lane.name == "bulk":
                self._pass_over(lane.resting)
            turned = self.turn(lane.name, lane.due)
            if turned.code == 5:
                return turned.code
            self._after(lane, turned)
        return 0

    def _missed(self, until: datetime, cause: Cause, detail: str = "") -> Missed | None:
        """The ticks that are not accounted for yet, up to an instant."""
        return missed_between(self.ticks, self._accounted or until, until, cause, detail)

    def _begin(self, now: datetime) -> None:
        before = self.book.last()
        missed = None
        if before is not None:
            upto, seen = before
            detail = f"last seen {seen.astimezone(UTC):%Y-%m-%d %H:%M} UTC."
            missed = missed_between(self.ticks, upto, now, "process_down", detail)
        self._note(now, missed)

    def _now(self) -> datetime:
        self.clock.follow(lazily=True)
        return self.clock.now()

    def _wait(self) -> _Lane | None:
        """Sleep until a lane is due; None once asked to stop. The bulk lane goes first: its cycle does both."""
        before, steady = self._now(), self.clock.steady()
        while not self.stopping.is_set():
            now, then = self._now(), self.clock.steady()
            if now - before - timedelta(seconds=then - steady) > JUMP:
                self._slept = True
            before, steady = now, then
            bulk = self._lanes[0]
            if bulk.resting is not None and now < bulk.due:
                passed = self._missed(now, bulk.resting, bulk.why)
                if passed is not None:
                    self._note(now, passed)
            due = next((one for one in self._lanes if one.due <= now), None)
            if due is not None:
                return due
            hot = self._lanes[1].due if len(self._lanes) > 1 else None
            self.show(Standing(now, bulk.due, hot, bulk.why if bulk.resting else ""))
            soonest = min(one.due for one in self._lanes)
            self.stopping.wait(min((soonest - now).total_seconds(), SLICE_S))
        return None

    def _pass_over(self, resting: Cause | None) -> None:
        """Account for the ticks before the one that is taken now."""
        now = self._now()
        count, _first, last = self.ticks.passed(self._accounted or now, now)
        if count > 1 and last is not None:
            cause = resting or ("asleep" if self._slept else "still_running")
            before = last - timedelta(microseconds=1)
            self._note(now, self._missed(before, cause))
        else:
            self._note(now, None)
        self._slept = False

    def _after(self, lane: _Lane, turned: Turned) -> None:
        now = self._now()
        rests = lane.rest(turned, now)
        if rests:
            self.tell_rest(lane.name, turned, lane.due)
        if lane.name == "hot":
            return
        if not rests and len(self._lanes) > 1:
            hot = self._lanes[1]
            hot.due = hot.ticks.after(now)
        if turned.busy:
            self._note(now, self._held_up(now))
        else:
            self._note(now, self._missed(now, "still_running"))

    def _held_up(self, now: datetime) -> Missed:
        """The tick that another process's cycle took; that cycle does its work."""
        began = self._accounted or now
        return self._missed(now, "held_elsewhere") or Missed("held_elsewhere", 1, began, began)

    def _note(self, now: datetime, missed: Missed | None) -> None:
        if missed is None and now == self._accounted:
            return
        self._accounted = now
        told = self.book.heed(now, now, missed)
        if told is not None:
            self.tell_missed(told)
