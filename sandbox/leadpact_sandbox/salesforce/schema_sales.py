"""Account, Opportunity, its contact roles and stages (facts salesforce §6)."""

from __future__ import annotations

from leadpact_sandbox.salesforce.catalog import Child, Sobject, sobject
from leadpact_sandbox.salesforce.fields import (
    CREATE_ONLY,
    READ_ONLY,
    amount,
    day,
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
from leadpact_sandbox.salesforce.schema_engagement import of_matter
from leadpact_sandbox.salesforce.schema_lead import (
    INDUSTRIES,
    LEAD_SOURCES,
    LEAD_STATUSES,
    RATINGS,
    address,
)

STAGES: tuple[tuple[str, bool, bool, int, str], ...] = (
    ("Prospecting", False, False, 10, "Pipeline"),
    ("Qualification", False, False, 10, "Pipeline"),
    ("Needs Analysis", False, False, 20, "Pipeline"),
    ("Value Proposition", False, False, 50, "Pipeline"),
    ("Id. Decision Makers", False, False, 60, "Pipeline"),
    ("Perception Analysis", False, False, 70, "Pipeline"),
    ("Proposal/Price Quote", False, False, 75, "Pipeline"),
    ("Negotiation/Review", False, False, 90, "Pipeline"),
    ("Closed Won", True, True, 100, "Closed"),
    ("Closed Lost", True, False, 0, "Omitted"),
)
"""Rows of (name, IsClosed, IsWon, default probability in percent, forecast category)."""
FORECASTS = ("Omitted", "Pipeline", "Best Case", "Commit", "Closed")
ROLES = (
    "Business User",
    "Decision Maker",
    "Economic Buyer",
    "Economic Decision Maker",
    "Evaluator",
    "Executive Sponsor",
    "Influencer",
    "Technical Buyer",
    "Other",
)


def account() -> Sobject:
    """Account."""
    return sobject(
        "Account",
        "Account",
        "001",
        (
            *system_fields(),
            reference("MasterRecordId", "Master Record ID", "Account", "MasterRecord", **READ_ONLY),
            text("Name", "Account Name", 255, nillable=False, permissionable=False),
            picklist("Type", "Account Type", ("Prospect", "Customer - Direct", "Other")),
            *address("Billing", "Billing "),
            phone("Phone", "Account Phone"),
            url("Website", "Website"),
            picklist("Industry", "Industry", INDUSTRIES),
            amount("AnnualRevenue", "Annual Revenue"),
            number("NumberOfEmployees", "Employees"),
            long_text("Description", "Account Description"),
            picklist("Rating", "Account Rating", RATINGS),
            reference("OwnerId", "Owner ID", "User", "Owner", nillable=False, default=""),
        ),
        verbs="create update delete",
        children=(
            Child("Contacts", "Contact", "AccountId"),
            Child("Opportunities", "Opportunity", "AccountId"),
            *of_matter(),
        ),
        customizable=True,
        indexed="Name",
    )


def opportunity() -> Sobject:
    """Opportunity: IsClosed, IsWon and the forecast follow StageName."""
    return sobject(
        "Opportunity",
        "Opportunity",
        "006",
        (
            *system_fields(),
            reference("AccountId", "Account ID", "Account", "Account"),
            text("Name", "Name", 120, nillable=False, permissionable=False),
            long_text("Description", "Description"),
            picklist(
                "StageName",
                "Stage",
                [row[0] for row in STAGES],
                nillable=False,
                permissionable=False,
            ),
            amount("Amount", "Amount"),
            amount("Probability", "Probability (%)", "percent"),
            amount("ExpectedRevenue", "Expected Amount", **{**READ_ONLY, "calculated": True}),
            day("CloseDate", "Close Date", nillable=False, permissionable=False),
            picklist("Type", "Opportunity Type", ("Existing Business", "New Business")),
            text("NextStep", "Next Step", 255),
            picklist("LeadSource", "Lead Source", LEAD_SOURCES),
            flag("IsClosed", "Closed", **READ_ONLY),
            flag("IsWon", "Won", **READ_ONLY),
            picklist("ForecastCategory", "Forecast Category", FORECASTS, **READ_ONLY),
            picklist("ForecastCategoryName", "Forecast Category", FORECASTS, restricted=True),
            reference("OwnerId", "Owner ID", "User", "Owner", nillable=False, default=""),
            reference("ContactId", "Contact ID", "Contact", "Contact", **CREATE_ONLY),
            reference("CampaignId", "Campaign ID", "Campaign", "Campaign"),
            stamp("LastStageChangeDate", "Last Stage Change Date", **READ_ONLY),
        ),
        plural="Opportunities",
        verbs="create update delete",
        children=(
            Child("OpportunityContactRoles", "OpportunityContactRole", "OpportunityId"),
            Child("OpportunityHistories", "OpportunityHistory", "OpportunityId"),
            *of_matter(),
        ),
        customizable=True,
        indexed="AccountId ContactId",
    )


def opportunity_contact_role() -> Sobject:
    """OpportunityContactRole: at most one is primary per opportunity."""
    return sobject(
        "OpportunityContactRole",
        "Opportunity Contact Role",
        "00K",
        (
            *system_fields(),
            reference(
                "OpportunityId",
                "Opportunity ID",
                "Opportunity",
                "Opportunity",
                nillable=False,
                permissionable=False,
                **CREATE_ONLY,
            ),
            reference(
                "ContactId",
                "Contact ID",
                "Contact",
                "Contact",
                nillable=False,
                permissionable=False,
            ),
            picklist("Role", "Role", ROLES),
            flag("IsPrimary", "Primary"),
        ),
        verbs="create update delete",
        indexed="OpportunityId ContactId",
    )


def lead_status() -> Sobject:
    """LeadStatus: one row per value of Lead.Status; read-only."""
    return sobject(
        "LeadStatus",
        "Lead Status Value",
        "01J",
        (
            *system_fields(deletable=False),
            text("MasterLabel", "Master Label", 765, **READ_ONLY),
            text("ApiName", "API Name", 765, **READ_ONLY),
            number("SortOrder", "Sort Order", **READ_ONLY),
            flag("IsDefault", "Is Default", **READ_ONLY),
            flag("IsConverted", "Is Converted", **READ_ONLY),
        ),
    )


def opportunity_stage() -> Sobject:
    """OpportunityStage: one row per value of Opportunity.StageName; read-only."""
    return sobject(
        "OpportunityStage",
        "Opportunity Stage",
        "01J",
        (
            *system_fields(deletable=False),
            text("MasterLabel", "Master Label", 765, **READ_ONLY),
            text("ApiName", "API Name", 765, **READ_ONLY),
            flag("IsActive", "Is Active", **READ_ONLY),
            number("SortOrder", "Sort Order", **READ_ONLY),
            flag("IsClosed", "Is Closed", **READ_ONLY),
            flag("IsWon", "Is Won", **READ_ONLY),
            picklist("ForecastCategory", "Forecast Category", FORECASTS, **READ_ONLY),
            picklist("ForecastCategoryName", "Forecast Category Name", FORECASTS, **READ_ONLY),
            amount("DefaultProbability", "Default Probability (%)", "percent", **READ_ONLY),
        ),
    )


__all__ = [
    "LEAD_STATUSES",
    "STAGES",
    "account",
    "lead_status",
    "opportunity",
    "opportunity_contact_role",
    "opportunity_stage",
]
