"""Reps are given records, leave, and come back."""

from __future__ import annotations

from dataclasses import replace

from tests.simulation.choices import Turn
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import CONTACT, LEAD
from tests.simulation.seats import OWNER, QUEUE, RITA, ROB
from tests.simulation.world import REP, World


def reassign(world: World, turn: Turn) -> None:
    """A manager gives a record to somebody else, or to the queue."""
    rows = world.salesforce.live(LEAD, CONTACT)
    if rows:
        row: Row = rows[turn.below(len(rows))]
        to = turn.of((ROB, RITA, QUEUE))
        world.tell(f"A manager gives {world.called(row)} to {to}.")
        world.put(row, {OWNER: to}, REP)


def leave(world: World, turn: Turn) -> None:
    """A rep leaves, or comes back; there is always one of the two."""
    staff = world.salesforce.tasks.staff
    one = staff[turn.of((RITA, ROB))]
    other = staff[ROB if one.id == RITA else RITA]
    if one.active and not other.active:
        one = other
    staff[one.id] = replace(one, active=not one.active)
    world.tell(f"{one.name} {'leaves' if one.active else 'is back'}.")
