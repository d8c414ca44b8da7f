"""Custom fields through the Tooling API (facts salesforce §7)."""

from __future__ import annotations

import re
from typing import Any

from starlette.responses import Response

from leadpact_sandbox.salesforce import audit, ids
from leadpact_sandbox.salesforce.api import Call, empty_answer, json_answer
from leadpact_sandbox.salesforce.errors import ApiError, not_covered, not_found
from leadpact_sandbox.salesforce.fields import Field
from leadpact_sandbox.salesforce.org import Org

_NAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])*__c", re.ASCII)
_TYPES = {
    "Text": "string",
    "Number": "double",
    "LongTextArea": "textarea",
    "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
    "Checkbox": "boolean",
    "DateTime": "datetime",
    "Date": "date",
}
_UNCOVERED_TYPES = frozenset(
    """AutoNumber Currency Email EncryptedText ExternalLookup Hierarchy Html Location Lookup
    MasterDetail Percent Phone Summary TextArea Time Url""".split()
)
_REFUSED = "FIELD_INTEGRITY_EXCEPTION"


def _refuse(message: str, field: str) -> ApiError:
    return ApiError(400, _REFUSED, message, [field])


def _whole(metadata: dict[str, Any], name: str, low: int, high: int, *, needed: bool = True) -> int:
    value = metadata.get(name)
    if value is None and not needed:
        return low
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise _refuse(f"{name} must be a whole number from {low} to {high}", name)
    return value


def _values(metadata: dict[str, Any]) -> tuple[tuple[str, ...], str | None, bool]:
    """Values, default and restriction of a picklist's ``valueSet``."""
    chosen = metadata.get("valueSet")
    definition = chosen.get("valueSetDefinition") if isinstance(chosen, dict) else None
    rows = definition.get("value") if isinstance(definition, dict) else None
    if not isinstance(rows, list) or not rows or not isinstance(chosen, dict):
        raise _refuse("a picklist needs valueSet.valueSetDefinition.value", "valueSet")
    names: list[str] = []
    default: str | None = None
    for row in rows:
        name = row.get("fullName", row.get("valueName")) if isinstance(row, dict) else None
        if not isinstance(name, str) or not name or len(name) > 255:
            raise _refuse("every value needs a fullName of at most 255 characters", "valueSet")
        if not isinstance(row.get("label", name), str):
            raise _refuse("a value's label is text", "valueSet")
        if name.lower() in {each.lower() for each in names}:
            raise ApiError(
                400, "DUPLICATE_VALUE", f"duplicate picklist value: {name}", ["valueSet"]
            )
        if row.get("default"):
            default = name
        names.append(name)
    return tuple(names), default, chosen.get("restricted") is True


