"""The agreement's scoring asked another question: which rules hold at all, whatever points they give (S117). Pure.

The same engine answers it. Each rule gives one mark for as long as its acts count; acts that no rule looks at, and
company sizes as the rules part them, get a mark of their own, so that what gives no points is seen, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from leadpact.model.scorecard import Pillar
from leadpact.pact.conditions import Condition, Every, FactTest, fields_of, tests_of
from leadpact.pact.score_rules import EngagementRule, FitRule, Scoring

ACT: Final = "act:"
SIZE: Final = "size:"
KNOWN: Final = "known:"
TITLE: Final = "title"
EMPLOYEES: Final = "employees"
_MARK: Final = 100
_CUTS: Final = {"at_least": 0, "above": 1, "below": 0, "at_most": 1}


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule of the agreement, or an act (``act:`` and its name) that none of its rules looks at by itself.

    Attributes:
        points: what it gives, hundredths; 0 = nothing.
        fact: of a fit rule that asks for one fact, which; else "".
    """

    key: str
    label: str
    pillar: Pillar
    points: int
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """What leads are scored by, and what its evidence means.

    Attributes:
        asked: rules, then acts, by key, in the order of the agreement.
        sizes: labels of the bands of company size, by the key of their mark (``size:0``), the smallest first.
        known: keys of the marks that a title and a company size are known (``known:title``), where they are asked for.
    """

    scoring: Scoring
    asked: Mapping[str, Asked]
    sizes: Mapping[str, str]
    known: tuple[str, ...]


def probe_of(scoring: Scoring, labels: Mapping[str, str], days: int) -> Probe:
    """The scoring as a probe.

    Args:
        labels: what acts are called, by name.
        days: how long an act counts that no rule looks at.
    """
    asked: dict[str, Asked] = {}
    for fit in scoring.fit:
        only = next(iter(fit.needs)) if len(fit.needs) == 1 else ""
        asked[fit.key] = Asked(fit.key, fit.label, "fit", fit.points, only)
    for rule in scoring.engagement:
        points = rule.sign * rule.points_at[0] if rule.points_at else 0
        asked[rule.key] = Asked(rule.key, rule.label, "engagement", points)
    alone = {name for rule in scoring.engagement if rule.single for name in rule.signals}
    marks = (_MARK,) * (days + 1)
    acts = []
    for name in sorted(scoring.signal_names - alone):
        key, label = f"{ACT}{name}", labels.get(name, name)
        acts.append(EngagementRule(key, label, frozenset({name}), 1, None, False, marks, _MARK, 1))
        asked[key] = Asked(key, label, "engagement", 0)
    wanted = {name for when in _conditions(scoring) for name in fields_of(when)}
    known = tuple(f"{KNOWN}{name}" for name in (TITLE, EMPLOYEES) if name in wanted)
    sizes = _sizes(scoring)
    marked: list[tuple[str, Condition]] = [
        (key, FactTest(key.removeprefix(KNOWN), "is_known")) for key in known
    ]
    marked += [(key, when) for key, (_, when) in sizes.items()]
    made = replace(
        scoring,
        fit=(
            *(replace(one, points=_MARK) for one in scoring.fit),
            *(FitRule(key, key, _MARK, when) for key, when in marked),
        ),
        engagement=(*(_marked(one) for one in scoring.engagement), *acts),
        gates=(),
        lanes=(),
        must=(),
        actions=(),
        required=0,
        enough=0,
    )
    labelled = {key: label for key, (label, _) in sizes.items()}
    return Probe(made, MappingProxyType(asked), MappingProxyType(labelled), known)


def _conditions(scoring: Scoring) -> list[Condition]:
    """What fit rules and must-have criteria ask."""
    return [*(one.when for one in scoring.fit), *(one.when for one in scoring.must)]


def _marked(rule: EngagementRule) -> EngagementRule:
    marks = (_MARK,) * len(rule.points_at)
    return replace(rule, points_at=marks, cap=_MARK, sign=1, half_life_days=None)


def _sizes(scoring: Scoring) -> dict[str, tuple[str, Condition]]:
    """Company sizes as fit rules and must-have criteria part them; none where nothing asks."""
    cuts = sorted(
        {
            value + _CUTS[test.operation]
            for when in _conditions(scoring)
            for test in tests_of(when)
            if test.field == EMPLOYEES and test.operation in _CUTS
            for value in test.values
            if isinstance(value, int)
        }
    )
    if not cuts:
        return {}
    found: list[tuple[str, Condition]] = [
        (f"Under {cuts[0]:,} employees", FactTest(EMPLOYEES, "below", (cuts[0],)))
    ]
    for low, above in pairwise(cuts):
        parts = FactTest(EMPLOYEES, "at_least", (low,)), FactTest(EMPLOYEES, "below", (above,))
        found.append((f"{low:,} to {above - 1:,} employees", Every(parts)))
    found.append((f"{cuts[-1]:,} employees or more", FactTest(EMPLOYEES, "at_least", (cuts[-1],))))
    return {f"{SIZE}{number}": one for number, one in enumerate(found)}
