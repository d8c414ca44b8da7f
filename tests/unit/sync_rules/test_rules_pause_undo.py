"""R32, R38: a run is undone while the stop button is held, and stopped by one that is pressed meanwhile."""

from __future__ import annotations

from typing import Any

from tests.unit.sync_rules.test_rules_pause import press
from tests.unit.sync_rules.undo_desk import UndoDesk

from leadpact.sync.effects import Effect


def made() -> tuple[UndoDesk, dict[str, Any]]:
    """A pair whose first sync wrote something, and how both CRMs looked before it."""
    desk = UndoDesk()
    desk.contact(jobtitle="CTO", lifecyclestage="lead")
    desk.lead(City="Bern")
    before = dict(desk.shown())
    desk.sync()
    assert desk.shown() != before
    return desk, before


def test_what_a_run_wrote_is_put_back_while_everything_is_paused() -> None:
    desk, before = made()
    press(desk)
    report = desk.undo()
    assert report.counts["put_back"]
    assert desk.shown() == before
    assert desk.sync().counts["written"] == 0
    assert desk.shown() == before


def test_a_pause_that_is_pressed_meanwhile_stops_it() -> None:
    desk, _before = made()
    shown = desk.shown()
    pressed: list[object] = []

    def press_once(effect: Effect) -> None:
        if not pressed and type(effect).__name__ == "Observe":
            pressed.append(press(desk))

    desk.before = press_once
    report = desk.undo()
    assert (report.status, report.exit_code) == ("waiting", 4)
    assert "A pause was pressed" in report.note
    assert desk.shown() == shown
