"""The state on PostgreSQL: its schema, many workers at once, and a worker that stands still."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from tests.contract.postgres import Postgres
from tests.contract.state_rows import LASTS, NOW, at, full_link, link_id, outcome, work
from tests.contract.state_rows import signal as act

from leadpact.errors import LeaseLost, WaitUntil
from leadpact.ports.state_store import Lease, StateChanges
from leadpact_app.store import postgres as own
from leadpact_app.store.indexes import metadata
from leadpact_app.store.sql import SqlStore
from leadpact_app.store.statements import Statements

WORKER = """
import os, sys
from datetime import UTC, datetime, timedelta
from leadpact.errors import LeaseLost
from leadpact.model.link import Link
from leadpact.ports.state_store import StateChanges
from leadpact_app.store.sql import SqlStore
now, lasts = datetime(2026, 11, 21, 10, tzinfo=UTC), timedelta(minutes=5)
store = SqlStore.open(sys.argv[1], sys.argv[2])
lease = store.acquire(f"worker {os.getpid()}", now, lasts)
print("held" if lease else "refused", flush=True)
for line in sys.stdin:
    try:
        store.commit(StateChanges(links=[Link(line.strip())]), lease, now, lasts)
        print("written", flush=True)
    except LeaseLost:
        print("lost", flush=True)
store.close()
"""
SCHEMA = """
SELECT c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, collname,
       pg_get_indexdef(c.oid)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_collation l ON l.oid = a.attcollation
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i') AND a.attnum > 0
  AND c.relname NOT LIKE 'alembic%' ORDER BY 1, a.attnum
"""
KEYS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'alembic%' ORDER BY 1, 2
"""


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    with postgres.database() as name:
        yield name


@pytest.fixture
def address(postgres: Postgres, database: str) -> str:
    return postgres.url(database)


@pytest.fixture
def empty(postgres: Postgres) -> Iterator[str]:
    """The name of a database without any table."""
    name = postgres.make()
    yield name
    postgres.drop(name)


