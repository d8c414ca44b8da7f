"""Orders of runs: kept by run; what is asked of one and how far it came do not undo each other."""

from __future__ import annotations

from dataclasses import replace

from tests.contract.state_rows import NOW, at

from leadpact.model.run_order import RunOrder
from leadpact.ports.state_store import StateChanges, StateStore

ORDER = RunOrder("run-1", "backfill", at(-60), {"native_stages": "no"}, "after:aa")


def test_an_order_comes_back_whole_and_an_unknown_one_not_at_all(store: StateStore) -> None:
    asked = replace(ORDER, run_id="run-2", asked="pause", asked_at=at(1.5))
    store.commit(StateChanges(orders=[ORDER, asked]), None, NOW)

    assert store.order("run-1") == ORDER
    assert store.order("run-2") == asked
    assert store.order("run-3") is None


def test_the_page_that_came_further_leaves_what_was_asked_meanwhile(store: StateStore) -> None:
    store.commit(StateChanges(orders=[ORDER]), None, NOW)
    store.commit(StateChanges(asks=[replace(ORDER, asked="cancel", asked_at=at(2))]), None, NOW)
    store.commit(StateChanges(orders=[replace(ORDER, place="after:bb")]), None, NOW)

    assert store.order("run-1") == replace(ORDER, place="after:bb", asked="cancel", asked_at=at(2))


def test_what_is_asked_leaves_the_place_that_was_reached_meanwhile(store: StateStore) -> None:
    store.commit(StateChanges(orders=[replace(ORDER, place="after:cc")]), None, NOW)
    store.commit(StateChanges(asks=[replace(ORDER, asked="pause", asked_at=at(3))]), None, NOW)

    assert store.order("run-1") == replace(ORDER, place="after:cc", asked="pause", asked_at=at(3))

    store.commit(StateChanges(asks=[RunOrder("new", "sync", at(0), asked="pause")]), None, NOW)
    found = store.order("new")
    assert found is not None
    assert found.asked == "pause"
