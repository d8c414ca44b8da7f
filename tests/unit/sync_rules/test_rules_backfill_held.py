"""R33: a lead of which something waits has what a backfill can tell of it all the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.simulation.faults import Fault
from tests.unit.sync_rules.test_rules_backfill import MARCH, PastDesk, pair_of
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.model.record import RecordRef
from leadpact.ports.past import Past
from leadpact.sync.effects import ReadPast, Write


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
    assert contact.fields["leadpact_first_lead"] == "2025-03-03T09:00:00Z"
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
