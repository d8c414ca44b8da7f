"""What ended is packed: few rows, found by lead and by run, and unpacked no further than is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text
from tests.contract.state_rows import LASTS, NOW, at, intent, link_id, outcome, run

from leadpact.model.erasure import Erasure, Person
from leadpact.ports.state_store import StateChanges
from leadpact_app.store import sql_packs
from leadpact_app.store.sql import SqlStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(tmp_path / "state.db", "pair-1")
    yield opened
    opened.close()


def page(store: SqlStore, run_id: str, leads: range, when: int) -> None:
    """A page of a run: intended in one commit, settled in the next."""
    wanted = [intent(f"{run_id} {one}", one, created=when, run_id=run_id) for one in leads]
    store.commit(StateChanges(intents=wanted, runs=[run(run_id, when)]), None, NOW)
    store.commit(
        StateChanges(
            closings=[one.closed("written", at(when + 1)) for one in wanted],
            outcomes=[outcome(one, run_id, when=when + 1) for one in leads],
        ),
        None,
        NOW,
    )


def counted(store: SqlStore, table: str) -> int:
    with store._engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_a_settled_page_is_one_row_and_leaves_nothing_open(store: SqlStore) -> None:
    page(store, "a", range(200), 0)
    page(store, "b", range(100), 10)
    assert [counted(store, one) for one in ("intents", "journal_packs", "journal_leads")] == [
        0,
        2,
        300,
    ]
    assert [one.id for one in store.intents(link_id=link_id(7))] == ["b 7", "a 7"]
    assert len(store.outcomes(link_id=link_id(150))) == 1


def test_only_as_many_packs_are_opened_as_can_still_tell_something(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        page(store, "a", range(number * 10, number * 10 + 10), number)
    unpacked: list[int] = []
    inner = sql_packs.PackReader._unpacked

    def counting(self: SqlStore, connection: object, part: object, number: int) -> object:
        unpacked.append(number)
        return inner(self, connection, part, number)  # type: ignore[arg-type]

    monkeypatch.setattr(sql_packs.PackReader, "_unpacked", counting)
    assert {one.created_at for one in store.intents(run_id="a", limit=15)} == {at(5), at(4)}
    assert unpacked == [6, 5]
    unpacked.clear()
    assert len(store.journal("a", [link_id(3)])) == 1
    assert unpacked == [1]


def test_a_write_closed_again_says_what_was_said_last(store: SqlStore) -> None:
    page(store, "a", range(3), 0)
    known = store.intents(link_id=link_id(1))[0]
    store.commit(StateChanges(closings=[known.closed("refused", at(9), 4)]), None, NOW)
    again = store.intents(link_id=link_id(1))
    assert [(one.id, one.state, one.attempts) for one in again] == [("a 1", "refused", 4)]
    assert len(store.intents(run_id="a")) == 3


def test_writes_are_forgotten_without_what_came_of_them(store: SqlStore) -> None:
    page(store, "a", range(5), 0)
    page(store, "b", range(5), 100)
    wanted = intent("alone", 9, created=0, run_id="a")
    store.commit(
        StateChanges(intents=[wanted], closings=[wanted.closed("overtaken", at(1))]), None, NOW
    )
    store.commit(StateChanges(forget_before=(at(-1), at(50))), None, NOW)
    assert store.leads_of_run("a") == []
    assert len(store.outcomes(run_id="a")) == 5
    assert len(store.intents(run_id="b")) == 5
    # The pack that had nothing but a write is gone with its lead.
    assert (counted(store, "journal_packs"), counted(store, "journal_leads")) == (2, 10)


def test_an_erased_person_is_taken_out_of_every_pack(store: SqlStore) -> None:
    for number in range(3):
        page(store, f"run {number}", range(4), number)
    page(store, "alone", range(1, 2), 9)
    lease = store.acquire("forget", NOW, LASTS)
    assert lease is not None
    person = Person((link_id(1),), (), (), ())
    told = store.erase(person, Erasure("e", NOW, "asked"), (), lease)
    assert (told.removed["intents"], told.removed["outcomes"]) == (4, 4)
    assert store.intents(link_id=link_id(1)) == []
    assert len(store.intents(limit=99)) == 9
    assert (counted(store, "journal_packs"), counted(store, "journal_leads")) == (3, 9)


def test_under_a_lease_what_was_put_need_not_be_read_again_to_be_ended(store: SqlStore) -> None:
    lease = store.acquire("one", NOW, LASTS)
    assert lease is not None
    wanted = [intent(f"w{one}", one) for one in range(3)]
    store.commit(StateChanges(intents=wanted), lease, NOW, LASTS)
    asked: list[str] = []
    event.listen(
        store._engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: asked.append(statement),
    )
    closings = [one.closed("written", at(1)) for one in wanted]
    store.commit(StateChanges(closings=closings[:1]), lease, NOW, LASTS)
    assert not [one for one in asked if "FROM intents" in one and "SELECT" in one]
    # Of a later lease nothing is believed: somebody else may have ended it.
    store.release(lease)
    later = store.acquire("one", NOW, LASTS)
    assert later is not None
    store.commit(StateChanges(closings=closings[1:2]), later, NOW, LASTS)
    assert [one for one in asked if "FROM intents" in one and "SELECT" in one]
    assert [one.id for one in store.open_intents(9)] == ["w2"]
    assert {one.id: one.state for one in store.intents()} == {
        "w0": "written",
        "w1": "written",
        "w2": "open",
    }
