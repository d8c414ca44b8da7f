"""Parents named by a key of their own instead of their id (facts salesforce §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadpact_sandbox.salesforce import ids
from leadpact_sandbox.salesforce.catalog import Access
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.fields import Field
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.values import stored


def parent_id(org: Org, lookup: Field, given: Mapping[str, Any], access: Access) -> str | None:
    """The id of the parent that a key of its own names: ``{"Account": {"Ext__c": "7"}}``.

    Raises:
        ApiError: 400 INVALID_FIELD unless exactly one live record of a possible parent has it.
    """
    about = given.get("attributes")
    kind = about.get("type") if isinstance(about, dict) else None
    keys = [(name, value) for name, value in given.items() if name not in ("attributes", "type")]
    if len(keys) != 1:
        raise ApiError(
            400, "INVALID_FIELD", f"{lookup.relationship}: exactly one key of the parent is needed"
        )
    name, value = keys[0]
    for target in lookup.reference_to:
        parent = org.catalog.objects[target]
        field = parent.field(name)
        if kind not in (None, target) or field is None or not access.reads(parent, field):
            continue
        if not (field.external_id or field.id_lookup):
            continue
        if value is None:
            return None
        table = org.tables[target]
        wanted = ids.normalised(str(value)) if field.name == "Id" else stored(org, field, value)
        if field.name == "Id":
            found = [] if wanted is None else [wanted]
        elif wanted is None:
            found = []
        elif table.has_index(field.name):
            found = sorted(table.equal(field.name, wanted))
        else:
            key = table.key_of(field.name, wanted)
            found = [
                row["Id"]
                for row in table.all_rows()
                if row.get(field.name) is not None
                and table.key_of(field.name, row[field.name]) == key
            ]
        live = [each for each in found if org.live(target, each) is not None]
        if len(live) == 1:
            return live[0]
        raise ApiError(
            400,
            "INVALID_FIELD",
            f"Foreign key external ID: {value} {'not found' if not live else 'is not unique'} "
            f"for field {field.name} in entity {target}",
        )
    raise ApiError(
        400, "INVALID_FIELD", f"{name} is no external id of what {lookup.relationship} points to"
    )
