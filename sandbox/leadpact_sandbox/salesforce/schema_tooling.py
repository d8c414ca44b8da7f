"""Objects of the set-up that the Tooling API reads and writes (facts salesforce §7)."""

from __future__ import annotations

from leadpact_sandbox.salesforce.catalog import Sobject, sobject
from leadpact_sandbox.salesforce.fields import (
    COMPLEX,
    CREATE_ONLY,
    READ_ONLY,
    Field,
    flag,
    stamp,
    system_fields,
    text,
)


def _of_entity() -> Field:
    """The object that a piece of set-up belongs to, by its API name."""
    return Field(
        "EntityDefinitionId",
        "Entity Definition ID",
        "string",
        255,
        reference_to=("EntityDefinition",),
        relationship="EntityDefinition",
        **READ_ONLY,
    )


def _described() -> tuple[Field, Field]:
    return text("FullName", "Full Name", 255), Field("Metadata", "Metadata", COMPLEX)


def custom_field() -> Sobject:
    """CustomField."""
    return sobject(
        "CustomField",
        "Custom Field",
        "00N",
        (
            *system_fields(deletable=False),
            text("DeveloperName", "Developer Name", 40),
            text("NamespacePrefix", "Namespace Prefix", 15),
            text("TableEnumOrId", "Table Enum or ID", 40),
        ),
        tooling=True,
        indexed="DeveloperName",
    )


def validation_rule() -> Sobject:
    """ValidationRule: its formula stands in Metadata only."""
    return sobject(
        "ValidationRule",
        "Validation Rule",
        "03d",
        (
            *system_fields(deletable=False),
            text("ValidationName", "Validation Name", 40),
            text("NamespacePrefix", "Namespace Prefix", 15),
            flag("Active", "Active"),
            text("Description", "Description", 255),
            text("ErrorDisplayField", "Error Display Field", 255),
            text("ErrorMessage", "Error Message", 255),
            _of_entity(),
            *_described(),
        ),
        tooling=True,
        indexed="EntityDefinitionId",
    )


def entity_definition() -> Sobject:
    """EntityDefinition: one row per object; its Id and DurableId are the API name here."""
    return sobject(
        "EntityDefinition",
        "Entity Definition",
        "4ie",
        (
            text("Id", "Entity Definition ID", 255, **READ_ONLY),
            text("DurableId", "Durable ID", 255, **READ_ONLY),
            text("QualifiedApiName", "Qualified API Name", 255, **READ_ONLY),
            text("DeveloperName", "Developer Name", 255, **READ_ONLY),
            text("Label", "Label", 255, **READ_ONLY),
            text("PluralLabel", "Plural Label", 255, **READ_ONLY),
            text("KeyPrefix", "Key Prefix", 3, **READ_ONLY),
            flag("IsCustomizable", "Is Customizable", **READ_ONLY),
            flag("IsQueryable", "Is Queryable", **READ_ONLY),
        ),
        tooling=True,
        anywhere=True,
    )


def record_type() -> Sobject:
    """RecordType: made by the API, its picklists by the Tooling API."""
    return sobject(
        "RecordType",
        "Record Type",
        "012",
        (
            *system_fields(deletable=False),
            text("Name", "Name", 80, nillable=False),
            text("DeveloperName", "Record Type Name", 80, nillable=False),
            text("SobjectType", "Sobject Type Name", 40, nillable=False, **CREATE_ONLY),
            text("Description", "Description", 255),
            flag("IsActive", "Active"),
            stamp("LastViewedDate", "Last Viewed Date", **READ_ONLY),
        ),
        verbs="create update",
        anywhere=True,
        indexed="SobjectType",
    )
