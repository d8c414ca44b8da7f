"""R27 through the engine: old signals and histories go by themselves, once a day, some leads in a cycle."""

from __future__ import annotations

import pytest
from tests.unit.sync_rules.desk import Desk

from leadpact.sync import retention
from leadpact.sync.effects import Commit


def rounds(desk: Desk) -> list[tuple[str, str]]:
    """(after, upto) of what the last cycle let go."""
    found = [one.changes.retire for one in desk.effects if isinstance(one, Commit)]
    return [(one.after, one.upto) for one in found if one is not None]


def test_once_a_day_and_with_the_commit_that_ends_the_cycle() -> None:
    desk = Desk()
    desk.contact()
    desk.sync()
    assert rounds(desk) == [("", "~")]
    assert isinstance(desk.effects[-1], Commit)
    desk.sync()
    assert rounds(desk) == []
    desk.later(hours=24)
    desk.sync()
    assert rounds(desk) == [("", "~")]


def test_a_large_state_takes_several_cycles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "LEADS", 2)
    desk = Desk()
    for number in range(5):
        desk.contact(email=f"p{number}@acme.example", lastname=f"Name{number}")
    desk.sync()
    seen = rounds(desk)
    for _cycle in range(3):
        desk.sync()
        seen += rounds(desk)
    assert [after for after, _upto in seen] == ["", *(upto for _after, upto in seen[:-1])]
    assert len(seen) == 3
    assert seen[-1][1] == "~"


def test_nothing_goes_while_the_first_sync_is_not_approved_or_in_a_plan() -> None:
    desk = Desk()
    desk.contact()
    desk.sync(approved=False)
    assert rounds(desk) == []
    desk.sync(dry=True)
    assert rounds(desk) == []


def test_what_a_lead_did_long_ago_and_how_it_moved_then() -> None:
    desk = Desk()
    contact = desk.contact(last_demo_request="2026-03-02T08:00:00Z")
    desk.sync()
    link_id = desk.link(contact).id
    assert desk.store.transitions(link_id)
    desk.later(days=491)
    desk.sync()
    since = desk.world.now.replace(year=2020)
    assert desk.store.signals([link_id], since)[link_id] == ()
    assert desk.store.transitions(link_id)
    desk.later(days=240)
    desk.sync()
    assert desk.store.transitions(link_id) == []
    assert len(desk.store.transitions("past")) >= 1
