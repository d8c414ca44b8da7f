"""Where a lead's sums stop mattering: between two cuts every sum has the same verdict, stage and grade.

With decay almost every lead has a sum of its own; by bands a million leads are a few hundred cases to judge.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from leadpact.pact.score_rules import Scoring


@dataclass(frozen=True, slots=True)
class Cuts:
    """The sums (hundredths) from which on something may be judged otherwise, ascending.

    Two leads of the same fit, the same marks, and sums on the same side of each cut stand alike
    (:meth:`~leadpact.scoring.assess.Assessor.standing`).
    """

    engagement: tuple[int, ...]
    total: tuple[int, ...]


def cuts_of(scoring: Scoring, open_points: Iterable[int]) -> Cuts:
    """The cuts of an agreement.

    Args:
        scoring: the agreement's.
        open_points: every number of points that facts not known yet could still give, in the leads at hand.
    """
    engagement = {scoring.engagement_floor, *scoring.engagement_grades}
    total = {scoring.mql, *(scoring.mql - points for points in open_points)}
    if scoring.sql is not None:
        total.add(scoring.sql)
    return Cuts(tuple(sorted(engagement)), tuple(sorted(total)))
