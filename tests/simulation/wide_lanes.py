"""Sales' own lane: a look at the hot feeds between two whole cycles (R19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulation.choices import Turn
from tests.simulation.crm_base import FakeCrm
from tests.simulation.driver import MOST_EFFECTS

from leadpact.model.source_signal import SourceSignal
from leadpact.sync.effects import ReadSignalsOf
from leadpact.sync.hot_cycle import hot_cycle

if TYPE_CHECKING:
    from tests.simulation.wide import WideDriver


def look_at_hot_lane(driver: WideDriver, turn: Turn) -> None:
    """A hot cycle, to its end or left on its way."""
    if driver.world.calm:
        # Calm histories are played with two lanes and with one: both look at the same moments.
        driver.world.now += timedelta(seconds=90)
        driver.whole("A")
        return
    if not driver.lanes or driver.slots:
        return
    effects = (MOST_EFFECTS + 1, 3, 9, 15)[turn.below(4)]
    driver.world.tell("A look at the hot lane:")
    if driver.start("A", steps=hot_cycle):
        driver.go_on("A", effects)


def acts_of(crm: FakeCrm, effect: ReadSignalsOf) -> list[SourceSignal]:
    """What these people did, by name."""
    told = [
        replace(act, ref=crm.lives_on(act.ref)) for act in crm.activities.acts.get(effect.kind, ())
    ]
    return [act for act in told if act.ref.id in effect.ids]
