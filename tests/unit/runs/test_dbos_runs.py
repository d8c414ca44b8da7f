"""DBOS decides when and where: its database may go in mid-run, and nothing is lost or done twice."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadpact.model.link import Run, RunStatus
from leadpact.model.run_order import RunOrder
from leadpact.ports.runs import RunRequest
from leadpact.ports.state_store import StateChanges
from leadpact_app.runs.all_day import LaneName, Turned
from leadpact_app.runs.dbos import DbosRuns, WorkerSettings
from leadpact_app.store.memory import MemoryStore

pytestmark = pytest.mark.filterwarnings("ignore")
PIECES = 12


class Wall:
    """This machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


class Bench:
    """A state, a backfill of so many pieces, and the workers that come and go."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = MemoryStore()
        self.done: list[int] = []
        self.turns: list[LaneName] = []
        self.stop_at = -1
        self.reached = threading.Event()
        self.go_on = threading.Event()
        self.worker: DbosRuns | None = None

    def carry_out(self, order: RunOrder) -> tuple[RunStatus, int]:
        number = int(order.place or 0)
        if number == self.stop_at:
            self.reached.set()
            assert self.go_on.wait(20)
            return "interrupted", 4
        self.done.append(number)
        ended = number + 1 == PIECES
        status: RunStatus = "done" if ended else "running"
        now = Wall().now()
        run = Run(order.run_id, "backfill", order.created_at, status)
        self.store.commit(
            StateChanges(runs=[run], orders=[replace(order, place=str(number + 1))]), None, now
        )
        return status, 0

    def turn(self, lane: LaneName) -> Turned:
        self.turns.append(lane)
        return Turned(
            4, until=datetime(2026, 11, 23, tzinfo=UTC), note="The day's calls are used up."
        )

    def launch(self, database: str = "worker.db") -> DbosRuns:
        settings = WorkerSettings(f"sqlite:///{self.folder / database}", "worker-1", "1")
        self.worker = DbosRuns(
            settings,
            "acme",
            self.store,
            Wall(),
            carry_out=self.carry_out,
            turn=self.turn,
            new_id=lambda: "run1",
        )
        self.worker.launch()
        return self.worker

    def until(self, status: str) -> None:
        for _try in range(200):
            run = self.store.run("run1")
            if run is not None and run.status == status:
                return
            threading.Event().wait(0.05)
        raise AssertionError(f"the run never came to {status}")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.go_on.set()
    if made.worker is not None:
        made.worker.close()


def test_its_database_deleted_in_mid_run_loses_nothing_and_doubles_nothing(bench: Bench) -> None:
    bench.stop_at = 5
    first = bench.launch()
    assert first.turn("bulk", datetime(2026, 11, 22, 8, 5, tzinfo=UTC)).until is not None
    assert bench.turns == ["bulk"]
    first.start(RunRequest("backfill", {"what": "stages"}))
    assert bench.reached.wait(20)
    bench.go_on.set()
    first.close()
    bench.worker = None
    for file in bench.folder.glob("worker.db*"):
        file.unlink()

    bench.stop_at = -1
    second = bench.launch()
    # The state knows a run that has not ended, and DBOS knows nothing any more.
    assert second.take_up() == ["run1"]
    bench.until("done")
    assert bench.done == list(range(PIECES))
    assert second.take_up() == []


def elsewhere(bench: Bench) -> None:
    """What is at work has begun in a worker that is gone."""
    with sqlite3.connect(bench.folder / "worker.db") as database:
        database.execute(
            "UPDATE workflow_status SET executor_id = 'worker-0' WHERE status = 'PENDING'"
        )


def test_a_tick_whose_worker_was_killed_is_taken_up_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = bench.launch()
    carry_out, calls = runs._carry_out_cycle, []

    def die_first(lane: LaneName) -> dict[str, Any]:
        calls.append(lane)
        if len(calls) == 1:
            # Its lease stays as the dead process left it.
            bench.store.acquire("gone", Wall().now() - timedelta(minutes=9), timedelta(minutes=5))
            elsewhere(bench)
            assert bench.go_on.wait(20)
        return carry_out(lane)

    monkeypatch.setattr(runs, "_carry_out_cycle", die_first)
    told = runs.turn("bulk", datetime(2026, 11, 22, 8, 5, tzinfo=UTC))
    bench.go_on.set()
    assert told.until is not None
    assert calls == ["bulk", "bulk"]
