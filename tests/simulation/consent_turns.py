"""Histories in which people change their mind about e-mail: a family of its own, other seeds stay as they are."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulation.choices import Turn
from tests.simulation.consent import NATIVE, opted_out
from tests.simulation.crm_rows import Row
from tests.simulation.driver import Driver
from tests.simulation.weather import hide_field
from tests.simulation.world import MARKETER, REP, World

ONE_IN = 3
"""One turn in so many is about consent."""


class ConsentDriver(Driver):
    """Runs one history of consent."""

    def turn(self, turn: Turn) -> None:
        """One turn: now and then about consent, else as all histories have them."""
        chosen = turn.values[0] // 100 if turn.values else 0
        if chosen % ONE_IN == ONE_IN - 1:
            turn.taken += 1
            turn.of(CONSENT)(self.world, turn)
        else:
            super().turn(turn)


def _said(world: World, row: Row, *, out: bool) -> None:
    hubspot = row.ref.crm == "hubspot"
    who = "A marketer" if hubspot else "A rep"
    world.tell(f"{who} {'opts out' if out else 'takes the opt-out back on'} {world.called(row)}.")
    world.put(row, {NATIVE[row.ref.crm]: out}, MARKETER if hubspot else REP)


def _people(world: World) -> list[Row]:
    return [row for crm in world.crms.values() for row in crm.live(*crm.schemas) if _is_person(row)]


def _is_person(row: Row) -> bool:
    return row.ref.kind != "Opportunity"


def opt_out_here(world: World, turn: Turn) -> None:
    """Somebody opts out in one CRM."""
    rows = _people(world)
    if rows:
        _said(world, turn.of(rows), out=True)


def opt_out_everywhere(world: World, turn: Turn) -> None:
    """Somebody opts out in both CRMs."""
    _everywhere(world, turn, out=True)


def take_back_here(world: World, turn: Turn) -> None:
    """Somebody's opt-out is taken back in one CRM."""
    rows = [row for row in _people(world) if opted_out(row)]
    if rows:
        _said(world, turn.of(rows), out=False)


def take_back_everywhere(world: World, turn: Turn) -> None:
    """Somebody's opt-out is taken back in both CRMs."""
    _everywhere(world, turn, out=False)


def _everywhere(world: World, turn: Turn, *, out: bool) -> None:
    rows = [row for row in _people(world) if opted_out(row) is not out]
    if rows:
        person = turn.of(rows).person
        for row in rows:
            if row.person == person:
                _said(world, row, out=out)


def hide_consent(world: World, turn: Turn) -> None:
    """An admin takes away the right to see who has opted out, or gives it back."""
    crm = world.crms[turn.of(tuple(NATIVE))]
    name = NATIVE[crm.name]
    world.tell(f"An admin {'shows again' if name in crm.hidden else 'hides'} {name} in {crm.name}.")
    hide_field(crm, name)


CONSENT: tuple[Callable[[World, Turn], None], ...] = (
    *(opt_out_here, opt_out_here, opt_out_everywhere, take_back_here, take_back_here),
    *(take_back_everywhere, hide_consent),
)