def field_of(api_name: str, metadata: dict[str, Any]) -> Field:
    """The field that ``Metadata`` describes; without field-level security until granted (§7).

    Raises:
        ApiError: 400 for what the Tooling API would not take, 501 for types not covered.
    """
    kind = metadata.get("type")
    if not isinstance(kind, str):
        raise _refuse("type is a text", "type")
    if kind in _UNCOVERED_TYPES:
        raise not_covered(f"custom fields of type {kind}")
    if kind not in _TYPES:
        raise ApiError(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", f"type: {kind}", ["type"])
    label = metadata.get("label")
    if not isinstance(label, str) or not 1 <= len(label) <= 40:
        raise _refuse("label must have 1 to 40 characters", "label")
    more: dict[str, Any] = {}
    if kind == "Text":
        more["length"] = _whole(metadata, "length", 1, 255)
    elif kind == "LongTextArea":
        more["length"] = _whole(metadata, "length", 256, 131_072)
        _whole(metadata, "visibleLines", 2, 50)
        more["long_text"] = True
    elif kind == "Number":
        more["precision"] = _whole(metadata, "precision", 1, 18)
        more["scale"] = _whole(metadata, "scale", 0, more["precision"])
    elif kind in ("Picklist", "MultiselectPicklist"):
        more["values"], more["default"], more["restricted"] = _values(metadata)
        more["length"] = 255 if kind == "Picklist" else 4_099
    elif kind == "Checkbox":
        more["default"] = str(metadata.get("defaultValue", False)).lower() == "true"
        more["nillable"] = False
    unique, external = metadata.get("unique") is True, metadata.get("externalId") is True
    if (unique or external) and kind not in ("Text", "Number"):
        raise _refuse(f"a {kind} cannot be unique or an external id", "externalId")
    required = metadata.get("required") is True
    if required and kind in ("LongTextArea", "Checkbox"):
        raise _refuse(f"a {kind} cannot be required", "required")
    return Field(
        api_name,
        label,
        _TYPES[kind],
        **{
            **more,
            "nillable": more.get("nillable", True) and not required,
            "external_id": external,
            "unique": unique,
            "case_sensitive": kind == "Text" and metadata.get("caseSensitive") is True,
            "custom": True,
            "permissionable": not required,
            "needs_grant": not required,
        },
    )


def add_field(org: Org, full_name: object, metadata: object, user_id: str) -> str:
    """Add a custom field; answers the CustomField id.

    Raises:
        ApiError: 400 DUPLICATE_DEVELOPER_NAME if there, 400 for malformed names or metadata.
    """
    owner_name, _, api_name = full_name.partition(".") if isinstance(full_name, str) else ("",) * 3
    owner = org.catalog.objects.get(owner_name)
    if owner is None or not owner.customizable:
        raise _refuse(f"FullName: {full_name} names no customizable object", "FullName")
    if _NAME.fullmatch(api_name) is None or len(api_name) > 43:
        raise _refuse(f"FullName: {full_name} is not Object.Name__c", "FullName")
    if not isinstance(metadata, dict):
        raise ApiError(400, "REQUIRED_FIELD_MISSING", "Metadata is missing", ["Metadata"])
    if owner.field(api_name) is not None:
        raise ApiError(
            400,
            "DUPLICATE_DEVELOPER_NAME",
            f"There is already a field named {api_name.removesuffix('__c')} on {owner_name}.",
            ["FullName"],
        )
    field = field_of(api_name, metadata)
    org.add_field(owner_name, field)
    row = audit.born(org, "CustomField", org.now(), user_id)
    row["DeveloperName"] = api_name.removesuffix("__c")
    row["TableEnumOrId"] = owner_name
    org.write("CustomField", row)
    org.metadata[row["Id"]] = {"FullName": f"{owner_name}.{api_name}", "Metadata": metadata}
    return str(row["Id"])


def create(call: Call) -> Response:
    """``POST /tooling/sobjects/CustomField``: 201 like an sObject create."""
    body = call.object_body()
    made = add_field(call.org, body.get("FullName"), body.get("Metadata"), call.caller.user_id)
    answer = {"id": made, "success": True, "errors": [], "warnings": [], "infos": []}
    return json_answer(answer, 201)


def _kept(call: Call) -> tuple[str, dict[str, Any]]:
    record_id = ids.normalised(call.path["id"])
    kept = None if record_id is None else call.org.metadata.get(record_id)
    if record_id is None or kept is None:
        raise not_found()
    return record_id, kept


def read(call: Call) -> Response:
    """``GET /tooling/sobjects/CustomField/{id}``: with its Metadata."""
    record_id, kept = _kept(call)
    row = call.org.tables["CustomField"].rows[record_id]
    url = f"/services/data/v{call.version}/tooling/sobjects/CustomField/{record_id}"
    return json_answer({"attributes": {"type": "CustomField", "url": url}, **row, **kept})


def update(call: Call) -> Response:
    """``PATCH /tooling/sobjects/CustomField/{id}``: 204; the type stays, values may be added."""
    record_id, kept = _kept(call)
    metadata = call.object_body().get("Metadata")
    if not isinstance(metadata, dict):
        raise ApiError(400, "REQUIRED_FIELD_MISSING", "Metadata is missing", ["Metadata"])
    owner_name, _, api_name = kept["FullName"].partition(".")
    if metadata.get("type") != kept["Metadata"].get("type"):
        raise not_covered("changing a custom field's type")
    org = call.org
    org.add_field(owner_name, field_of(api_name, metadata))
    org.metadata[record_id] = {"FullName": kept["FullName"], "Metadata": metadata}
    row = org.tables["CustomField"].rows[record_id]
    org.write("CustomField", {**row, **audit.touched(org.now(), call.caller.user_id)})
    return empty_answer()
