"""Sums that no cut parts are judged alike: what-if judges one lead of each case and believes it of all."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from leadpact.pact import load_pact
from leadpact.pact.score_rules import Scoring
from leadpact.scoring.assess import Assessor
from leadpact.scoring.bands import cuts_of
from leadpact_mappings import default_text

SHIPPED = load_pact(default_text("pact.yaml")).scoring
SUMS = st.integers(-2_000, 9_000)
AGREEMENTS = st.builds(
    lambda mql, sql, floors, fit, engagement: replace(
        SHIPPED,
        mql=mql,
        sql=None if sql is None else mql + sql,
        floors=floors,
        fit_floor=fit,
        engagement_floor=engagement,
    ),
    st.integers(0, 6_000),
    st.sampled_from([None, 500, 2_000]),
    st.booleans(),
    st.integers(0, 3_000),
    st.integers(0, 3_000),
)


@settings(max_examples=60)
@given(
    AGREEMENTS,
    SUMS,
    SUMS,
    SUMS,
    st.sets(st.integers(0, len(SHIPPED.fit) - 1)),
    st.sets(st.integers(0, len(SHIPPED.numbered) - 1)),
)
def test_between_two_cuts_every_sum_stands_alike(
    scoring: Scoring, fit: int, one: int, other: int, undecided: set[int], held: set[int]
) -> None:
    assessor = Assessor(scoring)
    cuts = cuts_of(scoring, {assessor.open_points(undecided)})

    def bands(engagement: int) -> tuple[int, int]:
        return bisect_right(cuts.engagement, engagement), bisect_right(cuts.total, fit + engagement)

    # Sums are tried where the agreement has a number of its own, and beside it: there a cut too few shows.
    low, high = sorted((one, other))
    least = (scoring.mql, scoring.mql - assessor.open_points(undecided), scoring.sql or 0)
    marks = {one, scoring.engagement_floor, *scoring.engagement_grades, *(m - fit for m in least)}
    near = [mark + shift for mark in marks for shift in (-1, 0, 1) if low <= mark + shift <= high]
    alike = [engagement for engagement in near if bands(engagement) == bands(one)]
    expected = assessor.standing(fit, one, undecided, held)
    assert {assessor.standing(fit, each, undecided, held) for each in alike} == {expected}
