"""The outbox: notices are kept until they are sent or given up, and never put twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.contract.state_rows import NOW, at, link_id

from leadpact.model.notice import Notice
from leadpact.ports.state_store import StateChanges, StateStore


def notice(key: str, **changed: Any) -> Notice:
    """A notice of a handoff that waits to be sent."""
    made = Notice(
        key,
        "handoff",
        link_id(1),
        "owner",
        "New lead: Zoë <script>",
        "Asked for a demo\nDue 10:07",
        NOW,
        owner="salesforce:005000000000001AAA",
        link_url="https://crm.example/1",
        next_try=NOW,
    )
    return replace(made, **changed)


def _commit(store: StateStore, **rows: object) -> None:
    store.commit(StateChanges(**rows), None, NOW)  # type: ignore[arg-type]


def test_notices_come_back_whole_and_newest_first(store: StateStore) -> None:
    older = notice("b", created_at=at(-60), link_id=link_id(2))
    newer = notice("a", kind="breach", to="sales", owner="", link_url="")
    _commit(store, notices=[older, newer, notice("c")])

    assert store.notices() == [newer, notice("c"), older]
    assert store.notices(link_id=link_id(2)) == [older]
    assert store.notices(state="sent") == []
    assert store.notices(limit=1) == [newer]


def test_the_earliest_due_is_tried_first_and_what_is_not_due_waits(store: StateStore) -> None:
    _commit(
        store,
        notices=[
            notice("late", next_try=at(9)),
            notice("b", next_try=at(-1)),
            notice("a", next_try=at(-1)),
            notice("now"),
            notice("over", next_try=None, state="given_up"),
        ],
    )

    assert [each.id for each in store.due_notices(NOW, 10)] == ["a", "b", "now"]
    assert [each.id for each in store.due_notices(NOW, 2)] == ["a", "b"]
    assert [each.id for each in store.due_notices(at(9), 10)] == ["a", "b", "now", "late"]


def test_what_was_sent_is_not_put_again(store: StateStore) -> None:
    _commit(store, notices=[notice("a"), notice("b")])
    sent = notice("a", state="sent", subject="", body="", next_try=None, sent_at=at(1), attempts=1)
    failed = notice("b", next_try=at(60), attempts=1, error="the channel answered 503")
    _commit(store, told=[sent, failed])

    _commit(store, notices=[notice("a"), notice("b")])

    assert store.notices(state="sent") == [sent]
    assert store.notices(state="waiting") == [failed]
    assert store.due_notices(at(1), 10) == []


def test_nothing_is_told_of_a_notice_that_is_not_there(store: StateStore) -> None:
    _commit(store, told=[notice("nobody", state="sent", next_try=None)])

    assert store.notices() == []


def test_waiting_and_given_up_are_counted(store: StateStore) -> None:
    _commit(
        store,
        notices=[
            notice("a"),
            notice("b"),
            notice("c", state="given_up", next_try=None),
            notice("d", state="sent", next_try=None),
        ],
    )

    assert store.count("unsent", NOW) == 2
    assert store.count("unsendable", NOW) == 1


def test_both_kinds_of_rows_may_stand_in_one_commit(store: StateStore) -> None:
    made = notice("a")
    sent = replace(made, state="sent", next_try=None, sent_at=NOW)

    _commit(store, notices=[made], told=[sent])

    assert store.notices() == [sent]
