"""One page of leads as it goes through a cycle: what is known, what was seen, what was decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leadpact.lifecycle.qualification import Qualified
from leadpact.lifecycle.rejection import WayBack
from leadpact.model.episode import Episode
from leadpact.model.handoff import Handoff
from leadpact.model.link import Closing, Failure, Hold, Link, Side, WorkItem
from leadpact.model.notice import Notice
from leadpact.model.pin import Pin
from leadpact.model.quick import replace
from leadpact.model.record import FieldDate, Native, Record, RecordRef
from leadpact.model.response_clock import ClockKind, ClockState, ResponseClock
from leadpact.model.scorecard import PublishedScore, Scorecard, Signal
from leadpact.model.stage import Transition

NEW_RECORD = "new record"
"""The word for a record that is yet to be made, among what waits for a pause."""
SETTLED_MARK = "+"
SETTLED_AFTER = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Opportunities:
    """What a contact's opportunities say of its stage (R11, R16)."""

    open: bool = False
    won: bool = False
    any: bool = False
    wins: int = 0


@dataclass(slots=True)
class LeadView:
    """One lead of the page while it is worked on.

    Attributes:
        link: as stored; replaced as decisions are made.
        sides: every known record of this person, by ref.
        records: live records as observed in this page.
        converted: refs of Leads that turned out converted in this page.
        stored_link, stored_sides: as the state has them; what is still so needs no row in a commit.
        folded: links that became part of this one in this page; ``let_go``: tombstones that lose their claim to an
            address; ``ended``: failures that concern nobody any more.
        opportunities: of all its contacts together; ``with_open_opportunity`` names those that have an open one.
        since: by record and native stage field, since when it has its value; read while no stage is agreed (R6).
        blanked, unanswered: (crm, canonical field) of agreed values that turned blank, and of fields that the schema
            has and the answer lacked (R4).
        paused, undecided: words for what of it waits for the end of a pause; those of which nothing was agreed (R38).
        asserted: what was said of its stage in a CRM, by CRM, who and what, to tell like words of many (R34).
        back_at: when it came back into scope, after which things count as news (R37); None = it was never out.
        welcomed: it is back on this page. unheard: records whose stage may have been set while the lead was out, and of
            which nobody has judged since what they show.
        near_misses, looked, unlooked: values of people that our last writes covered; records of which that was looked
            up, and of which it was not (R7).
        doubted: CRMs in which somebody else has an address of this person's: no record is made there (R30).
        field_times: by field and CRM, when the value that is shown was set; read where two edits meet (R9).
        namesakes: records of others that have the address to which this person's was changed (R29).
        opt_out_owed: CRMs that do not show an opt-out of another one and cannot be written to (R28).
        touched: when people last worked on a record, as text that sorts as time does; asked only among duplicates.
        scored_since: from when on signals counted for ``card``.
        criteria_told: what both CRMs say of its criteria, made once for both; None = not made yet in this decision.
        qualified: how it stands against its criteria; None where the agreement asks nothing. ``answers_new``: an answer
            differs from what was agreed of it before this cycle.
        episodes: those that changed in this page (R17); ``back``: the new evidence by which a recycled lead returns.
        timers: instants at which time alone may change what was decided; the earliest brings the lead back (R20).
        handoffs, handoff_news: the lead's handoffs by id, oldest first, and those of them that changed in this page;
            ``lane_opened``: one of them began by a fast lane.
        handoffs_begun: how many began in this page.
        notices: what is said to people once this is committed (:func:`leadpact.sync.notices.notify`).
        signals: acts that count or will, oldest first; ``new_signals`` are to be stored, ``claimed`` refs under which
            they waited for this person.
        stored_clocks, folded_clocks: response clocks as stored, of this lead and of those that became part of it;
            clocks: as they stand now, by start; clock_changes: those to be stored; clock_news: (kind, state) that
            clocks have come to since people were told last.
        pins: fields that were put back and stay so; released, pin_news: those of them that hold no longer, and those
            that changed, as this decision has it (R32); joined_pins: those of leads that became part of this one.
        landed: lost writes that were seen to be carried out after all (R2).
        known_by: the match keys that its records showed, with those records.
        spoken: the record that is written, by CRM, as it was looked up; kept while a page is decided alone, and no side
            or record comes or goes.
        holds: what waits for a person now, by hold id; those stored and not confirmed again are closed.
    """

    work: WorkItem
    link: Link
    sides: dict[RecordRef, Side]
    observed_at: datetime
    records: dict[RecordRef, Record] = field(default_factory=dict)
    frozen: dict[RecordRef, Record] = field(default_factory=dict)
    since: dict[RecordRef, dict[str, FieldDate]] = field(default_factory=dict)
    converted: set[RecordRef] = field(default_factory=set)
    folded: list[Link] = field(default_factory=list)
    let_go: list[Link] = field(default_factory=list)
    dropped_sides: list[RecordRef] = field(default_factory=list)
    stored_holds: tuple[Hold, ...] = ()
    failures: tuple[Failure, ...] = ()
    ended: list[Failure] = field(default_factory=list)
    holds: dict[str, Hold] = field(default_factory=dict)
    known_by: tuple[tuple[object, ...], dict[tuple[str, str], Record]] | None = None
    transitions: list[Transition] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    back: WayBack | None = None
    signals: tuple[Signal, ...] = ()
    new_signals: list[Signal] = field(default_factory=list)
    claimed: list[RecordRef] = field(default_factory=list)
    opportunities: Opportunities = Opportunities()
    with_open_opportunity: set[RecordRef] = field(default_factory=set)
    doubted: set[str] = field(default_factory=set)
    field_times: dict[str, dict[str, datetime]] = field(default_factory=dict)
    namesakes: list[RecordRef] = field(default_factory=list)
    opt_out_owed: set[str] = field(default_factory=set)
    touched: dict[RecordRef, str] = field(default_factory=dict)
    timers: list[datetime] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    stored_clocks: tuple[ResponseClock, ...] = ()
    folded_clocks: tuple[ResponseClock, ...] = ()
    clocks: tuple[ResponseClock, ...] = ()
    clock_changes: list[ResponseClock] = field(default_factory=list)
    clock_news: list[tuple[ClockKind, ClockState]] = field(default_factory=list)
    handoffs: dict[str, Handoff] = field(default_factory=dict)
    handoff_news: set[str] = field(default_factory=set)
    handoffs_begun: int = 0
    lane_opened: bool = False
    pins: tuple[Pin, ...] = ()
    released: list[Pin] = field(default_factory=list)
    pin_news: list[Pin] = field(default_factory=list)
    joined_pins: list[Pin] = field(default_factory=list)
    landed: list[Closing] = field(default_factory=list)
    card: Scorecard | None = None
    scored_since: datetime | None = None
    publish: PublishedScore | None = None
    qualified: Qualified | None = None
    criteria_told: dict[str, Native] | None = None
    answers_new: bool = False
    blanked: list[tuple[str, str]] = field(default_factory=list)
    unanswered: list[tuple[str, str]] = field(default_factory=list)
    paused: set[str] = field(default_factory=set)
    undecided: set[str] = field(default_factory=set)
    back_at: datetime | None = None
    welcomed: bool = False
    unheard: frozenset[RecordRef] = frozenset()
    asserted: list[tuple[str, str, str]] = field(default_factory=list)
    near_misses: int = 0
    looked: int = 0
    unlooked: int = 0
    stage_moved: bool = False
    blocked: str = ""
    spoken: dict[str, tuple[Side, Record] | None] | None = None
    stored_link: Link = field(init=False)
    stored_sides: dict[RecordRef, Side] = field(init=False)

    def __post_init__(self) -> None:
        self.stored_link = self.link
        self.stored_sides = dict(self.sides)

    @property
    def waiting_clock(self) -> ResponseClock | None:
        """The clock of the first contact that is owed now, None where none is."""
        return next(
            (one for one in self.clocks if one.kind == "contact" and one.ended_at is None), None
        )

    def news_since(self, began: datetime | None) -> datetime | None:
        """From when on what happens to this lead is news: not before it came back into scope (R6, R37)."""
        return began if began is None or self.back_at is None else max(began, self.back_at)

    def live(self, crm: str) -> list[Side]:
        """Live sides in this CRM whose record was observed."""
        return [
            side
            for side in self.sides.values()
            if side.ref.crm == crm and side.state == "live" and side.ref in self.records
        ]

    def primary(self, crm: str) -> tuple[Side, Record] | None:
        """The side that is written in this CRM, with its record."""
        if self.spoken is not None:
            if crm not in self.spoken:
                self.spoken[crm] = self._primary(crm)
            return self.spoken[crm]
        return self._primary(crm)

    def _primary(self, crm: str) -> tuple[Side, Record] | None:
        records = self.records
        for ref, side in self.sides.items():
            if side.primary and ref.crm == crm and side.state == "live":
                record = records.get(ref)
                if record is not None:
                    return side, record
        return None

    def crms(self) -> set[str]:
        """CRMs in which a live record of this person is known."""
        return {side.ref.crm for side in self.sides.values() if side.state == "live"}

    def wholly_new(self) -> bool:
        """Whether it was never agreed before, and each record that a look of its own would read was read and lives."""
        if self.stored_link.adopted:
            return False
        ended = ("converted", "merged")
        return all(ref in self.records for ref, one in self.sides.items() if one.state not in ended)

    def put(self, side: Side) -> None:
        """Remember or replace a side."""
        self.sides[side.ref] = side
        self.spoken = None

    def bear(self, our_id: str) -> None:
        """Let our external-id field say this on its records; the link's own id needs no remembering."""
        self.link = replace(self.link, our_id="" if our_id == self.link.id else our_id)

    def answer(self, field_name: str, causes: Iterable[str]) -> Hold | None:
        """A person's answer to a hold on this field, if there is one."""
        wanted = set(causes)
        for hold in self.stored_holds:
            if hold.field == field_name and hold.cause in wanted and hold.status == "answered":
                return hold
        return None


def stamp(record: Record, observed_at: datetime) -> str:
    """The version to remember for an observation.

    A CRM's stamp is as coarse as a second: an edit in the same second bears the same stamp. Only when the
    stamp was two seconds old at reading can nothing more come under it; then it is marked, and an equal
    stamp in a feed is skipped.
    """
    settled = settled_stamp(record, observed_at)
    return record.version + SETTLED_MARK if settled else record.version


def settled_stamp(record: Record, observed_at: datetime) -> bool:
    """Whether nothing more can come under the record's stamp."""
    return observed_at - datetime.fromisoformat(record.version) >= SETTLED_AFTER


def is_older(record: Record, side: Side) -> bool:
    """An observation older than one already settled says nothing (R1)."""
    return record.version < side.version.removesuffix(SETTLED_MARK)


def unsettle(side: Side) -> Side:
    """The side as if never agreed: its differences have no base and follow R6 (R24, R26)."""
    return replace(side, version="", renderings={}, open_renderings={}, image={})
