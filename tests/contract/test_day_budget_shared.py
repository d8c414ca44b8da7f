"""The day's budget under threads, processes, and a state that is busy or cannot be written."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy.dialects import postgresql

from leadpact.errors import WaitUntil
from leadpact_app.observe.calls import DayBudget
from leadpact_app.store import budget as stored
from leadpact_app.store.budget import StoredBudget
from leadpact_app.store.day import BLOCK
from leadpact_app.store.sql import SqlStore
from leadpact_app.store.tables import day_budgets

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
ACCOUNTS = {"hubspot": "4242"}

SPEND_ALL = """
import sys
from datetime import UTC, datetime
from leadpact.errors import WaitUntil
from leadpact_app.store.budget import StoredBudget
noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
budget = StoredBudget.open(sys.argv[1], {"hubspot": "4242"}, lambda: noon, share=0.9)
print("ready", flush=True)
sys.stdin.readline()
made = 0
try:
    while made < 5000:
        budget.spend("hubspot")
        made += 1
except WaitUntil:
    pass
print(made, flush=True)
sys.stdin.read()
"""


def _now() -> datetime:
    return NOON


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A state of its own."""
    made = tmp_path / "state.db"
    SqlStore.open(made, "pair-1").close()
    return made


@pytest.fixture
def budget(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StoredBudget]:
    """Its budget, of which 90 % are ours; it does not wait long where the state is busy."""
    monkeypatch.setattr(stored, "_BUSY_TIMEOUT_MS", 20)
    opened = StoredBudget.open(file, ACCOUNTS, _now, share=0.9)
    yield opened
    opened.close()


def _row(file: Path) -> tuple[int | None, int, int]:
    """(allowance, remaining, spent) as they stand in the state."""
    with closing(sqlite3.connect(file)) as connection:
        allowance, remaining, spent = connection.execute(
            "SELECT allowance, remaining, spent FROM day_budgets WHERE crm = 'hubspot'"
        ).fetchone()
    return allowance, remaining, spent


def _spend_up_to(budget: StoredBudget | DayBudget, most: int) -> int:
    for made in range(most):
        try:
            budget.spend("hubspot")
        except WaitUntil:
            return made
    return most


