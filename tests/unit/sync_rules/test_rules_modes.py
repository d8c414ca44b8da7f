"""R36: observing writes leadpact's own fields alone, shadowing nothing; when it acts, nothing is lost."""

from __future__ import annotations

import pytest
from tests.simulation.crm_rows import Row
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact_app.bootstrap.modes import BY, Mode, keep_mode


class ModeDesk(UndoDesk):
    """A desk with a mode."""

    def turn(self, mode: Mode) -> None:
        keep_mode(self.store, mode, self.world.now)


def mql(mode: Mode) -> tuple[ModeDesk, Row, Row]:
    """A lead that one act makes an MQL, and whose title a marketer changes, while leadpact is in this mode."""
    desk = ModeDesk()
    contact = desk.contact(jobtitle="Sales manager", lifecyclestage="lead")
    lead = desk.lead(Title="Sales manager", NumberOfEmployees=200)
    desk.turn(mode)
    desk.sync()
    desk.later(minutes=5)
    now = desk.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    desk.put(contact, None, last_pricing_page_view=now, last_demo_page_view=now, phone="0301")
    desk.sync()
    return desk, contact, lead


def test_observing_writes_own_fields_alone() -> None:
    desk, contact, lead = mql("observe")

    assert desk.stage(contact).stage == "mql"
    assert contact.fields["leadpact_stage"] == "mql"
    assert lead.fields["leadpact_score__c"]
    assert contact.fields["lifecyclestage"] == "lead"
    assert not lead.fields["Phone"]


def test_shadowing_decides_and_writes_nothing() -> None:
    desk, contact, lead = mql("shadow")

    assert desk.stage(contact).stage == "mql"
    assert not any(name.startswith("leadpact") and lead.fields[name] for name in lead.fields)
    assert not contact.fields.get("leadpact_stage")
    assert contact.fields["lifecyclestage"] == "lead"


@pytest.mark.parametrize("mode", ["observe", "shadow"])
def test_what_waited_is_written_once_it_acts(mode: Mode) -> None:
    desk, contact, lead = mql(mode)

    desk.turn("act")
    desk.sync()
    desk.sync()

    assert contact.fields["lifecyclestage"] == "marketingqualifiedlead"
    assert lead.fields["leadpact_stage__c"] == "mql"
    assert lead.fields["Phone"] == "0301"
    assert desk.store.parked_count() == 0


def test_the_mode_is_one_pause_that_the_settings_press_and_let_go() -> None:
    desk = ModeDesk()
    desk.turn("observe")
    desk.turn("observe")
    (one,) = desk.store.pauses()
    assert (one.by, one.direction, one.field) == (BY, "to_crm", "native")
    desk.later(minutes=1)
    desk.turn("shadow")
    (one,) = desk.store.pauses()
    assert one.field == ""
    desk.turn("act")
    assert not desk.store.pauses()


def test_an_undo_heeds_the_pause_and_says_so() -> None:
    desk = ModeDesk()
    desk.contact(jobtitle="CTO")
    lead = desk.lead()
    desk.sync()
    desk.turn("shadow")

    report = desk.undo()

    assert desk.writes() == []
    assert lead.fields["Title"] == "CTO"
    assert set(desk.results(report).values()) == {"not possible"}
