"""Burst windows that processes share: never more calls than one process alone may make."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.contract.postgres import Postgres

from leadpact_app.store.bursts import Bursts, FileBursts, TableBursts, let_go, open_bursts
from leadpact_app.store.sql import SqlStore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCOUNTS = {"hubspot": "4242"}


class Time:
    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at


def taken(*processes: Bursts, calls: int = 19) -> int:
    """Calls that go at once, asked for by each in turn."""
    made = 0
    while processes[made % len(processes)].take_burst("hubspot", "burst", calls, 10.0) == 0:
        made += 1
        assert made <= calls, "more than the window takes"
    return made


def test_two_processes_beside_one_state_make_no_more_calls_than_one(tmp_path: Path) -> None:
    time = Time()
    one, other = (open_bursts(tmp_path / "state.db", ACCOUNTS, time.now) for _ in range(2))
    assert isinstance(one, FileBursts)
    assert taken(one, other) == 19
    assert 10 < other.take_burst("hubspot", "burst", 19, 10.0) <= 10.1, (
        "with what calls lose on the way"
    )
    assert other.take_burst("hubspot", "search", 4, 1.0) == 0
    time.at += timedelta(seconds=10.11)
    assert taken(other, one) == 19


def test_pairs_with_states_in_different_folders_share_where_the_settings_name_one(
    tmp_path: Path,
) -> None:
    time = Time()
    one = open_bursts(tmp_path / "a" / "state.db", ACCOUNTS, time.now, tmp_path / "calls")
    other = open_bursts(tmp_path / "b" / "state.db", ACCOUNTS, time.now, tmp_path / "calls")
    elsewhere = open_bursts(tmp_path / "c" / "state.db", {"hubspot": "7"}, time.now, tmp_path)
    assert taken(one, other) == 19
    assert taken(elsewhere) == 19


@pytest.mark.parametrize("rest", [b"", b"\x01\x02\x03", b"not a window at all, by no means"])
def test_a_file_that_was_cut_off_or_spoilt_holds_up_nothing_for_long(
    tmp_path: Path, rest: bytes
) -> None:
    time = Time()
    windows = FileBursts(tmp_path, ACCOUNTS, time.now)
    assert taken(windows) == 19
    next(tmp_path.glob("calls-*-burst")).write_bytes(rest)
    time.at += timedelta(seconds=11)
    assert taken(windows) >= 15


def test_a_file_that_was_taken_away_is_shared_again_by_all(tmp_path: Path) -> None:
    time = Time()
    one, other = (FileBursts(tmp_path, ACCOUNTS, time.now) for _ in range(2))
    assert taken(one, other, calls=4) == 4
    for each in tmp_path.glob("calls-*"):
        each.unlink()
    assert taken(one, other, calls=4) == 4
    assert other.take_burst("hubspot", "burst", 4, 10.0) > 10


def test_what_left_the_window_leaves_the_file(tmp_path: Path) -> None:
    time = Time()
    windows = FileBursts(tmp_path, ACCOUNTS, time.now)
    assert taken(windows) == 19
    time.at += timedelta(seconds=11)
    assert taken(windows, calls=2) == 2
    assert next(tmp_path.glob("calls-*-burst")).stat().st_size == 2 * 8
    windows.close()
    assert windows.take_burst("hubspot", "burst", 2, 10.0) > 10, "what is closed opens again"


def test_where_the_list_cannot_be_had_the_callers_own_window_holds_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    windows = FileBursts(tmp_path / "file" / "calls", ACCOUNTS, Time().now)
    assert windows.take_burst("hubspot", "burst", 1, 10.0) == 0
    assert windows.take_burst("hubspot", "burst", 1, 10.0) == 0


def test_a_process_that_keeps_the_list_holds_up_nobody_for_long(tmp_path: Path) -> None:
    windows = FileBursts(tmp_path, ACCOUNTS, Time().now)
    assert taken(windows, calls=3) == 3
    with next(tmp_path.glob("calls-*-burst.lock")).open("rb") as kept:
        fcntl.flock(kept, fcntl.LOCK_EX)
        assert windows.take_burst("hubspot", "burst", 3, 10.0) == 0, "the caller's own window holds"
    assert windows.take_burst("hubspot", "burst", 3, 10.0) > 10


def test_after_a_clock_was_set_back_a_window_waits_no_longer_than_itself() -> None:
    kept, short_by = let_go([5_000_000, 5_000_001], 1_000_000, 2, 10_000)
    assert (kept, short_by) == ([1_000_000, 1_000_000], 10_100)


@pytest.fixture
def workers(postgres: Postgres) -> Iterator[list[Bursts]]:
    with postgres.state() as address:
        SqlStore.open(address, "pair-1").close()
        opened = [open_bursts(address, ACCOUNTS, Time().now) for _ in range(2)]
        yield opened
        for each in opened:
            each.close()


def test_workers_on_postgresql_make_no_more_calls_than_one(workers: list[Bursts]) -> None:
    assert all(isinstance(one, TableBursts) for one in workers)
    assert taken(*workers, calls=7) == 7
    assert 0 < workers[1].take_burst("hubspot", "burst", 7, 10.0) <= 10.1
