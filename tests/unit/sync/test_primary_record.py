"""Which record of a person is written (R23)."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from leadpact.matching.primary import Candidate, primary_of

LEAD = Candidate("00Q1", 1, False, 3, False, "2026-03-02T09:00:00.000Z")


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (
            replace(LEAD, kind_order=0, open_opportunity=True),
            replace(LEAD, kind_order=0, advance=9),
        ),
        (replace(LEAD, kind_order=0, advance=0), replace(LEAD, settled=True)),
        (replace(LEAD, settled=True, advance=1), replace(LEAD, advance=9)),
        (replace(LEAD, advance=4, activity="2025"), replace(LEAD, activity="2027")),
        (replace(LEAD, activity="2027"), replace(LEAD, activity="2026")),
        (LEAD, LEAD),
    ],
    ids=["open opportunity", "stronger kind", "agreed before", "further", "later", "lower id"],
)
def test_the_order_of_r23(better: Candidate, worse: Candidate) -> None:
    first, second = replace(better, id="00Q1"), replace(worse, id="00Q2")
    for given in permutations([first, second]):
        assert primary_of(given) == "00Q1"


def test_nobody_is_primary_of_nothing() -> None:
    with pytest.raises(ValueError, match="no candidates"):
        primary_of([])
