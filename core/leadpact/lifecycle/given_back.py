"""Why sales gave leads back, for the review of both teams (S98), and what of it belongs into the rules. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from leadpact.lifecycle.passes import Pass
from leadpact.pact.agreement import Pact

COMMON: Final = ("title", "industry", "country", "lead_source")
"""Facts of which the most common value is told: what a rule could ask for."""
LEAST_ALIKE: Final = 3
_ENDED: Final = ("recycled", "disqualified", "lost")


@dataclass(slots=True)
class ReasonRow:
    """Leads that were given back with one reason.

    Attributes:
        reason: its key; "" = none was given.
        before: as many in the span of the same length before it.
        stages, sub_reasons, grades, by: what they were ended at, the finer word, the grade then, who brought them.
        facts: by fact, how often each value.
    """

    reason: str
    count: int = 0
    before: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    sub_reasons: Counter[str] = field(default_factory=Counter)
    grades: Counter[str] = field(default_factory=Counter)
    by: Counter[str] = field(default_factory=Counter)
    facts: dict[str, Counter[str]] = field(default_factory=dict)

    def common(self) -> list[tuple[str, str, int]]:
        """What at least three of them have in common: (fact, value, leads), most first."""
        found = [
            (name, value, count)
            for name, values in self.facts.items()
            for value, count in values.most_common(1)
            if count >= LEAST_ALIKE
        ]
        return sorted(found, key=lambda one: (-one[2], one[0]))


def ended_in(one: Pass, since: datetime, until: datetime) -> bool:
    """Whether a person, a loss or the queue ended it in this span; a disqualifier of the rules alone does not count."""
    at = one.episode.closed_at
    return at is not None and since <= at < until and one.episode.outcome in _ENDED


def by_reason(
    passes: Iterable[Pass], since: datetime, now: datetime, grades: Mapping[tuple[str, int], str]
) -> list[ReasonRow]:
    """One row per reason, most first.

    Args:
        grades: of passes, by (link id, episode), the grade when it ended; absent where it is not known.
    """
    rows: dict[str, ReasonRow] = {}
    earlier = since - (now - since)
    for one in passes:
        episode = one.episode
        row = rows.setdefault(episode.reason, ReasonRow(episode.reason))
        if ended_in(one, earlier, since):
            row.before += 1
            continue
        row.count += 1
        row.stages[episode.closed_from] += 1
        row.by[one.brought_by] += 1
        if episode.sub_reason:
            row.sub_reasons[episode.sub_reason] += 1
        grade = grades.get((episode.link_id, episode.number), "")
        if grade:
            row.grades[grade] += 1
        for name in COMMON:
            value = one.facts.get(name)
            if value not in (None, ""):
                row.facts.setdefault(name, Counter())[str(value)] += 1
    return sorted(rows.values(), key=lambda row: (-row.count, -row.before, row.reason))


def advice(reason: str, pact: Pact) -> str:
    """Where in the agreement a reason that comes often belongs."""
    known = pact.reasons.get(reason)
    if not reason:
        return "no reason, nothing to learn: ask for it (`review owed`)"
    if reason == pact.rejection.ageing.reason:
        return "the queue: fewer handoffs a day, more reps, or a higher bar"
    if known is None:
        return "a reason that the agreement does not know any more"
    if known.disposition == "disqualify":
        return "the bar: points, `must_have`, `disqualify` or a question asked before"
    return "the time: nurture longer, or another cooling-off"