def start_worker(address: str, pair: str = "pair-1") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, address, pair],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def heard(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline().strip()


def told(worker: subprocess.Popen[str], link: str) -> None:
    assert worker.stdin is not None
    worker.stdin.write(f"{link}\n")
    worker.stdin.flush()


def test_migrations_rebuild_the_tables_exactly(
    postgres: Postgres, database: str, empty: str
) -> None:
    engine = create_engine(postgres.url(empty))
    metadata.create_all(engine)
    engine.dispose()

    for query, least in ((SCHEMA, 100), (KEYS, 14)):
        migrated = postgres.run(query, database=database)
        assert migrated == postgres.run(query, database=empty)
        assert len(migrated) >= least


def test_nothing_is_left_for_a_migration_to_do(address: str) -> None:
    engine = create_engine(address)
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()

    assert differences == []


def test_two_workers_may_open_a_new_state_at_once(postgres: Postgres, empty: str) -> None:
    racers = [start_worker(postgres.url(empty)) for _ in range(2)]
    said = sorted(heard(each) for each in racers)
    for each in racers:
        each.communicate()

    assert said == ["held", "refused"]


def test_the_pages_the_engine_reads_are_served_by_indexes(
    postgres: Postgres, database: str
) -> None:
    engine = create_engine(postgres.url(database), paramstyle="format")
    statements = Statements(engine.dialect)
    queries = {
        statements.text("due"): (1, 1, "", 1, 1),
        statements.text("open_intents"): (1, 0),
        statements.within("links", 4): ("",) * 4,
        statements.within("sides", 4): ("",) * 4,
        statements.within("holds", 4): ("",) * 4,
        statements.within("failures", 4): ("",) * 4,
        statements.within("signals", 4): (*[""] * 4, 1),
        statements.within("records", 4): ("",) * 6,
        statements.within("addressed", 4): ("",) * 4,
        statements.within("waiting", 4): ("",) * 6,
        statements.within("clocks", 4): ("",) * 4,
    }
    with engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        for query, parameters in queries.items():
            steps = connection.exec_driver_sql(f"EXPLAIN {query}", ("pair-1", *parameters))
            said = "\n".join(row[0] for row in steps)
            assert "Seq Scan" not in said, said
            assert "Index Cond: (" in said, said
    engine.dispose()


def test_two_workers_on_two_pairs_have_a_lease_each(address: str) -> None:
    one, two = start_worker(address, "pair-1"), start_worker(address, "pair-2")
    assert [heard(one), heard(two)] == ["held", "held"]
    told(one, "a")
    told(two, "b")
    assert [heard(one), heard(two)] == ["written", "written"]
    one.communicate()
    two.communicate()

    for pair, link in (("pair-1", "a"), ("pair-2", "b")):
        store = SqlStore.open(address, pair)
        assert store.page_of_links("", 9) == [link]
        store.close()


def test_of_many_workers_on_one_pair_one_gets_it(address: str) -> None:
    stores = [SqlStore.open(address, "pair-1") for _ in range(6)]
    together = Barrier(len(stores))

    def race(number: int) -> bool:
        together.wait()
        return stores[number].acquire(f"worker {number}", NOW, LASTS) is not None

    with ThreadPoolExecutor(len(stores)) as pool:
        got = list(pool.map(race, range(len(stores))))
    for store in stores:
        store.close()

    assert got.count(True) == 1


def test_a_worker_that_was_killed_leaves_the_pair_when_its_lease_runs_out(address: str) -> None:
    worker = start_worker(address)
    assert heard(worker) == "held"
    worker.kill()
    worker.communicate()
    store = SqlStore.open(address, "pair-1")

    # That its session is gone says nothing of a call that it may still have under way.
    assert store.acquire("mine", at(299), LASTS) is None
    assert store.acquire("mine", at(300), LASTS) is not None
    store.close()


def test_a_frozen_worker_that_goes_on_writes_nothing(address: str) -> None:
    worker = start_worker(address)
    assert heard(worker) == "held"
    store = SqlStore.open(address, "pair-1")
    try:
        worker.send_signal(signal.SIGSTOP)
        told(worker, "late")
        lease = store.acquire("mine", at(300), LASTS)
        assert lease is not None
        store.commit(StateChanges(links=[full_link(1)]), lease, at(301), LASTS)
    finally:
        worker.send_signal(signal.SIGCONT)

    assert heard(worker) == "lost"
    worker.communicate()
    assert store.page_of_links("", 9) == [link_id(1)]
    store.commit(StateChanges(), lease, at(302), LASTS)
    store.close()


def test_a_worker_frozen_within_a_commit_does_not_keep_the_pair(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(own.WAITING, "idle_in_transaction_session_timeout", "100ms")
    frozen, other = SqlStore.open(address, "pair-1"), SqlStore.open(address, "pair-1")
    lease = frozen.acquire("frozen", NOW, LASTS)
    assert lease is not None

    takes: list[Lease | None] = []

    def stand_still() -> None:
        with frozen._transaction() as connection:
            frozen._hold_lease(connection, lease, None)
            takes.append(other.acquire("other", at(300), LASTS))
            connection.exec_driver_sql("DELETE FROM pairs")

    with pytest.raises(WaitUntil, match="cannot be reached"):
        stand_still()

    taken = takes[0]
    assert taken is not None
    with pytest.raises(LeaseLost):
        frozen.commit(StateChanges(links=[full_link(1)]), lease, at(301), LASTS)
    other.commit(StateChanges(links=[full_link(2)]), taken, at(301), LASTS)
    assert other.page_of_links("", 9) == [link_id(2)]
    frozen.close()
    other.close()


def test_a_commit_meets_a_takeover_and_one_of_them_comes_second(address: str) -> None:
    mine, other = SqlStore.open(address, "pair-1"), SqlStore.open(address, "pair-1")
    for turn in range(10):
        lease = mine.acquire("mine", at(600 * turn), LASTS)
        assert lease is not None
        together = Barrier(2)

        def late(turn: int = turn, lease: Lease = lease, together: Barrier = together) -> bool:
            together.wait()
            try:
                mine.commit(StateChanges(outcomes=[outcome(run=f"r{turn}")]), lease, at(600 * turn))
            except LeaseLost:
                return False
            return True

        with ThreadPoolExecutor(1) as pool:
            written = pool.submit(late)
            together.wait()
            taken = other.acquire("other", at(600 * turn + 300), LASTS)
            assert taken is not None
            assert len(other.outcomes(run_id=f"r{turn}")) == written.result()
            other.release(taken)
    mine.close()
    other.close()


def test_people_and_cycles_commit_the_same_rows_in_any_order(address: str) -> None:
    stores = [SqlStore.open(address, "pair-1") for _ in range(3)]
    lease = stores[0].acquire("cycle", NOW, LASTS)
    leases = [lease, None, None]
    numbers = list(range(40))

    def commit(which: int) -> None:
        order = numbers if which % 2 else numbers[::-1]
        for _ in range(8):
            changes = StateChanges(
                work=[work(n) for n in order], links=[full_link(n) for n in order]
            )
            stores[which].commit(changes, leases[which], NOW)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(commit, range(3)))

    assert stores[0].count("links", NOW) == len(numbers)
    for store in stores:
        store.close()


def test_a_verb_that_reads_sees_one_snapshot(address: str) -> None:
    store, other = SqlStore.open(address, "pair-1"), SqlStore.open(address, "pair-1")
    count = "SELECT count(*) FROM links"

    with store._reading() as connection:
        before = connection.exec_driver_sql(count).scalar()
        other.commit(StateChanges(links=[full_link(1)]), None, NOW)
        assert connection.exec_driver_sql(count).scalar() == before
    assert store.count("links", NOW) == 1
    store.close()
    other.close()


def test_a_sign_that_postgresql_cannot_keep_is_replaced(address: str) -> None:
    store = SqlStore.open(address, "pair-1")
    shown = full_link(1, base={"city": "Köl\0n"})

    store.commit(StateChanges(links=[shown], signals=[act("s", asset="a\0b")]), None, NOW)

    assert store.links([link_id(1)]) == {link_id(1): shown}
    assert [each.asset for each in store.signals([link_id(1)], at(-9999))[link_id(1)]] == [
        "a\ufffdb"
    ]
    store.close()


def test_a_schema_of_its_own_may_be_named(postgres: Postgres, empty: str) -> None:
    postgres.run("CREATE TABLE recipes (name text)", "CREATE SCHEMA leadpact", database=empty)
    address = f"{postgres.url(empty)}&options=-csearch_path%3Dleadpact"

    store = SqlStore.open(address, "pair-1")
    store.commit(StateChanges(links=[full_link(1)]), None, NOW)
    store.close()

    assert postgres.run("SELECT count(*) FROM leadpact.links", database=empty) == [(1,)]
    SqlStore.open(address, "pair-1").close()
