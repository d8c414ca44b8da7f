"""Record types: which picklist values a record of a type may hold (facts salesforce §1, §6)."""

from __future__ import annotations

from typing import Any

from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.fields import reference
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.table import Row

MASTER = "012000000000000AAA"
TYPED = frozenset("Lead Contact Account Opportunity Campaign Task Event".split())
"""Objects that may have record types here."""


def enable(org: Org, kind: str) -> None:
    """Give an object its RecordTypeId, which it has only while there are record types for it."""
    owner = org.catalog.objects[kind]
    if "RecordTypeId" not in owner.fields:
        org.add_field(kind, reference("RecordTypeId", "Record Type ID", "RecordType", "RecordType"))


def saved(org: Org, row: Row, old: Row | None) -> None:
    """Check a RecordType row about to be stored.

    Raises:
        ApiError: 400 for an object without record types, or a name that is taken.
    """
    kind = row.get("SobjectType")
    if kind not in TYPED:
        raise ApiError(
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"Sobject Type Name: bad value for restricted picklist field: {kind}",
            ["SobjectType"],
        )
    for record_id in org.tables["RecordType"].equal("SobjectType", kind):
        other = org.tables["RecordType"].rows[record_id]
        if record_id != row["Id"] and other["DeveloperName"] == row.get("DeveloperName"):
            raise ApiError(
                400,
                "DUPLICATE_DEVELOPER_NAME",
                f"Duplicate Name, there is already a Record Type named {row['DeveloperName']}.",
                ["DeveloperName"],
            )
    if old is None:
        enable(org, kind)


def infos(org: Org, owner: Sobject, version: str) -> list[dict[str, Any]]:
    """``recordTypeInfos`` of a describe: the types of the object and Master."""
    base = f"/services/data/v{version}/sobjects/{owner.name}/describe"
    shown = []
    table = org.tables["RecordType"]
    for record_id in sorted(table.equal("SobjectType", owner.name)):
        row = table.rows[record_id]
        shown.append((row["DeveloperName"], row["Name"], record_id, bool(row.get("IsActive"))))
    shown.append(("Master", "Master", MASTER, True))
    return [
        {
            "active": active,
            "available": active,
            "defaultRecordTypeMapping": record_id == MASTER,
            "developerName": developer_name,
            "master": record_id == MASTER,
            "name": name,
            "recordTypeId": record_id,
            "urls": {"layout": f"{base}/layouts/{record_id}"},
        }
        for developer_name, name, record_id, active in shown
    ]


def check(org: Org, owner: Sobject, row: Row, old: Row | None) -> None:
    """Refuse values that the record's type excludes.

    Restricted picklists refuse; others do while ``salesforce.6.record_types_bind_all`` is on.

    Raises:
        ApiError: 400 INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST, or INVALID_CROSS_REFERENCE_KEY for a
            type of another object.
    """
    given = row.get("RecordTypeId")
    if given is None:
        return
    kind = org.tables["RecordType"].rows[given]
    if kind["SobjectType"] != owner.name or not kind.get("IsActive"):
        raise ApiError(
            400,
            "INVALID_CROSS_REFERENCE_KEY",
            f"Record Type ID: this ID value isn't valid for the user: {given}",
            ["RecordTypeId"],
        )
    bind_all = org.world.switch("salesforce.6.record_types_bind_all", False)
    same_type = old is not None and old.get("RecordTypeId") == given
    for name, allowed in kind.get("_picklists", {}).items():
        field, value = owner.fields.get(name), row.get(name)
        if field is None or value is None or not (field.restricted or bind_all):
            continue
        if same_type and old is not None and old.get(name) == value:
            continue
        if not set(value.split(";")) <= set(allowed):
            raise ApiError(
                400,
                "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                f"{field.label}: bad value for restricted picklist field: {value}",
                [name],
            )
