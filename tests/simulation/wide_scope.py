"""Who takes part: people who leave the scope and come back, and admins who redraw it (R37)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.simulation.choices import Turn
from tests.simulation.crm_hubspot import CONTACTS
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import CONTACT, LEAD
from tests.simulation.wide_agreement import OUTSIDE, PARTNER, SCOPES, wide_mapping
from tests.simulation.world import MARKETER, REP

from leadpact.model.record import RecordRef

if TYPE_CHECKING:
    from tests.simulation.driver import Running
    from tests.simulation.wide import WideDriver

SAYS = {CONTACTS: PARTNER, LEAD: "Country", CONTACT: "MailingCountry"}
OUT = {CONTACTS: "partner", LEAD: OUTSIDE, CONTACT: OUTSIDE}
WORDS = ("everybody", "nobody in Brazil", "nobody in Brazil and no partner")


def leave(driver: WideDriver, turn: Turn) -> None:
    """Somebody moves to where the scope does not reach."""
    rows = _rows(driver, turn)
    if rows:
        row = rows[turn.below(len(rows))]
        _say(driver, row, OUT[row.ref.kind])


def come_back(driver: WideDriver, turn: Turn) -> None:
    """Somebody who had moved away is back."""
    rows = [row for row in _rows(driver, turn) if _is_out(row)]
    if rows:
        _back(driver, rows[turn.below(len(rows))])


def redraw(driver: WideDriver, turn: Turn) -> None:
    """An admin says otherwise who takes part."""
    driver.scope = (driver.scope + 1 + turn.below(len(SCOPES) - 1)) % len(SCOPES)
    driver.world.tell(f"An admin redraws the scope: {WORDS[driver.scope]}.")


def bring_back(driver: WideDriver) -> bool:
    """Everybody is in again, by the mapping or by what their records say; False where nobody was out."""
    if not driver.store.frozen_count() and not driver.store.out_of_scope(1):
        return False
    if driver.options.lanes:
        driver.scope = 0
        driver.world.tell("An admin lets everybody in.")
        return True
    for crm in driver.world.crms.values():
        for row in crm.live():
            if _is_out(row):
                _back(driver, row)
    return True


def written_out_of_scope(driver: WideDriver, running: Running, ref: RecordRef) -> Iterator[str]:
    """A write to a record of a lead that was out when the run looked, and had been known to be out before."""
    link_id = driver.store.link_ids([ref]).get(ref)
    known = driver.store.frozen([link_id]).get(link_id) if link_id is not None else None
    scope = driver.scopes[running.number]
    if known is None or known.ended_at is not None or not scope:
        return
    row = driver.world.crms[known.ref.crm].rows[known.ref]
    looked = running.reads.get(known.ref)
    if looked is None or row.gone or row.became:
        return
    here = [one for one in driver.world.crms[known.ref.crm].live() if one.person == row.person]
    if len(here) > 1:
        return  # another record may be the one that counts now (R23)
    shot = next((one for one in reversed(row.shots) if one.at <= looked), row.shots[0])
    seen = replace(row.record(), fields=shot.fields)
    if wide_mapping(scope).in_scope(seen)[0] is False:
        yield f"{ref} was written while {known.ref} keeps its lead out of scope"


def _rows(driver: WideDriver, turn: Turn) -> list[Row]:
    return driver.world.crms[turn.of(("salesforce", "hubspot"))].live()


def _is_out(row: Row) -> bool:
    return row.fields.get(SAYS[row.ref.kind]) == OUT[row.ref.kind]


def _back(driver: WideDriver, row: Row) -> None:
    inside = f"country p{row.person} v{driver.world.unique()}"
    _say(driver, row, None if row.ref.kind == CONTACTS else inside)


def _say(driver: WideDriver, row: Row, value: str | None) -> None:
    name, world = SAYS[row.ref.kind], driver.world
    world.tell(f"{name} of {world.called(row)} is {value!r} from now on.")
    world.put(row, {name: value}, MARKETER if row.ref.kind == CONTACTS else REP)
