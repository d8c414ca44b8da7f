"""Users, queues, the organisation and the permission objects (facts salesforce §7, §9)."""

from __future__ import annotations

from functools import cache

from leadpact_sandbox.salesforce import (
    schema_engagement,
    schema_history,
    schema_lead,
    schema_sales,
    schema_tooling,
)
from leadpact_sandbox.salesforce.catalog import Catalog, Child, Sobject, sobject
from leadpact_sandbox.salesforce.fields import (
    CREATE_ONLY,
    READ_ONLY,
    email,
    flag,
    picklist,
    reference,
    stamp,
    system_fields,
    text,
)


def _user() -> Sobject:
    return sobject(
        "User",
        "User",
        "005",
        (
            *system_fields(deletable=False),
            text("Username", "Username", 80, nillable=False, id_lookup=True),
            text("LastName", "Last Name", 80, nillable=False),
            text("FirstName", "First Name", 40),
            text("Name", "Full Name", 121, **READ_ONLY),
            text("CompanyName", "Company Name", 80),
            text("Department", "Department", 80),
            text("Title", "Title", 80),
            email(),
            text("Alias", "Alias", 8, nillable=False),
            flag("IsActive", "Active"),
            picklist("UserType", "User Type", ("Standard", "AutomatedProcess"), **READ_ONLY),
            text("TimeZoneSidKey", "Time Zone", 40, nillable=False),
            reference("ProfileId", "Profile ID", "Profile", "Profile"),
            reference("UserRoleId", "Role ID", "UserRole", "UserRole"),
        ),
        covered_write=False,
        indexed="Email Username",
    )


def _group() -> Sobject:
    return sobject(
        "Group",
        "Group",
        "00G",
        (
            *system_fields(deletable=False),
            text("Name", "Name", 40, nillable=False),
            text("DeveloperName", "Developer Name", 80),
            picklist("Type", "Type", ("Regular", "Queue"), nillable=False),
            email(),
        ),
        covered_write=False,
    )


def _organization() -> Sobject:
    return sobject(
        "Organization",
        "Organization",
        "00D",
        (
            *system_fields(deletable=False),
            text("Name", "Name", 80),
            text("OrganizationType", "Edition", 40, **READ_ONLY),
            text("InstanceName", "Instance Name", 5, **READ_ONLY),
            flag("IsSandbox", "Is Sandbox", **READ_ONLY),
            text("NamespacePrefix", "Namespace Prefix", 15, **READ_ONLY),
            stamp("TrialExpirationDate", "Trial Expiration Date", **READ_ONLY),
            text("TimeZoneSidKey", "Time Zone", 40),
            text("LanguageLocaleKey", "Language", 40),
            text("DefaultLocaleSidKey", "Locale", 40),
        ),
        covered_write=False,
    )


def _permission_set() -> Sobject:
    return sobject(
        "PermissionSet",
        "Permission Set",
        "0PS",
        (
            *system_fields(deletable=False),
            text("Name", "Permission Set Name", 80, nillable=False),
            text("Label", "Permission Set Label", 80, nillable=False),
            text("Description", "Description", 255),
            flag("IsOwnedByProfile", "Is Owned By Profile", **READ_ONLY),
        ),
        verbs="create update delete",
        children=(
            Child("Assignments", "PermissionSetAssignment", "PermissionSetId"),
            Child("FieldPerms", "FieldPermissions", "ParentId"),
        ),
        indexed="Name",
    )


def _permission_set_assignment() -> Sobject:
    return sobject(
        "PermissionSetAssignment",
        "Permission Set Assignment",
        "0Pa",
        (
            *system_fields(deletable=False)[:1],
            system_fields(deletable=False)[-1],
            reference(
                "PermissionSetId",
                "Permission Set ID",
                "PermissionSet",
                "PermissionSet",
                nillable=False,
                **CREATE_ONLY,
            ),
            reference(
                "AssigneeId", "Assignee ID", "User", "Assignee", nillable=False, **CREATE_ONLY
            ),
        ),
        verbs="create delete",
        indexed="PermissionSetId AssigneeId",
    )


def _field_permissions() -> Sobject:
    return sobject(
        "FieldPermissions",
        "Field Permissions",
        "01k",
        (
            *system_fields(deletable=False)[:1],
            system_fields(deletable=False)[-1],
            reference(
                "ParentId", "Parent ID", "PermissionSet", "Parent", nillable=False, **CREATE_ONLY
            ),
            text("SobjectType", "Sobject Type Name", 255, nillable=False, **CREATE_ONLY),
            text("Field", "Field Name", 255, nillable=False, **CREATE_ONLY),
            flag("PermissionsRead", "Read Access"),
            flag("PermissionsEdit", "Edit Access"),
        ),
        plural="Field Permissions",
        verbs="create update delete",
        indexed="ParentId",
    )


def _profile() -> Sobject:
    return sobject(
        "Profile",
        "Profile",
        "00e",
        (
            *system_fields(deletable=False),
            text("Name", "Name", 255, **READ_ONLY),
            text("Description", "Description", 255, **READ_ONLY),
        ),
        covered_write=False,
    )


def _user_role() -> Sobject:
    return sobject(
        "UserRole",
        "Role",
        "00E",
        (
            *system_fields(deletable=False),
            text("Name", "Name", 80, **READ_ONLY),
            text("DeveloperName", "Developer Name", 80, **READ_ONLY),
        ),
        covered_write=False,
    )


def _queue_sobject() -> Sobject:
    return sobject(
        "QueueSobject",
        "Queue Sobject",
        "03g",
        (
            *system_fields(deletable=False)[:1],
            system_fields(deletable=False)[-1],
            reference("QueueId", "Group ID", "Group", "Queue", **READ_ONLY),
            text("SobjectType", "Sobject Type", 40, **READ_ONLY),
        ),
        covered_write=False,
    )


def default_catalog() -> Catalog:
    """The objects of an org as Salesforce hands it over: no custom field yet."""
    return Catalog(each.fresh() for each in _standard())


@cache
def _standard() -> tuple[Sobject, ...]:
    lead, contact = schema_lead.lead(), schema_lead.contact()
    lead.children += schema_engagement.of_person("LeadId")
    contact.children += schema_engagement.of_person("ContactId")
    made = Catalog(
        (
            lead,
            contact,
            schema_history.history_of("Lead"),
            schema_history.history_of("Contact"),
            schema_sales.account(),
            schema_sales.opportunity(),
            schema_sales.opportunity_contact_role(),
            schema_history.opportunity_history(),
            schema_sales.lead_status(),
            schema_sales.opportunity_stage(),
            schema_engagement.campaign(),
            schema_engagement.campaign_member(),
            schema_engagement.campaign_member_status(),
            schema_engagement.task(),
            schema_engagement.event(),
            _user(),
            _profile(),
            _user_role(),
            _group(),
            _queue_sobject(),
            _organization(),
            _permission_set(),
            _permission_set_assignment(),
            _field_permissions(),
            schema_tooling.record_type(),
            schema_tooling.custom_field(),
            schema_tooling.validation_rule(),
            schema_tooling.entity_definition(),
        )
    )
    for owner in made.objects.values():
        for child in owner.children:
            # Sub-selects and merges find children by index.
            made.objects[child.object].indexed |= {child.field}
    return tuple(made.objects.values())
