"""Describe: global and per object, without the fields that the caller may not see (facts salesforce §1)."""

from __future__ import annotations

from typing import Any

from leadpact_sandbox.salesforce import record_types
from leadpact_sandbox.salesforce.catalog import Access, Sobject
from leadpact_sandbox.salesforce.fields import ANY_TYPE, NUMBER_TYPES, TEXT_TYPES, Field
from leadpact_sandbox.salesforce.org import Org

_SOAP = {
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "id": "tns:ID",
    "reference": "tns:ID",
}


def field_description(owner: Sobject, field: Field, access: Access) -> dict[str, Any]:
    """One field as describe shows it."""
    editable = access.edits(owner, field)
    plain = not (field.long_text or field.type == ANY_TYPE)
    return {
        "name": field.name,
        "label": field.label,
        "type": field.type,
        "soapType": _SOAP.get(field.type, "xsd:string"),
        "length": field.length,
        "byteLength": field.length * 3 if field.type in TEXT_TYPES else field.length,
        "precision": field.precision,
        "scale": field.scale,
        "digits": field.precision if field.type == "int" else 0,
        "createable": field.createable and editable,
        "updateable": field.updateable and editable,
        "nillable": field.nillable,
        "defaultedOnCreate": field.default is not None or not field.createable,
        "defaultValue": False if field.type == "boolean" else None,
        "filterable": plain,
        "sortable": plain,
        "groupable": plain and field.type not in NUMBER_TYPES | {"datetime"},
        "aggregatable": plain,
        "externalId": field.external_id,
        "unique": field.unique,
        "idLookup": field.id_lookup or field.external_id,
        "caseSensitive": field.case_sensitive,
        "calculated": field.calculated,
        "calculatedFormula": None,
        "autoNumber": False,
        "custom": field.custom,
        "permissionable": field.permissionable,
        "nameField": field.name == "Name",
        "htmlFormatted": False,
        "encrypted": False,
        "deprecatedAndHidden": False,
        "inlineHelpText": None,
        "restrictedPicklist": field.restricted,
        "dependentPicklist": False,
        "controllerName": None,
        "picklistValues": [
            {
                "value": value,
                "label": value,
                "active": True,
                "defaultValue": value == field.default,
                "validFor": None,
            }
            for value in field.values
        ],
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
        "polymorphicForeignKey": len(field.reference_to) > 1,
        "namePointing": len(field.reference_to) > 1,
        "extraTypeInfo": "plaintextarea" if field.long_text else None,
        "compoundFieldName": None,
    }


def object_description(owner: Sobject, version: str) -> dict[str, Any]:
    """One object as the global describe shows it."""
    base = f"/services/data/v{version}/sobjects/{owner.name}"
    return {
        "name": owner.name,
        "label": owner.label,
        "labelPlural": owner.plural,
        "keyPrefix": owner.prefix,
        "custom": False,
        "customSetting": False,
        "activateable": False,
        "createable": "create" in owner.verbs,
        "updateable": "update" in owner.verbs,
        "deletable": "delete" in owner.verbs,
        "undeletable": "IsDeleted" in owner.fields,
        "mergeable": "MasterRecordId" in owner.fields,
        "queryable": True,
        "retrieveable": True,
        "replicateable": "SystemModstamp" in owner.fields,
        "searchable": owner.customizable,
        "triggerable": owner.customizable,
        "layoutable": owner.customizable,
        "feedEnabled": False,
        "mruEnabled": False,
        "deprecatedAndHidden": False,
        "urls": {
            "sobject": base,
            "describe": f"{base}/describe",
            "rowTemplate": f"{base}/{{ID}}",
        },
    }


def describe(org: Org, owner: Sobject, access: Access, version: str) -> dict[str, Any]:
    """The describe of one object; fields without field-level security are simply missing (§1)."""
    visible = [field for field in owner.fields.values() if access.reads(owner, field)]
    return {
        **object_description(owner, version),
        "fields": [field_description(owner, field, access) for field in visible],
        "recordTypeInfos": record_types.infos(org, owner, version),
        "childRelationships": [
            {
                "cascadeDelete": False,
                "childSObject": child.object,
                "deprecatedAndHidden": False,
                "field": child.field,
                "relationshipName": child.relationship,
            }
            for child in owner.children
        ],
        "actionOverrides": [],
        "namedLayoutInfos": [],
        "supportedScopes": [{"label": "All records", "name": "everything"}],
    }


def describe_global(org: Org, version: str, *, tooling: bool = False) -> dict[str, Any]:
    """The list of objects."""
    return {
        "encoding": "UTF-8",
        "maxBatchSize": 200,
        "sobjects": [
            object_description(each, version)
            for each in org.catalog.objects.values()
            if (each.tooling or each.anywhere if tooling else not each.tooling)
        ],
    }


def record(owner: Sobject, row: dict[str, Any], access: Access, version: str) -> dict[str, Any]:
    """A row as ``GET /sobjects/X/{id}`` shows it: every field that the caller may read."""
    shown: dict[str, Any] = {
        "attributes": {
            "type": owner.name,
            "url": f"/services/data/v{version}/sobjects/{owner.name}/{row['Id']}",
        }
    }
    for field in owner.fields.values():
        if access.reads(owner, field):
            value = row.get(field.name)
            shown[field.name] = bool(value) if field.type == "boolean" else value
    return shown
