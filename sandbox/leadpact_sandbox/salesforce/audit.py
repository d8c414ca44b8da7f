"""The system fields that every save sets (facts salesforce §3)."""

from __future__ import annotations

from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.table import Row


def touched(stamp: str, user_id: str, owner: Sobject | None = None) -> Row:
    """The audit fields of a change; those that ``owner`` has, where it is given."""
    full = {"LastModifiedDate": stamp, "LastModifiedById": user_id, "SystemModstamp": stamp}
    if owner is None or "LastModifiedById" in owner.fields:
        return full
    return {name: value for name, value in full.items() if name in owner.fields}


def born(org: Org, kind: str, stamp: str, user_id: str) -> Row:
    """The system fields of a new row that its object has."""
    full = {
        "Id": org.mint(kind),
        "IsDeleted": False,
        "CreatedDate": stamp,
        "CreatedById": user_id,
        "LastModifiedDate": stamp,
        "LastModifiedById": user_id,
        "SystemModstamp": stamp,
    }
    known = org.catalog.objects[kind].fields
    if "IsDeleted" in known and "LastModifiedById" in known:
        return full
    return {name: value for name, value in full.items() if name in known}
