"""The port of the state store: few verbs, each one transaction (DESIGN §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol, TypeAlias

from leadpact.model.decided import Activation, DecidedScore
from leadpact.model.episode import Episode
from leadpact.model.erasure import KnownAs, Mark, Retirement
from leadpact.model.frozen import Frozen
from leadpact.model.handoff import Handoff
from leadpact.model.link import (
    Closing,
    Failure,
    Hold,
    Intent,
    KnownRecord,
    Link,
    Outcome,
    Run,
    SavedPlan,
    Side,
    WorkItem,
)
from leadpact.model.notice import Notice, NoticeState
from leadpact.model.pause import Parked, Pause
from leadpact.model.pin import Pin, PlanRow
from leadpact.model.record import RecordRef
from leadpact.model.response_clock import ResponseClock
from leadpact.model.run_order import RunOrder
from leadpact.model.scorecard import Signal
from leadpact.model.source_signal import WaitingSignal
from leadpact.model.stage import Transition
from leadpact.ports.pause_store import PauseReader
from leadpact.ports.scope_store import ScopeReader
from leadpact.ports.state_people import ErasesPeople, Lease, ReadsPeople

__all__ = ["Counted", "Lease", "StateChanges", "StateReader", "StateStore"]

Counted: TypeAlias = Literal[
    "links", "due", "waiting", "failing", "owing", "duplicates", "unsent", "unsendable", "forgotten"
]
"""Live links; work due; holds that wait; failures open; live links that ``owing`` would list; records that
``duplicates`` would list; notices that wait to be sent, and notices that were given up; marks of who was erased."""


@dataclass(slots=True)
class StateChanges:
    """What one commit writes, all or nothing. Rows replace rows of the same key.

    Keys: links by id, sides by ref, checkpoints by (crm, kind), intents by id, holds by id, failures by (link, crm),
    transitions by id, signals by id (an existing one is kept: append-only), runs, plans and activations by id, decided
    scores by (link, at), response clocks by (link, kind, start), episodes by (link, number), handoffs by id.
    ``closings`` end intents that were put before, in this commit or an earlier one; of an unknown one they say nothing.
    ``waiting`` rows by ref and id (an existing one is kept); ``claimed`` takes away all that wait for these refs.
    ``planned`` marks links as held by a page of the running cycle's plan; ``unplan`` takes all earlier marks away.
    ``pins`` by link, record and field; ``released`` takes them away. ``plan_rows`` by plan and link; those of a plan
    that is put as applied or dropped go with it. ``forget_before`` takes the closed intents of all runs away that
    started after its first instant and not after its second (R27).
    ``notices`` are put in the outbox, by id; one that is there already is kept, whatever came of it. ``told`` says how
    far those that are there have come.
    ``orders`` by run; of one that is there its options and place change, what was ``asked`` of it stays. ``asks`` are
    the other way round: of an order that is there only what is asked of it changes.
    ``pauses`` by id, ``parked`` leads by link; ``unparked`` takes leads off those that wait for a pause.
    ``known_as`` and ``forgotten`` rows by digest; one that is there is kept. ``turned_away`` takes leads off that were
    never agreed, with all their rows, before anything else is written.
    ``frozen`` leads that are, or were, out of scope, by link.
    ``retire`` removes what is old enough (R27).
    ``work`` rows keep the earlier ``due_at`` of an existing row and reset its attempts; ``done`` removes rows unless
    they were put again after the instant given (a lead that changed while it was worked on stays on the list).
    """

    links: list[Link] = field(default_factory=list)
    sides: list[Side] = field(default_factory=list)
    dropped_sides: list[RecordRef] = field(default_factory=list)
    work: list[WorkItem] = field(default_factory=list)
    done: list[WorkItem] = field(default_factory=list)
    checkpoints: dict[tuple[str, str], str] = field(default_factory=dict)
    intents: list[Intent] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    waiting: list[WaitingSignal] = field(default_factory=list)
    claimed: list[RecordRef] = field(default_factory=list)
    unplan: bool = False
    planned: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    orders: list[RunOrder] = field(default_factory=list)
    asks: list[RunOrder] = field(default_factory=list)
    plans: list[SavedPlan] = field(default_factory=list)
    activations: list[Activation] = field(default_factory=list)
    decided: list[DecidedScore] = field(default_factory=list)
    clocks: list[ResponseClock] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    told: list[Notice] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)
    pins: list[Pin] = field(default_factory=list)
    released: list[Pin] = field(default_factory=list)
    plan_rows: list[PlanRow] = field(default_factory=list)
    forget_before: tuple[datetime, datetime] | None = None
    pauses: list[Pause] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    unparked: list[str] = field(default_factory=list)
    known_as: list[KnownAs] = field(default_factory=list)
    turned_away: list[str] = field(default_factory=list)
    forgotten: list[Mark] = field(default_factory=list)
    retire: Retirement | None = None
    frozen: list[Frozen] = field(default_factory=list)


class StateReader(ReadsPeople, PauseReader, ScopeReader, Protocol):
    """What the engine and the commands read. Every verb sees one consistent state."""

    def links(self, link_ids: Sequence[str]) -> Mapping[str, Link]:
        """These links; unknown ids are absent."""
        ...

    def sides(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[Side]]:
        """All sides per link, ordered by (crm, kind, id); a link without sides maps to ()."""
        ...

    def link_ids(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, str]:
        """Which link each known record belongs to; unknown records are absent."""
        ...

    def known_records(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, KnownRecord]:
        """What is known of these records; unknown ones are absent."""
        ...

    def due(self, now: datetime, limit: int, after: WorkItem | None = None) -> Sequence[WorkItem]:
        """Work due at ``now``, earliest due first, ties by link id; only rows behind ``after`` in that order."""
        ...

    def planned(self, link_ids: Sequence[str]) -> Set[str]:
        """Those of these links that the running cycle has marked as planned."""
        ...

    def count(
        self,
        what: Counted,
        now: datetime,
    ) -> int:
        """How many there are (see ``Counted``)."""
        ...

    def known_values(self, field: str) -> int:
        """Live links whose agreed value of this canonical field is not blank; a look at every link, so asked rarely."""
        ...

    def checkpoint(self, crm: str, kind: str) -> str:
        """The change feed's cursor, "" before the first."""
        ...

    def open_intents(self, limit: int) -> Sequence[Intent]:
        """Intents not closed, oldest first, ties by id."""
        ...

    def intents(
        self, *, link_id: str = "", run_id: str = "", limit: int = 1000
    ) -> Sequence[Intent]:
        """The journal of one link or run, newest first."""
        ...

    def journal(self, run_id: str, link_ids: Sequence[str]) -> Sequence[Intent]:
        """What a run wrote to these leads' records, oldest first, ties by id."""
        ...

    def leads_of_run(self, run_id: str) -> Sequence[str]:
        """Ids of the links that a run has intents of, in order; also of links that are folded or forgotten by now."""
        ...

    def pins(self, link_ids: Sequence[str] | None = None) -> Sequence[Pin]:
        """Fields that were put back and stay so, of these links or of all, by link, record and field (R32)."""
        ...

    def plan_rows(self, plan_id: str, link_ids: Sequence[str]) -> Mapping[str, str]:
        """What a saved plan keeps of these leads ("" = of itself), by link id; others are absent."""
        ...

    def leads_of_plan(self, plan_id: str) -> Sequence[str]:
        """Ids of the links that a saved plan keeps something of, in order; the plan's own row aside."""
        ...

    def transitions(self, link_id: str) -> Sequence[Transition]:
        """A lead's stage history, oldest first."""
        ...

    def episodes(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[Episode]]:
        """Episodes per link, the first one first; a link that never moved has none."""
        ...

    def holds(
        self, *, link_ids: Sequence[str] | None = None, waiting_only: bool = False
    ) -> Sequence[Hold]:
        """Holds not closed (or only the waiting ones), oldest first, of these links or of all."""
        ...

    def failures(self, *, link_ids: Sequence[str] | None = None) -> Sequence[Failure]:
        """Open failures, oldest first, of these links or of all."""
        ...

    def outcomes(
        self, *, run_id: str = "", link_id: str = "", limit: int = 1000
    ) -> Sequence[Outcome]:
        """Outcomes of one run or one link, newest first."""
        ...

    def signals(self, link_ids: Sequence[str], since: datetime) -> Mapping[str, Sequence[Signal]]:
        """Signals per link at or after ``since``, oldest first, ties by id."""
        ...

    def waiting_signals(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Sequence[Signal]]:
        """Acts that wait for the person of each ref, oldest first, ties by id; refs without any are absent."""
        ...

    def waiting_count(self) -> int:
        """How many acts wait for a person."""
        ...

    def addressed(self, addresses: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Live links by their agreed e-mail address, case aside; addresses of nobody are absent. Ids in order."""
        ...

    def runs(self, limit: int) -> Sequence[Run]:
        """The latest runs, newest first."""
        ...

    def run(self, run_id: str) -> Run | None:
        """One run."""
        ...

    def order(self, run_id: str) -> RunOrder | None:
        """What this run was told, and what is asked of it; None for a run that was never ordered so."""
        ...

    def plan(self, plan_id: str) -> SavedPlan | None:
        """One saved plan."""
        ...

    def plans(self, limit: int) -> Sequence[SavedPlan]:
        """The latest plans, newest first."""
        ...

    def activations(self, limit: int) -> Sequence[Activation]:
        """Agreements that took effect, the latest first (R22)."""
        ...

    def decided_scores(
        self, link_id: str, until: datetime | None = None, limit: int = 100
    ) -> Sequence[DecidedScore]:
        """Scores of one lead that were published or decided a stage, at or before ``until``, the latest first."""
        ...

    def stage_counts(self) -> Mapping[str, int]:
        """Live links per agreed stage; "" counts those without one."""
        ...

    def at_stages(self, stages: Sequence[str], limit: int) -> Sequence[Link]:
        """Live links whose agreed stage is one of these, longest at that stage first, ties by id."""
        ...

    def owing(self, limit: int) -> Sequence[Link]:
        """Live links whose stage lacks a reason: a rejection owes it, or a set-back had none and was put right (R16,
        S96); longest so first, ties by id."""
        ...

    def duplicates(self, limit: int) -> Sequence[Side]:
        """Live records that are not written because their person has another one in that CRM (R23, R24), by link and
        record."""
        ...

    def joined(self, link_id: str) -> Sequence[Link]:
        """Links that became part of this one, also by way of another that did later, by id."""
        ...

    def buried(self, digests: Sequence[str]) -> Mapping[str, Link]:
        """Tombstones by the digest of their address (``Link.buried_as``); of several the one with the smallest id."""
        ...

    def clocks_of(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[ResponseClock]]:
        """Response clocks per link, by start and kind; links without any are absent."""
        ...

    def running_clocks(
        self, due_before: datetime | None = None, limit: int = 1000
    ) -> Sequence[ResponseClock]:
        """Response clocks that nobody has answered, the earliest due first, ties by link and kind; those due at or
        before an instant, or all."""
        ...

    def clocks(self, since: datetime | None = None, limit: int = 1000) -> Sequence[ResponseClock]:
        """Response clocks that started at or after ``since``, or all; the latest first, ties by link and kind."""
        ...

    def handoffs(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[Handoff]]:
        """All handoffs per link, oldest first, ties by id; a link without any may be absent."""
        ...

    def due_handoffs(self, now: datetime, limit: int) -> Sequence[Handoff]:
        """Handoffs to be tried at ``now``, the hottest first, then the oldest, ties by id."""
        ...

    def waiting_handoffs(self, limit: int) -> Sequence[Handoff]:
        """Handoffs that are not done, the hottest first, then the oldest, ties by id."""
        ...

    def handed_over(self, days: Sequence[str]) -> Mapping[tuple[str, str], int]:
        """How many handoffs count against each (owner, day), of these days (R34)."""
        ...

    def due_notices(self, now: datetime, limit: int) -> Sequence[Notice]:
        """Notices to be tried at ``now``, the earliest due first, ties by id."""
        ...

    def notices(
        self, *, state: NoticeState | None = None, link_id: str = "", limit: int = 1000
    ) -> Sequence[Notice]:
        """Notices of this state, of this link, or of all; newest first, ties by id."""
        ...

    def page_of_links(self, after: str, limit: int) -> Sequence[str]:
        """Ids of live links in order, after the given one."""
        ...


class StateStore(StateReader, ErasesPeople, Protocol):
    """State of one pair; every primary key begins with the pair's id."""

    def bind(self, identities: Mapping[str, str]) -> None:
        """Tie the state to these accounts (crm → portal or org id), or check that it is tied to them.

        Raises:
            FixSettings: code ``state_of_another_pair``, if it belongs to other accounts (R39).
        """
        ...

    def acquire(self, holder: str, now: datetime, lasts: timedelta) -> Lease | None:
        """Take the lease if it is free or run out; None while another holder has it. The token grows each time."""
        ...

    def lease_held(self) -> Lease | None:
        """The lease as it is held now, run out or not; None while nobody has it."""
        ...

    def release(self, lease: Lease) -> None:
        """Give the lease back, if it is still ours."""
        ...

    def commit(
        self,
        changes: StateChanges,
        lease: Lease | None,
        now: datetime,
        lasts: timedelta | None = None,
    ) -> None:
        """Write all of it in one transaction; with ``lasts`` the lease is renewed from ``now`` in the same transaction.

        Commands of a person (review, failures retry) pass ``lease=None``.

        Raises:
            LeaseLost: a newer token exists, or the lease ran out and was taken; nothing was written.
            Stop: the store cannot write (disk full, read-only, damaged); nothing was written.
        """
        ...

    def close(self) -> None:
        """Give back files and connections."""
        ...
