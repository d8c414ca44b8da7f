"""Runs in the process that asks for them: no queue, no schedule, nothing but the state behind it."""

from __future__ import annotations

from collections.abc import Callable

from leadpact.errors import FixSettings
from leadpact.model.run_order import RunOrder
from leadpact.ports.clock import Clock
from leadpact.ports.runs import CarryOut, RunRequest, RunStanding, Schedule
from leadpact.ports.state_store import StateChanges, StateStore
from leadpact_app.runs.asking import GOES_ON, AskedRuns, ask, refuse_ended, standing


class InlineRuns(AskedRuns):
    """A :class:`~leadpact.ports.runs.Runs`: ``start`` returns when the run has ended or must wait.

    Args:
        carry_out: does the work of an order, piece by piece; None where runs are only looked at and asked to stop.
        new_id: makes the id of a new run.
    """

    def __init__(
        self,
        store: StateStore,
        clock: Clock,
        carry_out: CarryOut | None,
        new_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._clock = clock
        self._carry_out = carry_out
        self._new_id = new_id

    def start(self, request: RunRequest) -> RunStanding:
        """Carry a run out, from its beginning or from its place, until it ends, waits, or is asked to stop."""
        if self._carry_out is None:
            raise TypeError("these runs are only looked at")
        order = self._order(request)
        status, exit_code = self._carry_out(order)
        while status == "running":
            status, exit_code = self._carry_out(self._store.order(order.run_id) or order)
        there = standing(self._store, order.run_id)
        return RunStanding(there.run_id, there.kind, status, exit_code, there.asked, there.run)

    def _order(self, request: RunRequest) -> RunOrder:
        if request.run_id:
            refuse_ended(standing(self._store, request.run_id))
            kept = self._store.order(request.run_id)
            if kept is not None and kept.asked:
                ask(self._store, self._clock, request.run_id, "")
                kept = self._store.order(request.run_id)
            if kept is not None:
                return kept
        now = self._clock.now()
        made = RunOrder(request.run_id or self._new_id(), request.kind, now, request.options)
        self._store.commit(StateChanges(orders=[made]), None, now)
        return made

    def resume(self, run_id: str) -> RunStanding:
        """Go on with a run from its place, in this process."""
        there = standing(self._store, run_id)
        refuse_ended(there)
        if there.kind not in GOES_ON:
            raise FixSettings(
                f"Run {run_id} ({there.kind}) keeps no place; the next `leadpact sync` goes on with what is left.",
                code="run_keeps_no_place",
            )
        return self.start(RunRequest(there.kind, run_id=run_id))

    def schedule(self, schedule: Schedule) -> None:
        """Not here: this process keeps no schedule behind it.

        Raises:
            FixSettings: code ``schedule_unsupported``, always.
        """
        raise FixSettings(
            f"Nothing keeps the schedule {schedule.name!r} here. Run `leadpact worker`, or call leadpact from cron.",
            code="schedule_unsupported",
        )
