"""What is kept of people once what they are known by has changed, or once they were erased (R26, R27, R29)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from leadpact.model.record import RecordRef


@dataclass(frozen=True, slots=True)
class KnownAs:
    """A digest of an address by which a person can be known besides the agreed one: an earlier or a further one."""

    digest: str
    link_id: str


@dataclass(frozen=True, slots=True)
class Person:
    """Everything by which one person's rows are found in the state.

    Attributes:
        link_ids: of the lead and of all that became part of it.
        addresses: e-mail addresses, as they are compared.
        our_ids: values of our external-id field.
    """

    link_ids: tuple[str, ...]
    refs: tuple[RecordRef, ...]
    addresses: tuple[str, ...]
    our_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A keyed hash of a record or an address that was erased: whoever bears it is not taken in again.

    Attributes:
        key_id: which key it was made with.
        erasure_id: with which erasure; "" = later, of a lead whose record became one of somebody erased.
    """

    digest: str
    key_id: str
    at: datetime
    erasure_id: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """The record of one erasure: counts and dates, nothing by which the person could be known.

    Attributes:
        cause: ``asked``: somebody called `leadpact forget`; nothing else erases anybody so far.
        removed: rows removed by table.
        redacted: rows of others that named the person and no longer do, by table.
        records: how many records the person had, by CRM; leadpact deletes none of them.
        stages: how often the person came to each stage: the counts that are kept.
    """

    id: str
    at: datetime
    cause: str
    removed: Mapping[str, int] = field(default_factory=dict)
    redacted: Mapping[str, int] = field(default_factory=dict)
    records: Mapping[str, int] = field(default_factory=dict)
    stages: Mapping[str, int] = field(default_factory=dict)
    marks: int = 0


@dataclass(frozen=True, slots=True)
class Retirement:
    """What is old enough to go, of links between two ids (the first one left out, the last one taken in).

    Attributes:
        signals_before: signals from before are removed.
        history_before: lines of the stage history from before lose the person they were of, and every word.
    """

    after: str
    upto: str
    signals_before: datetime
    history_before: datetime


PAST: Final = "past"
"""In place of a link's id, on lines of the stage history of which nobody knows any more whose they were."""


def nameless(actor: str) -> str:
    """Who spoke without the person: the team alone."""
    return actor.partition(" (")[0]
