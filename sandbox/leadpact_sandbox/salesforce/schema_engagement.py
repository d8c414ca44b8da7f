"""Campaigns with their members, tasks and events (facts salesforce §6)."""

from __future__ import annotations

from leadpact_sandbox.salesforce.catalog import Child, Sobject, sobject
from leadpact_sandbox.salesforce.fields import (
    CREATE_ONLY,
    READ_ONLY,
    Field,
    amount,
    day,
    flag,
    long_text,
    number,
    picklist,
    reference,
    stamp,
    system_fields,
    text,
)
from leadpact_sandbox.salesforce.schema_lead import LEAD_SOURCES

CAMPAIGN_TYPES = (
    "Conference",
    "Webinar",
    "Trade Show",
    "Public Relations",
    "Partners",
    "Referral Program",
    "Advertisement",
    "Banner Ads",
    "Direct Mail",
    "Email",
    "Telemarketing",
    "Other",
)
CAMPAIGN_STATUSES = ("Planned", "In Progress", "Completed", "Aborted")
MEMBER_STATUSES: tuple[tuple[str, bool, bool], ...] = (
    ("Sent", True, False),
    ("Responded", False, True),
)
"""Rows of (Label, IsDefault, HasResponded) that every new campaign has [b]."""
TASK_STATUSES = ("Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred")
_COUNTS = {
    "NumberOfLeads": "Leads in Campaign",
    "NumberOfContacts": "Contacts in Campaign",
    "NumberOfResponses": "Responses in Campaign",
}


def campaign() -> Sobject:
    """Campaign; its counts follow its members without moving its stamp."""
    return sobject(
        "Campaign",
        "Campaign",
        "701",
        (
            *system_fields(),
            text("Name", "Name", 80, nillable=False, permissionable=False),
            reference("ParentId", "Parent Campaign ID", "Campaign", "Parent"),
            picklist("Type", "Type", CAMPAIGN_TYPES),
            picklist("Status", "Status", CAMPAIGN_STATUSES, default="Planned"),
            day("StartDate", "Start Date"),
            day("EndDate", "End Date"),
            amount("ExpectedRevenue", "Expected Revenue"),
            amount("BudgetedCost", "Budgeted Cost"),
            amount("ActualCost", "Actual Cost"),
            amount("ExpectedResponse", "Expected Response (%)", "percent"),
            flag("IsActive", "Active"),
            long_text("Description", "Description"),
            *(
                number(name, label, **{**READ_ONLY, "nillable": False, "default": 0})
                for name, label in _COUNTS.items()
            ),
            reference("OwnerId", "Owner ID", "User", "Owner", nillable=False, default=""),
        ),
        verbs="create update delete",
        children=(
            Child("CampaignMembers", "CampaignMember", "CampaignId"),
            Child("CampaignMemberStatuses", "CampaignMemberStatus", "CampaignId"),
            Child("ChildCampaigns", "Campaign", "ParentId"),
            Child("Opportunities", "Opportunity", "CampaignId"),
            *of_matter(),
        ),
        customizable=True,
        indexed="Name",
    )


def campaign_member() -> Sobject:
    """CampaignMember: Status decides HasResponded and FirstRespondedDate."""
    shown = {
        "Name": ("Name", 121),
        "FirstName": ("First Name", 40),
        "LastName": ("Last Name", 80),
        "Title": ("Title", 128),
        "CompanyOrAccount": ("Company (Account)", 255),
        "Type": ("Type", 40),
    }
    return sobject(
        "CampaignMember",
        "Campaign Member",
        "00v",
        (
            *system_fields(),
            reference(
                "CampaignId", "Campaign ID", "Campaign", "Campaign", nillable=False, **CREATE_ONLY
            ),
            reference("LeadId", "Lead ID", "Lead", "Lead", **CREATE_ONLY),
            reference("ContactId", "Contact ID", "Contact", "Contact", **CREATE_ONLY),
            picklist("Status", "Status", [name for name, _, _ in MEMBER_STATUSES]),
            flag("HasResponded", "Responded", **READ_ONLY),
            day("FirstRespondedDate", "First Responded Date", **READ_ONLY),
            *(text(name, *rest, **READ_ONLY) for name, rest in shown.items()),
            Field("Email", "Email", "email", 80, **READ_ONLY),
            Field("Phone", "Phone", "phone", 40, **READ_ONLY),
            picklist("LeadSource", "Lead Source", LEAD_SOURCES, **READ_ONLY),
            reference(
                "LeadOrContactId",
                "Related Record ID",
                ("Contact", "Lead"),
                "LeadOrContact",
                **READ_ONLY,
            ),
        ),
        verbs="create update delete",
        customizable=True,
        indexed="CampaignId LeadId ContactId",
    )


