"""Links, their sides, and everything the state store keeps of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from leadpact.model.quick import quick
from leadpact.model.record import Native, RecordRef, Scalar
from leadpact.model.scorecard import PublishedScore
from leadpact.model.stage import StageState

LinkStatus: TypeAlias = Literal["live", "tombstone", "folded"]
SideState: TypeAlias = Literal[
    "live", "gone", "buried", "replaced", "converted", "merged", "duplicate"
]
"""``gone``: deleted, and a person may still say what of it; ``buried``: it stays deleted, a person said; ``replaced``:
deleted, and the person may have, or has, another record there; ``duplicate``: live, a second one of a person who may
have one there: never written and no evidence (R24, R26)."""


@quick
@dataclass(frozen=True, slots=True)
class Link:
    """One person's ids in both CRMs and what was last agreed of them.

    Attributes:
        id: uuid5 of the pair and the first record seen, or nearly (ADR 14); also the value of our external-id field.
        base: canonical value last agreed, by field; a field that was never agreed is absent.
        stage: the agreed stage; None until the stage was first agreed (R6).
        folded_into: the link this one became part of.
        adopted: the first-sync rule (R6) has been applied.
        our_id: value of our external-id field on its records; "" = the link's own id. Another one stands where the
            records bore it before this state knew them (R30), or where a deleted record was made anew (R26).
        buried_as: of a tombstone, a digest of the address by which the person was known; "" = unknown, or let go.
        buried_at: when the last record was seen to be deleted (aware, UTC).
        owner: whose lead it is, ``<crm>:<owner id>`` as last observed where sales works; "" = nobody's.
        suspected: the last suspect label that stood; where it is gone, a person took it away, and no rule sets it anew.
    """

    id: str
    status: LinkStatus = "live"
    base: Mapping[str, Scalar] = field(default_factory=dict)
    stage: StageState | None = None
    published: PublishedScore | None = None
    adopted: bool = False
    folded_into: str = ""
    our_id: str = ""
    buried_as: str = ""
    buried_at: datetime | None = None
    owner: str = ""
    suspected: str = ""

    @property
    def external_id(self) -> str:
        """What our external-id field says on this person's records."""
        return self.our_id or self.id


@quick
@dataclass(frozen=True, slots=True)
class Covered:
    """What our last write put over a record's fields, not yet looked up in their history (R7).

    Attributes:
        since: the CRM's stamp of what had been seen before the write.
        values: values written, by CRM field.
    """

    since: str
    values: Mapping[str, Native]


@quick
@dataclass(frozen=True, slots=True)
class Side:
    """One record of a link in one CRM.

    Attributes:
        primary: the record of this CRM that is written (R23); the others only give evidence.
        version: the CRM's stamp at the last settled observation; an older observation is discarded.
        renderings: this CRM's own stored form where reading it does not give the base back (R5), by CRM field.
        open_renderings: values sent whose stored form was not seen yet, by CRM field.
        image: the stage fields as last judged, by CRM field; a value that differs from it is an assertion.
    """

    ref: RecordRef
    link_id: str
    primary: bool = True
    state: SideState = "live"
    version: str = ""
    renderings: Mapping[str, Native] = field(default_factory=dict)
    open_renderings: Mapping[str, Native] = field(default_factory=dict)
    image: Mapping[str, Native] = field(default_factory=dict)
    covered: Covered | None = None


class KnownRecord(NamedTuple):
    """What a change feed is compared with: whose record it is, and how it was last seen."""

    link_id: str
    state: SideState
    version: str


WorkCause: TypeAlias = Literal[
    "changed",
    "deleted",
    "merged",
    "converted",
    "evidence",
    "retry",
    "review",
    "timer",
    "pact",
    "mapping",
    "only",
    "signal",
    "backfill",
    "resumed",
    "account",
    "formula",
]


@quick
@dataclass(frozen=True, slots=True)
class WorkItem:
    """One lead to look at, at the earliest at ``due_at`` (aware, UTC). One row per lead; the earlier due wins.

    Work of the hot lane (R19) is due half a century before its time: so it comes before all other work wherever work is
    taken, it stays hot where the same lead is put on the list for another cause, and it can be asked for alone
    (:mod:`leadpact.model.lanes`).
    """

    link_id: str
    cause: WorkCause
    since: datetime
    due_at: datetime
    attempts: int = 0


