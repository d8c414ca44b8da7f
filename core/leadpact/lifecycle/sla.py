"""The response clock: when an answer of sales is owed, until when, and what ended the wait (S86..S91, S112).

A clock starts at the time of the act that handed the lead over, not when leadpact saw it: where the score or a fast
lane made an MQL, at the signal's own time; where a person did, when that person said so. First contact ends it: sales
takes the lead, rejects it, or is seen to have called or written. Nothing pauses it. What was so before the agreement
took effect, and what was found so at first sight, starts none (R6, R33); a fast lane that opens while the lead waits
already starts one of its own, where that is due sooner or the lead was answered before.

All of it is a function of a lead's stage history and signals, so that it can be computed again at any time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, Literal, NamedTuple

from leadpact.model.response_clock import ClockKind, ResponseClock
from leadpact.model.scorecard import Signal
from leadpact.model.stage import Transition
from leadpact.pact.agreement import Pact
from leadpact.pact.business_calendar import BusinessCalendar
from leadpact.pact.response import Intent, SlaTier

WITHDRAWN: Final = "withdrawn"
"""What ended a clock of which later evidence showed that it never ought to have run."""
REJECTED: Final = "rejected"
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)
_KINDS: Final[tuple[ClockKind, ...]] = ("contact", "qualification")
_INTENTS: Final[Mapping[str, Intent]] = {"high": "high", "medium": "medium", "low": "low"}


@dataclass(frozen=True, slots=True)
class History:
    """What a lead's clocks are computed from.

    Attributes:
        transitions: the whole stage history, oldest first.
        signals: all that count at ``now``, in any order.
        stage, since: the agreed stage and since when; it differs from the history's where two leads became one.
        go_live: when the agreement took effect; earlier acts start no clock.
    """

    link_id: str
    transitions: Sequence[Transition]
    signals: Sequence[Signal]
    stage: str
    since: datetime
    go_live: datetime
    now: datetime


class _Event(NamedTuple):
    at: datetime
    order: int
    what: Literal["found", "moved", "lane", "contact"]
    stage: str = ""
    transition: Transition | None = None
    signal: Signal | None = None


def handed_over(pact: Pact, stage: str) -> bool:
    """Whether a lead at this stage waits for sales: an MQL or PQL."""
    found = pact.stages.get(stage)
    return found is not None and not found.side and found.rank == pact.stages["mql"].rank


def replay(
    history: History,
    pact: Pact,
    calendar: BusinessCalendar,
    kept: Sequence[ResponseClock] = (),
) -> tuple[ResponseClock, ...]:
    """Every response clock of one lead, by start and kind.

    Args:
        history: of this lead.
        pact: gives tier and due time to clocks that are not kept yet.
        calendar: the lead's; on it new clocks are counted.
        kept: clocks as stored: what was promised of them stays.
    """
    wait = _Wait(
        history.link_id,
        pact,
        calendar,
        {(one.kind, one.started_at): one for one in kept},
        {one.id: one.name for one in history.signals},
    )
    for event in sorted(_events(history, pact), key=lambda one: (one.at, one.order)):
        wait.take(event)
    return tuple(sorted(wait.clocks, key=lambda one: (one.started_at, one.kind)))


def brought_up(
    stored: Sequence[ResponseClock], found: Sequence[ResponseClock]
) -> tuple[ResponseClock, ...]:
    """The clocks to keep: those found, and those stored that are found no more, withdrawn."""
    keys = {(one.kind, one.started_at) for one in found}
    gone = [
        replace(one, ended_at=one.started_at, answered=False, ended_by=WITHDRAWN, told="stopped")
        for one in stored
        if (one.kind, one.started_at) not in keys
    ]
    return tuple(sorted((*found, *gone), key=lambda one: (one.started_at, one.kind)))


def called_off(one: ResponseClock, why: str, now: datetime) -> ResponseClock:
    """The clock, ended without an answer where it still ran."""
    if one.ended_at is not None:
        return one
    return replace(one, ended_at=max(now, one.started_at), answered=False, ended_by=why)


def _events(history: History, pact: Pact) -> Iterator[_Event]:
    reached, stage, told = _BEGINNING, "", set()
    for order, one in enumerate(history.transitions):
        if one.result == "adopted":
            # Found so: whatever led there is older than anything leadpact counts.
            yield _Event(reached, order, "found", one.to_stage)
            stage = one.to_stage
        elif one.result == "accepted":
            said = one.at if one.said_at is None else min(one.said_at, one.at)
            reached = max(reached, said)
            yield _Event(reached, order, "moved", one.to_stage, one)
            stage = one.to_stage
            told.add(one.signal_id)
    if stage != history.stage:
        yield _Event(max(reached, history.since), len(history.transitions), "found", history.stage)
    after = len(history.transitions) + 1
    lanes, contacts = pact.fast_lanes, pact.response.contact_signals
    for signal in history.signals:
        if signal.at > history.now or signal.precision == "counter":
            continue
        if signal.name in contacts:
            yield _Event(signal.at, after, "contact", signal=signal)
        elif signal.name in lanes and signal.at >= history.go_live and signal.id not in told:
            yield _Event(signal.at, after + 1, "lane", signal=signal)


@dataclass(slots=True)
class _Wait:
    """One lead's wait for sales, event by event."""

    link_id: str
    pact: Pact
    calendar: BusinessCalendar
    kept: Mapping[tuple[ClockKind, datetime], ResponseClock]
    names: Mapping[str, str]
    clocks: list[ResponseClock] = field(default_factory=list)
    stage: str = ""
    episode: int = 1

    def take(self, event: _Event) -> None:
        if event.what == "found":
            self.stage = event.stage
        elif event.transition is not None:
            self._move(event.transition, event.at)
        elif event.signal is not None and event.what == "contact":
            self._end("contact", event.at, event.signal.source or event.signal.name, answered=True)
        elif event.signal is not None and handed_over(self.pact, self.stage):
            self._raise(event.signal)

    def _move(self, told: Transition, at: datetime) -> None:
        before, self.stage, self.episode = self.stage, told.to_stage, told.episode
        stages = self.pact.stages
        goal, mql = stages.get(told.to_stage), stages["mql"].rank
        if goal is None:
            return
        if handed_over(self.pact, goal.key):
            start = stages.get(before or told.from_stage)
            if start is None or start.side or start.rank < mql:
                self._hand_over(told, at)
            return
        if goal.side:
            answered = told.actor.startswith("sales")
            why = REJECTED if answered else f"stage:{goal.key}"
            self._end("contact", at, why, answered=answered)
            self._end("qualification", at, why, answered=answered)
            return
        taken = goal.rank > mql
        self._end("contact", at, f"stage:{goal.key}", answered=taken)
        if not taken or goal.rank >= stages["sql"].rank:
            self._end("qualification", at, f"stage:{goal.key}", answered=taken)

    def _hand_over(self, told: Transition, at: datetime) -> None:
        for kind in _KINDS:
            self._end(kind, at, f"stage:{told.to_stage}", answered=False)
        if told.actor.startswith(("backfill", "undo")):
            return
        cause = self.names.get(told.signal_id, "")
        intent = _INTENTS.get(told.intent) or (
            "high" if cause in self.pact.fast_lanes else "medium"
        )
        first = self.pact.response.tier_for(intent, cause)
        for kind, tier in zip(_KINDS, (first, self.pact.response.qualification), strict=True):
            if tier is not None:
                self._start(kind, tier, at, intent, cause or told.to_stage, told.signal_id)

    def _raise(self, signal: Signal) -> None:
        tier = self.pact.response.tier_for("high", signal.name)
        if tier is None:
            return
        running = self._running("contact")
        if running is not None:
            if tier.due(signal.at, self.calendar) >= self.clocks[running].due_at:
                return
            self._end("contact", signal.at, f"signal:{signal.name}", answered=False)
        self._start("contact", tier, signal.at, "high", signal.name, signal.id)

    def _start(
        self,
        kind: ClockKind,
        tier: SlaTier,
        at: datetime,
        intent: Intent,
        cause: str,
        signal_id: str,
    ) -> None:
        kept = self.kept.get((kind, at))
        if kept is not None:
            self.clocks.append(replace(kept, ended_at=None, answered=False, ended_by=""))
            return
        due = tier.due(at, self.calendar)
        near = tier.near(at, due, self.pact.response.near_percent, self.calendar)
        self.clocks.append(
            ResponseClock(
                self.link_id,
                kind,
                self.episode,
                at,
                due,
                near,
                tier.key,
                tier.label,
                self.calendar.key,
                intent,
                cause,
                signal_id,
                self.pact.hash,
            )
        )

    def _running(self, kind: ClockKind) -> int | None:
        """The place of the clock of this kind that runs."""
        for place in range(len(self.clocks) - 1, -1, -1):
            if self.clocks[place].kind == kind:
                return place if self.clocks[place].ended_at is None else None
        return None

    def _end(self, kind: ClockKind, at: datetime, why: str, *, answered: bool) -> None:
        place = self._running(kind)
        if place is not None:
            self.clocks[place] = replace(
                self.clocks[place], ended_at=at, answered=answered, ended_by=why
            )
