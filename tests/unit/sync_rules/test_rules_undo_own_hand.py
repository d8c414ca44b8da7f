"""R12, R32: where a record shows what an undo's lost write wanted, it is asked who set it, as far as its CRM tells."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from tests.simulation.agreement import mapping
from tests.simulation.crm_rows import Row
from tests.simulation.faults import Fault, land
from tests.unit.sync_rules.desk import Killed
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.sync.effects import Effect, Observe, ReadHistory, Write
from leadpact.sync.releasing import released


class Lost:
    """A first sync has filled one title; the undo's write that takes it away again is lost."""

    def __init__(self, crm: str) -> None:
        self.crm = crm
        self.desk = UndoDesk()
        hubspot = crm == "hubspot"
        self.contact = self.desk.contact(jobtitle="" if hubspot else "CTO")
        self.lead = self.desk.lead(Title="CTO" if hubspot else "")
        self.desk.sync()

    def undo_is_lost(self, *, sent: bool, fields: Iterable[str] = ()) -> None:
        if sent:
            self.desk.fault = lambda one: Fault("lost_late", 0) if self.writes(one) else None
            assert self.desk.undo(fields=fields).status == "waiting"
            self.desk.fault = lambda _one: None
            return

        def die(effect: Effect) -> None:
            if isinstance(effect, Write):
                raise Killed

        self.desk.before = die
        with pytest.raises(Killed):
            self.desk.undo(fields=fields)
        self.desk.before = lambda _effect: None

    def writes(self, effect: Effect) -> bool:
        return isinstance(effect, Write) and effect.crm == self.crm

    def release(self) -> None:
        now = self.desk.world.now
        changes = released(self.desk.store, mapping(), self.desk.store.pins(), now)
        self.desk.store.commit(changes, None, now)

    def lands(self) -> None:
        for one in self.desk.world.late.under_way:
            land(self.desk.world, one)
        self.desk.world.late.under_way.clear()

    @property
    def row(self) -> Row:
        return self.contact if self.crm == "hubspot" else self.lead

    @property
    def titles(self) -> tuple[object, object]:
        return self.contact.fields["jobtitle"] or "", self.lead.fields["Title"] or ""

    def blank(self) -> None:
        self.desk.put(self.row, None, **{"jobtitle" if self.crm == "hubspot" else "Title": ""})

    def asked(self) -> set[str]:
        """CRMs that were asked in the last run who set a title."""
        return {
            one.crm
            for one in self.desk.effects
            if isinstance(one, ReadHistory) and {"Title", "jobtitle"} & set(one.fields)
        }


def _released(crm: str, *, sent: bool) -> Lost:
    """What the undo put back was released before any of it was there."""
    here = Lost(crm)
    here.undo_is_lost(sent=sent)
    here.desk.sync()
    here.release()
    assert here.titles == ("CTO", "CTO")
    return here


CRMS = pytest.mark.parametrize("crm", ["hubspot", "salesforce"])


@CRMS
def test_what_we_set_late_is_nobodys_edit_and_asked_about_once(crm: str) -> None:
    here = _released(crm, sent=True)
    here.lands()
    assert "" in here.titles
    here.desk.sync()
    assert here.titles == ("CTO", "CTO")
    assert here.asked() == {crm}
    here.desk.sync()
    here.desk.sync()  # HubSpot is asked what the write covered, too (R7)
    assert here.asked() == set()


@CRMS
def test_what_a_person_blanked_where_the_undo_was_never_sent_is_theirs(crm: str) -> None:
    here = _released(crm, sent=False)
    here.blank()
    here.desk.sync()
    assert here.titles == ("", "")


@CRMS
def test_nobody_is_asked_as_long_as_nothing_shows_it(crm: str) -> None:
    here = _released(crm, sent=False)
    here.desk.put(here.row, None, **{"phone" if crm == "hubspot" else "Phone": "+1 555 0100"})
    here.desk.sync()
    assert any(isinstance(one, Observe) for one in here.desk.effects)
    assert here.asked() == set()


@CRMS
def test_another_field_that_a_person_edits_before_we_look_makes_ours_not_theirs(crm: str) -> None:
    """Salesforce then names that person; a field of our own in the same row shows that it was written."""
    here = _released(crm, sent=True)
    here.lands()
    here.desk.put(here.row, None, **{"phone" if crm == "hubspot" else "Phone": "+1 555 0100"})
    here.desk.sync()
    assert here.titles == ("CTO", "CTO")
    assert here.lead.fields["Phone"], "that one is carried over"


@CRMS
def test_our_own_write_of_another_field_makes_a_persons_blank_not_ours(crm: str) -> None:
    """An undo hears nothing of what else was changed in a record: Salesforce then names us as who touched it last."""
    here = _released(crm, sent=False)
    other = here.lead if crm == "hubspot" else here.contact
    here.desk.put(other, None, **{"City" if crm == "hubspot" else "city": "Oslo"})
    here.desk.sync()
    edited = here.desk.last_run()
    here.blank()
    here.desk.undo(edited)
    assert here.row.author.kind == "ours"
    here.desk.sync()
    assert here.titles == ("", "")


@CRMS
def test_a_blank_of_theirs_is_not_filled_where_an_undo_of_that_field_alone_was_never_sent(
    crm: str,
) -> None:
    here = Lost(crm)
    here.undo_is_lost(sent=False, fields=("title",))
    killed = here.desk.last_run()
    here.desk.sync()
    here.blank()
    here.desk.undo(killed)
    here.desk.sync()
    assert here.row.fields["jobtitle" if crm == "hubspot" else "Title"] in (None, "")


def test_what_waits_for_a_persons_answer_goes_on_waiting() -> None:
    here = Lost("salesforce")
    desk, contact, lead = here.desk, here.contact, here.lead
    desk.put(contact, email="ann@home.example")
    desk.sync()
    desk.answer(contact, "field_changed", "accept")
    desk.sync()
    assert lead.fields["Email"] == "ann@home.example"
    here.undo_is_lost(sent=False)
    desk.sync()
    here.release()
    desk.put(lead, Email="ann@acme.example")
    desk.sync()
    asked = desk.holds(lead)["field_changed"].why
    assert "Salesforce" in asked
    desk.put(contact, city="Oslo")
    desk.sync()
    assert lead.author.kind == "ours"
    desk.sync()
    assert desk.holds(lead)["field_changed"].why == asked
