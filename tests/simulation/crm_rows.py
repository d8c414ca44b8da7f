"""Records of an in-memory CRM, with their whole past."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from leadpact.model.record import Author, FieldChange, Native, Record, RecordRef
from leadpact.model.schema import KindSchema

TOLD_ALWAYS: Final = frozenset({"leadpact:contact_ids", "leadpact:is_open", "leadpact:is_won"})
"""Pseudo fields of evidence and accounts, which no read has to name."""


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

    def record(
        self, hidden: frozenset[str] = frozenset(), asked: Iterable[str] | None = None
    ) -> Record:
        """As a consistent read shows it now, less the fields that we may not see.

        Args:
            asked: the fields that the read names; of no other a CRM tells. None = all.
        """
        fields = as_asked(self.fields, self.fields if asked is None else asked, hidden)
        return Record(self.ref, fields, self.version, self.author.id, self.created)


def as_asked(
    fields: Mapping[str, Native], asked: Iterable[str], hidden: Container[str] = ()
) -> dict[str, Native]:
    """Those of these fields that a read names and may see, and what evidence always tells."""
    shown = {name: fields[name] for name in asked if name in fields and name not in hidden}
    if TOLD_ALWAYS & fields.keys():
        shown |= {name: fields[name] for name in TOLD_ALWAYS if name in fields}
    return shown


def without(schema: KindSchema, hidden: frozenset[str]) -> KindSchema:
    """The schema as it looks to who may not see these fields."""
    shown = {name: one for name, one in schema.fields.items() if name not in hidden}
    return replace(schema, fields=shown)
