"""Closed-won against lost: who they were, and what they did before the first talk with sales (S117, S118, S121). Pure.

Read out of what the state keeps: acts, episodes, the facts of scores that were decided. Which rules held is what the
scoring engine says (see :mod:`leadpact.scoring.probing`); nothing is scored here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nlargest

from leadpact.audit.queue import went_live
from leadpact.lifecycle.passes import Pass, every_pass
from leadpact.lifecycle.win_patterns import Kind, Line, by_gap, proposals
from leadpact.lifecycle.wins import LastWins, lost_at, talked_at, won_at
from leadpact.model.record import Known
from leadpact.model.scorecard import Scorecard, ScoringInput, Signal
from leadpact.pact import Pact
from leadpact.ports.query_engine import QueryEngine
from leadpact.ports.state_store import StateReader
from leadpact.scoring.probing import EMPLOYEES, KNOWN, TITLE, Probe, probe_of
from leadpact.sync.collect_signals import SIGNALS_BACK
from leadpact.sync.retention import SIGNALS_KEPT

MOST_LOST = 2_000
"""So many of the lost are looked at, the latest first."""
PAGE = 200


@dataclass(slots=True)
class Learned:
    """What the last wins teach.

    Attributes:
        since, until: the span in which the others were lost: from the first of these wins on; None without a win.
        wins, lost: passes compared; ``lost_all`` were lost in the span.
        lines: of every kind, by :func:`by_gap`.
        unseen: labels of acts, and of rules on them, that nobody is known to have done.
        no_talk: wins that sales had before leadpact first saw them, so that nobody knows from when on.
        acts_gone: passes whose acts are not kept, or were never read: too long ago.
        facts_of_today: passes of which only the present title and company size are known.
        hints: what must be read with it.
        proposed: what both teams could talk about.
    """

    since: datetime | None
    until: datetime
    leads: int = 0
    wins: int = 0
    lost: int = 0
    lost_all: int = 0
    lines: list[Line] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    no_talk: int = 0
    acts_gone: int = 0
    facts_of_today: int = 0
    hints: list[str] = field(default_factory=list)
    proposed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Look:
    """One pass as it is compared: ``at`` = first talk, or the end where there was none; None = nobody knows."""

    one: Pass
    won: bool
    at: datetime | None


def learn(
    reader: StateReader,
    pact: Pact,
    engine: QueryEngine,
    now: datetime,
    step: Callable[[str, int], None] = lambda _word, _count: None,
) -> Learned:
    """Compare the sample of wins with whoever was turned away or lost meanwhile.

    Args:
        engine: the one that scores.
        now: aware, UTC.
        step: told of each page, to show progress.
    """
    sample = LastWins(pact.calibration, now)
    told = Learned(None, now)
    for page in every_pass(reader):
        count = len({one.link_id for one in page})
        step("leads", count)
        told.leads += count
        sample.take(page)
    wins = sample.passes
    told.wins = len(wins)
    if wins:
        told.since = won_at(wins[0])
        lost = _lost(reader, pact, told)
        looks = [_Look(one, True, talked_at(one)) for one in wins]
        looks += [_Look(one, False, talked_at(one) or lost_at(one, pact)) for one in lost]
        _compare(reader, pact, engine, told, looks, step)
    told.hints = list(_hints(told, pact))
    return told


def _lost(reader: StateReader, pact: Pact, told: Learned) -> list[Pass]:
    since = told.since
    if since is None:
        return []
    held: list[tuple[datetime, str, int, Pass]] = []
    for page in every_pass(reader):
        for one in page:
            at = lost_at(one, pact)
            if at is not None and since <= at <= told.until:
                told.lost_all += 1
                held.append((at, one.link_id, one.episode.number, one))
        if len(held) > 2 * MOST_LOST:
            held = nlargest(MOST_LOST, held, key=lambda each: each[:3])
    held = nlargest(MOST_LOST, held, key=lambda each: each[:3])
    told.lost = len(held)
    return [one for *_, one in held]


def _compare(
    reader: StateReader,
    pact: Pact,
    engine: QueryEngine,
    told: Learned,
    looks: list[_Look],
    step: Callable[[str, int], None],
) -> None:
    probe = probe_of(pact.scoring, _labels(pact), pact.calibration.before_talk_days)
    kept_from = told.until - SIGNALS_KEPT
    live = went_live(reader)
    if live is not None:
        kept_from = max(kept_from, live - SIGNALS_BACK)
    lines = _Lines(probe)
    for start in range(0, len(looks), PAGE):
        page = looks[start : start + PAGE]
        step("compared", len(page))
        ids = sorted({each.one.link_id for each in page})
        signals = reader.signals(ids, kept_from)
        for each in page:
            acts = signals.get(each.one.link_id, ())
            _look(reader, pact, engine, told, lines, each, acts, kept_from)
    told.lines = by_gap(line for line in lines.all if line.wins or line.lost)
    told.unseen = [
        line.label
        for line in lines.rules
        if line.kind == "act" and line.wins_of + line.lost_of and not line.wins and not line.lost
    ]
    told.proposed = proposals(lines.rules, pact.calibration.warn_below)


def _look(
    reader: StateReader,
    pact: Pact,
    engine: QueryEngine,
    told: Learned,
    lines: _Lines,
    look: _Look,
    acts: Iterable[Signal],
    kept_from: datetime,
) -> None:
    """Score one lead as of its first talk, by the acts of the days before it."""
    one = look.one
    at = look.at or won_at(one) or told.until
    since = at - timedelta(days=pact.calibration.before_talk_days)
    acts_known = look.at is not None and since >= kept_from
    told.no_talk += int(look.at is None)
    told.acts_gone += int(look.at is not None and not acts_known)
    facts, of_then = _facts(reader, pact, one, at)
    told.facts_of_today += int(not of_then)
    if one.episode.number > 1:
        since = max(since, one.episode.opened_at)
    lead = ScoringInput(one.link_id, facts, tuple(acts) if acts_known else (), since)
    (card,) = engine.score(lines.probe.scoring, [lead], at)
    lines.take(card, won=look.won, acts_known=acts_known)


def _facts(
    reader: StateReader, pact: Pact, one: Pass, at: datetime
) -> tuple[Mapping[str, Known], bool]:
    """The facts as the score before this instant had them, else those of today; whether they are of then."""
    decided = reader.decided_scores(one.link_id, at, 1)
    if not decided:
        return one.facts, False
    then = decided[0]
    if then.pact_hash == pact.hash:
        return then.facts, True
    # An earlier agreement asked for other facts; what it did not keep is known as of today.
    return {**one.facts, **then.facts}, True


def _labels(pact: Pact) -> dict[str, str]:
    written = pact.content.get("scoring", {}).get("signals", {})
    labels = {name: str(part["label"]) for name, part in written.items()}
    return labels | {lane.signal: lane.label for lane in pact.scoring.lanes}


class _Lines:
    """One line per rule, act, title group and band of company size."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self._by_key: dict[str, Line] = {}
        for key, asked in probe.asked.items():
            kind: Kind = "fit" if asked.pillar == "fit" else "act"
            self._by_key[key] = Line(kind, key, asked.label, asked.points)
        self._titles = {
            key: Line("title", key, asked.label)
            for key, asked in probe.asked.items()
            if asked.fact == TITLE
        }
        self._sizes = {key: Line("size", key, label) for key, label in probe.sizes.items()}
        self._other = Line("title", "title:other", "Another title")
        self._unknown = {
            name: Line(kind, f"{kind}:unknown", label)
            for name, kind, label in _UNKNOWN
            if f"{KNOWN}{name}" in probe.known and (name != TITLE or self._titles)
        }

    @property
    def rules(self) -> list[Line]:
        """Those of rules and acts."""
        return list(self._by_key.values())

    @property
    def all(self) -> list[Line]:
        """Every line."""
        groups = [*self._titles.values(), *self._sizes.values()]
        return [*self.rules, *groups, self._other, *self._unknown.values()]

    def take(self, card: Scorecard, *, won: bool, acts_known: bool) -> None:
        """Count one lead by the rules that hold; one that lacks its fact says nothing of the lead."""
        held = {each.rule for each in card.evidence}
        for key, line in self._by_key.items():
            if (key not in card.unknown) if line.kind == "fit" else acts_known:
                line.take(won=won, had=key in held)
        for key, line in (*self._titles.items(), *self._sizes.items()):
            line.take(won=won, had=key in held)
        for name, line in self._unknown.items():
            line.take(won=won, had=f"{KNOWN}{name}" not in held)
        if self._titles:
            known = f"{KNOWN}{TITLE}" in held
            self._other.take(won=won, had=known and held.isdisjoint(self._titles))


