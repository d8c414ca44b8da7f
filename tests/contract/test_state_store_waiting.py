"""Signals that wait for their person, and links by their address."""

from __future__ import annotations

from dataclasses import replace

from tests.contract.state_rows import NOW, at, full_link, link_id, signal

from leadpact.model.record import RecordRef
from leadpact.model.source_signal import OUTSIDE, WaitingSignal
from leadpact.ports.state_store import StateChanges, StateStore

LEAD = RecordRef("salesforce", "Lead", "00Q1")
CONTACT = RecordRef("hubspot", "contacts", "00Q1")
ADDRESS = RecordRef(OUTSIDE, "email", "ada@firm.example")


def _commit(store: StateStore, **rows: object) -> None:
    store.commit(StateChanges(**rows), None, NOW)  # type: ignore[arg-type]


def _waiting(ref: RecordRef, key: str, when: float = 0, **changed: object) -> WaitingSignal:
    return WaitingSignal(ref, replace(signal(key, when=when), link_id="", **changed))  # type: ignore[arg-type]


def test_an_act_waits_under_its_record_until_it_is_claimed(store: StateStore) -> None:
    late, early = _waiting(LEAD, "a", 5), _waiting(LEAD, "b", -5, recorded_at=at(9))
    other = _waiting(ADDRESS, "a", 1)
    _commit(store, waiting=[late, early, other])

    found = store.waiting_signals([LEAD, CONTACT, ADDRESS])
    assert found == {LEAD: (early.signal, late.signal), ADDRESS: (other.signal,)}
    assert store.waiting_count() == 3

    _commit(store, claimed=[LEAD], signals=[replace(early.signal, link_id=link_id(1))])

    assert store.waiting_signals([LEAD, ADDRESS]) == {ADDRESS: (other.signal,)}
    assert [one.recorded_at for one in store.signals([link_id(1)], at(-9))[link_id(1)]] == [at(9)]


def test_an_act_that_waits_already_is_kept_as_it_is(store: StateStore) -> None:
    first = _waiting(LEAD, "a", 5)
    _commit(store, waiting=[first])
    _commit(store, waiting=[_waiting(LEAD, "a", 9, name="demo_page")])

    assert store.waiting_signals([LEAD]) == {LEAD: (first.signal,)}


def test_one_commit_may_claim_and_keep_waiting(store: StateStore) -> None:
    _commit(store, waiting=[_waiting(LEAD, "a")])
    _commit(store, claimed=[LEAD], waiting=[_waiting(LEAD, "b")])

    assert [one.id for one in store.waiting_signals([LEAD])[LEAD]] == ["b"]


def test_live_links_are_found_by_their_agreed_address(store: StateStore) -> None:
    base = {"email": "Ada@Firm.example"}
    _commit(
        store,
        links=[
            full_link(1, base=base),
            full_link(2, base=base),
            full_link(3, base=base, status="folded", folded_into=link_id(1)),
            full_link(4, base={"email": None}),
            full_link(5, base={}),
        ],
    )

    wanted = tuple(sorted([link_id(1), link_id(2)]))
    assert store.addressed(["ada@firm.EXAMPLE", "eve@firm.example", ""]) == {
        "ada@firm.EXAMPLE": wanted
    }

    _commit(store, links=[full_link(1, base={"email": "eve@firm.example"})])
    assert store.addressed(["ada@firm.example", "eve@firm.example"]) == {
        "ada@firm.example": (link_id(2),),
        "eve@firm.example": (link_id(1),),
    }
