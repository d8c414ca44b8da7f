"""Validation rules: the org's own refusals, in its own words (facts salesforce §1)."""

from __future__ import annotations

from dataclasses import dataclass

from leadpact_sandbox.salesforce import record_types
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.formula import Facts, Formula, compiled
from leadpact_sandbox.salesforce.org import Caller, Org
from leadpact_sandbox.salesforce.table import Row


@dataclass(frozen=True, slots=True)
class Rule:
    """An active rule: refuses a row for which its formula is true."""

    breaks: Formula
    message: str
    field: str | None


def gather(org: Org) -> None:
    """Compile the active rules anew, after one was made, changed or deleted."""
    found: dict[str, tuple[Rule, ...]] = {}
    for row in org.tables["ValidationRule"].all_rows():
        if row.get("Active"):
            owner = org.catalog.objects[row["EntityDefinitionId"]]
            breaks = compiled(org, owner, row["Metadata"]["errorConditionFormula"])
            rule = Rule(breaks, row["ErrorMessage"], row.get("ErrorDisplayField"))
            found[owner.name] = (*found.get(owner.name, ()), rule)
    org.rules = found


def check(org: Org, owner: Sobject, row: Row, old: Row | None, caller: Caller) -> None:
    """Refuse a row that its record type or a validation rule does not let through.

    Raises:
        ApiError: 400 FIELD_CUSTOM_VALIDATION_EXCEPTION with the rule's own message.
    """
    if "RecordTypeId" in row:
        record_types.check(org, owner, row, old)
    rules: tuple[Rule, ...] | None = org.rules.get(owner.name)
    if not rules:
        return
    facts = Facts(org, row, old, org.tables["User"].rows.get(caller.user_id, {}))
    for rule in rules:
        if rule.breaks(facts):
            shown = [] if rule.field is None else [rule.field]
            raise ApiError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, shown)
