"""What reconcile says of a record that was deleted and restored (R26), also where it is out of scope (R37)."""

from __future__ import annotations

import pytest
from tests.simulation.crm_rows import Row
from tests.simulation.world import REP
from tests.unit.audit.audited import audit, causes
from tests.unit.sync_rules.desk import Desk
from tests.unit.sync_rules.test_rules_scope import scoped


def deleted_and_restored(desk: Desk, row: Row) -> None:
    """Somebody deletes it, a sync runs, and somebody restores it."""
    desk.later(minutes=1)
    row.gone = True
    desk.world.salesforce.put(row, {}, REP)
    desk.sync()
    desk.later(minutes=1)
    row.gone = False
    desk.world.salesforce.put(row, {}, REP)


@pytest.mark.parametrize("beside", [True, False], ids=["beside a contact", "alone"])
def test_a_restored_record_that_is_out_of_scope_is_for_no_plan(*, beside: bool) -> None:
    desk = Desk()
    desk.scoped = scoped()
    if beside:
        desk.contact(country="Norway", lifecyclestage="marketingqualifiedlead")
    lead = desk.lead(Country="Norway")
    desk.sync()
    desk.put(lead, Country="Brazil")
    desk.sync()
    deleted_and_restored(desk, lead)
    desk.sync()
    assert desk.side_state(lead.ref) == "gone"
    tally, told = audit(desk, take_up=True)
    assert causes(told)[lead.ref] == "out_of_scope"
    assert all("country is brazil" in one.why for one in told if lead.ref in one.records)
    assert tally.repairable == []
    desk.put(lead, Country="Norway")
    for _until_settled in range(3):
        desk.sync()
    assert audit(desk)[1] == []


def test_one_that_takes_part_is_for_the_next_sync() -> None:
    desk = Desk()
    desk.scoped = scoped()
    desk.contact(country="Norway", lifecyclestage="marketingqualifiedlead")
    lead = desk.lead(Country="Norway")
    desk.sync()
    deleted_and_restored(desk, lead)
    tally, told = audit(desk)
    assert causes(told)[lead.ref] == "window"
    assert set(tally.repairable) == {desk.link(lead).id}
    for _until_settled in range(3):
        desk.sync()
    assert audit(desk)[1] == []
