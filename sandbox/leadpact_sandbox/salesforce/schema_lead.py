"""Lead and Contact as a default org describes them (facts salesforce §1, §6)."""

from __future__ import annotations

from leadpact_sandbox.salesforce.catalog import Child, Sobject, sobject
from leadpact_sandbox.salesforce.fields import (
    READ_ONLY,
    Field,
    amount,
    day,
    email,
    flag,
    long_text,
    number,
    phone,
    picklist,
    reference,
    stamp,
    system_fields,
    text,
    url,
)

LEAD_STATUSES: tuple[tuple[str, bool, bool], ...] = (
    ("Open - Not Contacted", False, True),
    ("Working - Contacted", False, False),
    ("Closed - Converted", True, False),
    ("Closed - Not Converted", False, False),
)
"""Rows of (ApiName, IsConverted, IsDefault), §6."""
LEAD_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.")
INDUSTRIES = tuple(
    """Agriculture|Apparel|Banking|Biotechnology|Chemicals|Communications|Construction|Consulting|
    Education|Electronics|Energy|Engineering|Entertainment|Environmental|Finance|Food & Beverage|
    Government|Healthcare|Hospitality|Insurance|Machinery|Manufacturing|Media|Not For Profit|
    Recreation|Retail|Shipping|Technology|Telecommunications|Transportation|Utilities|Other""".replace(
        "\n    ", ""
    ).split("|")
)
RATINGS = ("Hot", "Warm", "Cold")


def _naming() -> tuple[Field, ...]:
    return (
        text("LastName", "Last Name", 80, nillable=False, permissionable=False),
        text("FirstName", "First Name", 40, permissionable=False),
        picklist("Salutation", "Salutation", SALUTATIONS, permissionable=False),
        text("Name", "Full Name", 121, **{**READ_ONLY, "nillable": False}),
    )


def address(prefix: str, label: str) -> tuple[Field, ...]:
    """The parts of an address, ``MailingCity`` and so on; an empty prefix for Lead."""
    return (
        Field(f"{prefix}Street", f"{label}Street", "textarea", 255),
        text(f"{prefix}City", f"{label}City", 40),
        text(f"{prefix}State", f"{label}State/Province", 80),
        text(f"{prefix}PostalCode", f"{label}Zip/Postal Code", 20),
        text(f"{prefix}Country", f"{label}Country", 80),
    )


def _bounce() -> tuple[Field, ...]:
    return (
        text("EmailBouncedReason", "Email Bounced Reason", 255, createable=False),
        stamp("EmailBouncedDate", "Email Bounced Date", createable=False),
    )


def lead() -> Sobject:
    """Lead: owned by a User or a queue, converted by a person, then frozen."""
    statuses = [name for name, _, _ in LEAD_STATUSES]
    return sobject(
        "Lead",
        "Lead",
        "00Q",
        (
            *system_fields(),
            reference("MasterRecordId", "Master Record ID", "Lead", "MasterRecord", **READ_ONLY),
            *_naming(),
            text("Title", "Title", 128),
            text("Company", "Company", 255, nillable=False, permissionable=False),
            *address("", ""),
            phone("Phone", "Phone"),
            phone("MobilePhone", "Mobile Phone"),
            email(),
            url("Website", "Website"),
            long_text("Description", "Description"),
            picklist("LeadSource", "Lead Source", LEAD_SOURCES),
            picklist(
                "Status",
                "Status",
                statuses,
                nillable=False,
                default="Open - Not Contacted",
                permissionable=False,
            ),
            picklist("Industry", "Industry", INDUSTRIES),
            picklist("Rating", "Rating", RATINGS),
            amount("AnnualRevenue", "Annual Revenue"),
            number("NumberOfEmployees", "Employees"),
            reference(
                "OwnerId",
                "Owner ID",
                ("Group", "User"),
                "Owner",
                nillable=False,
                permissionable=False,
                default="",
            ),
            flag("HasOptedOutOfEmail", "Email Opt Out"),
            flag("DoNotCall", "Do Not Call", hidden=True),
            flag("IsConverted", "Converted", updateable=False, permissionable=False),
            day("ConvertedDate", "Converted Date", **READ_ONLY),
            day("LastActivityDate", "Last Activity", **READ_ONLY),
            reference(
                "ConvertedAccountId",
                "Converted Account ID",
                "Account",
                "ConvertedAccount",
                **READ_ONLY,
            ),
            reference(
                "ConvertedContactId",
                "Converted Contact ID",
                "Contact",
                "ConvertedContact",
                **READ_ONLY,
            ),
            reference(
                "ConvertedOpportunityId",
                "Converted Opportunity ID",
                "Opportunity",
                "ConvertedOpportunity",
                **READ_ONLY,
            ),
            flag("IsUnreadByOwner", "Unread By Owner", permissionable=False),
            *_bounce(),
        ),
        verbs="create update delete",
        customizable=True,
        indexed="Email ConvertedContactId ConvertedAccountId ConvertedOpportunityId",
    )


def contact() -> Sobject:
    """Contact: owned by a User only."""
    return sobject(
        "Contact",
        "Contact",
        "003",
        (
            *system_fields(),
            reference("MasterRecordId", "Master Record ID", "Contact", "MasterRecord", **READ_ONLY),
            reference("AccountId", "Account ID", "Account", "Account"),
            *_naming(),
            *address("Mailing", "Mailing "),
            phone("Phone", "Business Phone"),
            phone("MobilePhone", "Mobile Phone"),
            reference("ReportsToId", "Reports To ID", "Contact", "ReportsTo"),
            email(),
            text("Title", "Title", 128),
            text("Department", "Department", 80),
            day("LastActivityDate", "Last Activity", **READ_ONLY),
            picklist("LeadSource", "Lead Source", LEAD_SOURCES),
            long_text("Description", "Contact Description"),
            reference("OwnerId", "Owner ID", "User", "Owner", nillable=False, default=""),
            flag("HasOptedOutOfEmail", "Email Opt Out"),
            flag("DoNotCall", "Do Not Call", hidden=True),
            *_bounce(),
        ),
        verbs="create update delete",
        children=(
            Child("OpportunityContactRoles", "OpportunityContactRole", "ContactId"),
            Child("Opportunities", "Opportunity", "ContactId"),
        ),
        customizable=True,
        indexed="Email AccountId",
    )
