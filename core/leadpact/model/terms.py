"""What the model's types and the documents are both made of: values, types of fields, and who says what.

Documents need no more of the model than this; so reading one loads none of the rest.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal, TypeAlias

Native: TypeAlias = str | int | float | bool | None
"""A value as the CRM's JSON has it; ``None`` and ``""`` are blank, an absent key is unknown."""

Scalar: TypeAlias = str | int | bool | None
"""A canonical value, comparable with ``==``: text, a decimal without trailing zeros as text ("50", "1.5"),
an int for integers, a bool, a date as ``YYYY-MM-DD``, an instant as ``YYYY-MM-DDTHH:MM:SSZ`` (UTC; ``.mmm`` only
where not zero), a set of picklist values as text sorted and joined with ``;``. ``None`` is blank."""


class Unknown(Enum):
    """The field was not in the answer or not in the live schema: never a change, never written (R4)."""

    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        return False


UNKNOWN: Final = Unknown.UNKNOWN
SURNAME: Final = "last_name"
"""The canonical field that tells two people with one address apart (R29)."""
Known: TypeAlias = Scalar | Unknown

FieldType: TypeAlias = Literal[
    "text",
    "integer",
    "number",
    "boolean",
    "date",
    "datetime",
    "picklist",
    "picklist_set",
    "reference",
]

Team: TypeAlias = Literal[
    "marketing", "sales", "automation", "score", "agreement", "operator", "undo"
]
"""Who speaks: a team, an automation (workflow, import, integration), the pact's own score, the agreement itself (its
criteria are met), leadpact's operator, or an undo, which only takes a lead back to where it came from (R32)."""

Basis: TypeAlias = Literal[
    "edit",
    "rejection",
    "conversion",
    "open_opportunity",
    "closed_won",
    "closed_lost",
    "score",
    "qualification",
    "ageing",
]
"""What an assertion rests on; strength for R11 comes from it and from the team."""

Intent: TypeAlias = Literal["high", "medium", "low"]
"""What an act says of the buyer (S37)."""
