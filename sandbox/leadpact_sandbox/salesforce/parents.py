"""Parents named by a key of their own instead of their id (facts salesforce §4)."""

from __future__ import annotations

from typing import Any

from leadpact_sandbox.salesforce import ids
from leadpact_sandbox.salesforce.catalog import Access, Sobject
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.fields import Field
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.values import stored


def parent_id(org: Org, lookup: Field, given: object, access: Access) -> str | None:
    """The id of the parent that a key of its own names: ``{"Account": {"Ext__c": "7"}}``.

    Where the lookup is polymorphic, ``type`` (in ``attributes`` or beside the key) says which.

    Raises:
        ApiError: 400 INVALID_FIELD unless exactly one live record of a possible parent has it.
    """
    about = given if isinstance(given, dict) else {}
    attributes = about.get("attributes")
    told = attributes.get("type") if isinstance(attributes, dict) else about.get("type")
    keys = [(name, value) for name, value in about.items() if name not in ("attributes", "type")]
    if len(keys) != 1:
        raise ApiError(
            400, "INVALID_FIELD", f"{lookup.relationship}: exactly one key of the parent is needed"
        )
    name, value = keys[0]
    tried: list[str] = []
    live: list[str] = []
    for target in lookup.reference_to:
        parent = org.catalog.objects[target]
        field = parent.field(name)
        if told not in (None, target) or field is None or not access.reads(parent, field):
            continue
        if field.external_id or field.id_lookup:
            tried.append(f"{field.name} in entity {target}")
            live += _found(org, parent, field, value)
    if not tried:
        raise ApiError(
            400,
            "INVALID_FIELD",
            f"{name} is no external id of what {lookup.relationship} points to",
        )
    if value is None:
        return None
    if len(live) != 1:
        raise ApiError(
            400,
            "INVALID_FIELD",
            f"Foreign key external ID: {value} {'is not unique' if live else 'not found'} for "
            f"field {tried[0]}",
        )
    return live[0]


def _found(org: Org, parent: Sobject, field: Field, value: Any) -> list[str]:
    """Live records of an object whose key has this value."""
    wanted = ids.normalised(str(value)) if field.name == "Id" else stored(org, field, value)
    table = org.tables[parent.name]
    if wanted is None:
        return []
    if field.name == "Id":
        found = [wanted]
    elif table.has_index(field.name):
        found = sorted(table.equal(field.name, wanted))
    else:
        key = table.key_of(field.name, wanted)
        rows = [row for row in table.all_rows() if row.get(field.name) is not None]
        found = [row["Id"] for row in rows if table.key_of(field.name, row[field.name]) == key]
    return [each for each in found if org.live(parent.name, each) is not None]
