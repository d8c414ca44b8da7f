"""What the operator does: answers what waits, as `leadpact review` does, and approves what was parked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.simulation.choices import Turn

from leadpact.errors import FixSettings
from leadpact.model.link import Hold, WorkItem
from leadpact.ports.state_store import StateChanges
from leadpact_app.cli.answers import JOINS, STAGES, accepted, refused

if TYPE_CHECKING:
    from tests.simulation.driver import Driver

GIVEN = ("lead", "mql", "sql", "recycled", "customer")
"""Stages that an operator may say stand."""


def answer(driver: Driver, turn: Turn) -> None:
    """Approve the plan that was parked, else answer one hold."""
    if driver.parked:
        approve(driver)
        return
    holds = sorted(driver.store.holds(waiting_only=True), key=lambda one: one.id)
    if not holds:
        return
    hold = holds[turn.below(len(holds))]
    options = sorted(_answers(hold))
    if options:
        give(driver, hold, options[turn.below(len(options))])


def give(driver: Driver, hold: Hold, word: str) -> None:
    """Write down the answer, that to a batch for all its leads; the next cycle carries it out."""
    driver.world.tell(f"The operator answers {hold.field or 'lead'} {hold.cause!r} with {word!r}.")
    if hold.cause in JOINS and word == "refuse":
        _keep_apart(driver, hold)
    changes = StateChanges()
    for one in (hold, *_of_its_leads(driver, hold)):
        changes.holds.append(replace(one, status="answered", answer=word))
        if one.link_id:
            refs = [side.ref for side in driver.store.sides([one.link_id]).get(one.link_id, ())]
            driver.answered.update({(ref, one.field): driver.world.now for ref in refs})
            changes.work.append(WorkItem(one.link_id, "review", driver.now, driver.now))
    driver.store.commit(changes, None, driver.now)


def _of_its_leads(driver: Driver, hold: Hold) -> list[Hold]:
    if hold.link_id:
        return []
    waiting = driver.store.holds(waiting_only=True)
    return [
        one for one in waiting if one.link_id and (one.cause, one.shown) == (hold.cause, hold.shown)
    ]


def _keep_apart(driver: Driver, hold: Hold) -> None:
    """Whose records these are were said to be two: so are all records that either has now."""
    named = set(" ".join(hold.shown.values()).replace(",", " ").split())
    rows = [row for crm in driver.world.crms.values() for row in crm.rows.values()]
    links = driver.store.link_ids([row.ref for row in rows if row.ref.id in named])
    sides = driver.store.sides(list(dict.fromkeys(links.values())))
    theirs = {side.ref.id for group in sides.values() for side in group}
    driver.kept_apart.append(frozenset(named | theirs))


def _answers(hold: Hold) -> set[str]:
    """All that the command would take for this hold; that two records are one person is only denied."""
    found: set[str] = set()
    if hold.cause not in JOINS:
        for take, value in (
            *((crm, None) for crm in ("hubspot", "salesforce")),
            ("", None),
            *(("", stage) for stage in GIVEN if hold.cause in STAGES),
        ):
            try:
                found.add(accepted(hold, take, value, GIVEN))
            except FixSettings:
                continue
    try:
        found.add(refused(hold))
    except FixSettings:
        pass
    return found


def approve(driver: Driver) -> None:
    """Approve what was parked: the next run goes without caps."""
    driver.world.tell("The operator approves the plan.")
    driver.go_live = driver.go_live or driver.now
    driver.approved = True
    driver.parked = False
