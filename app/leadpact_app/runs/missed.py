"""Ticks at which nothing ran, and why: kept as rows of ``runs``, so that `leadpact runs list` answers the question."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID, uuid5

import orjson

from leadpact.model.link import Run
from leadpact.ports.state_store import StateChanges, StateStore
from leadpact_app.runs.ticks import MOST, Ticks

Cause: TypeAlias = Literal[
    "still_running", "process_down", "asleep", "parked", "backing_off", "held_elsewhere", "approval"
]
WHY: Final[dict[Cause, str]] = {
    "still_running": "the cycle before was still running",
    "process_down": "no process of leadpact was running",
    "asleep": "this machine was asleep, or its clock was set forward",
    "parked": "the work waits",
    "backing_off": "something must be mended first",
    "held_elsewhere": "another process was at work on this pair",
    "approval": "a plan waits for approval",
}
_PLACE: Final = ("leadpact", "ticks")
_SPACE: Final = UUID("a3f0a2a0-52ff-5b43-a0a5-70f3ad5d1e21")


@dataclass(frozen=True, slots=True)
class Missed:
    """Ticks in a row that had no cycle of their own.

    Attributes:
        count: how many, counted up to ``MOST``.
        detail: what is known besides: until when, or what must be mended.
    """

    cause: Cause
    count: int
    first: datetime
    last: datetime
    detail: str = ""

    def words(self) -> str:
        """One sentence for people."""
        at_least = "at least " if self.count >= MOST else ""
        ticks = "1 tick was" if self.count == 1 else f"{at_least}{self.count:,} ticks were"
        span = _minute(self.first)
        if self.last != self.first:
            same_day = self.first.date() == self.last.date()
            span += (
                f" to {self.last.astimezone(UTC):%H:%M}"
                if same_day
                else f" to {_minute(self.last)}"
            )
        told = f"{ticks} left out ({span} UTC): {WHY[self.cause]}"
        return f"{told}: {self.detail}" if self.detail else told + "."


class TickBook:
    """What the state keeps of the schedule: the last tick that was heeded, and those that were missed."""

    def __init__(self, store: StateStore) -> None:
        self._store = store
        self._open: Missed | None = None

    def last(self) -> tuple[datetime, datetime] | None:
        """The last instant up to which ticks are accounted for, and when a process last said so."""
        kept = self._store.checkpoint(*_PLACE)
        if not kept:
            return None
        told = orjson.loads(kept)
        return datetime.fromisoformat(told["upto"]), datetime.fromisoformat(told["seen"])

    def heed(self, upto: datetime, now: datetime, missed: Missed | None = None) -> Missed | None:
        """Account for all ticks up to an instant.

        Args:
            missed: those of them that had no cycle; ticks missed for the same cause one after the other are one row.

        Returns:
            What was missed, with those before that it goes on from.
        """
        kept = orjson.dumps({"upto": upto.isoformat(), "seen": now.isoformat()}).decode()
        changes = StateChanges(checkpoints={_PLACE: kept})
        if missed is not None:
            before = self._open
            if before is not None and before.cause == missed.cause:
                missed = Missed(
                    missed.cause,
                    min(before.count + missed.count, MOST),
                    before.first,
                    missed.last,
                    missed.detail or before.detail,
                )
            changes.runs.append(_row(missed, now))
        self._open = missed
        self._store.commit(changes, None, now)
        return missed


def missed_between(
    ticks: Ticks, after: datetime, until: datetime, cause: Cause, detail: str = ""
) -> Missed | None:
    """Ticks after one instant, up to and with another, as missed; None where there are none."""
    count, first, last = ticks.passed(after, until)
    if first is None or last is None:
        return None
    return Missed(cause, count, first, last, detail)


def _row(missed: Missed, now: datetime) -> Run:
    row_id = uuid5(_SPACE, f"{missed.cause} {missed.first.isoformat()}").hex[:12]
    return Run(
        row_id,
        "missed",
        missed.first,
        "skipped",
        now,
        {"ticks": missed.count},
        missed.words(),
    )


def _minute(at: datetime) -> str:
    there = at.astimezone(UTC)
    return f"{there:%Y-%m-%d %H:%M}"
