"""A plan of any size holds few leads in memory, and comes to the same as one that holds them all."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tests.simulation.crm_hubspot import CONTACTS
from tests.simulation.world import MARKETER
from tests.unit.sync_rules.desk import Desk, Killed

from leadpact.ports.state_store import Counted, StateChanges
from leadpact.sync.context import Limits
from leadpact.sync.effects import Commit, Effect
from leadpact.sync.taken import Taken

PEOPLE = 12


def town() -> Desk:
    """Twelve people, each with a contact and a Lead whose cities differ."""
    desk = Desk()
    desk.slow = timedelta()
    for number in range(PEOPLE):
        desk.contact(email=f"p{number}@acme.example", city="Oslo")
        desk.lead(Email=f"p{number}@acme.example")
    return desk


def planned(desk: Desk) -> set[str]:
    """Links that the last cycle marked as planned, over all its commits."""
    return {
        link_id
        for one in desk.effects
        if isinstance(one, Commit)
        for link_id in one.changes.planned
    }


@pytest.mark.parametrize("page", [1, 4])
def test_a_first_plan_counts_each_person_once_however_little_is_kept(page: int) -> None:
    roomy, narrow = town(), town()
    whole = roomy.sync(approved=False, limits=Limits(page=page))
    report = narrow.sync(approved=False, limits=Limits(page=page, kept=2))
    assert report.counts["planned_writes"] == PEOPLE * 2
    assert report.counts == whole.counts
    assert report.lines_as_text() == whole.lines_as_text()
    assert not planned(roomy)
    assert len(planned(narrow)) > PEOPLE
    assert narrow.store.planned(sorted(planned(narrow))) == set()


def test_no_more_pages_are_held_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    spilled = Taken.spilled

    def watched(self: Taken) -> StateChanges | None:
        changes = spilled(self)
        sizes.append(len(self._here))
        return changes

    monkeypatch.setattr(Taken, "spilled", watched)
    town().sync(approved=False, limits=Limits(page=2, kept=4))
    assert len(sizes) >= PEOPLE / 2
    assert max(sizes) <= 4


def test_a_plan_too_large_to_be_kept_is_made_again_and_carried_out() -> None:
    roomy, narrow = town(), town()
    whole = roomy.sync(limits=Limits(page=3))
    report = narrow.sync(limits=Limits(page=3, kept=5))
    assert report.status == "done"
    assert sorted(map(str, narrow.writes())) == sorted(map(str, roomy.writes()))
    assert report.counts["written"] == whole.counts["written"] == PEOPLE * 2
    assert narrow.sync(limits=Limits()).counts["written"] == 0


def test_what_changed_since_the_first_look_stays_within_the_caps_too() -> None:
    desk = town()
    desk.sync()
    contacts = desk.world.hubspot.live(CONTACTS)
    for contact in contacts:
        desk.put(contact, city="Bergen" if contact is contacts[0] else "Oslo", jobtitle="")
    looks: list[int] = []

    def everyone_moves(effect: Effect) -> None:
        if isinstance(effect, Commit) and effect.changes.planned and not looks:
            looks.append(1)
            for contact in contacts:
                desk.world.hubspot.put(contact, {"city": "Bergen"}, MARKETER)

    desk.before = everyone_moves
    report = desk.sync(limits=Limits(page=PEOPLE, kept=3, max_writes=5))
    assert looks
    assert report.status == "needs_approval"
    assert "more than 5 records to write" in report.note
    assert desk.writes() == []


@pytest.mark.parametrize(("approved", "most"), [(False, 0), (True, 1)])
def test_leads_are_counted_once_a_plan_and_not_page_by_page(
    monkeypatch: pytest.MonkeyPatch, approved: bool, most: int
) -> None:
    """Counting them is a walk through all of them: of a million leads a plan has five thousand pages."""

    def walks(page: int) -> int:
        desk = town()
        asked: list[str] = []
        count = desk.store.count

        def watched(what: Counted, now: datetime) -> int:
            asked.append(what)
            return count(what, now)

        monkeypatch.setattr(desk.store, "count", watched)
        desk.sync(approved=approved, limits=Limits(page=page, kept=2 * PEOPLE, max_writes=3))
        return asked.count("links")

    assert walks(1) == walks(3)
    assert walks(1) - walks(PEOPLE * 2) <= most


def test_a_cycle_that_was_killed_leaves_no_mark_that_counts() -> None:
    desk = town()
    narrow = Limits(page=2, kept=3)

    def die(effect: Effect) -> None:
        if len(planned(desk)) > PEOPLE:
            raise Killed

    desk.before = die
    with pytest.raises(Killed):
        desk.sync(approved=False, limits=narrow)
    marks = sorted(planned(desk))
    assert desk.store.planned(marks)
    desk.before = lambda _effect: None
    report = desk.sync(approved=False, limits=narrow)
    assert report.counts["planned_writes"] == PEOPLE * 2
