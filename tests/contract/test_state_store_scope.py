"""Leads that are out of scope, in every store (R37)."""

from __future__ import annotations

from dataclasses import replace

from tests.contract.state_rows import NOW, at, link_id

from leadpact.model.frozen import Frozen
from leadpact.model.record import RecordRef
from leadpact.ports.state_store import StateChanges, StateStore


def test_who_is_out_is_listed_until_it_is_back_which_is_remembered(store: StateStore) -> None:
    ids = sorted(link_id(number) for number in range(3))
    ref = RecordRef("salesforce", "Lead", "00Q1")
    out = [Frozen(one, at(number), ref, "country is de") for number, one in enumerate(ids)]
    store.commit(StateChanges(frozen=out), None, NOW)
    assert list(store.out_of_scope(9)) == out
    assert list(store.out_of_scope(1, ids[0])) == [out[1]]
    assert store.frozen_count() == 3

    back = replace(out[1], ended_at=at(60))
    store.commit(StateChanges(frozen=[back]), None, NOW)
    assert list(store.out_of_scope(9)) == [out[0], out[2]]
    assert store.frozen([ids[1], ids[2], "nobody"]) == {ids[1]: back, ids[2]: out[2]}
    assert store.frozen_count() == 2
