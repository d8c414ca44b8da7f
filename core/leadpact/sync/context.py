"""What one cycle is given: the agreement, the mapping, the CRMs as data, and how far it may go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha1
from typing import ClassVar, Final
from uuid import UUID, uuid5

from leadpact.mapping import LeadMapping
from leadpact.matching.forgotten import Forgotten
from leadpact.matching.keys import folded
from leadpact.model.decided import Activation
from leadpact.model.link import Hold, Run
from leadpact.model.pause import Pause
from leadpact.model.record import Known
from leadpact.model.schema import KindSchema
from leadpact.pact import Pact
from leadpact.pact.score_rules import Scoring
from leadpact.ports.budget import Allowance
from leadpact.ports.connector import Capabilities
from leadpact.ports.query_engine import QueryEngine
from leadpact.ports.state_store import StateReader
from leadpact.scoring.decided import Read, read_by
from leadpact.sync.applying import Applying, Saving
from leadpact.sync.standing_pauses import StandingPauses

NAMESPACE = UUID("6f2f4d0a-6b34-5a55-9a0e-1ead9ac70000")
"""Root of every id that leadpact makes; ids are uuid5 of what they name, never random."""


_OF_US: Final = sha1(NAMESPACE.bytes, usedforsecurity=False)
_VARIANT: Final = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
"""The digit of an id that tells what sort of UUID it is, by what the digest has there."""


def _as_it_is(text: str) -> tuple[str, ...]:
    return (text,)


def _never() -> bool:
    return False


def _nothing_met() -> Mapping[str, int]:
    return {}


def address_id(pair_id: str, address: str) -> str:
    """What a tombstone remembers of a folded address (``Link.buried_as``), for who has no cycle's context at hand."""
    return str(uuid5(NAMESPACE, f"{pair_id}\x1faddress\x1f{address}"))


@dataclass(frozen=True, slots=True)
class CrmSide:
    """One CRM as the engine sees it: data only.

    Attributes:
        schemas: live schema per mapped kind; a field missing there is unknown (R4).
        actor_ids: ids under which our own writes show in histories.
    """

    name: str
    capabilities: Capabilities
    schemas: Mapping[str, KindSchema]
    actor_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one run may go before it parks for approval (DESIGN §8, R26, R30, R38).

    ``None`` for ``max_writes`` means the default: the larger of 500 records and 5 % of links; ``lifted`` = no cap
    (an approved plan, or ``--max-writes off``). ``approved`` is how much work was due when the plan was made that
    this run carries out. ``kept`` is how many planned leads are held in memory; a larger plan is made twice.
    ``like``: more assertions of one sort from one import or person are one batch to approve (R34).
    """

    page: int = 200
    max_writes: int | None = None
    lifted: bool = False
    approved: int | None = None
    canary: int = 50
    canary_above: int = 500
    reread_after_s: float = 2.0
    kept: int = 5000
    like: int = 200
    blanks_borne: ClassVar[int] = 50

    def writes(self, links: int) -> int:
        """Records that may be written without approval."""
        return self.max_writes if self.max_writes is not None else max(500, links * 5 // 100)

    def outgrown(self, due: int) -> bool:
        """Whether far more is due than a person saw and approved."""
        return self.approved is not None and due * 5 > self.approved * 6 + 250

    @staticmethod
    def stage_moves(links: int) -> int:
        """Stage moves that need no approval."""
        return max(50, links * 2 // 100)

    @staticmethod
    def creates(links: int) -> int:
        """Records that one run may create (R30)."""
        return max(50, links // 100)

    @staticmethod
    def handoffs(links: int) -> int:
        """Leads that one run may begin to hand over: the larger of 50 and 2 % (R38)."""
        return max(50, links * 2 // 100)

    @staticmethod
    def deletes(links: int) -> int:
        """Deletions in one cycle that need no approval: at most 1 %, and at most 100 (R26); of few links, ten."""
        return min(100, max(10, links // 100))

    @staticmethod
    def too_blank(blanks: int, known: int) -> bool:
        """Whether so many of a field's known values turned blank in one cycle that the field stops (R4)."""
        return blanks > Limits.blanks_borne and blanks * 100 > known * 2


