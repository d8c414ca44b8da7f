"""Runs on DBOS: it decides when a run goes and in which process, never what it does (DESIGN §7).

What DBOS is told of a run is its id, its pair and the number of its piece, as portable JSON. Everything else stands in
the state: the order, its place, the lease. So its database may be deleted in mid-run: :meth:`DbosRuns.take_up` finds in
the state what has not ended, and goes on. This module is imported by bootstrap alone, for `leadpact worker`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from dbos import (
    DBOS,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    SetEnqueueOptions,
    SetWorkflowID,
)

from leadpact.errors import FixSettings, LeadpactError, Stop, WaitUntil
from leadpact.model.run_order import RunOrder
from leadpact.ports.clock import Clock
from leadpact.ports.runs import CarryOut, RunRequest, RunStanding, Schedule
from leadpact.ports.state_store import StateChanges, StateStore
from leadpact_app.runs.all_day import LaneName, Turned
from leadpact_app.runs.asking import ENDED, GOES_ON, AskedRuns, ask, refuse_ended, standing
from leadpact_app.store.holders import left_behind

IDLE_AFTER: Final = timedelta(seconds=30)
"""A process that has begun a turn holds the pair's lease by then: whoever does not is gone."""
LOOK_EVERY: Final = timedelta(seconds=1)
KEPT: Final = timedelta(days=7)
"""How long DBOS remembers what has ended; the state keeps the runs themselves."""
_POLL_S: Final = 0.2
_OVER: Final = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker tells DBOS.

    Attributes:
        address: of DBOS's own tables: a ``sqlite:///`` file, or the PostgreSQL of the state.
        name: of this process among the workers, the same after a restart: what it left is taken up by it.
        version: of leadpact; one that is not the same lets the runs of the other alone.
    """

    address: str
    name: str
    version: str


class DbosRuns(AskedRuns):
    """A :class:`~leadpact.ports.runs.Runs` over DBOS, and the turns of the two lanes.

    One at a time per process. All work of the pair is done by one thread, one piece after another.

    Args:
        pair: name of the pair; workers of several pairs may share one database.
        carry_out: does a piece of an order; None where this version knows no such runs.
        turn: runs one cycle of a lane.
        new_id: makes the id of a new run.
        stopping: whether this process was asked to end; it waits for no other one then.
    """

    def __init__(
        self,
        settings: WorkerSettings,
        pair: str,
        store: StateStore,
        clock: Clock,
        *,
        carry_out: CarryOut | None,
        turn: Callable[[LaneName], Turned],
        new_id: Callable[[], str],
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings = settings
        self._pair = pair
        self._store = store
        self._clock = clock
        self._carry_out = carry_out
        self._turn = turn
        self._new_id = new_id
        self._stopping = stopping
        self._work = ThreadPoolExecutor(1, thread_name_prefix="leadpact-work")
        # A long run must not keep the lanes from their turns: the lease, free between its pieces, parts the two.
        self._queue, self._long = f"leadpact-{pair}-turns", f"leadpact-{pair}-runs"

    # this process as a worker

    def launch(self) -> None:
        """Take part: pieces of this pair may be carried out here from now on."""
        config: DBOSConfig = {
            "name": "leadpact",
            "system_database_url": self._settings.address,
            "executor_id": self._settings.name,
            # Else it is a hash of the code, and an upgrade would leave old runs behind.
            "application_version": self._settings.version,
            "log_level": "WARNING",
            "serializer": DBOSPortableJSONSerializer(),
            "enable_otlp": False,
        }
        DBOS(config=config)
        self._register()
        DBOS.launch()
        # One at a time, whatever process: the pair is the unit of distribution.
        for queue in (self._queue, self._long):
            DBOS.register_queue(queue, global_concurrency=1, polling_interval_sec=_POLL_S)

    def _register(self) -> None:
        # DBOS marks functions, which methods do not let it.
        @DBOS.step(name="piece")
        def piece(_pair: str, run_id: str, _number: int) -> str:
            return self._carry_out_piece(run_id)

        @DBOS.step(name="cycle")
        def cycle(_pair: str, lane: LaneName) -> dict[str, Any]:
            return self._carry_out_cycle(lane)

        @DBOS.workflow(name=f"run:{self._pair}")
        def run(pair: str, run_id: str) -> str:
            number = 0
            while (status := piece(pair, run_id, number)) == "running":
                number += 1
            return status

        @DBOS.workflow(name=f"turn:{self._pair}")
        def turn(pair: str, lane: LaneName) -> dict[str, Any]:
            return cycle(pair, lane)

        self._carried, self._turned = run, turn

    def close(self) -> None:
        """Take part no more; what is under way here ends first, as far as it stops when asked."""
        self._work.shutdown(wait=True)
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=0)

    def take_up(self) -> list[str]:
        """Put every run on its way that the state knows as not ended, and DBOS does not; their ids."""
        found = []
        for run in self._store.runs(200):
            order = self._store.order(run.id)
            if run.kind not in GOES_ON or run.status in (*ENDED, "paused") or order is None:
                continue
            if order.asked or self._under_way(run.id):
                continue
            self._enqueue_run(order)
            found.append(run.id)
        return found

    def prune(self) -> int:
        """Let DBOS forget what ended long ago; how many."""
        before = (self._clock.now() - KEPT).isoformat()
        old = DBOS.list_workflows(
            status=list(_OVER),
            completed_before=before,
            load_input=False,
            load_output=False,
            limit=5000,
        )
        if old:
            DBOS.delete_workflows([one.workflow_id for one in old])
        return len(old)

    # turns of the lanes

    def turn(self, lane: LaneName, due: datetime) -> Turned:
        """The cycle of a tick, in whichever process has its turn; all workers of the pair hear the same of it."""
        self._take_over_runs()
        name = f"{self._pair}:{lane}:{due.isoformat()}"
        with SetWorkflowID(name):
            DBOS.enqueue_workflow(self._queue, self._turned, self._pair, lane)
        alive = looked = time.monotonic()
        while True:
            status = DBOS.get_workflow_status(name)
            if status is not None and status.status in _OVER:
                break
            if self._stopping() and (status is None or status.status == "ENQUEUED"):
                return Turned(4, note="leadpact was asked to end before it was this pair's turn.")
            now = time.monotonic()
            if now - looked >= LOOK_EVERY.total_seconds():
                looked = now
                lease = self._store.lease_held()
                gone = left_behind(lease, self._clock.now())
                elsewhere = (
                    status is not None
                    and status.status == "PENDING"
                    and status.executor_id != self._settings.name
                )
                if not elsewhere or (lease is not None and not gone):
                    alive = now
                elif gone or now - alive > IDLE_AFTER.total_seconds():
                    # Its process is gone, and nobody else would take it up.
                    DBOS.resume_workflow(name, queue_name=self._queue)
                    alive = now
            time.sleep(_POLL_S)
        if status.status != "SUCCESS":
            return Turned(
                5, note="A fault of leadpact's own ended the cycle; see the log of its worker."
            )
        told: dict[str, Any] = DBOS.retrieve_workflow(name).get_result()
        until = datetime.fromisoformat(told["until"]) if told["until"] else None
        return Turned(told["code"], told["busy"], until, told["note"])

    def _take_over_runs(self) -> None:
        """Put long runs on their way again whose process died at its piece: it holds a lease that nobody keeps."""
        if not left_behind(self._store.lease_held(), self._clock.now()):
            return
        for one in self._begun(""):
            if one.executor_id != self._settings.name:
                DBOS.resume_workflow(one.workflow_id, queue_name=self._long)

    def _begun(self, run_id: str, *more: str) -> Sequence[Any]:
        """Workflows of long runs that are at work, or in the further statuses."""
        return DBOS.list_workflows(
            workflow_id_prefix=f"{self._pair}:run:{run_id}",
            status=["PENDING", *more],
            load_input=False,
            load_output=False,
        )

    def _carry_out_cycle(self, lane: LaneName) -> dict[str, Any]:
        turned = self._work.submit(self._turn, lane).result()
        until = turned.until.isoformat() if turned.until else ""
        return {"code": turned.code, "busy": turned.busy, "until": until, "note": turned.note}

    # runs that keep their place

    def start(self, request: RunRequest) -> RunStanding:
        """Write the order down, and put it on its way; a worker carries it out."""
        if request.run_id:
            refuse_ended(standing(self._store, request.run_id))
            ask(self._store, self._clock, request.run_id, "")
            order = self._store.order(request.run_id)
        else:
            order = None
        if order is None:
            now = self._clock.now()
            order = RunOrder(request.run_id or self._new_id(), request.kind, now, request.options)
            self._store.commit(StateChanges(orders=[order]), None, now)
        if not self._under_way(order.run_id):
            self._enqueue_run(order)
        return standing(self._store, order.run_id)

    def resume(self, run_id: str) -> RunStanding:
        """Let a run go on from its place, in any worker."""
        there = standing(self._store, run_id)
        refuse_ended(there)
        return self.start(RunRequest(there.kind, run_id=run_id))

    def schedule(self, schedule: Schedule) -> None:
        """Cycles have their schedule in the settings; of other runs none is kept.

        Raises:
            FixSettings: ``schedule_unsupported``, always: DBOS's own ticks come up to ten seconds late, by design.
        """
        raise FixSettings(
            f"The schedule {schedule.name!r} is not kept here: cycles run by LEADPACT_SCHEDULE, other runs when asked.",
            code="schedule_unsupported",
        )

    def _under_way(self, run_id: str) -> bool:
        return bool(self._begun(f"{run_id}:", "ENQUEUED", "DELAYED"))

    def _enqueue_run(self, order: RunOrder) -> None:
        # Each time it goes on is a workflow of its own: what ended as paused is never the one that resumes.
        stamp = self._clock.now().isoformat()
        with SetWorkflowID(f"{self._pair}:run:{order.run_id}:{stamp}"), SetEnqueueOptions():
            DBOS.enqueue_workflow(self._long, self._carried, self._pair, order.run_id)

    def _carry_out_piece(self, run_id: str) -> str:
        order = self._store.order(run_id)
        if self._carry_out is None or order is None:
            return "failed"
        if self._stopping():
            # The order keeps its place; the next start of a worker takes it up.
            return "interrupted"
        try:
            status, _code = self._work.submit(self._carry_out, order).result()
        except WaitUntil:
            return "waiting"
        except Stop:
            raise
        except LeadpactError:
            return "failed"
        return status
