"""R33: original dates are of what people did; what leadpact wrote itself dates no stage."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.simulation.crm_rows import Row
from tests.simulation.faults import carry_out
from tests.simulation.world import REP, START
from tests.unit.sync_rules.past_desk import MARCH, PastDesk

from leadpact.model.record import Author, FieldChange, Native
from leadpact.model.run_order import RunOrder
from leadpact.ports.past import Past
from leadpact.sync.effects import Effect, ReadPast

OURS = Author("ours", "leadpact")


class TrackingDesk(PastDesk):
    """Both CRMs keep a history of their stage fields, with who wrote what.

    Attributes:
        entered: dates of the CRM's own, beside the histories.
    """

    def __init__(self) -> None:
        super().__init__()
        self.world.salesforce.tracked = True
        self.entered: dict[str, tuple[FieldChange, ...]] = {}

    def _answer(self, effect: Effect) -> Any:
        if not isinstance(effect, ReadPast):
            return super()._answer(effect)
        told = carry_out(self.world, self.store, {}, effect, None)
        return {
            each: Past(past.changes, self.entered.get(each, ()), past.shown)
            for each, past in told.items()
        }

    def dates(self, row: Row, field: str, value: Native, at: datetime, by: Author) -> None:
        """A date of the CRM's own."""
        self.entered[row.ref.id] = (FieldChange(field, value, at, by, inferred=True),)


def an_sql_with_a_new_lead(desk: TrackingDesk) -> tuple[Row, Row]:
    """Found at SQL in HubSpot; leadpact made the Lead, with the status that goes with it."""
    contact = desk.contact(lifecyclestage="salesqualifiedlead")
    desk.sync()
    desk.sync()
    (lead,) = desk.world.salesforce.rows.values()
    (change,) = lead.history["Status"]
    assert (change.value, change.author) == ("Working - Contacted", OURS)
    return contact, lead


def first(row: Row) -> dict[str, Native]:
    """The original dates that the record shows, by stage."""
    return {
        name.removeprefix("leadpact_first_").removesuffix("__c"): value
        for name, value in row.fields.items()
        if name.startswith("leadpact_first_") and value is not None
    }


def test_a_status_that_leadpact_set_dates_no_stage() -> None:
    desk = TrackingDesk()
    contact, lead = an_sql_with_a_new_lead(desk)
    desk.fill()
    assert first(contact).keys() == first(lead).keys() == {"sql"}


def test_what_a_rep_sets_afterwards_dates_it_and_a_date_of_our_own_write_does_not() -> None:
    desk = TrackingDesk()
    contact, lead = an_sql_with_a_new_lead(desk)
    at = lead.history["Status"][0].at
    desk.dates(lead, "Status", "Working - Contacted", at + timedelta(seconds=3), REP)
    desk.dates(contact, "lifecyclestage", "marketingqualifiedlead", MARCH, OURS)
    desk.fill()
    assert first(contact).keys() == first(lead).keys() == {"sql"}

    desk.dates(lead, "Status", "Working - Contacted", MARCH, REP)
    desk.fill(order=RunOrder("fill2", "backfill", START, {"watch_seconds": "0"}))
    assert first(lead) == {**first(contact), "sal": "2025-03-03T09:00:00Z"}


def test_our_own_word_moves_nobody_and_hides_what_stood_there_before() -> None:
    desk = TrackingDesk()
    contact = desk.contact(lifecyclestage="lead")
    desk.sync()
    desk.sync()
    contact.history["lifecyclestage"] = [
        FieldChange("lifecyclestage", "customer", MARCH, OURS),
        FieldChange("lifecyclestage", "salesqualifiedlead", MARCH - timedelta(days=9), REP),
    ]
    assert desk.fill().counts["stages"] == 0
    assert desk.stage(contact).stage == "lead"
    assert first(contact).keys() == {"lead", "sql"}
