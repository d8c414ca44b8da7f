"""Imports and mass edits: many like words at once are one question, and nothing moves until it is answered (R34)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulation.choices import Turn
from tests.simulation.crm_hubspot import OWN_STAGE
from tests.simulation.crm_hubspot import STAGE as LIFECYCLE
from tests.simulation.crm_salesforce import LEAD, REJECTED, STATUS, WORKING
from tests.simulation.operator import give
from tests.simulation.world import MARKETER, REP

from leadpact.model.record import Author, Native
from leadpact.ports.state_store import StateChanges
from leadpact.sync.suspending import LIKE

if TYPE_CHECKING:
    from tests.simulation.wide import WideDriver

IMPORT = Author("import", "imp-7")
ALIKE: tuple[tuple[str, str, str, Author, str], ...] = (
    ("hubspot", LIFECYCLE, "marketingqualifiedlead", IMPORT, "An import"),
    ("salesforce", STATUS, WORKING, REP, "A rep"),
    ("salesforce", STATUS, REJECTED, REP, "A rep"),
    ("hubspot", OWN_STAGE, "sql", MARKETER, "A marketer"),
)


def set_alike(driver: WideDriver, turn: Turn) -> None:
    """An import, or one person, sets the same on everybody."""
    crm, name, value, author, who = turn.of(ALIKE)
    world = driver.world
    rows = world.crms[crm].live(*((LEAD,) if crm == "salesforce" else ()))
    world.tell(f"{who} sets {name} to {value!r} on all {len(rows)} of {crm}.")
    for row in rows:
        fields: dict[str, Native] = {name: value}
        world.put(row, fields, author)
    if turn.below(2) and not driver.slots:
        driver.world.now += timedelta(seconds=90)
        driver.whole("A")


def answer_batch(driver: WideDriver, turn: Turn) -> None:
    """The operator lets a batch through, or sets all of it back; where none waits, there may be one next time."""
    waiting = [
        one for one in driver.store.holds(link_ids=[""], waiting_only=True) if one.cause == LIKE
    ]
    if not waiting:
        set_alike(driver, turn)
    else:
        give(driver, waiting[turn.below(len(waiting))], turn.of(("accept", "refuse")))


class Batches:
    """What must hold while a batch waits.

    Args:
        driver: of the history.
    """

    def __init__(self, driver: WideDriver) -> None:
        self._driver = driver

    def committed(self, changes: StateChanges) -> Iterator[str]:
        """A lead of a batch that was moved, or handed over, before anybody had answered."""
        moved = {
            one.link_id: f"{one.result} to {one.to_stage}"
            for one in changes.transitions
            if one.result in ("accepted", "implied")
        }
        begun = {one.link_id: one.step for one in changes.handoffs if one.step == "announcing"}
        ids = sorted({*moved, *begun})
        if not ids or not self._driver.options.few:
            return
        store = self._driver.store
        waiting = {
            one.link_id
            for one in store.holds(link_ids=ids, waiting_only=True)
            if one.cause == LIKE and one.id not in {each.id for each in changes.holds}
        }
        known = store.handoffs(sorted(begun))
        for link_id in sorted(waiting & moved.keys()):
            yield f"{link_id[:8]} was {moved[link_id]} while its batch waits"
        for link_id in sorted(waiting & begun.keys()):
            there = {one.id: one.step for one in known.get(link_id, ())}
            fresh = [one for one in changes.handoffs if one.link_id == link_id]
            if any(there.get(one.id) != "announcing" for one in fresh if one.step == "announcing"):
                yield f"{link_id[:8]} is handed over while its batch waits"
