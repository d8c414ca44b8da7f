"""The journal, stage histories, holds, failures, outcomes and signals."""

from __future__ import annotations

from dataclasses import replace

from tests.contract.state_rows import (
    NOW,
    at,
    failure,
    hold,
    intent,
    link_id,
    outcome,
    signal,
    transition,
)

from leadpact.model.record import RecordRef
from leadpact.ports.state_store import StateChanges, StateStore


def _commit(store: StateStore, **rows: object) -> None:
    store.commit(StateChanges(**rows), None, NOW)  # type: ignore[arg-type]


def test_open_intents_come_oldest_first_until_they_are_closed(store: StateStore) -> None:
    _commit(
        store,
        intents=[
            intent("c", created=1),
            intent("b", created=0),
            intent("a", created=0, state="cleared", op="reset"),
            intent("d", created=-9, state="written", closed_at=at(1)),
        ],
    )
    assert [each.id for each in store.open_intents(10)] == ["a", "b", "c"]
    assert [each.id for each in store.open_intents(2)] == ["a", "b"]

    closed = intent("b", created=0, state="overtaken", closed_at=at(5), attempts=2)
    _commit(store, intents=[closed])

    assert [each.id for each in store.open_intents(10)] == ["a", "c"]
    assert closed in store.intents()


def test_a_closing_ends_an_intent_and_leaves_its_words_alone(store: StateStore) -> None:
    made, other = intent("b", attempts=1), intent("c")
    _commit(store, intents=[made, other])

    _commit(
        store,
        closings=[made.closed("refused", at(5), 2), intent("nobody").closed("written", at(5))],
    )

    ended = replace(made, state="refused", closed_at=at(5), attempts=2)
    assert store.intents(link_id=made.link_id) == [ended, other]
    assert store.open_intents(10) == [other]


def test_an_intent_may_be_put_and_closed_in_one_commit(store: StateStore) -> None:
    made = intent("b")

    _commit(store, intents=[made], closings=[made.closed("overtaken", at(5))])

    assert store.intents() == [replace(made, state="overtaken", closed_at=at(5))]


def test_an_intent_comes_back_as_it_was_put(store: StateStore) -> None:
    made = intent(
        "m",
        op="make",
        ref=RecordRef("salesforce", "Lead", ""),
        before={},
        wanted={"Score__c": 1.5, "Active__c": True, "NumberOfEmployees": 12, "City": None},
        agrees={"employees": 12, "email_opt_out": False},
    )
    _commit(store, intents=[made])

    assert list(store.open_intents(1)) == [made]


def test_a_record_that_an_intent_made_is_named_when_it_is_closed(store: StateStore) -> None:
    made = intent("m", op="make", ref=RecordRef("salesforce", "Lead", ""))
    _commit(store, intents=[made])
    known = intent("m", op="make", ref=RecordRef("salesforce", "Lead", "00Q1"), state="written")
    _commit(store, intents=[known])

    assert list(store.intents()) == [known]


def test_the_journal_comes_newest_first_of_a_link_or_a_run(store: StateStore) -> None:
    _commit(
        store,
        intents=[
            intent("a", 1, created=0),
            intent("b", 1, created=5, run_id="run 2"),
            intent("c", 2, created=9),
            intent("d", 1, created=5),
        ],
    )

    assert [each.id for each in store.intents(link_id=link_id(1))] == ["b", "d", "a"]
    assert [each.id for each in store.intents(run_id="run 1")] == ["c", "d", "a"]
    assert [each.id for each in store.intents(run_id="run 1", link_id=link_id(1))] == ["d", "a"]
    assert [each.id for each in store.intents(limit=2)] == ["c", "b"]


def test_a_stage_history_comes_oldest_first_in_the_order_it_was_said(store: StateStore) -> None:
    implied = transition("z", when=5, to_stage="sal", result="implied")
    won = transition("a", when=5, to_stage="sql", reason="bad_timing")
    _commit(store, transitions=[implied, won, transition("o", 2)])
    _commit(store, transitions=[transition("b", when=0)])

    assert list(store.transitions(link_id(1))) == [transition("b", when=0), implied, won]


