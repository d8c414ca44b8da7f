"""Connections that a store on SQLite keeps open: each use of one is a transaction that ends with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.contract.state_rows import NOW, full_link, link_id

from leadpact.errors import Stop
from leadpact.ports.state_store import StateChanges
from leadpact_app.store.sql import SqlStore

ONE, TWO = link_id(1), link_id(2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """With one link, read once."""
    opened = SqlStore.open(tmp_path / "state.db", "pair-1")
    opened.commit(StateChanges(links=[full_link(1)]), None, NOW)
    assert opened.links([ONE])
    yield opened
    opened.close()


def test_what_another_process_commits_is_read_next(store: SqlStore, tmp_path: Path) -> None:
    with closing(SqlStore.open(tmp_path / "state.db", "pair-1")) as other:
        other.commit(StateChanges(links=[full_link(2)]), None, NOW)

    assert list(store.links([ONE, TWO])) == [ONE, TWO]


def test_no_read_keeps_the_log_from_being_emptied(store: SqlStore, tmp_path: Path) -> None:
    store.count("links", NOW)
    store.run("run-1")

    with closing(sqlite3.connect(tmp_path / "state.db", timeout=0)) as other:
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)


def test_a_question_keeps_its_snapshot_while_others_commit(store: SqlStore) -> None:
    with store._reading() as connection:
        assert list(store._within(connection, "links", [TWO])) == []
        store.commit(StateChanges(links=[full_link(2)]), None, NOW)
        assert list(store.links([TWO])) == [TWO]
        assert list(store._within(connection, "links", [TWO])) == []

    assert list(store.links([TWO])) == [TWO]


def test_after_an_error_nothing_stays_begun(store: SqlStore, tmp_path: Path) -> None:
    with pytest.raises(Stop, match="damaged"):
        _read_what_is_no_row(store)
    with pytest.raises(OSError, match="half way"):
        _write_half(store)

    assert list(store.links([ONE])) == [ONE]
    with closing(sqlite3.connect(tmp_path / "state.db", timeout=0)) as other:
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
        other.execute("BEGIN IMMEDIATE")


def test_a_store_closed_reads_again_where_somebody_asks(store: SqlStore) -> None:
    store.close()

    assert list(store.links([ONE])) == [ONE]


def _read_what_is_no_row(store: SqlStore) -> None:
    with store._reading() as connection:
        assert list(store._within(connection, "links", [ONE]))
        raise ValueError("a row that is none")


def _write_half(store: SqlStore) -> None:
    with store._transaction() as connection:
        connection.exec_driver_sql("DELETE FROM links")
        raise OSError("half way")
