"""What a live CRM says of its own fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from leadpact.model.terms import FieldType

__all__ = [
    "FieldSchema",
    "FieldType",
    "KindSchema",
    "Normalisation",
    "PicklistValue",
    "ProvisionResult",
    "Provisioned",
    "WantedField",
]


Normalisation: TypeAlias = Literal["lower", "trim", "cut", "blank_is_null", "whole_seconds", "crlf"]


@dataclass(frozen=True, slots=True)
class PicklistValue:
    """One allowed value; ``value`` is the API value, compared by itself (R10), ``label`` what people see."""

    value: str
    label: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class FieldSchema:
    """One field of one kind.

    Attributes:
        max_length: characters, None = not limited or not text.
        scale: digits behind the point that the CRM keeps, None = all.
        calculated: the CRM computes the value whenever it is read, and no change feed shows that it changed (R20).
        restricted: the CRM refuses values that are not in ``picklist``.
        normalises: what the CRM does to a value when it stores it, so that its own rendering is not taken for
            an edit (facts/salesforce.md §1, facts/hubspot.md §1).
    """

    name: str
    label: str
    type: FieldType
    readable: bool = True
    createable: bool = True
    updateable: bool = True
    required: bool = False
    unique: bool = False
    max_length: int | None = None
    scale: int | None = None
    restricted: bool = False
    picklist: tuple[PicklistValue, ...] = ()
    normalises: frozenset[Normalisation] = frozenset()
    calculated: bool = False


@dataclass(frozen=True, slots=True)
class KindSchema:
    """The live schema of one kind, by field API name."""

    kind: str
    label: str
    fields: Mapping[str, FieldSchema] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WantedField:
    """A field of ours that ``provision`` makes where it is missing (idempotent).

    Attributes:
        options: (API value, label) for picklists; restricted.
        external_id: unique, case-insensitive, usable as the key of an upsert.
    """

    kind: str
    name: str
    label: str
    type: FieldType
    description: str
    options: tuple[tuple[str, str], ...] = ()
    max_length: int | None = None
    scale: int | None = None
    external_id: bool = False


ProvisionResult: TypeAlias = Literal[
    "made", "present", "extended", "refused", "would_make", "would_extend"
]


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What came of one WantedField; ``detail`` says why where it was refused."""

    kind: str
    name: str
    result: ProvisionResult
    detail: str = ""
