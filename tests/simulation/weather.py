"""What befalls a whole CRM, or our own clock: a hidden field, a picklist value taken away or renamed, a wrong time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from tests.simulation.choices import Turn
from tests.simulation.crm_base import FakeCrm
from tests.simulation.world import World

from leadpact.model.record import Author
from leadpact.model.schema import PicklistValue

ADMIN = Author("person", "005ADMIN")
HIDEABLE = {
    "hubspot": ("city", "jobtitle", "leadpact_stage", "hs_lead_status"),
    "salesforce": ("City", "Title", "leadpact_stage__c", "Status", "HasOptedOutOfEmail"),
}
OPTIONS = (
    ("salesforce", "Lead", "Status", "Working - Contacted", "Working"),
    ("hubspot", "contacts", "hs_lead_status", "BAD_TIMING", "NOT_NOW"),
    ("salesforce", "Lead", "leadpact_rejection_reason__c", "bad_timing", "later"),
)
SKEWS = (0, -7200, -90, 300, 3600)


def hide(world: World, turn: Turn) -> None:
    """An admin takes away the right to see a field, or gives it back."""
    crm = world.crms[turn.of(("hubspot", "salesforce"))]
    name = turn.of(HIDEABLE[crm.name])
    word = "shows again" if name in crm.hidden else "hides"
    hide_field(crm, name)
    world.tell(f"An admin {word} {name} in {crm.name}.")


def hide_field(crm: FakeCrm, name: str) -> None:
    """The field is shown no more, or again where it was hidden."""
    crm.hidden ^= {name}


def rename(world: World, turn: Turn) -> None:
    """An admin renames a picklist value, on all records that have it, or takes that back."""
    _rename(world, turn.below(len(OPTIONS)))


def _rename(world: World, number: int) -> None:
    name, kind, field, old, new = OPTIONS[number]
    crm = world.crms[name]
    if number in world.renamed:
        old, new = new, old
    world.renamed ^= {number}
    world.tell(f"An admin renames {old!r} of {field} to {new!r} in {name}.")
    set_option(crm, kind, field, old, new)
    for row in crm.live(kind):
        if row.fields.get(field) == old:
            crm.put(row, {field: new}, ADMIN)


def set_option(crm: FakeCrm, kind: str, field: str, old: str, new: str) -> None:
    """Rename a picklist value in the live schema; what records hold stays."""
    shown = crm.schemas[kind]
    one = shown.fields[field]
    options = tuple(PicklistValue(new, new) if o.value == old else o for o in one.picklist)
    fields = {**shown.fields, field: replace(one, picklist=options)}
    crm.schemas = {**crm.schemas, kind: replace(shown, fields=fields)}


def misset(world: World, turn: Turn) -> None:
    """Our own clock is wrong from now on, or right again."""
    world.skew = timedelta(seconds=turn.of(SKEWS))
    world.tell(f"Our clock is {int(world.skew.total_seconds())} seconds off.")


def clear_up(world: World) -> None:
    """All is mended."""
    for crm in world.crms.values():
        crm.hidden = frozenset()
    for number in sorted(world.renamed):
        _rename(world, number)
    world.skew = timedelta()


WEATHER: tuple[Callable[[World, Turn], None], ...] = (hide, rename, misset, hide)
