"""A validation rule that asks for the reason of a rejection, as a file to deploy (R16, facts §7).

Made for an admin to look at and deploy: what an org refuses to its people is not leadpact's to switch on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from xml.sax.saxutils import escape

from leadpact.errors import FixSettings
from leadpact.model.schema import FieldSchema
from leadpact.ports.connector import ConfigFile, ReasonRule
from leadpact_salesforce.objects import is_field_name
from leadpact_salesforce.schema import LiveSchema

NAME: Final = "Leadpact_rejection_needs_a_reason"
_MESSAGE: Final = 255
_FILE: Final = """<?xml version="1.0" encoding="UTF-8"?>
<ValidationRule xmlns="http://soap.sforce.com/2006/04/metadata">
    <fullName>{name}</fullName>
    <active>true</active>
    <description>A rejection needs a reason that both teams can read. leadpact itself is let through.</description>
    <errorConditionFormula>{formula}</errorConditionFormula>
    <errorDisplayField>{field}</errorDisplayField>
    <errorMessage>{message}</errorMessage>
</ValidationRule>
"""


def rule_file(rule: ReasonRule, schema: LiveSchema, own_id: Callable[[], str]) -> ConfigFile:
    """The rule of one object, in the layout that Salesforce's command line deploys.

    Args:
        own_id: tells the person that leadpact is signed in as, who is let through: it also writes rejections whose
            reason is still owed.

    Raises:
        FixSettings: ``field_missing``; the reason's field is not there, or not visible.
    """
    fields = schema.read([rule.kind])[rule.kind].fields
    if rule.reason_field not in fields:
        raise FixSettings(
            f"{rule.kind}.{rule.reason_field} is not in the org, or this sign-in may not see it; "
            "`leadpact provision` makes it.",
            code="field_missing",
        )
    text = _FILE.format(
        name=NAME,
        formula=escape(formula(rule, fields, own_id())),
        field=rule.reason_field,
        message=escape(rule.message[:_MESSAGE]),
    )
    return ConfigFile(f"objects/{rule.kind}/validationRules/{NAME}.validationRule-meta.xml", text)


def formula(rule: ReasonRule, fields: Mapping[str, FieldSchema], own_id: str) -> str:
    """True where somebody sets a rejecting value and leaves the reason blank; standing ones are let be."""
    set_now = [
        f"AND(OR(ISNEW(), ISCHANGED({name})), {_one_of(fields[name], values)})"
        for name, values in rule.rejecting.items()
        if name in fields and is_field_name(name)
    ]
    blank = _blank(fields[rule.reason_field])
    # A formula may show a person's id in 15 characters.
    others = f'LEFT($User.Id, 15) <> "{own_id[:15]}"'
    return f"AND({others}, {blank}, OR({', '.join(set_now)}))"


def _one_of(field: FieldSchema, values: tuple[str, ...]) -> str:
    tests = [
        f"ISPICKVAL({field.name}, {_text(value)})"
        if field.type == "picklist"
        else f"{field.name} = {_text(value)}"
        for value in values
    ]
    return tests[0] if len(tests) == 1 else f"OR({', '.join(tests)})"


def _blank(field: FieldSchema) -> str:
    return f"ISBLANK(TEXT({field.name}))" if field.type == "picklist" else f"ISBLANK({field.name})"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
