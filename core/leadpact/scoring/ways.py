"""The nearest ways from a scorecard to the MQL threshold, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from leadpact.model.scorecard import Scorecard, points_text
from leadpact.pact.score_rules import Scoring

MOST: Final = 3


@dataclass(frozen=True, slots=True)
class Step:
    """Something that would give points: one more act, or an answer that is not known yet."""

    label: str
    fit: int = 0
    engagement: int = 0

    @property
    def words(self) -> str:
        """Such as ``Visited the demo page (+25)``."""
        known = " if it is so" if self.fit else ""
        return f"{self.label} (+{points_text(self.fit + self.engagement)}{known})"


def nearest_ways(card: Scorecard, scoring: Scoring) -> tuple[str, ...]:
    """The cheapest single steps that would bring the lead to the threshold and over both floors, else pairs.

    Rules that are unreadable here, or have given all they can, lead nowhere (R35). Must-have criteria and qualifying
    actions that the pact asks for besides are not of points, and are told by ``card.missing``.

    Returns:
        At most three, the one of fewest points first; empty where the lead is there, is kept out, or no pair does.
    """
    if card.makes or card.verdict in ("excluded", "disqualified"):
        return ()
    steps = list(_steps(card, scoring))
    for size in (1, 2):
        enough = [some for some in combinations(steps, size) if _reaches(card, scoring, some)]
        if enough:
            enough.sort(key=lambda some: sum(each.fit + each.engagement for each in some))
            return tuple(" and ".join(each.words for each in some) for some in enough[:MOST])
    return ()


def _steps(card: Scorecard, scoring: Scoring) -> Iterator[Step]:
    earned: dict[str, int] = {}
    for item in card.evidence:
        earned[item.rule] = earned.get(item.rule, 0) + abs(item.points)
    for rule in scoring.engagement:
        if rule.sign > 0 and rule.key not in card.unreadable:
            more = min(rule.points_at[0], rule.cap - earned.get(rule.key, 0))
            if more > 0:
                yield Step(rule.label, engagement=more)
    for fit in scoring.fit:
        if fit.key in card.unknown and fit.points > 0:
            yield Step(fit.label, fit=fit.points)


def _reaches(card: Scorecard, scoring: Scoring, steps: tuple[Step, ...]) -> bool:
    fit = card.fit + sum(each.fit for each in steps)
    engagement = card.engagement + sum(each.engagement for each in steps)
    floors = fit >= scoring.fit_floor and engagement >= scoring.engagement_floor
    return fit + engagement >= scoring.mql and (floors or not scoring.floors)
