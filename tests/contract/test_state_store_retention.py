"""What is old enough goes: signals, and whose the old lines of the stage history were (R27)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.contract.state_rows import NOW, link_id

from leadpact.model.erasure import PAST, Retirement
from leadpact.model.link import Link
from leadpact.model.scorecard import Signal
from leadpact.model.stage import Transition
from leadpact.ports.state_store import StateChanges, StateStore

OLD, YOUNG = NOW - timedelta(days=800), NOW - timedelta(days=10)
LINE = Transition(
    "", "", OLD, "accepted", "lead", "mql", "marketing (person:mara)", "hubspot", "Ann said so", "x"
)


def filled(store: StateStore) -> list[str]:
    ids = sorted(link_id(number) for number in range(4))
    for each in ids:
        store.commit(
            StateChanges(
                links=[Link(each)],
                signals=[
                    Signal(f"old {each}", each, "webinar", OLD),
                    Signal(f"new {each}", each, "webinar", YOUNG),
                ],
                transitions=[
                    replace(LINE, id=f"old {each}", link_id=each),
                    replace(LINE, id=f"new {each}", link_id=each, at=YOUNG),
                ],
            ),
            None,
            NOW,
        )
    return ids


@pytest.mark.parametrize(("after", "upto"), [("", "~"), (0, 2)])
def test_only_what_is_old_and_only_of_these_links(
    store: StateStore, after: str | int, upto: str | int
) -> None:
    ids = filled(store)
    first, last = (ids[one] if isinstance(one, int) else one for one in (after, upto))
    limit = NOW - timedelta(days=730)
    store.commit(StateChanges(retire=Retirement(first, last, limit, limit)), None, NOW)
    due = [one for one in ids if first < one <= last]
    for each in ids:
        signals = [one.id for one in store.signals([each], NOW - timedelta(days=999))[each]]
        lines = [one.id for one in store.transitions(each)]
        left = [f"new {each}"] if each in due else [f"old {each}", f"new {each}"]
        assert (signals, lines) == (left, left)
    past = store.transitions(PAST)
    assert sorted(one.id for one in past) == [f"old {each}" for each in due]
    assert {(one.actor, one.why, one.from_stage, one.to_stage, one.reason) for one in past} == {
        ("marketing", "", "lead", "mql", "x")
    }