Ending: TypeAlias = Literal["written", "refused", "overtaken"]


class Closing(NamedTuple):
    """The end of an intent that stands in the journal; what it wanted stays as it was written there."""

    id: str
    link_id: str
    state: Ending
    at: datetime
    attempts: int


@quick
@dataclass(frozen=True, slots=True)
class Intent:
    """A journaled write: committed before it is sent, closed with its outcome (R2).

    Attributes:
        before: native values seen before, by CRM field: what ``undo`` puts back.
        wanted: native values to be written.
        agrees: canonical values that become base once this is written, by field.
        rule: why each CRM field is written, by CRM field.
        state: ``open``; ``cleared`` = the first half of a two-step reset is done (R3); else closed.
    """

    id: str
    run_id: str
    link_id: str
    ref: RecordRef
    op: Literal["set", "make", "reset", "archive"]
    before: Mapping[str, Native]
    wanted: Mapping[str, Native]
    agrees: Mapping[str, Scalar]
    rule: Mapping[str, str]
    created_at: datetime
    state: Literal["open", "cleared", "written", "refused", "overtaken"] = "open"
    closed_at: datetime | None = None
    attempts: int = 0

    def closed(self, state: Ending, at: datetime, attempts: int | None = None) -> Closing:
        """How it ended; ``attempts`` where one more was made."""
        tries = self.attempts if attempts is None else attempts
        return Closing(self.id, self.link_id, state, at, tries)


@dataclass(frozen=True, slots=True)
class Hold:
    """Something that waits for a person (command ``review``).

    Attributes:
        id: uuid5 of link, field and cause, so that the same wait is one row.
        field: canonical field, ``stage``, or ``""`` for the whole link.
        cause: a code that docs/operations.md lists.
        shown: what each side shows, by CRM name, as text for people.
        answer: what a person chose: ``take:<crm>``, ``set:<value>``, ``refuse``, ``join:<link id>``, ``accept``.
    """

    id: str
    link_id: str
    field: str
    cause: str
    why: str
    shown: Mapping[str, str]
    since: datetime
    run_id: str
    status: Literal["waiting", "answered", "closed"] = "waiting"
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A write that waits for a mend (command ``failures``). ``wanted_hash`` tells the same attempt from a new one."""

    link_id: str
    crm: str
    ref: RecordRef
    cause: str
    remedy: str
    message: str
    fields: tuple[str, ...]
    wanted_hash: str
    attempts: int
    first_at: datetime
    last_at: datetime
    retry_at: datetime | None
    detail: str = ""
    open: bool = True


OutcomeResult: TypeAlias = Literal["written", "unchanged", "held", "failed"]


@quick
@dataclass(frozen=True, slots=True)
class Outcome:
    """How one lead ended in one run on one CRM; ``crm`` is "" where no CRM is concerned."""

    run_id: str
    link_id: str
    crm: str
    result: OutcomeResult
    at: datetime
    cause: str = ""
    fields: tuple[str, ...] = ()


RunKind: TypeAlias = Literal["sync", "plan", "apply", "backfill", "undo", "repair", "missed"]
RunStatus: TypeAlias = Literal[
    "running",
    "done",
    "waiting",
    "needs_approval",
    "failed",
    "interrupted",
    "paused",
    "cancelled",
    "skipped",
]


@dataclass(frozen=True, slots=True)
class Run:
    """One cycle or plan; counts by word (``written``, ``unchanged``, ``held``, ``failed``, ``stage_moves``, ...).

    Attributes:
        undoes: of an undo, the id of the run that it puts back (R32).
    """

    id: str
    kind: RunKind
    started_at: datetime
    status: RunStatus
    ended_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    pact_hash: str = ""
    mapping_hash: str = ""
    undoes: str | None = None


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan that waits for approval; ``counts`` as in Run, ``lines`` the two-sided diff as JSON text."""

    id: str
    run_id: str
    created_at: datetime
    kind: Literal["first_sync", "capped", "asked", "repair"]
    status: Literal["proposed", "approved", "applied", "dropped"]
    counts: Mapping[str, int]
    lines: str
    pact_hash: str = ""
    mapping_hash: str = ""