def campaign_member_status() -> Sobject:
    """CampaignMemberStatus: what a member of one campaign may be; one of them is the default."""
    return sobject(
        "CampaignMemberStatus",
        "Campaign Member Status",
        "01Y",
        (
            *system_fields(),
            reference(
                "CampaignId", "Campaign ID", "Campaign", "Campaign", nillable=False, **CREATE_ONLY
            ),
            text("Label", "Label", 765, nillable=False),
            number("SortOrder", "Sort Order"),
            flag("IsDefault", "Is Default"),
            flag("HasResponded", "Responded"),
        ),
        plural="Campaign Member Statuses",
        verbs="create update delete",
        indexed="CampaignId",
    )


def _about() -> tuple[Field, ...]:
    """Whom an activity is with, and what it is about."""
    return (
        reference("WhoId", "Name ID", ("Contact", "Lead"), "Who"),
        reference("WhatId", "Related To ID", ("Account", "Opportunity", "Campaign"), "What"),
    )


def task() -> Sobject:
    """Task; archived ones show in queryAll only."""
    return sobject(
        "Task",
        "Task",
        "00T",
        (
            *system_fields(),
            *_about(),
            Field("Subject", "Subject", "combobox", 255),
            day("ActivityDate", "Due Date Only"),
            picklist("Status", "Status", TASK_STATUSES, nillable=False, default="Not Started"),
            picklist(
                "Priority", "Priority", ("High", "Normal", "Low"), nillable=False, default="Normal"
            ),
            flag("IsHighPriority", "High Priority", **READ_ONLY),
            reference("OwnerId", "Assigned To ID", ("Group", "User"), "Owner", default=""),
            long_text("Description", "Description"),
            picklist("Type", "Type", ("Call", "Email", "Meeting", "Other")),
            reference("AccountId", "Account ID", "Account", "Account", **READ_ONLY),
            flag("IsClosed", "Closed", **READ_ONLY),
            flag("IsArchived", "Archived", **READ_ONLY),
            number("CallDurationInSeconds", "Call Duration"),
            picklist("CallType", "Call Type", ("Internal", "Inbound", "Outbound")),
            text("CallDisposition", "Call Result", 255),
            picklist(
                "TaskSubtype",
                "Task Subtype",
                ("Task", "Email", "ListEmail", "Cadence", "Call", "LinkedIn"),
                restricted=True,
                default="Task",
                **CREATE_ONLY,
            ),
            stamp("CompletedDateTime", "Completed Date", **READ_ONLY),
            flag("IsReminderSet", "Reminder Set"),
            stamp("ReminderDateTime", "Reminder Date/Time"),
        ),
        verbs="create update delete",
        customizable=True,
        indexed="WhoId WhatId",
    )


def event() -> Sobject:
    """Event: its end follows from its start and its length, or the other way round."""
    return sobject(
        "Event",
        "Event",
        "00U",
        (
            *system_fields(),
            *_about(),
            Field("Subject", "Subject", "combobox", 255),
            text("Location", "Location", 255),
            flag("IsAllDayEvent", "All-Day Event"),
            stamp("ActivityDateTime", "Due Date Time"),
            day("ActivityDate", "Due Date Only"),
            number("DurationInMinutes", "Duration"),
            stamp("StartDateTime", "Start Date Time"),
            stamp("EndDateTime", "End Date Time"),
            long_text("Description", "Description"),
            reference("AccountId", "Account ID", "Account", "Account", **READ_ONLY),
            reference("OwnerId", "Assigned To ID", "User", "Owner", default=""),
            picklist("Type", "Type", ("Call", "Email", "Meeting", "Other")),
            flag("IsPrivate", "Private"),
            picklist("ShowAs", "Show Time As", ("Busy", "OutOfOffice", "Free"), default="Busy"),
            flag("IsArchived", "Archived", **READ_ONLY),
        ),
        verbs="create update delete",
        customizable=True,
        indexed="WhoId WhatId",
    )


ACTIVITIES = (("Tasks", "Task"), ("Events", "Event"))


def of_person(field: str) -> tuple[Child, ...]:
    """What a Lead or Contact gains: memberships and activities."""
    return (
        Child("CampaignMembers", "CampaignMember", field),
        *(Child(name, kind, "WhoId") for name, kind in ACTIVITIES),
    )


def of_matter() -> tuple[Child, ...]:
    """What an Account, an Opportunity or a Campaign gains: activities about it."""
    return tuple(Child(name, kind, "WhatId") for name, kind in ACTIVITIES)