_UNKNOWN: tuple[tuple[str, Kind, str], ...] = (
    (TITLE, "title", "Title not known"),
    (EMPLOYEES, "size", "Company size not known"),
)


def _hints(told: Learned, pact: Pact) -> Iterable[str]:
    asked = pact.calibration
    if told.wins < asked.warn_below:
        yield f"Only {_many(told.wins, 'win')}: a hint, not a pattern (from {asked.warn_below} on it is one)."
    if told.wins and not told.lost:
        yield "Nobody was turned away or lost meanwhile, as far as is kept: there is nothing to compare with."
    elif told.wins and told.lost < asked.warn_below:
        yield f"Only {told.lost} lost meanwhile: little to compare with."
    if told.lost < told.lost_all:
        yield f"Of {told.lost_all:,} lost the latest {told.lost:,} were looked at."
    if told.no_talk:
        yield (
            f"Of {_many(told.no_talk, 'win')} the first talk with sales is not known: leadpact found them further on. "
            "What they did counts for nothing; `leadpact backfill stages` may find the day."
        )
    if told.acts_gone:
        yield (
            f"Of {_many(told.acts_gone, 'lead')} the acts before the first talk are not kept: they are older than "
            f"{SIGNALS_KEPT.days} days, or than {SIGNALS_BACK.days} before the first sync."
        )
    if told.facts_of_today:
        yield (
            f"Of {_many(told.facts_of_today, 'lead')} titles and sizes are those of today: no score was decided before "
            "the first talk."
        )


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
