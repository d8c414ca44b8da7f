"""OpportunityHistory: one row per change of amount, probability, stage or close date (facts salesforce §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadpact_sandbox.salesforce.catalog import Sobject, sobject
from leadpact_sandbox.salesforce.fields import (
    READ_ONLY,
    amount,
    day,
    picklist,
    reference,
    stamp,
    system_fields,
)
from leadpact_sandbox.salesforce.schema_sales import FORECASTS, STAGES

if TYPE_CHECKING:
    from leadpact_sandbox.salesforce.org import Org
    from leadpact_sandbox.salesforce.table import Row

WATCHED = ("Amount", "Probability", "StageName", "CloseDate")
_KEPT = (*WATCHED, "ExpectedRevenue", "ForecastCategory")


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


def keep(org: Org, row: Row, old: Row | None, user_id: str) -> None:
    """Keep a saved opportunity's state if a watched field changed."""
    if old is not None and all(old.get(name) == row.get(name) for name in WATCHED):
        return
    at = row["SystemModstamp"]
    kept: Row = {
        "Id": org.mint("OpportunityHistory"),
        "IsDeleted": False,
        "OpportunityId": row["Id"],
        "CreatedById": user_id,
        "CreatedDate": at,
        "SystemModstamp": at,
        **{name: row.get(name) for name in _KEPT},
        "PrevAmount": None if old is None else old.get("Amount"),
        "PrevCloseDate": None if old is None else old.get("CloseDate"),
    }
    org.write(
        "OpportunityHistory", {name: value for name, value in kept.items() if value is not None}
    )
