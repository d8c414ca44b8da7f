"""R33: a backfill's report counts each lead once, whatever became of it, and no date that was not filled in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import MARKETER, START
from tests.unit.sync_rules.past_desk import MARCH, PastDesk, pair_of

from leadpact.model.pause import Pause
from leadpact.model.run_order import RunOrder
from leadpact.ports.state_store import StateChanges
from leadpact.sync.effects import Effect, ReadPast

DATES = ("leadpact_first_lead", "leadpact_first_lead__c")
AGAIN = {"watch_seconds": "0"}


def people(count: int) -> tuple[PastDesk, list[tuple[Row, Row]]]:
    """So many leads of old, agreed on and not filled in."""
    desk = PastDesk()
    pairs = [pair_of(desk, number) for number in range(count)]
    for contact, _lead in pairs:
        desk.remembers(contact, "lifecyclestage", "lead", MARCH)
    desk.sync()
    desk.sync()
    return desk, pairs


def test_who_is_left_alone_is_not_said_to_lack_nothing() -> None:
    desk, pairs = people(3)
    first = desk.fill().counts
    assert (first["leads"], first["unchanged"], first["dates"]) == (3, 0, 6)
    for row in pairs[0]:
        row.fields.update(dict.fromkeys(DATES, None))
    pauses = [
        Pause(f"p{number}", desk.world.now, "ann", field=name) for number, name in enumerate(DATES)
    ]
    desk.store.commit(StateChanges(pauses=pauses), None, desk.world.now)
    counts = desk.fill(order=RunOrder("fill2", "backfill", START, AGAIN)).counts
    assert (counts["leads"], counts["left_paused"], counts["unchanged"]) == (3, 1, 2)
    assert (counts["written"], counts["dates"]) == (0, 0)


@pytest.mark.parametrize("native", ["no", "yes"])
def test_who_moves_while_written_is_counted_once_at_the_end(native: str) -> None:
    desk, ((contact, _lead),) = people(1)
    desk.slow = timedelta(seconds=3)
    edited: list[Effect] = []

    def edits(effect: Effect) -> None:
        if isinstance(effect, ReadPast) and not edited:
            edited.append(effect)
            desk.world.hubspot.put(contact, {"leadpact_need": "pain"}, MARKETER)

    desk.before = edits
    order = RunOrder("fill", "backfill", START, {**AGAIN, "native_stages": native})
    counts = desk.fill(order=order).counts
    assert edited
    assert (counts["leads"], counts["left_changed"], counts["unchanged"]) == (1, 0, 0), counts
    assert counts["dates"] == 2
