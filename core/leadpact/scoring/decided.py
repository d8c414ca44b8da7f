"""Scores on which something was decided: kept in little, and made again exactly (S57, DESIGN §1.3). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leadpact.model.decided import DecidedScore
from leadpact.model.record import Known, Scalar
from leadpact.model.scorecard import Scorecard, ScoringInput, Signal
from leadpact.pact.agreement import Pact
from leadpact.pact.conditions import DERIVED
from leadpact.pact.score_rules import Scoring
from leadpact.ports.query_engine import QueryEngine

DIGITS = 8
"""So much of a signal's id tells it from the others of one lead."""


@dataclass(frozen=True, slots=True)
class Read:
    """What an agreement's scoring reads of a lead: names of facts, sorted, and of signals."""

    facts: tuple[str, ...]
    signals: frozenset[str]


def read_by(scoring: Scoring) -> Read:
    """The facts that conditions ask for and the signals that may count."""
    # The query's parser is wanted by few who tell of a score.
    from leadpact.scoring.query import compile_scoring  # noqa: PLC0415

    asked = {column.fact for column in compile_scoring(scoring).columns}
    facts = {"email" if name in DERIVED else name for name in asked}
    return Read(tuple(sorted(facts)), scoring.signal_names)


def decided(
    card: Scorecard,
    facts: Mapping[str, Known],
    signals: Iterable[Signal],
    since: datetime | None,
    read: Read,
    stage: str,
) -> DecidedScore:
    """What must be kept of a scorecard so that it can be made again.

    Args:
        card: the scorecard.
        facts: canonical values that it was made from.
        signals: all that were known.
        since: from when on signals counted.
        read: what of all that the agreement reads.
        stage: the agreed stage after the decision.
    """
    kept: dict[str, Scalar] = {}
    for name in read.facts:
        value = facts.get(name)
        if value is None or value == "" or not isinstance(value, str | int):
            continue
        kept[name] = f"@{str(value).rpartition('@')[2]}" if name == "email" else value
    return DecidedScore(
        card.link_id,
        card.as_of,
        card.pact_hash,
        kept,
        tuple(
            [
                one.id[:DIGITS]
                for one in signals
                if one.name in read.signals and one.at <= card.as_of
            ]
        ),
        since,
        card.fit,
        card.engagement,
        card.grade,
        card.verdict,
        card.fast_lane,
        stage,
    )


def made_again(
    score: DecidedScore, pact: Pact, engine: QueryEngine, signals: Sequence[Signal]
) -> Scorecard:
    """The scorecard of that instant, from the facts kept and the signals that were known then.

    Args:
        pact: the agreement it was decided under.
        signals: all that are stored of the lead; those that came later are left out.
    """
    known = frozenset(score.signals)
    counted = tuple(one for one in signals if one.id[:DIGITS] in known)
    lead = ScoringInput(score.link_id, score.facts, counted, score.since)
    return engine.score(pact.scoring, [lead], score.at)[0]


def is_same(score: DecidedScore, card: Scorecard) -> bool:
    """Whether a score made again is the one that was decided."""
    return (score.fit, score.engagement, score.grade, score.verdict, score.fast_lane) == (
        card.fit,
        card.engagement,
        card.grade,
        card.verdict,
        card.fast_lane,
    )
