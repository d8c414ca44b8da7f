"""Response clocks: kept by lead, kind and start, and found by when they are due."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import event
from tests.contract.state_rows import NOW, at, link_id

from leadpact.model.response_clock import ResponseClock
from leadpact.ports.state_store import StateChanges, StateStore
from leadpact_app.store.sql import SqlStore


def clock(number: int = 1, start: float = 0, **changed: Any) -> ResponseClock:
    """A five-minute clock of the nth lead."""
    made = ResponseClock(
        link_id(number),
        "contact",
        2,
        at(start),
        at(start + 300),
        at(start + 240),
        "high",
        "First contact within 5 minutes",
        "office",
        "high",
        "demo_request",
        "signal 1",
        "aaaa",
        "salesforce:005000000000001AAA",
    )
    return replace(made, **changed)


def _commit(store: StateStore, *clocks: ResponseClock) -> None:
    store.commit(StateChanges(clocks=list(clocks)), None, NOW)


def test_a_clock_comes_back_whole_and_its_end_replaces_it(store: StateStore) -> None:
    ran = clock()
    other = clock(kind="qualification", due_at=at(9000))
    _commit(store, ran, other, clock(start=-60), clock(2))
    assert store.clocks_of([link_id(1), link_id(3)]) == {link_id(1): (clock(start=-60), ran, other)}

    ended = replace(ran, ended_at=at(90), answered=True, ended_by="salesforce.tasks", told="met")
    _commit(store, ended)
    assert store.clocks_of([link_id(1)])[link_id(1)] == (clock(start=-60), ended, other)


def test_those_that_run_are_found_by_when_they_are_due(store: StateStore) -> None:
    done = clock(4, ended_at=at(1))
    first, second, third = clock(3, -600), clock(1), clock(2)
    _commit(store, third, done, first, second)
    assert store.running_clocks() == [first, second, third]
    assert store.running_clocks(at(0)) == [first]
    assert store.running_clocks(at(300), limit=2) == [first, second]


def test_history_is_read_latest_first(store: StateStore) -> None:
    old, mid, new = clock(1, -90), clock(1, 0, ended_at=at(9)), clock(2, 60)
    _commit(store, mid, new, old)
    assert store.clocks() == [new, mid, old]
    assert store.clocks(at(0)) == [new, mid]
    assert store.clocks(limit=1) == [new]


def test_what_is_due_is_read_from_its_own_small_index(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "state.db", "pair-1")
    asked: list[tuple[str, Any]] = []

    @event.listens_for(store._engine, "before_cursor_execute")
    def remember(_c: Any, _k: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        asked.append((statement, parameters))

    store.running_clocks(NOW)
    query, parameters = next(each for each in asked if "response_clocks" in each[0])
    with store._engine.connect() as connection:
        plan = [
            row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters)
        ]
    assert "ix_response_clocks_running" in plan[0]
    store.close()
