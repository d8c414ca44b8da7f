"""Explain: the whole story of one lead, out of the stored state alone. Pure; names of people are never stored (R37)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leadpact.audit.episodes import episode_lines
from leadpact.audit.qualification import QualificationTold, qualification_of
from leadpact.audit.sentences import day, transition_sentence
from leadpact.model.episode import Episode
from leadpact.model.link import Failure, Hold, Intent, Link, Side
from leadpact.model.record import Native, RecordRef
from leadpact.model.scorecard import PublishedScore
from leadpact.model.stage import StageState, Transition
from leadpact.pact import Pact
from leadpact.ports.state_store import StateReader

MOST_INTENTS: Final = 40
_MISSING: Final = "Missing: "
_STRONGEST: Final = 3


@dataclass(frozen=True, slots=True)
class Written:
    """One field that leadpact wrote, or tried to: before → after, and the rule that asked for it."""

    at: datetime
    ref: RecordRef
    field: str
    before: Native
    after: Native
    rule: str
    state: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the stage history with its sentence."""

    transition: Transition
    sentence: str


@dataclass(frozen=True, slots=True)
class Joined:
    """A lead of its own that became part of this one: a conversion, a merge, two that were one (R24).

    Attributes:
        stage_label: the stage at which it ended; "" where none was agreed.
        history: newest first.
    """

    link: Link
    stage_label: str
    history: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is known of one lead.

    Attributes:
        records: its records in both CRMs, those that are written first.
        stage_label: the agreed stage as people read it; "" before the first agreement.
        reason_label: why it was rejected, as people read it; "" without one.
        headlines: at most four sentences from which a rep understands the lead in ten seconds.
        missing: what keeps it from the MQL threshold, in words.
        history: newest first.
        writes: newest first.
        qualification: how far sales is with its criteria; None where nothing is asked.
        episodes: its passes through the funnel, the first one first; ``episode_lines`` for people, newest first.
        joined: closed stories of the same person, under ids of their own.
    """

    link: Link
    records: tuple[Side, ...]
    stage_label: str
    reason_label: str
    headlines: tuple[str, ...]
    missing: tuple[str, ...]
    history: tuple[Told, ...]
    holds: tuple[Hold, ...]
    failures: tuple[Failure, ...]
    writes: tuple[Written, ...]
    joined: tuple[Joined, ...] = ()
    episodes: tuple[Episode, ...] = ()
    episode_lines: tuple[str, ...] = ()
    qualification: QualificationTold | None = None

    @property
    def stage(self) -> StageState | None:
        """The agreed stage and what is remembered in its episode."""
        return self.link.stage

    @property
    def score(self) -> PublishedScore | None:
        """The score that stands on the records."""
        return self.link.published


def explain(
    reader: StateReader,
    pact: Pact,
    link_id: str,
    *,
    names: Mapping[str, str] | None = None,
    as_of: datetime | None = None,
) -> Explanation | None:
    """Tell the story of one lead.

    Args:
        reader: the state.
        pact: names of stages and reasons.
        link_id: the lead's link.
        names: CRM name → name for people.
        as_of: aware, UTC; the instant against which answers with a date are judged. None = they are not told.

    Returns:
        None if the link is not known.
    """
    link = reader.links([link_id]).get(link_id)
    if link is None:
        return None
    sides = tuple(
        sorted(reader.sides([link_id])[link_id], key=lambda one: (not one.primary, one.ref))
    )
    episodes = tuple(reader.episodes([link_id])[link_id])
    history = _history(reader, pact, link_id, names)
    holds = tuple(reader.holds(link_ids=[link_id]))
    failures = tuple(reader.failures(link_ids=[link_id]))
    intents = reader.intents(link_id=link_id, limit=MOST_INTENTS)
    reason = pact.reasons.get(link.stage.reason) if link.stage else None
    told = _Told(link, sides, history, holds, failures, intents, pact, names or {})
    return Explanation(
        link=link,
        records=sides,
        stage_label=pact.label(link.stage.stage) if link.stage else "",
        reason_label=reason.label if reason else "",
        headlines=tuple(told.headlines()),
        missing=_missing(link.published),
        history=history,
        holds=holds,
        failures=failures,
        writes=tuple(_writes(intents)),
        qualification=qualification_of(reader, pact, link, as_of) if as_of else None,
        episodes=episodes,
        episode_lines=tuple(episode_lines(episodes, pact)),
        joined=tuple(
            Joined(
                one,
                pact.label(one.stage.stage) if one.stage else "",
                _history(reader, pact, one.id, names),
            )
            for one in reader.joined(link_id)
            if one.adopted
        ),
    )


def _history(
    reader: StateReader, pact: Pact, link_id: str, names: Mapping[str, str] | None
) -> tuple[Told, ...]:
    return tuple(
        Told(one, transition_sentence(one, pact, names))
        for one in reversed(reader.transitions(link_id))
    )


def _writes(intents: Sequence[Intent]) -> Iterator[Written]:
    for one in intents:
        for name, value in one.wanted.items():
            yield Written(
                at=one.closed_at or one.created_at,
                ref=one.ref,
                field=name,
                before=one.before.get(name),
                after=value,
                rule=one.rule.get(name, ""),
                state=one.state,
                run_id=one.run_id,
            )


def _missing(score: PublishedScore | None) -> tuple[str, ...]:
    lines = score.breakdown.splitlines() if score is not None else []
    return tuple(line.removeprefix(_MISSING) for line in lines if line.startswith(_MISSING))


@dataclass(frozen=True, slots=True)
class _Told:
    """What the headlines are made from."""

    link: Link
    sides: Sequence[Side]
    history: Sequence[Told]
    holds: Sequence[Hold]
    failures: Sequence[Failure]
    intents: Sequence[Intent]
    pact: Pact
    names: Mapping[str, str]

    def headlines(self) -> Iterator[str]:
        """Stage, score, what stands in the way, what was last refused or written."""
        yield self._stage()
        score = self._score()
        if score:
            yield score
        waits = self._waits()
        if waits:
            yield waits
        last = self._last_word()
        if last:
            yield last

    def _stage(self) -> str:
        if self.link.status == "tombstone":
            return "Deleted in the CRM; leadpact does not make it again."
        if self.link.status == "folded":
            return f"It became part of another lead, {self.link.folded_into[:8]}."
        stage = self.link.stage
        if stage is None:
            return "No stage is agreed yet."
        episode = f", episode {stage.episode}" if stage.episode > 1 else ""
        about = "about " if stage.since_approximate else ""
        told = f"{self.pact.label(stage.stage)} since {about}{day(stage.since)}{episode}"
        if stage.priority:
            told += ", priority"
        reason = self.pact.reasons.get(stage.reason)
        if stage.reason:
            told += f", reason: {reason.label if reason else stage.reason}"
        if stage.reason_owed:
            told += ", reason owed by sales"
        return f"{told}. Why: {stage.why.rstrip('.')}." if stage.why else f"{told}."

    def _score(self) -> str:
        score = self.link.published
        if score is None:
            return ""
        lines = score.breakdown.splitlines()
        points = [line for line in lines if line[:1] in ("+", "−", "-")]
        strongest = "; ".join(points[:_STRONGEST])
        return (
            f"{lines[0] if lines else f'Score {score.total / 100:g}'}; grade {score.grade} (fit {score.fit / 100:g}, "
            f"engagement {score.engagement / 100:g})" + (f": {strongest}." if strongest else ".")
        )

    def _waits(self) -> str:
        waiting = [one for one in self.holds if one.status == "waiting"]
        if self.failures:
            first = self.failures[0]
            return f"Not written to {self.names.get(first.crm, first.crm)}: {first.message}"
        if waiting:
            more = f" (and {len(waiting) - 1} more)" if len(waiting) > 1 else ""
            return f"Waits for a person{more}: {waiting[0].why}"
        if any(one.status == "answered" for one in self.holds):
            return "An answer was given; the next sync carries it out."
        return ""

    def _last_word(self) -> str:
        newest = self.history[0] if self.history else None
        if newest is not None and newest.transition.result not in (
            "accepted",
            "adopted",
            "implied",
        ):
            return f"{day(newest.transition.at)}: {newest.sentence}."
        written = next((one for one in self.intents if one.state == "written" and one.wanted), None)
        if written is None or self.failures:
            return ""
        crm = self.names.get(written.ref.crm, written.ref.crm)
        at = written.closed_at or written.created_at
        names = list(written.wanted)
        more = f" and {len(names) - _STRONGEST} more" if len(names) > _STRONGEST else ""
        return f"Last written to {crm} on {day(at)}: {', '.join(names[:_STRONGEST])}{more}."
