"""The operator's buttons: pause and resume, undo a run, forget a person; and what must hold of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.simulation.agreement import mapping
from tests.simulation.choices import Turn
from tests.simulation.crm_rows import Row

from leadpact.audit.person import person_of
from leadpact.matching.forgotten import Forgotten, mark_of
from leadpact.matching.keys import folded
from leadpact.model.erasure import Erasure, Mark
from leadpact.model.pause import Direction, Pause
from leadpact.ports.connector import WriteRow
from leadpact.ports.state_store import StateChanges
from leadpact.sync.same import same_native
from leadpact.sync.standing_pauses import StandingPauses, names_of
from leadpact.sync.undo import undo
from leadpact.sync.undoing import UndoOrder
from leadpact_app.bootstrap.modes import BY as MODE

if TYPE_CHECKING:
    from tests.simulation.driver import Driver

KEY = b"a key of sixteen"
KEYS = (
    *("email", "hs_additional_emails", "Email"),
    *("leadpact_lead_id", "leadpact_lead_id__c"),
)
"""Fields by which a record is known as somebody's."""
STOPPED: tuple[tuple[str, Direction, str], ...] = (
    ("salesforce", "to_crm", ""),
    ("hubspot", "to_crm", ""),
    ("", "", "title"),
    ("", "", "stage"),
    ("hubspot", "from_crm", ""),
    ("", "", ""),
)
"""(crm, direction, field) of what an operator may stop."""


def press(driver: Driver, turn: Turn) -> None:
    """Press the stop button; where it is pressed already, let it go."""
    if any(one.by != MODE for one in driver.store.pauses()):
        let_go(driver)
        return
    crm, direction, field = turn.of(STOPPED)
    one = Pause(f"p{driver.world.unique()}", driver.now, "Olga", crm, direction, "", field)
    driver.world.tell(f"The operator pauses {' '.join(filter(None, one.what)) or 'everything'}.")
    driver.store.commit(StateChanges(pauses=[one]), None, driver.now)


def let_go(driver: Driver) -> None:
    """Every pause ends that a person pressed."""
    for one in driver.store.pauses():
        if one.by == MODE:
            continue
        driver.world.tell("The operator ends the pause.")
        ended = replace(one, ended_at=driver.now, ended_by="Olga")
        driver.store.commit(StateChanges(pauses=[ended]), None, driver.now)


def undo_run(driver: Driver, turn: Turn) -> None:
    """Begin to undo one of the last runs, unless another is at work."""
    runs = [one for one in driver.store.runs(6) if one.kind == "sync" and one.status != "running"]
    runs = [one for one in runs if driver.store.leads_of_run(one.id)]
    if driver.slots or not runs or driver.go_live is None:
        return
    run = runs[turn.below(len(runs))]
    leads = tuple(driver.store.leads_of_run(run.id))
    driver.world.tell(f"The operator undoes {run.id}.")
    driver.start("A", only=leads, steps=lambda context: undo(context, UndoOrder(run)))


def forget(driver: Driver, turn: Turn) -> None:
    """Erase a person from the state, while no cycle is at work."""
    ids = list(driver.store.page_of_links("", 1000))
    if driver.slots or not ids or driver.go_live is None:
        return
    person = person_of(driver.store, mapping(), ids[turn.below(len(ids))], folded)
    told = [("record", str(ref)) for ref in person.refs]
    told += [("address", one) for one in person.addresses]
    told += [("our_id", one) for one in person.our_ids]
    lease = driver.store.acquire("forget", driver.now, timedelta(minutes=5))
    if lease is None:
        return
    number = f"e{driver.world.unique()}"
    marks = [Mark(mark_of(KEY, *one), "state", driver.now, number) for one in told]
    driver.store.erase(person, Erasure(number, driver.now, "asked"), marks, lease)
    driver.store.release(lease)
    driver.world.late.under_way.clear()
    driver.erased |= set(person.refs)
    driver.erased_by |= {*person.addresses, *person.our_ids}
    driver.world.tell(f"The operator forgets {', '.join(map(str, person.refs))}.")


BUTTONS: tuple[Callable[[Driver, Turn], None], ...] = (press, undo_run, press, forget)


def forgotten(driver: Driver) -> Forgotten | None:
    """What a cycle knows of those who were erased."""
    return Forgotten({"state": KEY}, driver.store.forgotten) if driver.erased else None


def heeded(pauses: tuple[Pause, ...], crm: str, kind: str, row: WriteRow) -> bool:
    """Whether the row holds nothing that these pauses stop on its way there."""
    standing = StandingPauses(pauses, names_of(mapping()))
    if row.op == "announce":
        return not standing.stop_handing(crm, kind)
    return not any(standing.stop("to_crm", crm, kind, name) for name in row.fields)


def undone_differs(driver: Driver) -> Iterator[str]:
    """What was put back stands, as long as its pin does (R32)."""
    store = driver.store
    for pin in store.pins():
        row = driver.world.crms[pin.ref.crm].rows.get(pin.ref) if pin.ref.crm else None
        if row is None or row.gone or row.became:
            continue
        shown = row.fields.get(pin.field)
        if not same_native(shown, pin.kept):
            yield f"{pin.field} of {pin.ref} was put back to {pin.kept!r} and shows {shown!r}"


def erased_again(driver: Driver) -> Iterator[str]:
    """Nobody who was erased is known again by a record of theirs (R27)."""
    known = driver.store.link_ids(sorted(driver.erased))
    for ref in known:
        yield f"{ref} was erased and is known again"


def of_erased(driver: Driver, row: Row) -> bool:
    """Whether a record was somebody's who was erased, or shows an address or an id of theirs (R27)."""
    if row.ref in driver.erased:
        return True
    shown = _shown_by(row)
    if not shown.isdisjoint(driver.erased_by):
        return True
    return any(not shown.isdisjoint(_shown_by(lead)) for lead in _became_erased(driver))


def _became_erased(driver: Driver) -> Iterator[Row]:
    """Leads that nobody knows, converted into a record of somebody erased: they say by what that person is known."""
    for crm in driver.world.crms.values() if driver.erased else ():
        for row in crm.rows.values():
            hers = not driver.erased.isdisjoint({*row.became, crm.lives_on(row.ref)})
            if row.became and hers and not driver.store.link_ids([row.ref]):
                yield row


def _shown_by(row: Row) -> set[str]:
    """Addresses and ids of ours that a record shows."""
    shown = (str(value or "").strip().lower() for name, value in row.fields.items() if name in KEYS)
    return {part for text in shown for part in text.split(";") if part}
