"""What a person asks of a run, kept in the state, so that any process can ask and any can heed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from leadpact.errors import FixSettings
from leadpact.model.link import Run, RunStatus
from leadpact.model.run_order import Asked, RunOrder
from leadpact.ports.clock import Clock
from leadpact.ports.runs import RunStanding
from leadpact.ports.state_store import StateChanges, StateStore

ENDED: Final[frozenset[RunStatus]] = frozenset({"done", "cancelled"})
"""What no word brings back; all else can go on."""
GOES_ON: Final = frozenset({"backfill", "undo", "repair"})
"""Kinds of run that keep a place. Of the others the next one goes on with what is left."""
_BY_WORD: Final[dict[Asked, RunStatus]] = {"pause": "paused", "cancel": "cancelled"}
_LASTS = timedelta(seconds=30)


def standing(store: StateStore, run_id: str) -> RunStanding:
    """Where a run stands.

    Raises:
        FixSettings: code ``run_unknown``.
    """
    run, order = store.run(run_id), store.order(run_id)
    asked: Asked = order.asked if order is not None else ""
    if run is not None:
        return RunStanding(run.id, run.kind, run.status, None, asked, run)
    if order is not None:
        return RunStanding(order.run_id, order.kind, "waiting", None, asked)
    raise FixSettings(
        f"There is no run {run_id!r}; `leadpact runs list` shows them.", code="run_unknown"
    )


def ask(store: StateStore, clock: Clock, run_id: str, asked: Asked) -> RunStanding:
    """Write down what is asked of a run; where no process is at work on the pair, it holds at once.

    Raises:
        FixSettings: ``run_unknown``, ``run_ended``.
    """
    there = standing(store, run_id)
    refuse_ended(there)
    now = clock.now()
    order = store.order(run_id) or RunOrder(run_id, there.kind, now)  # of a sync none is kept
    store.commit(StateChanges(asks=[replace(order, asked=asked, asked_at=now)]), None, now)
    if asked:
        _settle_idle(store, clock, there.run, asked)
    return standing(store, run_id)


def refuse_ended(there: RunStanding) -> None:
    """Refuse a run that has ended.

    Raises:
        FixSettings: code ``run_ended``.
    """
    over = there.kind not in GOES_ON and there.status != "running"
    if there.status in ENDED or over:
        raise FixSettings(
            f"Run {there.run_id} ({there.kind}) has ended: {there.status.replace('_', ' ')}.",
            code="run_ended",
        )


def _settle_idle(store: StateStore, clock: Clock, run: Run | None, asked: Asked) -> None:
    """Nobody works on the pair, so nobody would heed it: the run's row says so at once."""
    if run is None:
        return
    now = clock.now()
    lease = store.acquire(f"ask:{run.id}", now, _LASTS)
    if lease is None:
        return
    try:
        latest = store.run(run.id)
        if latest is not None and latest.status not in ENDED:
            ended = replace(latest, status=_BY_WORD[asked], ended_at=now)
            store.commit(StateChanges(runs=[ended]), lease, now)
    finally:
        store.release(lease)


class AskedRuns:
    """What every :class:`~leadpact.ports.runs.Runs` has in common: words to a run, and where each stands."""

    _store: StateStore
    _clock: Clock

    def pause(self, run_id: str) -> RunStanding:
        """Ask a run to stop after the page in flight and to keep its place."""
        return ask(self._store, self._clock, run_id, "pause")

    def cancel(self, run_id: str) -> RunStanding:
        """Ask a run to end after the page in flight, for good."""
        return ask(self._store, self._clock, run_id, "cancel")

    def list(self, limit: int = 20) -> Sequence[RunStanding]:
        """The latest runs, newest first."""
        return [standing(self._store, run.id) for run in self._store.runs(limit)]
