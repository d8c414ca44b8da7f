"""The compiled rules of a mapping: plain frozen values, no document any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from leadpact.mapping.stage_table import StageTable
from leadpact.mapping.values import Reader, Writer
from leadpact.model.quick import quick
from leadpact.model.terms import SURNAME, FieldType, Scalar

if TYPE_CHECKING:
    from leadpact.mapping.scope import ScopeRule
    from leadpact.model.scorecard import Precision

Policy: TypeAlias = Literal[
    "system_of_record", "newest", "keep_known", "first_wins", "most_restrictive", "union", "hold"
]
InitialPolicy: TypeAlias = Literal[
    "system_of_record", "keep_known", "first_wins", "most_restrictive", "union", "hold"
]
Direction: TypeAlias = Literal["both", "to_crm", "from_crm"]
Guard: TypeAlias = Literal["measured", "strict"]
"""Against edits between our reading and our write (R7): the window is measured, or the CRM refuses such a write."""
OutputName: TypeAlias = Literal[
    "stage",
    "rejection_reason",
    "rejection_sub_reason",
    "stage_reason",
    "priority",
    "score_total",
    "score_fit",
    "score_engagement",
    "grade",
    "breakdown",
    "scored_at",
    "pact_version",
    "qualification",
    "qualification_framework",
    "qualification_detail",
    "work_order",
    "stop_nurture",
    "opted_out",
    "handoff",
    "sync_state",
    "sla_due_at",
    "sla_state",
    "sla_tier",
    "sla_contacted_at",
]


@dataclass(frozen=True, slots=True)
class SideField:
    """One canonical field as one kind of one CRM keeps it.

    Attributes:
        field: the CRM's API name.
        direction: ``to_crm`` is never taken from there, ``from_crm`` never written there.
        lossy: reading what was written may give less; the loss is never sent back (R5).
        read: CRM value → canonical; ValueError for what is not of the type.
        write: canonical → CRM value; ValueError for a value that has no form here.
        values: canonical → picklist value, where the mapping names them.
        as_is: text that is a canonical value reads as itself, so that it need not be read to be known.
    """

    field: str
    direction: Direction
    lossy: bool
    read: Reader
    write: Writer
    values: Mapping[str, str]
    max_length: int | None = None
    as_is: bool = False


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One canonical field, who wins where both sides changed it, and where it is kept.

    Attributes:
        policy: for a conflict after the first sync.
        initial: for a difference that has no base (R6).
        system_of_record: the CRM that wins under ``system_of_record``.
        sides: by (crm, kind).
        blank_means: the canonical value of a blank, None where blank is blank.
        provisioned: it is a field of ours: ``provision`` makes it, and where it is missing it is only not had.
    """

    name: str
    type: FieldType
    policy: Policy
    initial: InitialPolicy
    system_of_record: str
    sides: Mapping[tuple[str, str], SideField]
    blank_means: Scalar = None
    provisioned: bool = False


MergeRow: TypeAlias = tuple[
    str, FieldRule, tuple[tuple[int, SideField], ...], tuple[str, str, bool] | None
]
"""(canonical name, its rule, (place of the kind asked for, that kind's side), see :func:`kept_alike`)."""


def kept_alike(sides: tuple[tuple[int, SideField], ...]) -> tuple[str, str, bool] | None:
    """The CRM fields of the first and the second kind, and whether both keep it as it is; None where others keep it."""
    if [place for place, _side in sides] != [0, 1]:
        return None
    (_, one), (_, other) = sides
    return one.field, other.field, one.as_is and other.as_is


@dataclass(frozen=True, slots=True)
class CreationRule:
    """When a record is made in this CRM for a lead that only the other one knows (R30).

    Attributes:
        at_stage: the first stage at which it is made; "" = at any.
        required: canonical fields that must be known.
        needs_email: none is made without an e-mail address.
        refuse_opted_out: none is made for a person who opted out.
    """

    crm: str
    kind: str
    at_stage: str
    required: tuple[str, ...]
    needs_email: bool
    refuse_opted_out: bool


@dataclass(frozen=True, slots=True)
class Coexist:
    """What the mapping says of another sync that is found beside one CRM (R13); ``replace`` counts once confirmed."""

    mode: Literal["native", "replace"]
    confirmed_by: str = ""
    confirmed_on: str = ""


@dataclass(frozen=True, slots=True)
class SignalRule:
    """Where a CRM keeps the dates of one signal (R8, R35).

    Attributes:
        field: holds the instant of the last act, or a ``;``-separated list where ``many``.
        asset_field: holds what it was about, "" where nothing does.
    """

    name: str
    crm: str
    kind: str
    field: str
    many: bool
    asset_field: str
    precision: Precision


@quick
@dataclass(frozen=True, slots=True)
class SignalReading:
    """One dated act as a record shows it; ``at`` is aware, UTC."""

    name: str
    at: datetime
    asset: str
    precision: Precision
    field: str


@dataclass(frozen=True, slots=True)
class BackfillRule:
    """Our own fields that a backfill fills in of one kind; no sync reads or writes them (R33).

    Attributes:
        mark: the field that says when a backfill wrote the record, "" where none is named.
        dates: field by stage: since when the lead was first there.
    """

    mark: str = ""
    dates: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """All of them."""
        return (*((self.mark,) if self.mark else ()), *self.dates.values())


@dataclass(frozen=True, slots=True)
class KindRule:
    """What is mapped of one kind of one CRM besides the merge fields.

    Attributes:
        match: (canonical key, CRM field), strongest first.
        outputs: CRM field by output name.
        also: CRM fields that hold further values of a key, joined with ``;`` (a person's other addresses, R30).
        owner: the CRM field that says whose record it is, "" where none is named.
        scope: who takes part; None = everybody (R37).
        backfill: what a backfill fills in besides (R33).
        account_owner: the CRM field that says whose account it is, "" where none is named.
    """

    crm: str
    kind: str
    external_id: str
    match: tuple[tuple[str, str], ...]
    outputs: Mapping[str, str]
    stages: StageTable
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    owner: str = ""
    scope: ScopeRule | None = None
    backfill: BackfillRule = field(default_factory=BackfillRule)
    account_owner: str = ""

    def known_by(self, fields: Mapping[str, FieldRule]) -> tuple[str, ...]:
        """CRM fields by which a record of this kind is known as somebody's, sorted."""
        names = {self.external_id, *(name for _key, name in self.match)}
        names.update(name for further in self.also.values() for name in further)
        for canonical in (SURNAME, *(key for key, _name in self.match)):
            mapped = fields[canonical].sides if canonical in fields else {}
            if (self.crm, self.kind) in mapped:
                names.add(mapped[self.crm, self.kind].field)
        return tuple(sorted(names - {""}))
