"""OpportunityHistory: one row per change of amount, probability, stage or close date (facts salesforce §6)."""

from __future__ import annotations

from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.table import Row

WATCHED = ("Amount", "Probability", "StageName", "CloseDate")
_KEPT = (*WATCHED, "ExpectedRevenue", "ForecastCategory")


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
