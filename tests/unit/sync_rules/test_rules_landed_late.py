"""R2: a write of ours that lands after the next run looked for it is nobody's edit."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.simulation.faults import Fault, land
from tests.simulation.world import REP
from tests.unit.sync_rules.desk import Desk

from leadpact.sync.effects import CollectChanges, Effect, Observe, Write
from leadpact_app.store.sql import SqlStore


class Lost:
    """A first sync fills the Lead's title; that write is still under way, and its answer lost."""

    def __init__(self, desk: Desk | None = None) -> None:
        self.desk = desk or Desk()
        self.contact = self.desk.contact(jobtitle="CTO")
        self.lead = self.desk.lead()
        self.desk.fault = lambda one: Fault("lost_late", 0) if _to_salesforce(one) else None
        assert self.desk.sync().status == "waiting"
        self.desk.fault = lambda _one: None
        assert self.titles == ("CTO", None)

    @property
    def titles(self) -> tuple[object, object]:
        return self.contact.fields["jobtitle"], self.lead.fields["Title"]

    def lands(self) -> None:
        for one in self.desk.world.late.under_way:
            land(self.desk.world, one)
        self.desk.world.late.under_way.clear()

    def sync(self, *, lands_after_recovery: bool = False) -> None:
        seen: list[Effect] = []

        def once(effect: Effect) -> None:
            # The first look is the recovery's, at the Lead alone.
            if isinstance(effect, Observe):
                seen.append(effect)
                if len(seen) == 2:
                    self.lands()

        self.desk.before = once if lands_after_recovery else lambda _effect: None
        self.desk.sync()
        self.desk.before = lambda _effect: None


def _to_salesforce(effect: Effect) -> bool:
    return isinstance(effect, Write) and effect.crm == "salesforce"


def test_what_lands_between_recovery_and_reading_overrules_no_edit() -> None:
    here = Lost()
    here.desk.put(here.contact, jobtitle="Head of IT")
    here.sync(lands_after_recovery=True)
    assert here.titles == ("Head of IT", "Head of IT")


def test_what_lands_after_its_field_was_written_anew_is_written_over() -> None:
    here = Lost()
    here.desk.put(here.contact, jobtitle="Head of IT")
    here.sync()
    assert here.titles == ("Head of IT", "Head of IT")
    here.lands()
    assert here.lead.fields["Title"] == "CTO"
    here.sync()
    assert here.titles == ("Head of IT", "Head of IT")


def test_a_run_that_was_killed_in_between_makes_no_difference() -> None:
    here = Lost()
    here.desk.put(here.contact, jobtitle="Head of IT")
    here.desk.killed(lambda effect: isinstance(effect, CollectChanges))
    here.lands()
    here.sync()
    assert here.titles == ("Head of IT", "Head of IT")


@pytest.mark.parametrize("sql", [False, True])
def test_it_lands_once_and_who_types_the_same_again_is_heard(tmp_path: Path, *, sql: bool) -> None:
    desk = Desk()
    store = SqlStore.open(tmp_path / "state.db", "desk") if sql else None
    if store is not None:
        desk.store = store  # type: ignore[assignment]
    here = Lost(desk)
    here.sync(lands_after_recovery=True)
    assert here.titles == ("CTO", "CTO")
    here.desk.put(here.contact, jobtitle="Head of IT")
    here.sync()
    here.desk.put(here.lead, Title="CTO")
    here.sync()
    assert here.titles == ("CTO", "CTO")
    if store is not None:
        store.close()


def test_long_after_nothing_of_ours_can_land_and_the_same_value_is_an_edit() -> None:
    here = Lost()
    here.desk.put(here.contact, jobtitle="Head of IT")
    here.sync()
    here.desk.later(hours=2)
    here.sync()
    here.desk.put(here.lead, Title="CTO")
    here.sync()
    assert here.titles == ("CTO", "CTO")


def test_what_was_written_anew_before_a_merge_gives_the_merges_blanks_no_base() -> None:
    """R24: a write that never was sent agrees on nothing, though its record shows the value; a later one wrote it."""
    desk = Desk()
    contact, lead = desk.contact(), desk.lead()
    desk.sync()
    other = desk.lead()
    desk.sync()
    desk.put(lead, leadpact_budget__c="allocated")
    desk.killed(lambda effect: isinstance(effect, Write))
    desk.sync()
    assert contact.fields["leadpact_budget"] == "allocated"
    desk.world.salesforce.merge(lead, other, REP)
    desk.killed(_to_salesforce)
    desk.sync()
    shown = contact.fields["leadpact_budget"], other.fields["leadpact_budget__c"]
    assert shown == ("allocated", "allocated")
