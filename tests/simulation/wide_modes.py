"""The mode that the settings name: observe and shadow, switched on and off between runs (R36, R6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.simulation.choices import Turn

from leadpact.sync.effects import Write
from leadpact_app.bootstrap.modes import Mode

if TYPE_CHECKING:
    from tests.simulation.wide import WideDriver

MODES: tuple[Mode, ...] = ("observe", "shadow", "act")
OURS = "leadpact_"


def change_mode(driver: WideDriver, turn: Turn) -> None:
    """An admin sets another mode; the next run heeds it."""
    driver.mode = turn.of(MODES)
    driver.world.tell(f"An admin sets the mode to {driver.mode!r}.")


def written_in_mode(begun: Mode | None, now: Mode | None, effect: Write) -> Iterator[str]:
    """What a run wrote that its mode forbids; of a run in which the mode changed nothing is said."""
    if begun != now or now in (None, "act"):
        return
    for row in effect.rows:
        foreign = sorted(name for name in row.fields if not name.startswith(OURS))
        if now == "shadow":
            yield f"{row.op} of {sorted(row.fields)} was written in shadow mode"
        elif foreign or row.op != "set":
            yield f"{row.op} of {foreign} was written in observe mode"
