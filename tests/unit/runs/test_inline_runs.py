"""Runs in this process: begun, stopped from elsewhere, resumed at their place, ended for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leadpact.errors import FixSettings
from leadpact.model.link import Run, RunStatus
from leadpact.model.run_order import RunOrder
from leadpact.ports.runs import RunRequest, Schedule
from leadpact.ports.state_store import StateChanges
from leadpact_app.bootstrap.between_pieces import asked_to_end, wait_between_pieces
from leadpact_app.runs.inline import InlineRuns
from leadpact_app.store.memory import MemoryStore

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


class StillClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"slept {seconds} s")


class Counting:
    """Work of five pages, which heeds what is asked between two of them, as the engine does."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.pages: list[str] = []
        self.asked_after: dict[int, str] = {}

    def __call__(self, order: RunOrder) -> tuple[RunStatus, int]:
        known = self.store.order(order.run_id)
        status: RunStatus = "running"
        if known is not None and known.asked:
            status = "paused" if known.asked == "pause" else "cancelled"
        elif int(order.place or "0") == 5:
            status = "done"
        else:
            page = int(order.place or "0") + 1
            self.pages.append(f"{order.run_id}:{page}")
            self.store.commit(StateChanges(orders=[replace(order, place=str(page))]), None, NOW)
            word = self.asked_after.pop(page, "")
            if word:
                getattr(InlineRuns(self.store, StillClock(), None, str), word)(order.run_id)
        self.store.commit(
            StateChanges(runs=[Run(order.run_id, order.kind, NOW, status)]), None, NOW
        )
        return status, 0


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def work(store: MemoryStore) -> Counting:
    return Counting(store)


@pytest.fixture
def runs(store: MemoryStore, work: Counting) -> InlineRuns:
    ids = iter(["one", "two"])
    return InlineRuns(store, StillClock(), work, lambda: next(ids))


def test_a_run_goes_to_its_end_page_by_page(runs: InlineRuns, work: Counting) -> None:
    ended = runs.start(RunRequest("backfill", {"native_stages": "no"}))

    assert (ended.run_id, ended.status, ended.exit_code) == ("one", "done", 0)
    assert work.pages == [f"one:{page}" for page in range(1, 6)]
    with pytest.raises(FixSettings, match="has ended: done"):
        runs.resume("one")


def test_a_paused_run_keeps_its_place_and_goes_on_from_it(runs: InlineRuns, work: Counting) -> None:
    work.asked_after[2] = "pause"
    assert runs.start(RunRequest("backfill")).status == "paused"
    assert work.pages == ["one:1", "one:2"]
    assert [one.status for one in runs.list()] == ["paused"]

    assert runs.resume("one").status == "done"
    assert work.pages == [f"one:{page}" for page in range(1, 6)]


def test_a_cancelled_run_never_goes_on(runs: InlineRuns, work: Counting) -> None:
    work.asked_after[1] = "cancel"
    assert runs.start(RunRequest("backfill")).status == "cancelled"
    with pytest.raises(FixSettings) as refused:
        runs.resume("one")
    assert refused.value.code == "run_ended"


def test_a_run_that_died_is_paused_at_once_but_one_at_work_is_asked(
    runs: InlineRuns, store: MemoryStore
) -> None:
    dead = Run("dead", "backfill", NOW, "running")
    store.commit(StateChanges(runs=[dead], orders=[RunOrder("dead", "backfill", NOW)]), None, NOW)
    lease = store.acquire("another process", NOW, timedelta(minutes=5))
    assert lease is not None

    at_work = runs.pause("dead")
    assert (at_work.status, at_work.asked) == ("running", "pause")

    store.release(lease)
    assert runs.pause("dead").status == "paused"


def test_a_sync_keeps_no_place_and_nobody_keeps_a_schedule_here(
    runs: InlineRuns, store: MemoryStore
) -> None:
    store.commit(StateChanges(runs=[Run("s", "sync", NOW, "waiting")]), None, NOW)
    for refused, code in (
        (lambda: runs.pause("s"), "run_ended"),
        (lambda: runs.cancel("x"), "run_unknown"),
        (lambda: runs.schedule(Schedule("hourly", RunRequest("sync"))), "schedule_unsupported"),
    ):
        with pytest.raises(FixSettings) as error:
            refused()
        assert error.value.code == code


def test_a_sync_at_work_heeds_what_another_process_asks_and_one_may_wait_for_its_turn(
    runs: InlineRuns, store: MemoryStore
) -> None:
    store.commit(StateChanges(runs=[Run("s", "sync", NOW, "running")]), None, NOW)
    assert store.acquire("the sync", NOW, timedelta(minutes=5)) is not None
    assert not asked_to_end(store, "s", lambda: False)
    assert runs.pause("s").asked == "pause"
    assert asked_to_end(store, "s", lambda: False)
    assert asked_to_end(store, "another", lambda: True)

    assert wait_between_pieces(store, StillClock(), "me", timedelta(minutes=5)) is None


def test_a_sync_waits_for_the_end_of_a_piece(store: MemoryStore) -> None:
    store.commit(StateChanges(runs=[Run("b", "backfill", NOW, "running")]), None, NOW)
    theirs = store.acquire("the backfill", NOW, timedelta(minutes=5))

    class Clock(StillClock):
        slept = 0

        def sleep(self, seconds: float) -> None:
            self.slept += 1
            if self.slept == 3 and theirs is not None:
                store.release(theirs)

    clock = Clock()
    mine = wait_between_pieces(store, clock, "me", timedelta(minutes=5))
    assert mine is not None
    assert (mine.holder, clock.slept) == ("me", 3)
