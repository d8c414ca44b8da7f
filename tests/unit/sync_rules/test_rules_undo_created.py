"""R32: a record that a run made is taken away again where it is asked for and nobody added anything to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.faults import Fault
from tests.simulation.world import REP
from tests.unit.sync_rules.desk import Killed
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.model.pause import Pause
from leadpact.model.record import Author
from leadpact.ports.state_store import StateChanges
from leadpact.sync.effects import Effect, ReadAdditions, Write


def made(desk: UndoDesk) -> tuple[Row, Row]:
    """A contact for whom a run has just made a Lead: (contact, Lead)."""
    desk.go_live = desk.world.now - timedelta(days=1)
    contact = desk.contact(lifecyclestage="marketingqualifiedlead", jobtitle="CTO")
    desk.sync()
    (lead,) = desk.world.salesforce.live("Lead")
    return contact, lead


def line(desk: UndoDesk, *, archive: bool = True, dry: bool = False) -> tuple[str, str]:
    """What the undo of the latest run says of the record that it made: (result, why)."""
    report = desk.undo(archive=archive, dry=dry)
    (found,) = [one for one in report.undone if one.field == "record"]
    return found.result, found.why


def test_it_is_taken_away_and_stays_so_while_the_other_record_lives_on() -> None:
    desk = UndoDesk()
    contact, lead = made(desk)
    result, _why = line(desk)
    assert result == "archived"
    assert lead.gone
    assert desk.side_state(lead.ref) == "buried"
    for _cycle in range(3):
        desk.sync()
        assert [op for crm, op, _fields in desk.writes() if crm == "salesforce"] == []
    assert desk.holds(contact) == {}, "nobody is asked what the undo has said"
    desk.put(contact, jobtitle="CEO")
    desk.sync()
    assert desk.link(contact).base["title"] == "CEO"
    assert desk.world.salesforce.live("Lead") == []


def test_it_stays_where_nobody_asks_for_it() -> None:
    desk = UndoDesk()
    _contact, lead = made(desk)
    result, why = line(desk, archive=False)
    assert result == "never undone"
    assert "--created archive" in why
    assert not lead.gone
    assert not any(isinstance(one, ReadAdditions) for one in desk.effects)


def test_a_dry_undo_looks_and_takes_nothing_away() -> None:
    desk = UndoDesk()
    _contact, lead = made(desk)
    assert line(desk, dry=True)[0] == "archived"
    assert any(isinstance(one, ReadAdditions) for one in desk.effects)
    assert not lead.gone


@pytest.mark.parametrize("by", [REP, Author("import", "7"), Author("integration", "billing")])
def test_whoever_added_something_keeps_it(by: Author) -> None:
    desk = UndoDesk()
    _contact, lead = made(desk)
    desk.put(lead, by, NumberOfEmployees=250)
    result, why = line(desk)
    assert result == "changed since"
    assert f"NumberOfEmployees, by {by}" in why
    assert not lead.gone


def test_an_automation_that_ran_on_it_is_nobody() -> None:
    desk = UndoDesk()
    _contact, lead = made(desk)
    desk.put(lead, Author("workflow", "9"), NumberOfEmployees=250)
    assert line(desk)[0] == "archived"


def test_who_types_between_the_look_and_the_delete_keeps_it() -> None:
    desk = UndoDesk()
    _contact, lead = made(desk)
    desk.slow = timedelta(seconds=3)

    def after_look(effect: Effect) -> None:
        if any(isinstance(one, ReadAdditions) for one in desk.effects[:-1]):
            desk.before = lambda _effect: None
            desk.put(lead, Phone="030 5")

    desk.before = after_look
    report = desk.undo(archive=True)
    (found,) = [one for one in report.undone if one.field == "record"]
    assert found.result == "changed since"
    assert not lead.gone


def test_a_conversion_is_told_and_never_undone() -> None:
    desk = UndoDesk()
    _contact, lead = made(desk)
    desk.world.salesforce.convert(lead, REP, into=None, deal=False, carry_ours=False)
    result, why = line(desk)
    assert result == "never undone"
    assert "converted" in why


def test_a_pause_keeps_it() -> None:
    desk = UndoDesk()
    _contact, lead = made(desk)
    pause = Pause("p1", desk.world.now, "Dana Fox", crm="salesforce")
    desk.store.commit(StateChanges(pauses=[pause]), None, desk.world.now)
    assert line(desk) == ("not possible", "writing it is paused")
    assert not lead.gone


def test_a_restore_in_the_crm_brings_it_back() -> None:
    desk = UndoDesk()
    contact, lead = made(desk)
    line(desk)
    desk.sync()
    lead.gone = False
    desk.put(lead)
    desk.sync()
    assert desk.side_state(lead.ref) == "live"
    desk.put(contact, jobtitle="CEO")
    desk.sync()
    assert lead.fields["Title"] == "CEO"


def test_an_undo_of_the_undo_says_where_it_is_restored() -> None:
    desk = UndoDesk()
    _contact, lead = made(desk)
    line(desk)
    result, why = line(desk)
    assert result == "not possible"
    assert "restored in the CRM itself" in why
    assert lead.gone


def test_killed_before_the_answer_it_is_known_to_be_gone() -> None:
    desk = UndoDesk()
    contact, lead = made(desk)
    run = desk.last_run()

    def die(effect: Effect) -> None:
        if lead.gone:
            raise Killed

    desk.before = die
    with pytest.raises(Killed):
        desk.undo(run, archive=True)
    desk.before = lambda _effect: None
    assert lead.gone
    for _cycle in range(2):
        desk.sync()
    assert desk.side_state(lead.ref) == "buried"
    assert desk.holds(contact) == {}
    assert desk.world.salesforce.live("Lead") == []


def test_an_answer_that_was_lost_doubles_nothing() -> None:
    desk = UndoDesk()
    _contact, lead = made(desk)
    desk.fault = lambda effect: Fault("lost_after", 0) if isinstance(effect, Write) else None
    desk.undo(archive=True)
    desk.fault = lambda _effect: None
    desk.sync()
    assert lead.gone
    assert desk.side_state(lead.ref) == "buried"
