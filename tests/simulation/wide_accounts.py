"""Accounts and companies: what changes there concerns all their people, of whom no feed tells (R20)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.simulation.choices import Turn
from tests.simulation.crm_salesforce import CONTACT
from tests.simulation.invariants import _people
from tests.simulation.wide_agreement import INDUSTRY, TIER
from tests.simulation.wide_world import OF_ACCOUNTS, AccountRow
from tests.simulation.world import MARKETER, REP

if TYPE_CHECKING:
    from tests.simulation.wide import WideDriver

SHOWN = {"salesforce": INDUSTRY, "hubspot": TIER}
TAKEN_TO = (
    ("account_industry", "salesforce", INDUSTRY, "hubspot", "account_industry"),
    ("company_tier", "hubspot", TIER, "salesforce", "Tier__c"),
)
"""(canonical field, CRM of the account, as its people show it, the other CRM, its field)."""


def change_account(driver: WideDriver, turn: Turn) -> None:
    """An account gets another value; its people show it without having changed, who was in none joins it."""
    world = driver.world
    crm = world.crms[turn.of(("salesforce", "hubspot"))]
    kind, _prefix = OF_ACCOUNTS[crm.name]
    account = crm.live(kind)[turn.below(2)]
    assert isinstance(account, AccountRow)
    name, value = SHOWN[crm.name], f"of account {account.number} v{world.unique()}"
    author = REP if crm.name == "salesforce" else MARKETER
    world.tell(f"Account {account.number} of {crm.name} gets {value!r}.")
    for row in crm.live(crm.capabilities.person_kinds[0]):
        if row.person // 2 != account.number:
            continue
        if row.fields.get(name) is None:
            crm.put(row, {name: value}, author)
            world.tell(f"{world.called(row)} joins it.")
        else:
            row.fields[name] = value
    crm.put(account, {}, author)


def accounts_differ(driver: WideDriver) -> Iterator[str]:
    """What an account shows on its people stands in the other CRM, too, or a person was told."""
    for person in _people(driver):
        for name, crm, shown_as, other, native in TAKEN_TO:
            if crm not in person.sides or other not in person.sides:
                continue
            (here, source), (there, target) = person.sides[crm], person.sides[other]
            if shown_as == INDUSTRY and here.ref.kind != CONTACT:
                continue
            said, got = source.fields.get(shown_as), target.fields.get(native)
            if said is None or said == got:
                continue
            if not (person.excused(crm, name, shown_as) or person.excused(other, name, native)):
                yield f"the account of {here.ref} shows {said!r}, and {there.ref} has {got!r}"
