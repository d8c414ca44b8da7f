"""Handoffs: kept by lead, taken up hottest first, counted by rep and day (R34)."""

from __future__ import annotations

from tests.contract.state_rows import NOW, at, handoff, link_id

from leadpact.ports.state_store import StateChanges, StateStore


def _commit(store: StateStore, **rows: object) -> None:
    store.commit(StateChanges(**rows), None, NOW)  # type: ignore[arg-type]


def test_handoffs_come_back_whole_oldest_first(store: StateStore) -> None:
    first = handoff("b", since=at(-90), step="done", next_try=None, done_at=at(-60))
    second = handoff("a")
    other = handoff("c", link_id=link_id(2))
    _commit(store, handoffs=[second, first, other])

    found = store.handoffs([link_id(1), link_id(3)])

    assert list(found[link_id(1)]) == [first, second]
    assert not found.get(link_id(3))
    assert store.handoffs([]) == {}


def test_a_later_word_on_a_handoff_takes_the_place_of_the_earlier(store: StateStore) -> None:
    _commit(store, handoffs=[handoff("a")])
    done = handoff("a", step="done", next_try=None, done_at=at(5), lines=(), why="")
    _commit(store, handoffs=[done])

    assert list(store.handoffs([link_id(1)])[link_id(1)]) == [done]


def test_the_hottest_is_taken_up_first_then_the_oldest(store: StateStore) -> None:
    _commit(
        store,
        handoffs=[
            handoff("warm", heat=10),
            handoff("later", heat=10**9, next_try=at(60)),
            handoff("b", heat=50, since=at(-9)),
            handoff("a", heat=50, since=at(-9)),
            handoff("old", heat=50, since=at(-99)),
            handoff("waits", heat=99, next_try=None, step="held"),
        ],
    )

    assert [one.id for one in store.due_handoffs(NOW, 10)] == ["old", "a", "b", "warm"]
    assert [one.id for one in store.due_handoffs(NOW, 2)] == ["old", "a"]
    assert [one.id for one in store.due_handoffs(at(60), 1)] == ["later"]


def test_what_is_not_done_waits_and_what_is_does_not(store: StateStore) -> None:
    steps = ("pending", "held", "unowned", "capped", "refused", "announcing", "handed")
    _commit(
        store,
        handoffs=[
            *(handoff(step, step=step, next_try=None) for step in steps),
            handoff("done", step="done", next_try=None),
            handoff("dropped", step="dropped", next_try=None),
        ],
    )

    assert {one.id for one in store.waiting_handoffs(100)} == set(steps)
    assert len(store.waiting_handoffs(3)) == 3


def test_a_reps_day_counts_what_may_have_reached_the_rep(store: StateStore) -> None:
    ann, bob = "salesforce:1", "salesforce:2"
    _commit(
        store,
        handoffs=[
            handoff("1", owner=ann, step="done"),
            handoff("2", owner=ann, step="handed"),
            handoff("3", owner=ann, step="announcing"),
            handoff("4", owner=ann, step="capped"),
            handoff("5", owner=bob, step="done"),
            handoff("6", owner=bob, step="done", day="2026-11-20"),
            handoff("7", owner="", step="pending", day=""),
        ],
    )

    told = store.handed_over(["2026-11-21", ""])

    assert dict(told) == {(ann, "2026-11-21"): 3, (bob, "2026-11-21"): 1}
    assert store.handed_over([]) == {}
