"""The port of runs: who starts them, stops them, and when (DESIGN §7).

An adapter decides *when* a run goes and in *which process*, never *what* it does. What it does is a ``RunOrder`` in the
state, carried out by the one engine; so an adapter whose own records are lost loses no run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, TypeAlias

from leadpact.model.link import Run, RunKind, RunStatus
from leadpact.model.run_order import Asked, RunOrder


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to run.

    Attributes:
        options: as in ``RunOrder``: text alone.
        run_id: of a run that goes on; "" = a new one.
    """

    kind: RunKind
    options: Mapping[str, str] = field(default_factory=dict)
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class RunStanding:
    """Where a run stands.

    Attributes:
        exit_code: as DESIGN §8 has it, once it ended; None while it goes on or waits for its turn.
        asked: what a person asked of it that it has not heeded yet.
        run: its row; None where it has not begun.
    """

    run_id: str
    kind: RunKind
    status: RunStatus
    exit_code: int | None = None
    asked: Asked = ""
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a kind of run is started again and again: by interval or by cron, never both.

    Attributes:
        name: a schedule of the same name takes its place.
        cron: five fields, as cron has them, in ``zone``.
        zone: IANA name.
    """

    name: str
    request: RunRequest
    every: timedelta | None = None
    cron: str = ""
    zone: str = "UTC"


CarryOut: TypeAlias = Callable[[RunOrder], tuple[RunStatus, int]]
"""Carries an order out for a while, and answers with its status and exit code; ``running`` = it goes on, call again.

Between two calls the pair's lease is free, so that another lane gets its turn. It raises what ends the run (a lost
lease, a limit, a fault) as a ``LeadpactError``; all that was committed stays."""


class Runs(Protocol):
    """Starts, stops and lists runs of one pair."""

    def start(self, request: RunRequest) -> RunStanding:
        """Begin a run, or go on with the one named.

        ``inline``: it has ended, or waits, when this returns. ``dbos``: it is on its way.

        Raises:
            FixSettings: ``run_unknown``, ``run_ended`` where the named run cannot go on.
            WaitUntil: ``lease_held`` where another cycle of the pair is at work.
        """
        ...

    def pause(self, run_id: str) -> RunStanding:
        """Ask a run to stop after the page in flight, in any process, and to keep its place.

        Raises:
            FixSettings: ``run_unknown``, ``run_ended``.
        """
        ...

    def resume(self, run_id: str) -> RunStanding:
        """Let a run that was paused, interrupted or had to wait go on from its place.

        Raises:
            FixSettings: ``run_unknown``, ``run_ended``.
        """
        ...

    def cancel(self, run_id: str) -> RunStanding:
        """Ask a run to end after the page in flight, for good; what it wrote stays (``undo`` puts it back).

        Raises:
            FixSettings: ``run_unknown``, ``run_ended``.
        """
        ...

    def schedule(self, schedule: Schedule) -> None:
        """Start such runs from now on.

        Raises:
            FixSettings: ``schedule_unsupported`` where this adapter keeps none.
        """
        ...

    def list(self, limit: int = 20) -> Sequence[RunStanding]:
        """The latest runs, newest first."""
        ...