def test_holds_not_closed_come_oldest_first_of_all_or_of_some_leads(store: StateStore) -> None:
    _commit(
        store,
        holds=[
            hold("c", 1, since=5),
            hold("b", 2, since=0, status="answered", answer="take:hubspot"),
            hold("a", 3, since=0),
            hold("d", 1, since=9, status="closed"),
        ],
    )

    assert [each.id for each in store.holds()] == ["a", "b", "c"]
    assert [each.id for each in store.holds(waiting_only=True)] == ["a", "c"]
    assert [each.id for each in store.holds(link_ids=[link_id(2), link_id(1)])] == ["b", "c"]
    assert list(store.holds(link_ids=[link_id(2)], waiting_only=True)) == []
    assert store.count("waiting", NOW) == 2
    assert hold("a", 3, since=0) in store.holds()


def test_a_hold_that_is_answered_is_the_same_row(store: StateStore) -> None:
    _commit(store, holds=[hold("a")])
    answered = hold("a", status="answered", answer="set:z@b.example")
    _commit(store, holds=[answered])

    assert list(store.holds()) == [answered]
    _commit(store, holds=[hold("a", status="closed")])
    assert list(store.holds()) == []


def test_failures_are_one_per_lead_and_crm_and_come_while_open(store: StateStore) -> None:
    _commit(
        store,
        failures=[
            failure(1, "salesforce", first=5),
            failure(1, "hubspot", first=0, retry_at=None, fields=()),
            failure(2, "hubspot", first=-5, open=False),
        ],
    )
    again = failure(1, "salesforce", first=5, attempts=3, wanted_hash="cccc")
    _commit(store, failures=[again])
    first = failure(1, "hubspot", first=0, retry_at=None, fields=())

    assert list(store.failures()) == [first, again]
    assert list(store.failures(link_ids=[link_id(2)])) == []
    assert store.count("failing", NOW) == 2
    _commit(store, failures=[failure(1, "hubspot", open=False)])
    assert list(store.failures(link_ids=[link_id(1)])) == [again]


def test_a_lead_has_one_outcome_per_run_and_crm(store: StateStore) -> None:
    both = [outcome(1), outcome(1, crm="salesforce", result="failed", cause="x", fields=())]
    _commit(store, outcomes=[*both, outcome(2, when=1), outcome(1, "run 2", when=2)])
    last = outcome(1, when=3, result="unchanged", fields=())
    _commit(store, outcomes=[last])

    assert list(store.outcomes(run_id="run 1")) == [last, outcome(2, when=1), both[1]]
    assert list(store.outcomes(link_id=link_id(1))) == [last, outcome(1, "run 2", when=2), both[1]]
    assert list(store.outcomes(run_id="run 1", link_id=link_id(1), limit=1)) == [last]


def test_signals_are_only_ever_added(store: StateStore) -> None:
    first = signal("s", when=-5)
    _commit(store, signals=[first, signal("s", when=-1, asset="/other")])
    _commit(store, signals=[signal("s", when=0, name="demo_page")])

    assert store.signals([link_id(1)], at(-99)) == {link_id(1): (first,)}


def test_signals_come_by_lead_oldest_first_from_an_instant_on(store: StateStore) -> None:
    _commit(
        store,
        signals=[
            signal("c", when=-1),
            signal("b", when=-5),
            signal("a", when=-5),
            signal("d", when=-9),
            signal("e", 2, when=-5),
        ],
    )

    found = store.signals([link_id(1), link_id(2), link_id(3)], at(-5))

    assert {who: [each.id for each in acts] for who, acts in found.items()} == {
        link_id(1): ["a", "b", "c"],
        link_id(2): ["e"],
        link_id(3): [],
    }
