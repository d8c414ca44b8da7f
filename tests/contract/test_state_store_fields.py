"""What a state says of one field over all links, and what a side remembers of our last write (R4, R7)."""

from __future__ import annotations

from tests.contract.state_rows import NOW, full_link, hubspot, link_id

from leadpact.model.link import Covered, Hold, Link
from leadpact.ports.state_store import StateChanges, StateStore


def test_known_values_are_those_of_live_links_that_are_not_blank(store: StateStore) -> None:
    store.commit(
        StateChanges(
            links=[
                full_link(1),
                full_link(2, base={"city": "Oslo", "email_opt_out": False, "employees": 0}),
                full_link(3, base={"city": "Oslo"}, status="tombstone"),
                Link(link_id(4)),
            ]
        ),
        None,
        NOW,
    )
    assert store.known_values("city") == 1
    # No and nought are values.
    assert store.known_values("email_opt_out") == 2
    assert store.known_values("employees") == 2
    assert store.known_values("first_name") == 1
    assert store.known_values("title") == 0


def test_a_side_remembers_what_our_write_covered(store: StateStore) -> None:
    covered = Covered("2026-11-21T09:59:00.000Z", {"city": "Bergen", "jobtitle": None})
    side = hubspot("101", 1, covered=covered)
    store.commit(StateChanges(links=[Link(link_id(1))], sides=[side]), None, NOW)
    assert list(store.sides([link_id(1)])[link_id(1)]) == [side]
    store.commit(StateChanges(sides=[hubspot("101", 1)]), None, NOW)
    assert list(store.sides([link_id(1)])[link_id(1)]) == [hubspot("101", 1)]


def test_a_hold_of_the_pair_belongs_to_no_lead(store: StateStore) -> None:
    whole = Hold("h1", "", "city", "blanked_in_bulk", "why", {"hubspot": "55 of 60"}, NOW, "run1")
    store.commit(StateChanges(holds=[whole]), None, NOW)
    assert list(store.holds(link_ids=[""])) == [whole]
    assert list(store.holds(link_ids=[link_id(1)])) == []
    assert list(store.holds(waiting_only=True)) == [whole]
