"""A score that was decided, made again from what was kept of it; or one of now (DESIGN §1.3). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from leadpact.audit.sentences import VERDICTS, day, minute
from leadpact.model.decided import DecidedScore
from leadpact.model.link import Link
from leadpact.model.scorecard import Evidence, Scorecard, ScoringInput, Signal, points_text
from leadpact.pact import Pact
from leadpact.ports.query_engine import QueryEngine
from leadpact.ports.state_store import StateReader
from leadpact.scoring.breakdown import taken_of
from leadpact.scoring.decided import is_same, made_again
from leadpact.scoring.ways import nearest_ways

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One score at one instant.

    Attributes:
        decided: what was kept of the decision; None = it is a score of now, on which nothing was decided.
        same: it comes out as it was decided.
        lines: for people: the total, each rule with its act, until when it counts, what is missing.
    """

    card: Scorecard
    decided: DecidedScore | None
    same: bool
    lines: tuple[str, ...]


def rebuilt(reader: StateReader, pact: Pact, engine: QueryEngine, score: DecidedScore) -> Rebuilt:
    """This decision's score again, from the facts and signals that were known then.

    Args:
        pact: the agreement it was decided under.
    """
    signals = _counting(reader.signals([score.link_id], _BEGINNING)[score.link_id])
    card = made_again(score, pact, engine, signals)
    same = is_same(score, card)
    opening = [f"Decided on {minute(score.at)} UTC under version {pact.version} ({pact.hash})."]
    if score.stage:
        opening.append(f"The agreed stage then: {pact.label(score.stage)}.")
    if not same:
        opening.append(
            f"It was {points_text(score.fit)} + {points_text(score.engagement)}, grade {score.grade}, "
            f"{VERDICTS[score.verdict]}; it does not come out the same any more: signals were erased, or the public "
            "lists of mail domains changed."
        )
    return Rebuilt(card, score, same, (*opening, *_lines(card, signals, pact)))


def score_now(
    reader: StateReader, pact: Pact, engine: QueryEngine, link: Link, now: datetime
) -> Rebuilt:
    """The score from the values agreed last and the signals that are stored, as of now."""
    signals = _counting(reader.signals([link.id], _BEGINNING)[link.id])
    since = link.stage.episode_since if link.stage is not None else None
    lead = ScoringInput(link.id, link.base, signals, since)
    card = engine.score(pact.scoring, [lead], now)[0]
    opening = f"Now, {minute(now)} UTC, under version {pact.version} ({pact.hash})."
    return Rebuilt(card, None, True, (opening, *_lines(card, signals, pact)))


def _counting(signals: Sequence[Signal]) -> tuple[Signal, ...]:
    return tuple(one for one in signals if one.precision != "counter")


def _lines(card: Scorecard, signals: Sequence[Signal], pact: Pact) -> Iterator[str]:
    needed = points_text(pact.thresholds.mql * 100)
    yield (
        f"{points_text(card.total)} points of {needed}, grade {card.grade}: fit {points_text(card.fit)}, "
        f"engagement {points_text(card.engagement)}; {VERDICTS[card.verdict]}."
    )
    by_id = {one.id: one for one in signals}
    for item in sorted(card.evidence, key=lambda one: (-abs(one.points), one.rule, one.signal_id)):
        yield _evidence(item, by_id.get(item.signal_id), card, pact)
    yield from (f"{each.partition(': ')[2] or each}" for each in card.disqualifiers)
    if card.fast_lane:
        lane = pact.fast_lanes[card.fast_lane]
        yield f"Priority: {lane.label}"
    for each in card.actions:
        if each.at is not None:
            yield f"Qualifying action: {each.text}, {day(each.at)}"
    yield from (f"Missing: {each}" for each in card.missing)
    ways = nearest_ways(card, pact.scoring)
    if ways:
        yield f"Enough would be: {'; or '.join(ways)}"
    labels = {rule.key: rule.label for rule in pact.scoring.engagement}
    for key in card.unreadable:
        yield f"Unreadable here: {labels.get(key, key)}; the most a lead can have is {points_text(card.maximum)}"
    if card.next_change_at is not None:
        yield f"By time alone it changes next on {minute(card.next_change_at)} UTC."


def _evidence(item: Evidence, signal: Signal | None, card: Scorecard, pact: Pact) -> str:
    sign = "+" if item.points > 0 else ""
    said = f"{sign}{points_text(item.points)} {item.text}"
    if item.at is None:
        return said
    asset = f" ({signal.asset})" if signal is not None and signal.asset else ""
    rule = next((one for one in pact.scoring.engagement if one.key == item.rule), None)
    if rule is None:
        return f"{said}, {day(item.at)}{asset}"
    until = item.at + timedelta(days=len(rule.points_at))
    taken = taken_of(item, rule, card.as_of)
    return f"{said}, {day(item.at)}{asset}; counts until {day(until)}{taken}"
