"""One cycle per pair: the lease, its token, and commits that refuse an older one."""

from __future__ import annotations

import pytest
from tests.contract.state_rows import (
    LASTS,
    NOW,
    at,
    failure,
    full_link,
    hold,
    hubspot,
    intent,
    link_id,
    outcome,
    plan,
    run,
    signal,
    transition,
    work,
)

from leadpact.errors import LeaseLost
from leadpact.ports.state_store import Lease, StateChanges, StateStore


def _taken(store: StateStore, holder: str, seconds: float = 0) -> Lease:
    lease = store.acquire(holder, at(seconds), LASTS)
    assert lease is not None
    return lease


def test_a_free_lease_is_given_once(store: StateStore) -> None:
    lease = _taken(store, "a")

    assert (lease.holder, lease.expires_at) == ("a", at(300))
    assert store.acquire("b", at(299), LASTS) is None


def test_the_token_grows_with_every_acquisition(store: StateStore) -> None:
    tokens = []
    for holder in ("a", "b", "a"):
        lease = _taken(store, holder)
        tokens.append(lease.token)
        store.release(lease)

    assert tokens == sorted(set(tokens))


def test_a_lease_that_ran_out_is_given_to_the_next(store: StateStore) -> None:
    first = _taken(store, "a")

    second = _taken(store, "b", seconds=300)

    assert second.token > first.token
    assert second.expires_at == at(600)


def test_the_same_holder_may_take_it_again_with_a_new_token(store: StateStore) -> None:
    first = _taken(store, "a")
    second = _taken(store, "a", seconds=1)

    assert second.token > first.token
    with pytest.raises(LeaseLost):
        store.commit(StateChanges(), first, at(2))


def test_a_lease_given_back_is_free_at_once(store: StateStore) -> None:
    lease = _taken(store, "a")
    store.release(lease)

    _taken(store, "b", seconds=1)
    with pytest.raises(LeaseLost):
        store.commit(StateChanges(), lease, at(2))


def test_who_has_it_and_until_when_can_be_asked(store: StateStore) -> None:
    assert store.lease_held() is None
    lease = _taken(store, "a")
    assert store.lease_held() == lease
    store.commit(StateChanges(), lease, at(60), LASTS)
    told = store.lease_held()
    assert told is not None
    assert (told.holder, told.expires_at) == ("a", at(360))
    store.release(lease)
    assert store.lease_held() is None


def test_giving_back_a_lease_that_was_lost_does_not_take_the_new_one(store: StateStore) -> None:
    lost = _taken(store, "a")
    held = _taken(store, "b", seconds=300)

    store.release(lost)

    assert store.acquire("c", at(301), LASTS) is None
    store.commit(StateChanges(links=[full_link(1)]), held, at(301))
    assert store.count("links", NOW) == 1


def test_a_commit_with_an_older_token_writes_nothing_at_all(store: StateStore) -> None:
    kept = full_link(1)
    store.commit(StateChanges(links=[kept], work=[work(1, since=-5)]), None, NOW)
    lost = _taken(store, "a")
    _taken(store, "b", seconds=300)
    everything = StateChanges(
        links=[full_link(1, base={}), full_link(2)],
        sides=[hubspot("101", 2)],
        work=[work(3)],
        done=[work(1)],
        checkpoints={("hubspot", "contacts"): "x"},
        intents=[intent("i")],
        transitions=[transition("t")],
        holds=[hold("h")],
        failures=[failure()],
        outcomes=[outcome()],
        signals=[signal("s")],
        runs=[run("r")],
        plans=[plan("p")],
    )

    with pytest.raises(LeaseLost) as refused:
        store.commit(everything, lost, at(301), LASTS)

    assert refused.value.exit_code == 4
    assert store.links([link_id(1), link_id(2)]) == {link_id(1): kept}
    assert [item.link_id for item in store.due(at(999), 10)] == [link_id(1)]
    assert store.checkpoint("hubspot", "contacts") == ""
    written: list[object] = [*store.intents(), *store.transitions(link_id(1)), *store.holds()]
    written += [*store.failures(), *store.outcomes(), *store.runs(9), *store.plans(9)]
    assert written == []
    assert store.signals([link_id(1)], at(-999)) == {link_id(1): ()}


def test_a_commit_renews_the_lease_only_when_asked(store: StateStore) -> None:
    lease = _taken(store, "a")
    store.commit(StateChanges(), lease, at(200), LASTS)
    assert store.acquire("b", at(499), LASTS) is None

    store.commit(StateChanges(), lease, at(400))

    assert store.acquire("b", at(500), LASTS) is not None


def test_a_lease_that_ran_out_and_was_not_taken_still_commits(store: StateStore) -> None:
    lease = _taken(store, "a")

    store.commit(StateChanges(links=[full_link(1)]), lease, at(400), LASTS)

    assert store.count("links", NOW) == 1
    assert store.acquire("b", at(600), LASTS) is None


def test_a_refused_commit_does_not_renew_the_lost_lease(store: StateStore) -> None:
    lost = _taken(store, "a")
    held = _taken(store, "b", seconds=300)
    with pytest.raises(LeaseLost):
        store.commit(StateChanges(), lost, at(590), LASTS)

    assert _taken(store, "c", seconds=600).token > held.token


def test_a_person_commits_without_a_lease_while_a_cycle_runs(store: StateStore) -> None:
    lease = _taken(store, "a")

    store.commit(StateChanges(holds=[hold("h", status="answered")]), None, at(1))

    assert [each.status for each in store.holds()] == ["answered"]
    store.commit(StateChanges(links=[full_link(1)]), lease, at(2))
