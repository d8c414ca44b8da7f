"""A scorecard rule by rule: what each act earned, what time and the cap took of it. Pure; for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leadpact.model.scorecard import Evidence, Scorecard
from leadpact.pact.score_rules import EngagementRule, Scoring


@dataclass(frozen=True, slots=True)
class CountedAct:
    """One act under one rule; hundredths of a point, magnitudes.

    Attributes:
        full: what it earns when new.
        faded: what time has taken of that.
        cut: what the cap has taken of the rest.
    """

    signal_id: str
    at: datetime
    points: int
    full: int
    faded: int
    cut: int


@dataclass(frozen=True, slots=True)
class RuleAccount:
    """One rule on one scorecard.

    Attributes:
        points: hundredths that it gives now, with its sign.
        most: the most that it can give (magnitude).
        acts: the acts that earned it, oldest first; none for a rule of facts.
        cap_reached: acts earned less, or would, because the rule gives no more.
        half_life_days: None = its points do not fade.
    """

    key: str
    label: str
    points: int
    most: int
    acts: tuple[CountedAct, ...] = ()
    cap_reached: bool = False
    half_life_days: int | None = None


def accounts(card: Scorecard, scoring: Scoring) -> tuple[RuleAccount, ...]:
    """The rules that gave points, in the pact's order.

    Args:
        card: the scorecard.
        scoring: what it was made by.
    """
    by_rule: dict[str, list[Evidence]] = {}
    for item in card.evidence:
        by_rule.setdefault(item.rule, []).append(item)
    found = [
        RuleAccount(rule.key, rule.label, some[0].points, abs(rule.points))
        for rule in scoring.fit
        if (some := by_rule.get(rule.key))
    ]
    for rule in scoring.engagement:
        items = by_rule.get(rule.key)
        if items:
            acts = tuple(
                counted
                for item in items
                if (counted := counted_act(item, rule, card.as_of)) is not None
            )
            points = sum(item.points for item in items)
            cut = any(act.cut for act in acts)
            reached = cut or (abs(points) == rule.cap > rule.points_at[0])
            found.append(
                RuleAccount(
                    rule.key, rule.label, points, rule.cap, acts, reached, rule.half_life_days
                )
            )
    return tuple(found)


def counted_act(item: Evidence, rule: EngagementRule, as_of: datetime) -> CountedAct | None:
    """What became of one act; None where the evidence is of no act, or of one that is too old."""
    if item.at is None:
        return None
    age = (as_of - item.at).days
    if not 0 <= age < len(rule.points_at):
        return None
    full, now = rule.points_at[0], rule.points_at[age]
    points = abs(item.points)
    return CountedAct(item.signal_id, item.at, points, full, full - now, now - points)
