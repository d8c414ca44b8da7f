"""Agreements that ran and scores that were decided."""

from __future__ import annotations

from dataclasses import replace

from tests.contract.state_rows import NOW, at, link_id

from leadpact.model.decided import Activation, DecidedScore
from leadpact.ports.state_store import StateChanges, StateStore

FIRST = Activation("a", at(0), "aaaa", "1.0", "first", "version: '1.0'\n# ünïcode\n")
SECOND = Activation(
    "b", at(60), "bbbb", "1.1", "reassess", "text", 25, {link_id(1): at(61), link_id(2): at(86400)}
)
SCORE = DecidedScore(
    link_id(1),
    at(5.25),
    "aaaa",
    {"employees": 120, "title": "Leiterin Übersee", "email": "@acme.example", "opt": False},
    ("0a1b2c3d", "ffffffff"),
    at(-60),
    3500,
    2000,
    "A3",
    "not_yet",
    "demo_request",
    "mql",
)


def test_agreements_come_latest_first_with_their_text(store: StateStore) -> None:
    assert store.activations(5) == []
    store.commit(StateChanges(activations=[FIRST, SECOND]), None, NOW)
    assert list(store.activations(5)) == [SECOND, FIRST]
    assert list(store.activations(1)) == [SECOND]


def test_a_score_comes_back_as_it_was_decided(store: StateStore) -> None:
    bare = DecidedScore(link_id(2), at(0), "aaaa", {}, (), None, 0, 0, "D4", "not_yet")
    store.commit(StateChanges(decided=[SCORE, bare]), None, NOW)
    assert list(store.decided_scores(link_id(1))) == [SCORE]
    assert list(store.decided_scores(link_id(2))) == [bare]
    assert list(store.decided_scores(link_id(3))) == []


def test_the_last_score_until_an_instant_is_found(store: StateStore) -> None:
    scores = [replace(SCORE, at=at(seconds), fit=seconds) for seconds in (10, 20, 30)]
    store.commit(StateChanges(decided=scores), None, NOW)
    assert [one.fit for one in store.decided_scores(link_id(1))] == [30, 20, 10]
    assert [one.fit for one in store.decided_scores(link_id(1), at(20), 1)] == [20]
    assert list(store.decided_scores(link_id(1), at(9.9))) == []
