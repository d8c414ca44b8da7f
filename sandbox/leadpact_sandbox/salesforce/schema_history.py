"""LeadHistory, ContactHistory and OpportunityHistory: what an org keeps of changes (facts salesforce §6)."""

from __future__ import annotations

from leadpact_sandbox.salesforce.catalog import Sobject, sobject
from leadpact_sandbox.salesforce.fields import (
    ANY_TYPE,
    READ_ONLY,
    Field,
    amount,
    day,
    flag,
    picklist,
    reference,
    stamp,
    system_fields,
)
from leadpact_sandbox.salesforce.schema_sales import FORECASTS, STAGES

TRACKED = {"Lead": ("Status", "OwnerId"), "Contact": ("OwnerId", "LeadSource", "Title")}
"""Fields that are tracked while the switch is on; lookups are logged by id and by name."""
HISTORY_NAMES = {"OwnerId": "Owner"}
_EVENTS = {"Lead": ("created", "leadConverted"), "Contact": ("created",)}
_PREFIXES = {"Lead": "00h", "Contact": "03j"}


def history_of(kind: str) -> Sobject:
    """LeadHistory, ContactHistory: query-only; old and new values can be neither filtered nor sorted."""
    fixed = {**READ_ONLY, "nillable": False}
    names = (*(HISTORY_NAMES.get(name, name) for name in TRACKED[kind]), *_EVENTS[kind])
    return sobject(
        f"{kind}History",
        f"{kind} History",
        _PREFIXES[kind],
        (
            Field("Id", "Record ID", "id", 18, id_lookup=True, **fixed),
            flag("IsDeleted", "Deleted", **READ_ONLY),
            reference(f"{kind}Id", f"{kind} ID", kind, kind, **fixed),
            reference("CreatedById", "Created By ID", "User", "CreatedBy", **fixed),
            stamp("CreatedDate", "Created Date", **fixed),
            picklist("Field", "Changed Field", names, restricted=True, **fixed),
            Field("OldValue", "Old Value", ANY_TYPE, 255, **READ_ONLY),
            Field("NewValue", "New Value", ANY_TYPE, 255, **READ_ONLY),
        ),
        plural=f"{kind} History",
        indexed=f"{kind}Id",
    )


def opportunity_history() -> Sobject:
    """OpportunityHistory: always on, read-only, deleted with its opportunity."""
    system = {each.name: each for each in system_fields()}
    fixed = {**READ_ONLY, "nillable": False}
    return sobject(
        "OpportunityHistory",
        "Opportunity: Stage History",
        "008",
        (
            system["Id"],
            system["IsDeleted"],
            reference("OpportunityId", "Opportunity ID", "Opportunity", "Opportunity", **fixed),
            reference("CreatedById", "Created By ID", "User", "CreatedBy", **fixed),
            stamp("CreatedDate", "Created Date", **fixed),
            picklist("StageName", "Stage", [row[0] for row in STAGES], **fixed),
            amount("Amount", "Amount", **READ_ONLY),
            amount("ExpectedRevenue", "Expected Amount", **READ_ONLY),
            day("CloseDate", "Close Date", **READ_ONLY),
            amount("Probability", "Probability (%)", "percent", **READ_ONLY),
            picklist("ForecastCategory", "Forecast Category", FORECASTS, **READ_ONLY),
            amount("PrevAmount", "Previous Amount", **READ_ONLY),
            day("PrevCloseDate", "Previous Close Date", **READ_ONLY),
            system["SystemModstamp"],
        ),
        plural="Opportunity: Stage History",
        indexed="OpportunityId",
    )
