"""The stop button and the leads that wait for it, in every store (R38)."""

from __future__ import annotations

from dataclasses import replace

from tests.contract.state_rows import NOW, at, link_id

from leadpact.model.pause import Parked, Pause
from leadpact.ports.state_store import StateChanges, StateStore

FIRST = Pause("aa", at(-60), "Ann", crm="salesforce", direction="to_crm", why="audit week")
SECOND = Pause("bb", at(-30), "Ben", field="stage")


def _commit(store: StateStore, **rows: object) -> None:
    store.commit(StateChanges(**rows), None, NOW)  # type: ignore[arg-type]


def test_pauses_stand_until_they_are_ended_and_are_kept(store: StateStore) -> None:
    _commit(store, pauses=[SECOND, FIRST])
    assert list(store.pauses()) == [FIRST, SECOND]
    assert list(store.ended_pauses(5)) == []

    ended = replace(FIRST, ended_at=NOW, ended_by="Cleo")
    _commit(store, pauses=[ended])

    assert list(store.pauses()) == [SECOND]
    assert list(store.ended_pauses(5)) == [ended]


def test_leads_parked_before_the_last_end_are_told(store: StateStore) -> None:
    early = Parked(link_id(1), at(-10), ("stage", "title"))
    late = Parked(link_id(2), at(900))
    _commit(store, pauses=[FIRST], parked=[early, late])
    assert list(store.parked_before(9)) == []
    assert store.parked([link_id(1), link_id(3)]) == {link_id(1): early}
    assert store.parked_count() == 2

    _commit(store, pauses=[replace(FIRST, ended_at=NOW)])
    assert list(store.parked_before(9)) == [link_id(1)]

    _commit(store, unparked=[link_id(1)])
    assert list(store.parked_before(9)) == []
    assert store.parked_count() == 1


def test_a_lead_parked_again_is_parked_once(store: StateStore) -> None:
    _commit(store, parked=[Parked(link_id(1), at(0))])
    again = Parked(link_id(1), at(5), ("title",))
    _commit(store, unparked=[link_id(1)], parked=[again])
    assert store.parked([link_id(1)]) == {link_id(1): again}
