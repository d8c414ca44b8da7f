"""The standard duplicate rule, off unless switched on: same object, same e-mail (facts salesforce §6)."""

from __future__ import annotations

from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import Caller, Org
from leadpact_sandbox.salesforce.table import Row


def may_refuse(org: Org, kind: str, caller: Caller) -> bool:
    """Whether the rule looks at new rows of this kind by this caller at all."""
    if kind not in ("Lead", "Contact") or caller.allow_duplicates:
        return False
    return org.world.switch("salesforce.6.duplicate_rules", False)


def refuse_duplicates(org: Org, kind: str, row: Row, caller: Caller) -> None:
    """Alert when a live record of the same kind has this e-mail address.

    The switch ``salesforce.6.duplicate_rules`` turns the rule on. ``allowSave=true`` overrides it.

    Raises:
        ApiError: 400 DUPLICATES_DETECTED whose body carries the misspelt ``duplicateResut``.
    """
    if not row.get("Email") or not may_refuse(org, kind, caller):
        return
    table = org.tables[kind]
    same = [
        each
        for each in sorted(table.equal("Email", row["Email"]))
        if not table.rows[each].get("IsDeleted") and not table.rows[each].get("IsConverted")
    ]
    if not same:
        return
    records = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": {
                "attributes": {
                    "type": kind,
                    "url": f"/services/data/v{caller.version:.1f}/sobjects/{kind}/{each}",
                },
                "Id": each,
            },
        }
        for each in same
    ]
    result = {
        "allowSave": True,
        "duplicateRule": f"Standard_{kind}_Duplicate_Rule",
        "duplicateRuleEntityType": kind,
        "errorMessage": "Use one of these records?",
        "matchResults": [
            {
                "entityType": kind,
                "errors": [],
                "matchEngine": "FuzzyMatchEngine",
                "matchRecords": records,
                "rule": f"Standard_{kind}_Match_Rule_v1_0",
                "size": len(records),
                "success": True,
            }
        ],
    }
    raise ApiError(
        400,
        "DUPLICATES_DETECTED",
        "Use one of these records?",
        extra={"duplicateResut": result},
    )
