"""What a day came to, and whether the sync lives: from the runs and the lists that the state keeps (R40). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from leadpact.model.link import Run
from leadpact.ports.state_store import StateReader

MOST_RUNS: Final = 5_000
SUMMED: Final = (
    "written",
    "created",
    "stage_moves",
    "handed_over",
    "newly_held",
    "newly_failed",
    "near_misses",
)
"""Counts of runs that a digest adds up."""


@dataclass(frozen=True, slots=True)
class Digest:
    """A span of time in numbers; no person is named.

    Attributes:
        runs: cycles and other runs by how they ended; plans and missed ticks aside.
        done: what the runs did, by the words of ``SUMMED``.
        ticks_missed: by cause, as the rows of ``runs`` tell.
        held, failing, contested, owing, handoffs_waiting, unsent: what waits at the end of it.
    """

    since: datetime
    until: datetime
    runs: dict[str, int]
    done: dict[str, int]
    ticks_missed: int
    held: int
    failing: int
    contested: int
    owing: int
    handoffs_waiting: int
    unsent: int

    def lines(self) -> list[str]:
        """The digest as lines for people, the most urgent first."""
        done = self.done
        told = [
            f"Handed off: {done['handed_over']:,}; {self.handoffs_waiting:,} wait to be.",
            f"Held for a person: {self.held:,} ({done['newly_held']:,} new); contested: {self.contested:,}.",
            f"Failed writes: {self.failing:,} ({done['newly_failed']:,} new).",
            f"Reasons owed: {self.owing:,}.",
            f"Near misses (a person's value that we wrote over, to be looked at): {done['near_misses']:,}.",
            f"Written: {done['written']:,} records, {done['created']:,} new; stage moves: {done['stage_moves']:,}.",
            "Runs: "
            + (
                ", ".join(f"{n:,} {how.replace('_', ' ')}" for how, n in self.runs.items())
                or "none"
            )
            + ".",
        ]
        if self.ticks_missed:
            told.append(f"Ticks left out: {self.ticks_missed:,}; `leadpact runs list` says why.")
        if self.unsent:
            told.append(
                f"Messages that could not be sent: {self.unsent:,}; `leadpact notices list` says why."
            )
        return told


def digest_of(store: StateReader, since: datetime, until: datetime) -> Digest:
    """What happened between two instants, and what waits now."""
    done: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    missed = 0
    for run in store.runs(MOST_RUNS):
        if run.started_at < since:
            break
        if run.started_at > until or run.kind == "plan":
            continue
        if run.kind == "missed":
            missed += run.counts.get("ticks", 0)
            continue
        ended[run.status] += 1
        for name in SUMMED:
            done[name] += run.counts.get(name, 0)
    holds = store.holds(waiting_only=True)
    return Digest(
        since=since,
        until=until,
        runs=dict(sorted(ended.items())),
        done={name: done[name] for name in SUMMED},
        ticks_missed=missed,
        held=len(holds),
        failing=store.count("failing", until),
        contested=sum(one.cause == "contested" for one in holds),
        owing=store.count("owing", until),
        handoffs_waiting=len(store.waiting_handoffs(10_000)),
        unsent=store.count("unsendable", until),
    )


@dataclass(frozen=True, slots=True)
class Liveness:
    """Whether cycles succeed.

    Attributes:
        last_success: when the newest cycle that came to its end did so; None before the first.
        why: what keeps them from it, in a sentence; "" where all is well.
    """

    ok: bool
    last_success: datetime | None
    why: str = ""


def liveness_of(runs: Sequence[Run], now: datetime, alarm_after: timedelta) -> Liveness:
    """Judge by the newest runs, newest first; a pair whose first plan waits has nothing to fail yet (R6)."""
    cycles = [one for one in runs if one.kind == "sync"]
    last = next((one.ended_at for one in cycles if one.status == "done"), None)
    if not alarm_after or (last is not None and now - last <= alarm_after):
        return Liveness(True, last)
    if not cycles:
        return Liveness(True, None, "No cycle has run yet.")
    if last is None and cycles[0].status == "needs_approval":
        return Liveness(True, None, "The first sync waits for an approved plan.")
    since = f"since {last.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if last is not None else "yet"
    newest = runs[0]
    said = newest.note or f"the newest run ended as {newest.status.replace('_', ' ')}"
    return Liveness(False, last, f"No cycle has succeeded {since}. {said}")
