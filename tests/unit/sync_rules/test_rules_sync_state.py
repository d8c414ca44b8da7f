"""R40: the record itself says how the sync stands, where the mapping names a field for it; else it costs nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.simulation.crm_hubspot import CONTACTS
from tests.unit.sync_rules.desk import Desk

from leadpact.model.schema import FieldSchema
from leadpact.sync.context import Context

FIELD = "leadpact_sync_state"


class Showing(Desk):
    """A desk whose contacts show how the sync stands."""

    def __init__(self) -> None:
        super().__init__()
        crm = self.world.hubspot
        schema = crm.schemas[CONTACTS]
        fields = {**schema.fields, FIELD: FieldSchema(FIELD, "Leadpact: sync", "text")}
        crm.schemas = {**crm.schemas, CONTACTS: replace(schema, fields=fields)}

    def context(self, **given: Any) -> Context:
        made = super().context(**given)
        side = ("hubspot", CONTACTS)
        rule = made.mapping.kind_rules[side]
        rule = replace(rule, outputs={**rule.outputs, "sync_state": FIELD})
        kinds = {**made.mapping.kind_rules, side: rule}
        return replace(made, mapping=replace(made.mapping, kind_rules=kinds))


def test_it_says_what_is_held_and_that_all_is_in_sync_once_it_is_settled() -> None:
    desk = Showing()
    contact = desk.contact(lifecyclestage="salesqualifiedlead")
    desk.lead(Status="Open - Not Contacted")
    for _cycle in range(3):
        desk.sync()
    (cause,) = desk.holds(contact)
    assert contact.fields[FIELD] == f"Stage held ({cause.replace('_', ' ')})"
    desk.answer(contact, cause, "take:hubspot")
    for _cycle in range(3):
        desk.sync()
    assert contact.fields[FIELD] == "In sync"
    desk.sync()
    assert desk.writes() == [], "it is written when it changes, and not again"


def test_without_a_field_nothing_is_said() -> None:
    desk = Desk()
    desk.contact(lifecyclestage="salesqualifiedlead")
    desk.lead(Status="Open - Not Contacted")
    desk.sync()
    assert desk.written(FIELD) == []
