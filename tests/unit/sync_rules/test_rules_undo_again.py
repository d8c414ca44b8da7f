"""R32: an undo that is undone puts the first run's values back and keeps nothing; undone once more it keeps them."""

from __future__ import annotations

import pytest
from tests.simulation.world import REP
from tests.unit.sync_rules.desk import Killed
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.sync.effects import Effect, Write


def test_an_undo_that_is_redone_and_undone_once_more_stays_so() -> None:
    desk = UndoDesk()
    desk.contact(jobtitle="CTO", lifecyclestage="lead")
    lead = desk.lead()
    desk.sync()
    desk.undo()
    undone, pinned = desk.shown(), {(one.ref, one.field) for one in desk.store.pins()}
    desk.undo()

    desk.undo()

    third = desk.last_run()
    assert desk.shown() == undone
    assert {(one.ref, one.field) for one in desk.store.pins()} == pinned
    desk.sync()
    assert not lead.fields["Title"]
    desk.undo(third)
    assert desk.shown()[str(lead.ref)]["Title"] == "CTO"


def test_what_a_person_blanked_meanwhile_stays_theirs_where_an_undo_is_undone() -> None:
    desk = UndoDesk()
    contact = desk.contact(jobtitle="CTO", lifecyclestage="lead")
    lead = desk.lead()
    desk.sync()
    desk.put(contact, jobtitle="")
    desk.undo()
    desk.undo()
    assert lead.fields["Title"] == "CTO"

    desk.sync()
    assert not desk.store.pins()
    assert (contact.fields["jobtitle"] or "") == (lead.fields["Title"] or "")


def test_an_undo_that_was_being_undone_when_it_died_is_taken_up_by_the_next_sync() -> None:
    desk = UndoDesk()
    contact = desk.contact(jobtitle="CTO", lifecyclestage="lead")
    lead = desk.lead()
    desk.sync()
    desk.undo()
    assert not lead.fields["Title"]

    def die(effect: Effect) -> None:
        if isinstance(effect, Write):
            raise Killed

    desk.before = die
    with pytest.raises(Killed):
        desk.undo()
    desk.before = lambda _effect: None
    desk.sync()
    assert desk.shown()[str(lead.ref)]["Title"] == contact.fields["jobtitle"] == "CTO"


def test_a_record_that_another_speaks_for_by_now_says_nothing_of_what_is_agreed() -> None:
    desk = UndoDesk()
    contact = desk.contact(email="ann@acme.example", jobtitle="CTO", lifecyclestage="lead")
    lead = desk.lead(Email="ann@acme.example")
    desk.sync()
    desk.undo()
    other = desk.lead(Email="ann@acme.example")
    became = desk.world.salesforce.convert(other, REP, into=None, deal=False, carry_ours=False)
    desk.later(minutes=5)
    desk.sync()
    assert desk.link(contact).id == desk.link(became).id
    desk.undo("run2")
    assert lead.fields["Title"] == "CTO"

    desk.later(minutes=5)
    desk.sync()
    assert contact.fields["jobtitle"] == became.fields["Title"] == "CTO"
