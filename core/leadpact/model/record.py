"""A CRM's record as read, and the three states of a field: value, blank, unknown (R4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, NamedTuple, TypeAlias

from leadpact.model.quick import quick
from leadpact.model.terms import UNKNOWN, Known, Native, Scalar, Unknown

__all__ = [
    "UNKNOWN",
    "Author",
    "AuthorKind",
    "Change",
    "ChangePage",
    "FieldChange",
    "Gone",
    "Known",
    "MovedTo",
    "Native",
    "Observation",
    "Record",
    "RecordRef",
    "Scalar",
    "Unknown",
]


class RecordRef(NamedTuple):
    """One record in one CRM. ``crm`` is the side's name, ``kind`` the connector's own word (``contacts``, ``Lead``).

    A tuple, because it is the key of most mappings: hashed dozens of times per lead and cycle.
    """

    crm: str
    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.crm}:{self.kind}:{self.id}"


@quick
@dataclass(frozen=True, slots=True)
class Record:
    """One observed record.

    Attributes:
        fields: CRM-native values by API name; a name that is missing is unknown.
        version: the CRM's version stamp as fixed-width text that sorts as time does (UTC ISO with milliseconds).
        modified_by: the CRM's id of who modified the record last, where the CRM says so.
        created_at: aware, UTC; None where the CRM did not say.
    """

    ref: RecordRef
    fields: Mapping[str, Native]
    version: str
    modified_by: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """The id answers nothing any more: deleted, archived, or never there.

    ``for_good``: the CRM has nothing left of it, not even in its bin; a privacy deletion shows so (R27).
    """

    ref: RecordRef
    for_good: bool = False


@dataclass(frozen=True, slots=True)
class MovedTo:
    """The id lives on elsewhere.

    ``merged``: ``to`` holds the surviving record. ``converted``: ``to`` holds what the Lead became (Contact
    first, then Account and Opportunity, where made); ``record`` is the frozen Lead as it can still be read.
    """

    ref: RecordRef
    how: Literal["merged", "converted"]
    to: tuple[RecordRef, ...]
    record: Record | None = None


Observation: TypeAlias = Record | Gone | MovedTo


@quick
@dataclass(frozen=True, slots=True)
class Change:
    """One line of a change feed: which record, never what it holds (R1)."""

    ref: RecordRef
    how: Literal["changed", "deleted", "merged", "converted"]
    version: str


@dataclass(frozen=True, slots=True)
class ChangePage:
    """One page of a change feed.

    Attributes:
        cursor: opaque to the engine; where the next page, or the next cycle, starts. Committed only with the work.
        done: no further page in this cycle.
        shown: of a hot feed (R19): records of which it is not known that anything hot changed, with the fields that
            would be; the engine leaves out those that show what was judged already. They say which, never what.
    """

    changes: tuple[Change, ...]
    cursor: str
    done: bool
    shown: Mapping[RecordRef, Mapping[str, Native]] = field(default_factory=dict)


AuthorKind: TypeAlias = Literal["ours", "person", "workflow", "import", "integration", "unknown"]


@quick
@dataclass(frozen=True, slots=True)
class Author:
    """Who made a change (R12). ``id`` is the CRM's id of the person or automation; ``team`` its team's label there."""

    kind: AuthorKind
    id: str | None = None
    team: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}" if self.id else self.kind


@quick
@dataclass(frozen=True, slots=True)
class FieldChange:
    """One row of a field's history: value set, when (aware, UTC), by whom.

    ``inferred``: the CRM keeps no history of this field; instant and author are those of the record's last change.
    """

    field: str
    value: Native
    at: datetime
    author: Author
    inferred: bool = False


SINCE: Final = "leadpact:since:"
"""Prefix of pseudo fields: asked with the name of a stage field behind it, a connector with
``Capabilities.stage_history`` answers since when that field has the value it shows (:func:`since_text`)."""


@dataclass(frozen=True, slots=True, order=True)
class FieldDate:
    """Since when a field has its value; ``approximate`` where the CRM's own dates only come near it."""

    at: datetime
    approximate: bool = False


def since_text(date: FieldDate) -> str:
    """The date as a pseudo field's value: an instant, after ``~`` where it is approximate."""
    return f"{'~' if date.approximate else ''}{date.at.isoformat()}"


def since_of(value: Native) -> FieldDate | None:
    """Back from a pseudo field's value; None where the CRM did not say."""
    text = str(value or "")
    if not text:
        return None
    return FieldDate(datetime.fromisoformat(text.removeprefix("~")), text.startswith("~"))
