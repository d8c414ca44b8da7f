"""Families of refused writes, named as HubSpot names the sync errors of its own Salesforce connector (R40). Pure.

Admins know these from HubSpot's "Sync health" page; a refusal of either CRM is told under the same word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "Associations": ("reference_invalid",),
    "Custom code": ("validation_rule", "automation_failed"),
    "Duplicates": ("duplicate_rule", "duplicate_value", "value_taken"),
    "Permissions": (
        "rights_missing",
        "rights_missing_here",
        "owner_inactive",
        "owner_refused",
        "forbidden",
        "missing_scope",
    ),
    "Property mappings": ("field_unknown", "field_missing", "field_read_only"),
    "Property values": (
        "picklist_value_unknown",
        "value_too_long",
        "value_out_of_range",
        "value_not_writable",
        "value_refused",
        "email_invalid",
        "required_missing",
    ),
}
OTHER: Final = "Other"
_FAMILIES: Final = {code: family for family, codes in _CODES.items() for code in codes}
_OWN_WORD: Final = re.compile(r"(?:category=)([A-Z_]+)|\b([A-Z]{3,}(?:_[A-Z]+)+)\b")


def error_family(code: str) -> str:
    """The family of a failure's cause; "Other" for what fits none."""
    return _FAMILIES.get(code, OTHER)


def own_word(detail: str) -> str:
    """The CRM's own name of its error (``VALIDATION_ERROR``, ``STRING_TOO_LONG``); "" where it gave none."""
    found = _OWN_WORD.search(detail)
    return (found[1] or found[2]) if found else ""