def test_two_processes_on_one_file_share_the_count(file: Path, budget: StoredBudget) -> None:
    budget.correct("hubspot", limit=10_000, remaining=4_000, resets_at=MIDNIGHT)
    budget.spend("hubspot")
    budget.close()
    others = [
        subprocess.Popen(
            [sys.executable, "-c", SPEND_ALL, str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        for each in others:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for each in others:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        made = [int(each.stdout.readline()) for each in others if each.stdout is not None]
    finally:
        for each in others:
            each.communicate()

    # On a machine under load either may have counted a block in memory meanwhile.
    assert 2_999 <= sum(made) <= 2_999 + 2 * BLOCK
    assert _row(file)[:2] == (10_000, 4_000)
    assert abs(_row(file)[2] - sum(made) - 1) <= 2 * BLOCK


def test_threads_make_as_many_calls_as_there_are(file: Path, budget: StoredBudget) -> None:
    budget.correct("hubspot", limit=10_000, remaining=4_000, resets_at=MIDNIGHT)

    with ThreadPoolExecutor(8) as pool:
        made = sum(pool.map(_spend_up_to, [budget] * 8, [1_000] * 8))

    assert made == 3_000
    budget.close()
    assert _row(file) == (10_000, 4_000, 3_000)


def test_what_was_not_used_is_given_back(file: Path, budget: StoredBudget) -> None:
    budget.correct("hubspot", limit=10_000, remaining=4_000, resets_at=MIDNIGHT)
    _spend_up_to(budget, 7)
    assert _row(file)[2] > 7

    budget.close()

    assert _row(file) == (10_000, 4_000, 7)


def test_a_process_that_dies_leaves_its_block_counted(file: Path, budget: StoredBudget) -> None:
    _spend_up_to(budget, 3)
    budget.correct("hubspot", limit=10_000, remaining=4_000, resets_at=MIDNIGHT)
    _spend_up_to(budget, 30)

    allowance, _, spent = _row(file)

    assert allowance == 10_000
    assert spent >= 30


def test_a_busy_state_is_counted_for_in_memory_and_written_later(
    file: Path, budget: StoredBudget
) -> None:
    budget.correct("hubspot", limit=10_000, remaining=1_200, resets_at=MIDNIGHT)
    assert _spend_up_to(budget, 1) == 1
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = monotonic()
        assert _spend_up_to(budget, 150) == 150
        # The store itself waits ten seconds each time.
        assert monotonic() - began < 5
        assert _row(file)[2] <= 25
        other.execute("ROLLBACK")

    assert _spend_up_to(budget, 5_000) == 200 - 151
    assert _row(file) == (10_000, 1_200, 200)


def test_a_busy_state_does_not_loosen_the_share(file: Path, budget: StoredBudget) -> None:
    budget.correct("hubspot", limit=10_000, remaining=1_060, resets_at=MIDNIGHT)
    _spend_up_to(budget, 1)
    with closing(sqlite3.connect(file)) as other:
        other.execute("BEGIN IMMEDIATE")

        assert _spend_up_to(budget, 5_000) == 59
        budget.correct("hubspot", limit=10_000, remaining=1_003, resets_at=MIDNIGHT)
        assert _spend_up_to(budget, 5_000) == 3
        assert _spend_up_to(budget, 5_000) == 0
        other.execute("ROLLBACK")

    assert _spend_up_to(budget, 5_000) == 0
    assert _row(file) == (10_000, 1_003, 3)


def test_a_full_disk_is_for_the_store_to_tell(file: Path, budget: StoredBudget) -> None:
    budget.correct("hubspot", limit=10_000, remaining=1_100, resets_at=MIDNIGHT)
    _spend_up_to(budget, 1)
    with budget._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")

    assert _spend_up_to(budget, 50) == 50
    budget.correct("hubspot", limit=10_000, remaining=1_030, resets_at=MIDNIGHT)
    assert _spend_up_to(budget, 5_000) == 30

    budget.close()
    assert _row(file)[2] <= 25


def test_after_the_end_calls_are_counted_in_memory(file: Path, budget: StoredBudget) -> None:
    budget.correct("hubspot", limit=10_000, remaining=1_100, resets_at=MIDNIGHT)
    budget.close()
    before = _row(file)

    assert _spend_up_to(budget, 5_000) == 100
    assert _row(file) == before == (10_000, 1_100, 0)


def test_the_state_counts_from_the_moment_the_accounts_are_known(
    file: Path, budget: StoredBudget
) -> None:
    front = DayBudget(_now, 0.9)
    front.spend("hubspot")
    front.correct("hubspot", limit=10_000, remaining=1_200, resets_at=MIDNIGHT)
    assert _spend_up_to(front, 3) == 3

    front.attach(budget)

    assert _spend_up_to(front, 5_000) == 197
    assert _row(file) == (10_000, 1_197, 197)


def test_the_row_is_locked_and_put_on_postgresql_too() -> None:
    dialect = postgresql.base.PGDialect(paramstyle="format")  # type: ignore[no-untyped-call]

    read, _begin, put = stored._statements(dialect)

    assert read.endswith("FOR UPDATE")
    assert read.count("%s") == 3
    assert put.count("%s") == len(day_budgets.columns)
    assert "ON CONFLICT (pair_id, crm, account) DO UPDATE SET" in put


def test_the_bulk_lane_leaves_its_part_to_the_hot_one(file: Path) -> None:
    budget = StoredBudget.open(file, ACCOUNTS, _now, share=0.9, hot={"hubspot": 0.2})
    front = DayBudget(_now, 0.9, hot={"hubspot": 0.2})
    front.attach(budget)
    front.correct("hubspot", limit=1_000, remaining=1_000, resets_at=MIDNIGHT)
    front.lane = "bulk"

    assert _spend_up_to(front, 1_000) == 720
    with pytest.raises(WaitUntil, match="20% of our share that the hot lane keeps"):
        front.spend("hubspot")
    front.lane = "hot"
    assert _spend_up_to(front, 1_000) == 180
    told = budget.allowances()["hubspot"]
    assert (told.limit, told.day, told.left, told.used) == (1_000, 900, 0, 900)
    budget.close()


def test_each_crm_has_the_share_that_is_set_for_it(file: Path) -> None:
    budget = StoredBudget.open(
        file, {"hubspot": "4242", "salesforce": "00D"}, _now, share=0.9, shares={"hubspot": 0.5}
    )
    for crm in ("hubspot", "salesforce"):
        budget.correct(crm, limit=1_000, remaining=1_000, resets_at=MIDNIGHT)

    assert _spend_up_to(budget, 1_000) == 500
    assert budget.allowances()["salesforce"].left == 900
    budget.close()
