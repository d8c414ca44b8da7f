"""Short stories that broke a promise once: the reduced choices themselves, so that each goes on telling the same."""

from __future__ import annotations

import pytest
from tests.simulation.driver import play
from tests.simulation.invariants import check
from tests.simulation.story import story

FOLDED_INTO_EACH_OTHER = (
    *(941, 0, 48885, 40265, 0, 0, 50, 0, 20387, 0, 0, 0, 29, 0, 18820, 0, 0, 0),
    *(21, 0, 1703, 7, 0, 0, 79, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 53, 0, 12301, 5, 0, 0),
)
"""Seed 8686: of two leads that a marketer merged, each became part of the other, and none was left."""
ADDRESS_OF_A_MERGE = (
    *(59352, 67, 79, 0, 0, 0, 0, 0, 0, 0, 0, 0, 62, 0, 0, 0, 0, 0, 28, 0, 53176, 21422, 0, 0),
    *(65, 3, 72, 0, 0, 0, 0, 0, 0, 0, 0, 0, 53, 0, 57488, 2, 0, 0),
)
"""Seed 2683: a merge in HubSpot brought an address that a Lead has, and nobody looked for it."""
SAID_AGAIN_ELSEWHERE = (
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 47, 0, 4, 0, 0, 4, 0, 0, 0, 0, 0, 0, 37, 0, 30602),
    *(0, 0, 5, 0, 0, 0, 0, 0, 0, 61, 0, 0, 0, 0, 0, 55, 0, 491, 0, 7, 0),
)
"""Seed 6633: a stage that was contested and refused is typed into the other stage field, and goes untold."""
UNDO_LANDS_LATE = (
    *(0, 1, 63329, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65, 5, 0, 0, 0, 0, 78, 0, 0, 0, 7, 4),
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
)
"""Seed 8197: what an undo put back late was taken for an edit, and emptied the other CRM."""
PUT_BACK_AND_MERGED = (
    *(0, 0, 48885, 0, 0, 0, 50, 0, 20387, 0, 0, 0, 29, 0, 18820, 0, 0, 0, 21, 0, 1703, 7, 0, 0),
    *(0, 0, 0, 0, 0, 0, 53, 0, 12301, 0, 0, 0, 65, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
)
"""Met beside 8686: what an undo had put back was written again once its lead became part of another."""
UNDO_KILLED_AND_MERGED = (
    *(0, 0, 48885, 40265, 0, 0, 50, 0, 20387, 0, 0, 0, 29, 0, 18820, 0, 0, 0, 21, 0, 1703, 7, 0),
    *(0, 0, 0, 0, 0, 0, 0, 53, 0, 12301, 0, 0, 0, 65, 5, 0, 0, 0, 0, 79, 0, 0, 0, 5, 5),
)
"""Met beside 8686: the pin of an undo that was killed stood on a record that is written no more."""


@pytest.mark.parametrize(
    "choices",
    [
        pytest.param(FOLDED_INTO_EACH_OTHER, id="folded into each other"),
        pytest.param(ADDRESS_OF_A_MERGE, id="the address of a merge"),
        pytest.param(SAID_AGAIN_ELSEWHERE, id="said again elsewhere"),
        pytest.param(UNDO_LANDS_LATE, id="an undo lands late"),
        pytest.param(PUT_BACK_AND_MERGED, id="put back, and merged"),
        pytest.param(UNDO_KILLED_AND_MERGED, id="an undo killed, and merged"),
    ],
)
def test_a_story_that_broke_a_promise_keeps_it(choices: tuple[int, ...]) -> None:
    assert check(play(choices)) == [], story(choices)