@dataclass(frozen=True, slots=True)
class LostIn:
    """Runs, oldest first, whose lost writes may have landed after a later run looked for them (R2).

    Attributes:
        since: when such a write was sent at the earliest; None = whenever these runs sent it.
    """

    runs: tuple[Run, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """All that a cycle computes with.

    Attributes:
        go_live: when the first plan was approved; None = the first sync is not approved yet, nothing is written (R6).
        activation: the agreement that runs, as it was activated; None = nobody activated one (R22).
        dry: plan only: collect and compute, write nothing to any CRM and commit no decision.
        hot_every: how often the hot lane is looked at while a cycle goes on; None = there are no lanes (R19).
        stopping: asked between pages: whether the process was asked to end.
        mass: writes of very many rows may go a CRM's own way for them (R33).
        applying: the saved plan that is applied: only what it has is written, and only where nothing moved.
        only: restrict the cycle to these link ids; empty = all due work.
        shut: pauses of this run alone, as where it writes to one CRM only; what waits for them is due again afterwards.
        allowances: by CRM, what its account allows this run; empty = nothing is known (DESIGN §7).
        channels: destinations of notices that the settings know; none = nothing is sent.
        read: what of a lead the agreement's scoring reads; kept of every score that decides.
        email_key: an e-mail address in the form in which addresses are compared; ``spellings`` are the forms in which a
            CRM may keep it.
        forgotten: who was erased from this state; None = nobody was (R27).
        met: asked at the end of the run: what its calls met on their way, as counts of the run.
        labels: CRM name → how people call it, as its connector says.
        consent_fields: canonical fields that say what somebody allows; their opt-outs go first (R28).
        newest_fields: canonical fields of which the later edit wins (R9).
        suspended: canonical fields that wait for approval as a whole, filled by the cycle (R4).
        batches: like assertions that wait for one answer, by CRM, who and what, filled by the cycle (R34).
        standing: the pauses as last looked at in this cycle (R38).
        lost_in: the runs whose lost writes may have landed since, as looked up once in this run (R2).
    """

    pair_id: str
    run_id: str
    crms: Mapping[str, CrmSide]
    mapping: LeadMapping
    pact: Pact
    scoring: QueryEngine
    store: StateReader
    limits: Limits = field(default_factory=Limits)
    go_live: datetime | None = None
    activation: Activation | None = None
    dry: bool = False
    hot_every: timedelta | None = None
    stopping: Callable[[], bool] = _never
    mass: bool = False
    only: tuple[str, ...] = ()
    shut: tuple[Pause, ...] = ()
    applying: Applying | None = None
    channels: frozenset[str] = frozenset()
    allowances: Mapping[str, Allowance] = field(default_factory=dict)
    email_key: Callable[[Known], str] = folded
    spellings: Callable[[str], tuple[str, ...]] = _as_it_is
    forgotten: Forgotten | None = None
    met: Callable[[], Mapping[str, int]] = _nothing_met
    saving: Saving = field(init=False, default_factory=Saving)
    read: Read = field(init=False)
    labels: Mapping[str, str] = field(init=False, default_factory=dict)
    consent_fields: tuple[str, ...] = field(init=False, default=())
    newest_fields: tuple[str, ...] = field(init=False, default=())
    suspended: dict[str, Hold] = field(init=False, default_factory=dict)
    batches: dict[tuple[str, str, str], Hold] = field(init=False, default_factory=dict)
    standing: list[StandingPauses] = field(init=False, default_factory=list)
    lost_in: list[LostIn] = field(init=False, default_factory=list)
    _scorings: list[Scoring] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "read", read_by(self.pact.scoring))
        # Where the first word counts (two reasons at once), it is that of the CRM in which sales works, never that
        # of the CRM which the settings happen to name first.
        ordered = sorted(
            self.crms.items(), key=lambda item: (item[1].capabilities.default_team, item[0])
        )
        object.__setattr__(self, "crms", dict(reversed(ordered)))
        labels = {crm: side.capabilities.label or crm for crm, side in self.crms.items()}
        object.__setattr__(self, "labels", labels)
        fields = self.mapping.fields
        consent = tuple(name for name in fields if fields[name].policy == "most_restrictive")
        object.__setattr__(self, "consent_fields", consent)
        newest = tuple(name for name in fields if fields[name].policy == "newest")
        object.__setattr__(self, "newest_fields", newest)

    @property
    def evidence_since(self) -> datetime | None:
        """From when on what happens moves stages: the later of go-live and the last activation (R6, R22)."""
        if self.go_live is None or self.activation is None or self.activation.how == "first":
            return self.go_live
        return max(self.go_live, self.activation.at)

    @property
    def pausing(self) -> StandingPauses | None:
        """The pauses that stand, None where nothing is paused, as it is nearly always (R38)."""
        return self.standing[0] if self.standing and self.standing[0].pauses else None

    def outgrow(self) -> None:
        """Far more is due than the plan had that is applied: a new one is made of all of it."""
        if self.applying is not None:
            self.applying.outgrown = True

    def label(self, crm: str) -> str:
        """How people call this CRM, for sentences; its name where its connector does not say."""
        return self.labels.get(crm, crm)

    def id(self, *parts: object) -> str:
        """The id of what these parts name, within this pair: a uuid5, written out because it is made for every row."""
        name = "\x1f".join((self.pair_id, *map(str, parts)))
        hashed = _OF_US.copy()
        hashed.update(name.encode())
        text = hashed.hexdigest()
        return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:32]}"

    def score_by(self, live: Callable[[Context], frozenset[str]]) -> Scoring:
        """The agreement's scoring with what has a live source here; looked at once, when the first page is scored."""
        if not self._scorings:
            self._scorings.append(self.pact.scoring.with_live(live(self)))
        return self._scorings[0]

    def key_of(self, key: str, value: Known) -> str:
        """A match key's value in the form in which it is compared; "" for blank and unknown."""
        return self.email_key(value) if key == "email" else folded(value)

    @property
    def by_instant(self) -> frozenset[str]:
        """Signal names of which each instant is an act of its own, not each day."""
        return self.pact.response.contact_signals

    def subscribed(self) -> tuple[tuple[str, str], ...]:
        """(crm, kind) of every change feed that is read."""
        people = tuple((c.name, k) for c in self.crms.values() for k in c.capabilities.subscribed)
        return people + tuple((crm, kind) for crm, kind in self.accounts.items())

    @property
    def accounts(self) -> Mapping[str, str]:
        """CRM → the kind of its accounts, where the mapping reads fields of them (R20)."""
        return {
            name: side.capabilities.accounts
            for name, side in self.crms.items()
            if side.capabilities.accounts
            and any(
                each.field.startswith(side.capabilities.account_prefix)
                for rule in self.mapping.fields.values()
                for (crm, _kind), each in rule.sides.items()
                if crm == name
            )
        }
