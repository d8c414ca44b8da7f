"""Validation rules and record types through the Tooling API (facts salesforce §7)."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from leadpact_sandbox.salesforce import audit, ids, record_types, validation
from leadpact_sandbox.salesforce.api import Call, Handler, empty_answer, json_answer
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError, not_found
from leadpact_sandbox.salesforce.formula import compiled
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.table import Row

_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*", re.ASCII)
_MAX_NAME = 40
_MAX_MESSAGE = 255
KINDS = ("ValidationRule", "RecordType")


def _refuse(message: str, field: str) -> ApiError:
    return ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, [field])


def _text(metadata: dict[str, Any], name: str, longest: int, *, needed: bool) -> str | None:
    value = metadata.get(name)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise _refuse(f"{name} must be a text of 1 to {longest} characters", name)
    return value


def _rule(org: Org, owner: Sobject, name: str, metadata: dict[str, Any]) -> Row:
    """The columns of a validation rule; its formula must be one that Salesforce would save."""
    if not owner.customizable:
        raise _refuse(f"{owner.name} takes no validation rules", "FullName")
    active = metadata.get("active", False)
    if not isinstance(active, bool):
        raise _refuse("active must be true or false", "active")
    formula = _text(metadata, "errorConditionFormula", 100_000, needed=True)
    compiled(org, owner, formula or "")
    shown = _text(metadata, "errorDisplayField", 255, needed=False)
    field = None if shown is None else owner.field(shown)
    if shown is not None and field is None:
        raise _refuse(f"errorDisplayField: {owner.name} has no field {shown}", "errorDisplayField")
    return {
        "ValidationName": name,
        "Active": active,
        "Description": _text(metadata, "description", 255, needed=False),
        "ErrorDisplayField": None if field is None else field.name,
        "ErrorMessage": _text(metadata, "errorMessage", _MAX_MESSAGE, needed=True),
        "EntityDefinitionId": owner.name,
        "FullName": f"{owner.name}.{name}",
        "Metadata": {**metadata, "active": active},
    }


def _picklists(owner: Sobject, metadata: dict[str, Any]) -> dict[str, list[str]]:
    given = metadata.get("picklistValues", [])
    if not isinstance(given, list):
        raise _refuse("picklistValues is a list", "picklistValues")
    found: dict[str, list[str]] = {}
    for each in given:
        name = each.get("picklist") if isinstance(each, dict) else None
        field = owner.field(name) if isinstance(name, str) else None
        if field is None or field.type not in ("picklist", "multipicklist"):
            raise _refuse(f"{owner.name} has no picklist {name}", "picklistValues")
        rows = each.get("values")
        names = [row.get("fullName") if isinstance(row, dict) else None for row in rows or []]
        if not isinstance(rows, list) or not set(names) <= set(field.values):
            raise _refuse(f"values of {name} are among those of the field", "picklistValues")
        found[field.name] = [str(each) for each in names]
    return found


def _type(org: Org, owner: Sobject, name: str, metadata: dict[str, Any]) -> Row:
    active = metadata.get("active", True)
    if not isinstance(active, bool):
        raise _refuse("active must be true or false", "active")
    return {
        "Name": _text(metadata, "label", 80, needed=True),
        "DeveloperName": name,
        "SobjectType": owner.name,
        "Description": _text(metadata, "description", 255, needed=False),
        "IsActive": active,
        "FullName": f"{owner.name}.{name}",
        "Metadata": metadata,
        "_picklists": _picklists(owner, metadata),
    }


_COLUMNS = {"ValidationRule": _rule, "RecordType": _type}


def _metadata(body: dict[str, Any]) -> dict[str, Any]:
    metadata = body.get("Metadata")
    if not isinstance(metadata, dict):
        raise ApiError(400, "REQUIRED_FIELD_MISSING", "Metadata is missing", ["Metadata"])
    return metadata


def _named(org: Org, full_name: object) -> tuple[Sobject, str]:
    owner_name, _, name = full_name.partition(".") if isinstance(full_name, str) else ("",) * 3
    owner = org.catalog.objects.get(owner_name)
    if owner is None or owner.tooling:
        raise _refuse(f"FullName: {full_name} names no object", "FullName")
    if _NAME.fullmatch(name) is None or len(name) > _MAX_NAME:
        raise _refuse(f"FullName: {full_name} is not Object.Name", "FullName")
    return owner, name


def _store(org: Org, kind: str, row: Row, old: Row | None) -> None:
    """Write the row and let what follows from it come into force, or leave all as it was."""
    if kind == "RecordType":
        record_types.saved(org, row, old)
    org.write(kind, {name: value for name, value in row.items() if value is not None})
    if kind == "ValidationRule":
        validation.gather(org)


def add(org: Org, kind: str, full_name: object, metadata: dict[str, Any], user_id: str) -> str:
    """Make a validation rule or a record type; answers its id.

    Raises:
        ApiError: 400 for what Salesforce would not save, 501 for what the sandbox does not cover.
    """
    owner, name = _named(org, full_name)
    columns = _COLUMNS[kind](org, owner, name, metadata)
    taken = (
        each
        for each in org.tables[kind].all_rows()
        if each.get("FullName", "").lower() == columns["FullName"].lower()
    )
    if next(taken, None) is not None:
        raise ApiError(
            400, "DUPLICATE_DEVELOPER_NAME", f"There is already one named {name}.", ["FullName"]
        )
    row = {**audit.born(org, kind, org.now(), user_id), **columns}
    _store(org, kind, row, None)
    return str(row["Id"])


def create(kind: str) -> Handler:
    """``POST /tooling/sobjects/X``: 201 like an sObject create."""

    def handle(call: Call) -> Response:
        body = call.object_body()
        made = add(call.org, kind, body.get("FullName"), _metadata(body), call.caller.user_id)
        answer = {"id": made, "success": True, "errors": [], "warnings": [], "infos": []}
        return json_answer(answer, 201)

    return handle


def _row(call: Call, kind: str) -> Row:
    record_id = ids.normalised(call.path["id"])
    row = None if record_id is None else call.org.tables[kind].rows.get(record_id)
    if row is None:
        raise not_found()
    return row


def read(kind: str) -> Handler:
    """``GET /tooling/sobjects/X/{id}``: with FullName and Metadata."""

    def handle(call: Call) -> Response:
        row = _row(call, kind)
        url = f"/services/data/v{call.version}/tooling/sobjects/{kind}/{row['Id']}"
        shown = {name: row.get(name) for name in call.org.catalog.objects[kind].fields}
        more = {
            "FullName": row.get("FullName"),
            "Metadata": row.get("Metadata"),
        }
        return json_answer({"attributes": {"type": kind, "url": url}, **shown, **more})

    return handle


def update(kind: str) -> Handler:
    """``PATCH /tooling/sobjects/X/{id}``: 204; the whole Metadata is replaced."""

    def handle(call: Call) -> Response:
        row, org = _row(call, kind), call.org
        metadata = _metadata(call.object_body())
        named = row.get("FullName") or f"{row['SobjectType']}.{row['DeveloperName']}"
        owner, name = _named(org, named)
        columns = _COLUMNS[kind](org, owner, name, metadata)
        stamps = audit.touched(org.now(), call.caller.user_id)
        _store(org, kind, {**row, **columns, **stamps}, row)
        return empty_answer()

    return handle


def delete(kind: str) -> Handler:
    """``DELETE /tooling/sobjects/ValidationRule/{id}``: 204."""

    def handle(call: Call) -> Response:
        call.org.erase(kind, _row(call, kind)["Id"])
        validation.gather(call.org)
        return empty_answer()

    return handle
