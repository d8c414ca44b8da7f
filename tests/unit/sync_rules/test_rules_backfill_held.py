"""R33: a lead of which something waits has what a backfill can tell of it all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.faults import Fault
from tests.simulation.world import START
from tests.unit.sync_rules.past_desk import MARCH, NOBODY, PastDesk, pair_of
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.model.pause import Pause
from leadpact.model.record import FieldChange, RecordRef
from leadpact.model.run_order import RunOrder
from leadpact.ports.past import Past
from leadpact.ports.state_store import StateChanges
from leadpact.sync.effects import Effect, ReadPast, Write

FILLED = "2025-03-03T09:00:00Z"


def test_a_lead_whose_stage_waits_for_a_person_has_its_dates_and_keeps_what_it_shows() -> None:
    desk = PastDesk()
    contact, lead = pair_of(desk)
    desk.remembers(contact, "lifecyclestage", "lead", MARCH)
    desk.sync()
    desk.sync()
    desk.put(lead, Status="Working - Contacted")
    desk.put(contact, lifecyclestage="other")
    desk.sync()
    assert {one.field for one in desk.store.holds(waiting_only=True)} == {"stage"}
    report = desk.fill()
    assert report.counts["left_changed"] == 0
    assert contact.fields["leadpact_first_lead"] == FILLED
    assert contact.fields["lifecyclestage"] == "other"


class UndoPastDesk(UndoDesk, PastDesk):
    """Their undo, and a HubSpot that remembers what its lifecycle stage was."""

    def _past(self, effect: ReadPast) -> Iterator[tuple[str, Past]]:
        for one in effect.ids:
            row = self.world.crms[effect.crm].rows[RecordRef(effect.crm, effect.kind, one)]
            told = tuple(row.history.get("lifecyclestage", ()))
            yield one, Past(told, (), {name: row.fields.get(name) for name in effect.also})


@pytest.mark.parametrize("how", ["an undo put it back", "the CRM refuses to set it back"])
def test_what_the_agreement_refused_is_no_history_where_it_stands_all_the_same(how: str) -> None:
    desk = UndoPastDesk()
    contact, _lead = pair_of(desk)
    desk.sync()
    desk.sync()
    if how == "the CRM refuses to set it back":
        desk.fault = lambda effect: (
            Fault("row_refused", 0)
            if isinstance(effect, Write) and effect.crm == "hubspot"
            else None
        )
    desk.put(contact, lifecyclestage="customer")
    desk.sync()
    desk.fault = lambda _effect: None
    if how == "an undo put it back":
        assert contact.fields["lifecyclestage"] == "lead"
        desk.undo()
    assert contact.fields["lifecyclestage"] == "customer"
    assert "refused" in [result for result, _why in desk.told(contact)]
    assert desk.fill().counts["stages"] == 0
    assert desk.stage(contact).stage == "lead"
    assert contact.fields["leadpact_stage"] == "lead"


class RefusingDesk(PastDesk):
    """A CRM refuses rows, as long as it is told to."""

    def refuse(self, crm: str, name: str = "", *, naming: bool = False) -> None:
        """From now on; an empty CRM refuses nothing, an empty name all rows.

        Args:
            naming: it says which field it refuses.
        """

        def refused(effect: Effect) -> Fault | None:
            if not isinstance(effect, Write) or effect.crm != crm:
                return None
            if not name:
                return Fault("row_refused", 0)
            for row in effect.rows:
                if name in row.fields:
                    count, at = len(row.fields), sorted(row.fields).index(name)
                    places = (at + turn * count for turn in range(4)) if naming else (0,)
                    return Fault(
                        "row_refused", next(one for one in places if one % 3 or not naming)
                    )
            return None

        self.fault = refused


def further_on(desk: PastDesk, crm: str) -> None:
    """This CRM remembers every record as an SQL of old."""
    value = {"hubspot": ("lifecyclestage", "salesqualifiedlead")}
    name, shown = value.get(crm, ("Status", "Working - Contacted"))
    desk._past = lambda effect: (  # type: ignore[method-assign]
        (
            each,
            Past((FieldChange(name, shown, MARCH, NOBODY),) if effect.crm == crm else (), (), {}),
        )
        for each in effect.ids
    )


def test_a_lead_of_which_a_crm_refuses_something_keeps_its_stage_and_has_its_dates_elsewhere() -> (
    None
):
    desk = RefusingDesk()
    contact, lead = pair_of(desk)
    desk.sync()
    desk.sync()
    desk.refuse("hubspot")
    desk.put(lead, City="Oslo")
    desk.sync()
    (failure,) = desk.store.failures()
    desk.refuse("")
    further_on(desk, "hubspot")

    report = desk.fill()
    assert report.counts["left_failing"] == 1
    assert (report.counts["stages"], desk.stage(contact).stage) == (0, "lead")
    assert lead.fields["leadpact_first_sql__c"] == FILLED
    assert lead.fields["leadpact_stage__c"] == "lead"
    assert contact.fields["leadpact_backfilled_at"] is None
    assert list(desk.store.failures()) == [failure]

    desk.later(hours=1)
    desk.put(lead, City="Bergen")
    desk.sync()
    assert contact.fields["city"] == "Bergen"
    again = RunOrder("fill2", "backfill", START, {"watch_seconds": "0"})
    assert desk.fill(order=again).counts["stages"] == 1
    assert contact.fields["leadpact_stage"] == lead.fields["leadpact_stage__c"] == "sql"
    assert contact.fields["leadpact_backfilled_at"] is not None


def test_a_record_without_the_mark_gets_no_native_stage_from_the_next_sync_either() -> None:
    desk = RefusingDesk()
    contact, lead = pair_of(desk)
    desk.sync()
    desk.sync()
    further_on(desk, "hubspot")
    desk.refuse("hubspot", "leadpact_backfilled_at")
    desk.fill(
        order=RunOrder("fill", "backfill", START, {"watch_seconds": "0", "native_stages": "yes"})
    )
    desk.refuse("")
    assert lead.fields["Status"] == "Working - Contacted"
    assert contact.fields["leadpact_backfilled_at"] is None
    for _round in range(2):
        desk.later(hours=1)
        desk.sync()
        assert contact.fields["lifecyclestage"] == "lead"


def refused_in_the_fill(*, naming: bool = False) -> tuple[RefusingDesk, Row, Row]:
    """HubSpot refused the row with the mark while the backfill wrote it; Salesforce took its own."""
    desk = RefusingDesk()
    contact, lead = pair_of(desk)
    desk.sync()
    desk.sync()
    further_on(desk, "hubspot")
    desk.refuse("hubspot", "leadpact_backfilled_at", naming=naming)
    assert desk.fill().counts["failed"] == 1
    assert (contact.fields["leadpact_stage"], lead.fields["leadpact_stage__c"]) == ("lead", "sql")
    return desk, contact, lead


def test_a_sync_tells_the_stage_of_history_behind_the_mark_that_was_refused() -> None:
    desk, contact, lead = refused_in_the_fill()
    desk.refuse("")
    desk.sync()
    assert contact.fields["leadpact_stage"] == "sql"
    assert contact.fields["leadpact_backfilled_at"] == lead.fields["leadpact_backfilled_at__c"]
    assert contact.fields["lifecyclestage"] == "lead"
    (row,) = [fields for crm, _op, fields in desk.writes() if crm == "hubspot"]
    assert next(iter(row)) == "leadpact_backfilled_at", "it goes first"
    desk.put(contact, leadpact_stage="")
    desk.sync()
    assert contact.fields["leadpact_stage"] == "sql"
    assert not desk.written("leadpact_backfilled_at"), "what is marked is marked once"


@pytest.mark.parametrize("naming", [False, True])
def test_while_the_mark_is_refused_the_stage_waits_with_the_cause_told(naming: bool) -> None:
    desk, contact, lead = refused_in_the_fill(naming=naming)
    sent = 0
    for city in ("Oslo", "Bergen", "Rome"):
        desk.later(hours=1)
        desk.put(lead, City=city)
        desk.sync()
        sent += bool(desk.written("leadpact_backfilled_at"))
        assert contact.fields["leadpact_stage"] == "lead"
        assert desk.stage(contact).stage == "sql"
        (failure,) = desk.store.failures()
        assert (failure.crm, failure.cause) == ("hubspot", "validation_rule")
        assert ("leadpact_backfilled_at" in failure.fields) == naming
    if naming:
        assert (sent, contact.fields["city"]) == (0, "Rome"), "what is refused already is not tried"


def test_a_stage_that_one_crm_may_not_be_told_waits_for_both() -> None:
    desk = RefusingDesk()
    contact, lead = pair_of(desk)
    desk.sync()
    desk.sync()
    further_on(desk, "hubspot")
    pause = Pause("p1", desk.world.now, "ann", field="stage", crm="hubspot")
    desk.store.commit(StateChanges(pauses=[pause]), None, desk.world.now)

    report = desk.fill()
    assert (report.counts["stages"], desk.stage(contact).stage) == (0, "lead")
    assert (report.counts["left_paused"], report.counts["unchanged"]) == (1, 0)
    assert lead.fields["leadpact_stage__c"] == "lead"
    assert lead.fields["leadpact_first_sql__c"] == contact.fields["leadpact_first_sql"] == FILLED
