"""How many points a pact's rules can give at all, those that exclude each other considered (S46..S53)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from leadpact.pact.conditions import DERIVED, Condition
from leadpact.pact.satisfiable import Wanted, can_all_be
from leadpact.pact.score_rules import FitRule, Scoring

_MOST_TOGETHER: Final = 10


def fit_range(scoring: Scoring) -> tuple[int, int]:
    """The least and the most hundredths that the fit rules can give one lead.

    Rules that ask for the same facts are tried in every combination; where more than ten of them hang together,
    the bounds are as if all could hold at once.
    """
    least = most = 0
    for group in _groups(scoring.fit):
        if len(group) > _MOST_TOGETHER:
            low = sum(min(rule.points, 0) for rule in group)
            high = sum(max(rule.points, 0) for rule in group)
        else:
            sums = _sums(group, scoring, [], 0)
            low, high = min(sums, default=0), max(sums, default=0)
        least, most = least + low, most + high
    return least, most


def most_points(scoring: Scoring) -> int:
    """The stated maximum: what the best of leads can have, rules without a live source left out (R35)."""
    return fit_range(scoring)[1] + scoring.most_engagement


def _groups(rules: Sequence[FitRule]) -> list[list[FitRule]]:
    """Rules that share facts, directly or through others."""
    groups: list[tuple[set[str], list[FitRule]]] = []
    for rule in rules:
        facts = {"email" if fact in DERIVED else fact for fact in rule.needs}
        mine: tuple[set[str], list[FitRule]] = (facts, [rule])
        apart = []
        for group in groups:
            if group[0] & mine[0]:
                mine = (group[0] | mine[0], [*group[1], *mine[1]])
            else:
                apart.append(group)
        groups = [*apart, mine]
    return [group[1] for group in groups]


def _sums(
    rules: Sequence[FitRule],
    scoring: Scoring,
    settled: list[tuple[Condition, Wanted]],
    total: int,
) -> set[int]:
    """The sums of points of all combinations that some lead shows."""
    if not can_all_be(settled, scoring.facts):
        return set()
    if not rules:
        return {total}
    first, *rest = rules
    held = _sums(rest, scoring, [*settled, (first.when, "true")], total + first.points)
    return held | _sums(rest, scoring, [*settled, (first.when, "not_true")], total)
