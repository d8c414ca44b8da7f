"""Records of an in-memory CRM, with their whole past."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from leadpact.model.record import Author, FieldChange, Native, Record, RecordRef
from leadpact.model.schema import KindSchema


@dataclass
class Shot:
    """How a row looked after one change."""

    at: datetime
    version: str
    fields: dict[str, Native]
    gone: bool


@dataclass
class Row:
    """One record with its past.

    ``person`` is the number of the human being it is about, so that a value can be told to be somebody else's.
    """

    ref: RecordRef
    fields: dict[str, Native]
    version: str
    created: datetime
    person: int
    author: Author
    shots: list[Shot] = field(default_factory=list)
    history: dict[str, list[FieldChange]] = field(default_factory=dict)
    gone: bool = False
    became: tuple[RecordRef, ...] = ()
    merged: RecordRef | None = None
    made_by_us: bool = False

    def record(self, hidden: frozenset[str] = frozenset()) -> Record:
        """As a consistent read shows it now, less the fields that we may not see."""
        fields = {name: value for name, value in self.fields.items() if name not in hidden}
        return Record(self.ref, fields, self.version, self.author.id, self.created)


def without(schema: KindSchema, hidden: frozenset[str]) -> KindSchema:
    """The schema as it looks to who may not see these fields."""
    shown = {name: one for name, one in schema.fields.items() if name not in hidden}
    return replace(schema, fields=shown)
