"""R2, R32: the write of an undo that lands after the run that sent it has ended is nobody's edit."""

from __future__ import annotations

import pytest
from tests.simulation.agreement import mapping
from tests.simulation.crm_rows import Row
from tests.simulation.faults import Fault, land
from tests.unit.sync_rules.desk import Killed
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.sync.effects import Effect, Observe, Write
from leadpact.sync.releasing import released


class Undone:
    """A first sync has filled the Lead's title; the write that takes it away again is still under way."""

    def __init__(self) -> None:
        self.desk = UndoDesk()
        self.contact = self.desk.contact(jobtitle="CTO")
        self.lead = self.desk.lead()
        self.desk.sync()
        self.desk.fault = lambda one: Fault("lost_late", 0) if _to_salesforce(one) else None
        assert self.desk.undo().status == "waiting"
        self.desk.fault = lambda _one: None
        assert self.title == "CTO"

    @property
    def title(self) -> object:
        return self.lead.fields["Title"]

    def lands(self, _effect: Effect | None = None) -> None:
        _lands(self.desk)

    def pinned(self, row: Row) -> set[str]:
        pins = self.desk.store.pins([self.desk.link(row).id])
        return {one.field for one in pins if one.ref == row.ref}


def _lands(desk: UndoDesk) -> None:
    for one in desk.world.late.under_way:
        land(desk.world, one)
    desk.world.late.under_way.clear()


def _release(desk: UndoDesk) -> None:
    now = desk.world.now
    desk.store.commit(released(desk.store, mapping(), desk.store.pins(), now), None, now)


def _to_hubspot(effect: Effect) -> bool:
    return isinstance(effect, Write) and effect.crm == "hubspot"


def _to_salesforce(effect: Effect) -> bool:
    return isinstance(effect, Write) and effect.crm == "salesforce"


@pytest.mark.parametrize("looks", [0, 1, 2])
def test_landing_late_it_empties_no_other_crm(looks: int) -> None:
    """After as many cycles, or in the midst of the first one."""
    here = Undone()
    if looks == 0:
        seen: list[Effect] = []

        def once(effect: Effect) -> None:
            # The first look is the recovery's: the write lands after it.
            if isinstance(effect, Observe):
                seen.append(effect)
                if len(seen) == 3:
                    here.lands()

        here.desk.before = once
        here.desk.sync()
        here.desk.before = lambda _effect: None
    for _cycle in range(looks):
        here.desk.sync()
    here.lands()
    for _cycle in range(3):
        here.desk.sync()
    assert here.title is None
    assert here.contact.fields["jobtitle"] == "CTO"
    assert "Title" in here.pinned(here.lead)


def test_one_that_never_landed_keeps_no_pin_for_good() -> None:
    here = Undone()
    here.desk.sync()
    assert "Title" in here.pinned(here.lead)
    here.desk.later(hours=2)
    here.desk.put(here.lead, Phone="+1 555 0100")
    here.desk.sync()
    assert here.pinned(here.lead) == set()
    here.desk.put(here.lead, Title="")
    here.desk.sync()
    assert here.contact.fields["jobtitle"] in (None, ""), (
        "a person's edit goes the way of all edits"
    )


def test_an_edit_of_what_was_put_back_is_an_edit() -> None:
    here = Undone()
    here.desk.sync()
    here.lands()
    here.desk.sync()
    here.desk.put(here.lead, Title="Head of IT")
    here.desk.sync()
    assert here.contact.fields["jobtitle"] == "Head of IT"
    assert "Title" not in here.pinned(here.lead)


def _landed_late() -> Undone:
    here = Undone()
    here.desk.sync()
    here.lands()
    here.desk.sync()
    assert here.title is None
    assert here.desk.link(here.lead).base["title"] == "CTO", "pinned, it is no more than put back"
    return here


def test_what_landed_late_is_written_again_once_it_is_released() -> None:
    here = _landed_late()
    _release(here.desk)
    here.desk.sync()
    assert here.title == here.contact.fields["jobtitle"] == "CTO"
    here.desk.put(here.lead, Title="")
    here.desk.sync()
    assert here.contact.fields["jobtitle"] in (None, ""), "blanked by a person, it is an edit"


def test_what_landed_late_is_written_again_where_the_undo_of_the_undo_died() -> None:
    here = _landed_late()

    def die(effect: Effect) -> None:
        if isinstance(effect, Write):
            raise Killed

    here.desk.before = die
    with pytest.raises(Killed):
        here.desk.undo("run2")
    here.desk.before = lambda _effect: None
    here.desk.sync()
    assert here.title == here.contact.fields["jobtitle"] == "CTO"


def test_what_a_person_blanked_is_theirs_where_the_undo_that_is_undone_was_never_carried_out() -> (
    None
):
    desk = UndoDesk()
    desk.contact(jobtitle="CTO", city="Oslo")
    lead = desk.lead()
    desk.sync()

    def die(effect: Effect) -> None:
        if isinstance(effect, Write):
            raise Killed

    desk.before = die
    with pytest.raises(Killed):
        desk.undo()
    killed = desk.last_run()
    desk.before = lambda _effect: None
    desk.undo(killed)
    desk.put(lead, Title="")
    desk.undo(killed)
    assert (lead.fields["Title"] or "", lead.fields["City"]) == ("", "Oslo")


def test_what_lands_after_it_was_released_is_nobodys_edit() -> None:
    here = Undone()
    here.desk.sync()
    _release(here.desk)
    here.lands()
    assert here.title is None
    here.desk.sync()
    assert here.title == here.contact.fields["jobtitle"] == "CTO"
    here.desk.put(here.lead, Title="")
    here.desk.sync()
    assert here.contact.fields["jobtitle"] in (None, ""), "blanked by a person, it is an edit"


def test_what_each_crm_got_back_of_its_own_is_nobodys_edit_though_it_lands_late() -> None:
    desk = UndoDesk()
    contact, lead = desk.contact(), desk.lead()
    desk.sync()
    desk.put(contact, email="ann@home.example")
    desk.sync()
    desk.answer(contact, "field_changed", "set:ann@third.example")
    desk.sync()
    desk.fault = lambda one: Fault("lost_late", 0) if _to_hubspot(one) else None
    desk.undo()
    desk.fault = lambda _one: None
    desk.sync()
    _release(desk)
    _lands(desk)
    for _look in range(2):
        desk.sync()
        shown = contact.fields["email"], lead.fields["Email"]
        assert shown == ("ann@home.example", "ann@acme.example")
        assert desk.holds(contact) == {}
