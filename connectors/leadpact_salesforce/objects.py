"""Names in Salesforce's own words: objects, system fields, ids, stamps (facts §6, §10)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from leadpact.errors import SetAside

LEAD: Final = "Lead"
CONTACT: Final = "Contact"
ACCOUNT: Final = "Account"
OPPORTUNITY: Final = "Opportunity"
PEOPLE: Final = (CONTACT, LEAD)
"""Kinds that hold people, the stronger one first (R23)."""

EXTERNAL_ID_FIELD: Final = "leadpact_lead_id__c"
"""Our external-id field on Lead and Contact: the key of every ``make``."""

CONTACT_IDS: Final = "leadpact:contact_ids"
IS_OPEN: Final = "leadpact:is_open"
IS_WON: Final = "leadpact:is_won"
IS_LOST: Final = "leadpact:is_lost"

_SYSTEM: Final = ("Id", "SystemModstamp", "CreatedDate", "LastModifiedById", "IsDeleted")
CONVERTED_TO: Final = (
    (CONTACT, "ConvertedContactId"),
    (ACCOUNT, "ConvertedAccountId"),
    (OPPORTUNITY, "ConvertedOpportunityId"),
)
"""What a converted Lead became, in the order that ``MovedTo.to`` has it."""
CONVERTED_ON: Final = "ConvertedDate"
"""The day of a conversion, without a time (facts §6)."""
ALWAYS_READ: Final = {
    LEAD: (*_SYSTEM, "IsConverted", CONVERTED_ON, *(field for _, field in CONVERTED_TO)),
    CONTACT: _SYSTEM,
    OPPORTUNITY: (*_SYSTEM, "IsClosed", "IsWon"),
}
"""Read with every record of the kind, asked for or not."""
ALWAYS_THERE: Final = frozenset({"Id", "SystemModstamp"})
"""Fields that no field-level security hides."""

AUTOMATION_BY_TYPE: Final = {
    "AutomatedProcess": "workflow",
    "CloudIntegrationUser": "integration",
    "Guest": "integration",
}
"""``User.UserType`` → what such a person of the org is; all others are people."""

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}(?:\.[A-Za-z][A-Za-z0-9_]{0,79})?")
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@lru_cache(maxsize=8192)
def is_id(text: str) -> bool:
    """Whether this has the shape of a record id."""
    return _ID.fullmatch(text) is not None


@lru_cache(maxsize=8192)
def id18(text: str) -> str:
    """The 18-character form of a record id; three check characters tell case (facts §10).

    Raises:
        SetAside: ``bad_id``; such a text never enters a URL or a query.
    """
    if not is_id(text):
        raise SetAside("This is not a Salesforce record id.", code="bad_id")
    if len(text) == 18:
        return text
    suffix = ""
    for start in (0, 5, 10):
        block = text[start : start + 5]
        mask = sum(1 << place for place, letter in enumerate(block) if "A" <= letter <= "Z")
        suffix += _CHECK[mask]
    return text + suffix


@lru_cache(maxsize=2048)
def is_field_name(name: str) -> bool:
    """Whether this can be a field's API name, or ``Relationship.Field``."""
    return _NAME.fullmatch(name) is not None


def each_once(items: Iterable[str]) -> list[str]:
    """Without repeats, in order."""
    return list(dict.fromkeys(items))


def version_of(stamp: str) -> str:
    """A REST stamp (``2026-11-21T10:00:00.000+0000``) as ``2026-11-21T10:00:00.000Z``.

    REST answers UTC with milliseconds (facts §10); anything else is brought into that form.
    """
    if stamp.endswith("+0000") and len(stamp) == 28:
        return stamp[:23] + "Z"
    return stamp_text(instant(stamp))


def instant(stamp: str) -> datetime:
    """A REST stamp as an aware instant in UTC."""
    read = datetime.fromisoformat(stamp)
    return read if read.tzinfo is UTC else read.astimezone(UTC)


def stamp_text(at: datetime) -> str:
    """An aware instant as fixed-width text with milliseconds, which sorts as time does."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
