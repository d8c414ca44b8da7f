"""A pin that is released holds no longer: the next sync writes what the evidence still says (R32)."""

from __future__ import annotations

from tests.simulation.agreement import mapping
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.sync.releasing import released


def test_what_is_released_is_written_again() -> None:
    desk = UndoDesk()
    contact = desk.contact(jobtitle="CTO")
    lead = desk.lead(Title="CTO")
    desk.sync()
    desk.put(contact, jobtitle="CEO")
    desk.sync()
    desk.undo()
    desk.sync()
    assert lead.fields["Title"] == "CTO"

    now = desk.world.now
    desk.store.commit(released(desk.store, mapping(), desk.store.pins(), now), None, now)
    desk.sync()

    assert lead.fields["Title"] == "CEO"
    assert desk.store.pins() == ()


def test_a_first_sync_released_is_made_again() -> None:
    desk = UndoDesk()
    desk.contact(jobtitle="CTO", lifecyclestage="lead")
    desk.lead()
    desk.sync()
    done = desk.shown()
    desk.undo()
    desk.sync()

    now = desk.world.now
    desk.store.commit(released(desk.store, mapping(), desk.store.pins(), now), None, now)
    desk.sync()

    shown = desk.shown()
    differs = {
        name for ref in done for name in done[ref] if shown[ref].get(name) != done[ref][name]
    }
    assert differs == {"leadpact_scored_at", "leadpact_scored_at__c"}, "scored anew, alike"
