"""Rows say their field names by number: once per pair, believed only when committed, known to every process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, text
from tests.contract.state_rows import LASTS, NOW, full_link, hubspot, intent, link_id

from leadpact.errors import LeaseLost
from leadpact.model.link import Link
from leadpact.ports.state_store import Lease, StateChanges
from leadpact_app.store import name_lists
from leadpact_app.store.short_text import lengthened, shortened
from leadpact_app.store.sql import SqlStore

BASE = {"email": "a@acme.example", "city": None, "title": "VP", "employees": 0}


@pytest.fixture
def store(state: str) -> Iterator[SqlStore]:
    opened = SqlStore.open(state, "pair-1")
    yield opened
    opened.close()


def put(store: SqlStore, *links: Link) -> None:
    store.commit(StateChanges(links=list(links)), None, NOW)


def lists(store: SqlStore) -> list[tuple[Any, ...]]:
    with store._engine.connect() as connection:
        found = connection.execute(text("SELECT number, names, known FROM name_lists ORDER BY 1"))
        return [tuple(row) for row in found]


def test_names_are_said_once_and_come_back_in_their_order(store: SqlStore, state: str) -> None:
    put(store, *(full_link(number, base=BASE | {"title": None}) for number in range(20)))
    put(store, full_link(1, base=BASE), full_link(2, base={}), full_link(3, base={"x": 1} | BASE))
    image = {"leadpact_stage": "mql", "lifecyclestage": None}
    side = hubspot("7", 1, image=image, renderings={}, open_renderings={})
    store.commit(StateChanges(sides=[side]), None, NOW)
    assert [row[2] for row in lists(store)] == ["d", "1b", "0"]
    with closing(SqlStore.open(state, "pair-1")) as other:
        found = other.links([link_id(number) for number in range(4)])
        assert found[link_id(1)] == full_link(1, base=BASE)
        assert list(found[link_id(3)].base) == ["x", *BASE]
        assert found[link_id(2)].base == {}
        assert list(other.sides([link_id(1)])[link_id(1)]) == [side]
        with other._engine.connect() as connection:
            bodies = connection.execute(text("SELECT body FROM links")).scalars().all()
    assert not [one for one in bodies if "employees" in one]


def test_a_list_of_a_commit_that_failed_is_not_believed(store: SqlStore) -> None:
    stale = Lease("nobody", 99, NOW)
    for _again in range(2):
        with pytest.raises(LeaseLost):
            store.commit(StateChanges(links=[full_link(1, base=BASE)]), stale, NOW, LASTS)
    with suppress(Exception):
        # It fails after the list was written.
        broken = replace(intent("a"), created_at=None)  # type: ignore[arg-type]
        store.commit(StateChanges(links=[full_link(1, base=BASE)], intents=[broken]), None, NOW)
    assert lists(store) == []
    put(store, full_link(1, base=BASE))
    assert [row[0] for row in lists(store)] == [1]
    assert store.links([link_id(1)])[link_id(1)].base == BASE


def test_two_processes_give_no_number_twice(store: SqlStore, state: str) -> None:
    with closing(SqlStore.open(state, "pair-1")) as other:
        put(store, full_link(1, base={"a": 1, "c": None}))
        put(other, full_link(2, base={"b": 1}))
        put(store, full_link(3, base={"b": None, "a": 2}))
        put(other, full_link(4, base={"a": None, "c": 1}))
        put(store, full_link(5, base={"b": 7}))
        ids = [link_id(number) for number in range(1, 6)]
        assert store.links(ids) == other.links(ids)
        assert store.links(ids)[link_id(4)].base == {"a": None, "c": 1}
    assert lists(store) == [(1, '["a","c"]', "3"), (2, '["b"]', "1"), (3, '["b","a"]', "2")]
    assert [store.known_values(name) for name in "abc"] == [2, 2, 1]


def test_where_there_would_be_too_many_lists_rows_name_their_fields(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(name_lists, "_MOST", 2)
    found = [full_link(number, base={f"field {number}": number, "b": None}) for number in range(5)]
    for each in (*found, *found):
        put(store, each)
    assert len(lists(store)) == 3
    assert list(store.links([link_id(number) for number in range(5)]).values()) == found
    assert [store.known_values(f"field {number}") for number in (0, 1, 4, 9)] == [1, 1, 1, 0]
    assert store.known_values("b") == 0


def test_of_a_field_that_nobody_knows_no_lead_is_looked_at(store: SqlStore) -> None:
    put(store, *(full_link(number, base=BASE) for number in range(5)))
    asked: list[str] = []
    event.listen(
        store._engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: asked.append(statement),
    )
    assert (store.known_values("city"), store.known_values("fax")) == (0, 0)
    assert not [one for one in asked if "links" in one]
    assert store.known_values("employees") == 5
    assert [one for one in asked if "FROM links" in one]


@pytest.mark.parametrize(
    "said", ["", "…", "+20 Asked for a demo, 3 Nov 2026\nMissing: title", "x" * 999]
)
def test_a_breakdown_comes_back_from_its_short_form(said: str) -> None:
    assert lengthened(shortened(said)) == said


@pytest.mark.parametrize("damaged", ["", "AAAA", "%", shortened("Missing: title")[:-4]])
def test_a_damaged_short_form_is_told(damaged: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        lengthened(damaged)
