"""What-if without an engine of its own: both agreements over each page, by the engine that writes scores, too."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import TypeAlias

from leadpact.model.scorecard import Scorecard
from leadpact.pact.score_rules import Scoring
from leadpact.ports.population import Comparison, Pages, Shift, Standing, Tell
from leadpact.ports.query_engine import QueryEngine

Rank: TypeAlias = tuple[bool, int, str]


def standing_of(card: Scorecard) -> Standing:
    """What of a scorecard a comparison looks at."""
    held = card.disqualifiers if card.verdict == "disqualified" else ()
    gates = ",".join(each.partition(": ")[0] for each in held)
    return Standing(
        card.fit, card.engagement, card.grade, card.verdict, card.makes, card.fast_lane, gates
    )


def rank(shift: Shift) -> Rank:
    """Its place among the examples; lower comes first."""
    before, after = shift.before, shift.after
    old = before.verdict, before.makes, before.fast_lane
    same = old == (after.verdict, after.makes, after.fast_lane)
    return same, -abs(after.total - before.total), shift.link_id


class PagewisePopulation:
    """Scores a population page by page; slower than an engine made for it, and needs none.

    Args:
        before_engine: scores by the first agreement.
        after_engine: scores by the second; another one, so that each keeps its agreement prepared.
    """

    def __init__(self, before_engine: QueryEngine, after_engine: QueryEngine) -> None:
        self._engines = before_engine, after_engine

    def compare(
        self,
        before: Scoring,
        after: Scoring,
        pages: Pages,
        as_of: datetime,
        *,
        examples: int = 20,
        tell: Tell | None = None,
    ) -> Comparison:
        """What changes from one agreement to the other; see the port."""
        verdicts: Counter[tuple[str, str]] = Counter()
        makes: Counter[tuple[str, str]] = Counter()
        grades: Counter[tuple[str, str]] = Counter()
        lanes: Counter[tuple[str, str]] = Counter()
        moved: list[Shift] = []
        rescored = 0
        for shift in self._shifts(before, after, pages, as_of):
            old, new = shift.before, shift.after
            verdicts[old.verdict, new.verdict] += 1
            makes[old.makes, new.makes] += 1
            grades[old.grade, new.grade] += 1
            lanes[old.fast_lane, new.fast_lane] += 1
            rescored += old.total != new.total
            if tell is not None and (old.says_something or new.says_something):
                tell(shift)
            if old != new:
                moved.append(shift)
                if len(moved) > 50 * (examples + 1):
                    moved = heapq.nsmallest(examples, moved, key=rank)
        return Comparison(
            leads=verdicts.total(),
            verdicts=dict(verdicts),
            makes=dict(makes),
            grades=dict(grades),
            lanes=dict(lanes),
            rescored=rescored,
            shifts=tuple(heapq.nsmallest(examples, moved, key=rank)),
        )

    def _shifts(
        self, before: Scoring, after: Scoring, pages: Pages, as_of: datetime
    ) -> Iterator[Shift]:
        first, second = self._engines
        for page in pages:
            cards = zip(
                first.score(before, page, as_of), second.score(after, page, as_of), strict=True
            )
            for old, new in cards:
                yield Shift(old.link_id, standing_of(old), standing_of(new))
