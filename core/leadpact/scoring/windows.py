"""For how long an act counts, and when it next earns another amount."""

from __future__ import annotations

from collections.abc import Sequence

from leadpact.pact.score_rules import Scoring


def window_of(name: str, scoring: Scoring) -> int:
    """For how many days an act of this kind counts: in a lane, in the longest of its rules, or by default."""
    for lane in scoring.lanes:
        if lane.signal == name:
            return lane.window_days
    windows = [len(rule.points_at) for rule in scoring.acts if name in rule.signals]
    return max(windows, default=scoring.window_days)


def next_steps(table: Sequence[int]) -> tuple[int, ...]:
    """By age in days: the age at which an act of that age next earns another amount."""
    steps: list[int] = []
    later = len(table)
    for age in range(later - 1, -1, -1):
        if age + 1 < len(table) and table[age] != table[age + 1]:
            later = age + 1
        steps.append(later)
    return tuple(reversed(steps))
