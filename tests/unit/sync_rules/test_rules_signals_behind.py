"""R8: a source that has more than a cycle reads is read on by the next ones, whatever its pace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.simulation.crm_base import FakeCrm
from tests.unit.sync_rules.signalling import FORMS, Signalling, signalling


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Signalling:
    return signalling(monkeypatch)


def test_a_source_that_is_behind_is_read_on_by_every_cycle_until_it_is_not(
    desk: Signalling,
) -> None:
    ann = desk.contact()
    desk.source.turn = True
    for number in range(5):
        desk.act(str(number), ann.ref, desk.now - timedelta(days=number), kind="download")
    for cursor, behind in (("2", True), ("4", True), ("5", False), ("5", False)):
        desk.later(minutes=5)
        desk.sync()
        state = desk.state()
        assert (state.cursor, state.behind) == (cursor, behind)
        assert state.read_at is not None
    assert desk.source.reads == ["", "2", "4"]
    assert len(desk.signals(ann.ref)) == 5


def test_a_reading_that_breaks_off_is_read_on_by_the_next_cycle(desk: Signalling) -> None:
    ann = desk.contact()
    desk.sync()
    desk.source.breaks_at = "2"
    for number in range(3):
        desk.act(str(number), ann.ref, desk.now - timedelta(days=number), kind="download")
    crm: FakeCrm = desk.world.crms["hubspot"]
    crm.capabilities = replace(crm.capabilities, signal_feeds={FORMS: "contacts"})
    crm.put(ann, {"city": "Bonn"}, ann.author)
    desk.later(minutes=5)
    desk.sync()
    assert (desk.state().cursor, desk.state().behind) == ("2", True)
    desk.source.breaks_at = ""
    crm.capabilities = replace(crm.capabilities, signal_feeds={})
    desk.later(minutes=5)
    desk.sync()
    assert (desk.state().cursor, desk.state().behind) == ("3", False)
