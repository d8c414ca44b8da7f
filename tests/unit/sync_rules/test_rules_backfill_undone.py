"""R32, R33: what an undo took back of a backfill stays so for the next one, as it does for a sync."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.faults import Fault
from tests.simulation.world import START
from tests.unit.sync_rules.desk import Killed
from tests.unit.sync_rules.past_desk import MARCH, MAY, NOBODY, PastDesk, pair_of
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.model.record import FieldChange, Native
from leadpact.model.run_order import RunOrder
from leadpact.ports.past import Past
from leadpact.sync.effects import Commit, Effect, ReadPast, Write
from leadpact.sync.releasing import released
from leadpact.sync.report import CycleReport

FILLED = "2025-03-03T09:00:00Z"


class RefillDesk(UndoDesk, PastDesk):
    """Its backfills can be undone, and come one after the other.

    Attributes:
        standing: what HubSpot remembers of every contact, and the contacts do not show.
    """

    def __init__(self) -> None:
        super().__init__()
        self.standing: tuple[FieldChange, ...] = ()
        self.fills = 0

    def _past(self, effect: ReadPast) -> Iterator[tuple[str, Past]]:
        for each, past in super()._past(effect):
            more = self.standing if effect.crm == "hubspot" else ()
            yield each, Past((*past.changes, *more), past.entered, past.shown)

    def fill_again(self) -> CycleReport:
        """One more backfill, under an id of its own."""
        self.fills += 1
        return self.fill(
            order=RunOrder(f"again{self.fills}", "backfill", START, {"watch_seconds": "0"})
        )

    def release(self) -> None:
        """As ``leadpact undo --release`` does."""
        pins = self.store.pins()
        now = self.world.now
        self.store.commit(released(self.store, self.context().mapping, pins, now), None, now)


def filled(desk: RefillDesk, *, further: bool = False) -> tuple[Row, Row]:
    """A lead with a date (or a stage) that the backfill ``fill`` wrote."""
    contact, lead = pair_of(desk)
    if not further:
        desk.remembers(contact, "lifecyclestage", "lead", MARCH)
    desk.sync()
    desk.sync()
    if further:
        desk.standing = (FieldChange("lifecyclestage", "marketingqualifiedlead", MARCH, NOBODY),)
    desk.fill()
    return contact, lead


def own(row: Row) -> dict[str, Native]:
    """What a backfill may have written of this record."""
    return {
        name: value
        for name, value in row.fields.items()
        if value is not None
        and (name.startswith(("leadpact_first_", "leadpact_backfilled")) or "_stage" in name)
    }


@pytest.mark.parametrize("further", [False, True])
@pytest.mark.parametrize("synced", [False, True])
def test_what_was_undone_is_not_filled_in_again_and_is_counted(further: bool, synced: bool) -> None:
    desk = RefillDesk()
    contact, lead = filled(desk, further=further)
    before = own(contact), own(lead)
    desk.undo("fill")
    after = own(contact), own(lead)
    assert after != before
    assert not [name for one in after for name in one if "_stage" not in name]
    if synced:
        desk.sync()
        assert (own(contact), own(lead)) == after

    report = desk.fill_again()
    assert (own(contact), own(lead)) == after
    assert report.counts["left_undone"] == 1
    assert desk.stage(contact).stage == "lead"
    assert report.counts["stages"] == report.counts["dates"] == report.counts["written"] == 0
    assert report.counts["unchanged"] == 0, "a lead is counted once"
    assert desk.forecast()["left_undone"] == 1


@pytest.mark.parametrize("further", [False, True])
def test_what_was_released_is_filled_in_again(further: bool) -> None:
    desk = RefillDesk()
    contact, lead = filled(desk, further=further)
    desk.undo("fill")
    desk.sync()
    desk.release()
    desk.sync()

    report = desk.fill_again()
    assert report.counts["left_undone"] == 0
    for row, suffix in ((contact, ""), (lead, "__c")):
        assert row.fields[f"leadpact_first_{'mql' if further else 'lead'}{suffix}"] == FILLED
        assert row.fields[f"leadpact_backfilled_at{suffix}"] is not None
        assert row.fields[f"leadpact_stage{suffix}"] == ("mql" if further else "lead")


def test_an_earlier_date_than_the_undone_one_is_new_evidence_and_the_mark_goes_with_it() -> None:
    desk = RefillDesk()
    contact, lead = filled(desk)
    desk.undo("fill")
    desk.sync()
    desk.remembers(contact, "lifecyclestage", "lead", MARCH - (MAY - MARCH))

    assert desk.fill_again().counts["left_undone"] == 0
    for row, suffix in ((contact, ""), (lead, "__c")):
        assert row.fields[f"leadpact_first_lead{suffix}"] == "2024-12-30T09:00:00Z"
        assert row.fields[f"leadpact_backfilled_at{suffix}"] is not None
    assert list(desk.store.pins()) == []
    assert desk.fill_again().counts["written"] == 0


def test_a_date_that_a_person_has_put_there_since_is_judged_as_ever() -> None:
    desk = RefillDesk()
    contact, lead = filled(desk)
    desk.undo("fill")
    desk.sync()
    desk.put(lead, leadpact_first_lead__c="2025-05-05T09:00:00Z")
    desk.sync()

    report = desk.fill_again()
    assert lead.fields["leadpact_first_lead__c"] == FILLED
    assert contact.fields["leadpact_first_lead"] is None
    assert report.counts["left_undone"] == 1
    assert {one.ref.crm for one in desk.store.pins()} == {"hubspot"}


def test_a_field_that_was_undone_alone_stays_and_what_is_new_is_written_beside_it() -> None:
    desk = RefillDesk()
    contact, lead = filled(desk)
    desk.undo("fill", fields=["leadpact_first_lead"])
    desk.remembers(contact, "lifecyclestage", "marketingqualifiedlead", MAY)
    desk.remembers(contact, "lifecyclestage", "lead", MAY.replace(month=6))
    desk.sync()

    assert desk.fill_again().counts["left_undone"] == 1
    assert contact.fields["leadpact_first_lead"] is None
    assert lead.fields["leadpact_first_lead__c"] == FILLED
    assert contact.fields["leadpact_first_mql"] == "2025-05-05T09:00:00Z"


def test_an_undo_that_is_undone_or_takes_back_a_second_backfill_writes_no_native_stage() -> None:
    desk = RefillDesk()
    contact, lead = filled(desk, further=True)
    natives = contact.fields["lifecyclestage"], lead.fields["Status"]
    desk.undo("fill")
    desk.undo()
    desk.sync()
    assert desk.stage(contact).stage == contact.fields["leadpact_stage"] == "mql"
    assert (contact.fields["lifecyclestage"], lead.fields["Status"]) == natives

    desk.standing = (FieldChange("lifecyclestage", "salesqualifiedlead", MAY, NOBODY),)
    assert desk.fill_again().counts["stages"] == 1
    assert desk.stage(contact).stage == "sql"
    desk.undo("again1")
    desk.sync()
    assert desk.stage(contact).stage == contact.fields["leadpact_stage"] == "mql"
    assert (contact.fields["lifecyclestage"], lead.fields["Status"]) == natives


def test_what_a_killed_backfill_wrote_is_put_back_all_the_same() -> None:
    desk = RefillDesk()
    contact, lead = pair_of(desk)
    desk.remembers(contact, "lifecyclestage", "lead", MARCH)
    desk.sync()
    desk.sync()

    def die(effect: Effect) -> None:
        if isinstance(effect, Commit) and effect.changes.closings:
            raise Killed

    desk.before = die
    with pytest.raises(Killed):
        desk.fill()
    desk.before = lambda _effect: None
    assert contact.fields["leadpact_first_lead"] == lead.fields["leadpact_first_lead__c"] == FILLED
    assert desk.fill().status == "done"

    desk.slow = timedelta(seconds=3)  # every row is read again before it is written
    desk.undo("fill")
    assert contact.fields["leadpact_first_lead"] is lead.fields["leadpact_first_lead__c"] is None
    assert contact.fields["leadpact_backfilled_at"] is None
    assert desk.fill_again().counts["written"] == 0


def test_a_native_stage_goes_back_together_with_what_else_was_filled_in() -> None:
    desk = RefillDesk()
    contact, lead = pair_of(desk)
    desk.sync()
    desk.sync()
    before = own(contact), contact.fields["lifecyclestage"]
    desk.standing = (FieldChange("lifecyclestage", "marketingqualifiedlead", MARCH, NOBODY),)
    options = {"watch_seconds": "0", "native_stages": "yes"}
    desk.fill(order=RunOrder("fill", "backfill", START, options))
    assert contact.fields["lifecyclestage"] == "marketingqualifiedlead"

    desk.undo("fill")
    assert "reset_blank" in [op for _crm, op, _fields in desk.writes()]
    assert (own(contact), contact.fields["lifecyclestage"]) == before
    assert not own(lead).keys() & {"leadpact_first_mql__c", "leadpact_backfilled_at__c"}


def test_what_an_undo_did_not_come_to_put_back_is_not_kept() -> None:
    desk = RefillDesk()
    contact, _lead = filled(desk)
    there = own(contact)

    def die(effect: Effect) -> None:
        if isinstance(effect, Write):
            raise Killed

    desk.before = die
    with pytest.raises(Killed):
        desk.undo("fill")
    desk.before = lambda _effect: None
    desk.sync()
    assert own(contact) == there
    assert not [one for one in desk.store.pins() if one.field in there]
    assert desk.fill_again().counts["written"] == 0
    desk.put(contact, leadpact_first_lead=None)
    desk.sync()
    desk.fill_again()
    assert contact.fields["leadpact_first_lead"] == FILLED


@pytest.mark.parametrize("fault", ["row_refused", "limit"])
@pytest.mark.parametrize("deleted", [False, True])
def test_what_a_crm_refused_to_put_back_is_not_kept(fault: str, deleted: bool) -> None:
    desk = RefillDesk()
    contact, lead = filled(desk)
    there = own(contact)
    desk.fault = lambda one: (
        Fault(fault, 0) if isinstance(one, Write) and one.crm == "hubspot" else None
    )
    desk.undo("fill")
    desk.fault = lambda _effect: None
    assert own(contact) == there
    assert {one.ref for one in desk.store.pins()} == {lead.ref}

    lead.gone = deleted  # no backfill looks at what is left of the lead then
    desk.later(hours=2)
    desk.sync()
    desk.sync()
    assert desk.fill_again().counts["written"] == 0
    assert own(contact) == there
    assert not [one for one in desk.store.pins() if one.field in there]
