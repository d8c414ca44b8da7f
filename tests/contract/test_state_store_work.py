"""The work list: one row per lead, the earlier due wins, done unless put again."""

from __future__ import annotations

from tests.contract.state_rows import NOW, at, link_id, work

from leadpact.ports.state_store import StateChanges, StateStore


def _put(store: StateStore, *items: object) -> None:
    store.commit(StateChanges(work=list(items)), None, NOW)  # type: ignore[arg-type]


def test_due_work_comes_earliest_first_then_by_link(store: StateStore) -> None:
    same = sorted([1, 2], key=link_id)
    _put(
        store, work(3, due=-5), work(same[1], due=-9), work(same[0], due=-9), work(4, due=0.000001)
    )

    found = [item.link_id for item in store.due(NOW, 10)]

    assert found == [link_id(same[0]), link_id(same[1]), link_id(3)]
    assert [item.link_id for item in store.due(NOW, 2)] == found[:2]
    assert store.count("due", NOW) == 3
    assert store.count("due", at(1)) == 4


def test_a_page_goes_on_behind_the_last_row_of_the_page_before(store: StateStore) -> None:
    _put(store, *(work(number, due=-number % 3) for number in range(9)), work(9, due=60))
    every = list(store.due(at(2), 99))

    first = store.due(at(2), 4)
    second = store.due(at(2), 4, first[-1])
    third = store.due(at(2), 4, second[-1])

    assert [*first, *second, *third] == every
    assert [len(first), len(second), len(third)] == [4, 4, 1]
    assert list(store.due(at(2), 4, every[-1])) == []


def test_a_row_comes_back_as_it_was_put(store: StateStore) -> None:
    item = work(1, due=-5.000001, since=-90, cause="timer", attempts=4)
    _put(store, item)

    assert list(store.due(NOW, 10)) == [item]


def test_the_earlier_due_wins_and_brings_its_cause(store: StateStore) -> None:
    _put(store, work(1, due=600, cause="timer"), work(2, due=-9, since=-9, cause="changed"))
    _put(store, work(1, due=-1, cause="changed"), work(2, due=300, cause="timer"))

    by_link = {item.link_id: item for item in store.due(NOW, 10)}

    assert by_link[link_id(1)] == work(1, due=-1, cause="changed")
    assert by_link[link_id(2)] == work(2, due=-9, since=0, cause="changed")


def test_a_lead_that_is_put_again_starts_its_attempts_anew(store: StateStore) -> None:
    _put(store, work(1, due=900, cause="retry", attempts=5))
    _put(store, work(1, due=-1, cause="changed"))

    assert [item.attempts for item in store.due(NOW, 10)] == [0]


def test_done_takes_a_lead_off_the_list(store: StateStore) -> None:
    _put(store, work(1, since=-9), work(2, since=-9))

    store.commit(StateChanges(done=[work(1, since=-9)]), None, NOW)

    assert [item.link_id for item in store.due(NOW, 10)] == [link_id(2)]


def test_a_lead_put_again_while_it_was_worked_on_stays(store: StateStore) -> None:
    _put(store, work(1, since=-9))
    taken = store.due(NOW, 10)[0]
    _put(store, work(1, since=-3))

    store.commit(StateChanges(done=[taken]), None, NOW)

    assert [item.since for item in store.due(NOW, 10)] == [at(-3)]


def test_an_older_put_does_not_hide_a_newer_one(store: StateStore) -> None:
    _put(store, work(1, since=-3))
    _put(store, work(1, since=-9))

    store.commit(StateChanges(done=[work(1, since=-9)]), None, NOW)

    assert store.count("due", NOW) == 1


def test_one_commit_can_take_a_lead_off_and_put_it_for_later(store: StateStore) -> None:
    _put(store, work(1, since=-9))
    later = work(1, due=3600, cause="retry", attempts=1)

    store.commit(StateChanges(done=[work(1, since=-9)], work=[later]), None, NOW)

    assert list(store.due(NOW, 10)) == []
    assert list(store.due(at(3600), 10)) == [later]


def test_done_of_a_lead_that_is_not_on_the_list_is_nothing(store: StateStore) -> None:
    store.commit(StateChanges(done=[work(7)]), None, NOW)

    assert store.count("due", NOW) == 0


def test_two_puts_of_one_lead_in_one_commit_are_one_row(store: StateStore) -> None:
    _put(
        store, work(1, due=50, since=-5, cause="timer"), work(1, due=-4, since=-8, cause="deleted")
    )

    assert list(store.due(at(100), 10)) == [work(1, due=-4, since=-5, cause="deleted")]


def test_marks_of_a_plan_stand_until_they_are_taken_away(store: StateStore) -> None:
    ids = [link_id(number) for number in range(4)]
    store.commit(StateChanges(planned=[ids[2], ids[0]]), None, NOW)
    store.commit(StateChanges(planned=[ids[0]]), None, NOW)
    assert store.planned(ids) == {ids[0], ids[2]}
    assert store.planned([]) == set()

    store.commit(StateChanges(unplan=True, planned=[ids[1]]), None, NOW)
    assert store.planned(ids) == {ids[1]}
