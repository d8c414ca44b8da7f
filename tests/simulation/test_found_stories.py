"""Short stories that broke a promise once: the reduced choices themselves, so that each goes on telling the same."""

from __future__ import annotations

import pytest
from tests.simulation.driver import play
from tests.simulation.invariants import check
from tests.simulation.story import story
from tests.simulation.wide import play_wide
from tests.simulation.wide_check import check_wide, outcome

NEVER_HAD_EMPLOYEES = (
    *(0, 0, 43433, 0, 0, 0, 51, 0, 48901, 94, 0, 0, 0, 0, 0, 0, 0, 0, 28, 0, 41348, 0, 0, 0),
)
"""A rep merges a Lead into one without employees: HubSpot's, only written, are not emptied by that, and stay."""
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
NAMESAKES_OF_ONE_ADDRESS = (
    *(0, 4, 62781, 0, 0, 0, 33, 0, 41, 1, 0, 0, 48, 0, 10239, 0, 0, 0, 33, 0, 21988, 5, 0, 0),
    *(0, 0, 0, 0, 0, 0, 62, 0, 0, 0, 0, 0),
)
"""Seed 50033: of two Leads with one address, said to be two people, one got its contact; the check was wrong."""
WRITTEN_ANEW_AND_MERGED = (
    *(0, 0, 30102, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 23, 0, 54198, 1),
    *(0, 0, 82, 0, 1, 79, 7, 0, 0, 0, 0, 0, 0, 0, 24, 0, 45922, 2, 0, 0, 70, 0, 0, 0, 2, 0),
)
"""Seed 10778: a write that never was sent made a base of what a later one wrote; a merged Lead's blanks emptied it."""

REFUSED_BEFORE_IT_JOINED = (
    *(0, 0, 61, 0, 5, 0, 35, 0, 38048, 0, 0, 0, 55, 0, 305, 0, 0, 0),
    *(0, 0, 0, 0, 0, 0, 44, 0, 8, 3, 1, 0, 51, 0, 12922, 3, 0, 0),
)
"""Seed 106403: what was refused of a lead before it became part of another is told under the id that it had."""
THIRD_OF_ONE_ADDRESS = (
    *(46, 86, 61397, 0, 0, 0, 30, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    *(46, 0, 45693, 7, 1, 0, 51, 0, 29599, 1, 0, 0),
)
"""Seed 107399: a new Lead became part of the contact's lead, and the first Lead of that address stayed alone."""
QUESTION_OF_ONE_THAT_JOINED = (
    *(0, 7, 0, 0, 1, 0, 51, 0, 20325, 4, 0, 0, 0, 0, 0, 0, 0, 0),
    *(30, 0, 51809, 7, 5, 0, 0, 0, 0, 0, 0, 0, 26, 0, 9316, 0, 0, 0),
)
"""Seed 107750: a new Lead's question, whether a namesake is the same person, went when it became part of another."""
AGED_AT_FIRST_SIGHT = (
    *(23, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 36, 0, 18900, 0, 0, 0, 5482, 28121, 0),
    *(0, 0, 0, 71, 82, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 78, 93, 0, 0, 0, 0),
)
"""Seed 123164: nobody worked it for 30 days, said the hot lane; 33, said the cycle that came three days later."""
LANDS_AFTER_RECOVERY = (
    *(0, 0, 0, 0, 0, 0, 75, 0, 0, 0, 6, 7, 44, 0, 0, 0, 2, 0),
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
)
"""Seed 105754: a lost write landed between a run's recovery and its reading, and overruled an edit."""
LANDS_ON_A_KILLED_RUN = (
    *(0, 0, 0, 0, 0, 0, 75, 0, 0, 0, 6, 7, 44, 0, 0, 0, 2, 0),
    *(0, 0, 0, 0, 0, 0, 86, 0, 5628, 0, 0, 0),
)
"""Met beside 105754: the run that had looked for it was killed, and could not say so."""
LANDS_OVER_A_LATER_WRITE = (
    *(0, 0, 0, 0, 0, 0, 75, 0, 0, 0, 6, 15, 44, 0, 0, 0, 2, 0),
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 99, 7, 0, 0, 0, 0),
)
"""Met beside 105754: it landed over what a later run had written, and that was undone in the other CRM."""
LANDS_BESIDE_A_BACKFILL = (
    *(0, 0, 0, 0, 0, 0, 78, 0, 0, 0, 6, 5, 0, 0, 0, 0, 0, 0, 62404, 0, 0, 0, 0, 0),
    *(0, 0, 0, 0, 0, 0, 26, 0, 13548, 1, 0, 0),
)
"""Seed 106005: it landed in a backfill, which agrees on nothing, and the next sync knew of no lost write."""
LANDS_OUT_OF_SCOPE = (
    *(0, 61, 0, 0, 5, 0, 78, 0, 0, 0, 6, 5, 22498, 5, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0),
    *(0, 0, 0, 0, 0, 0, 26, 0, 13548, 1, 5, 0),
)
"""Met beside 106005: it landed on a lead out of scope, which came back when others had long been looked at."""
SECOND_CONTACT_WITH_AN_OLD_ADDRESS = (
    *(23165, 0, 0, 0, 0, 0, 54, 0, 6, 0, 0, 0, 21, 0, 63518, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    *(23, 0, 41, 0, 0, 0, 55, 0, 3629, 7, 0, 0),
)
"""Seed 107164: a contact with the address that another one had closed what was asked about that one."""

CHANGED_BESIDE_A_TWIN = (
    *(0, 0, 29910, 0, 0, 0, 44, 0, 31491, 3, 0, 0, 0, 0, 0, 0, 0, 0, 23, 0, 52431, 2, 0, 0),
    *(52, 0, 4500, 32, 0, 0),
)
"""Seed 20254: a Lead got somebody else's address and was converted; its twin kept the old one, and nobody was told."""


@pytest.mark.parametrize(
    "choices",
    [
        pytest.param(NEVER_HAD_EMPLOYEES, id="never had employees"),
        pytest.param(FOLDED_INTO_EACH_OTHER, id="folded into each other"),
        pytest.param(ADDRESS_OF_A_MERGE, id="the address of a merge"),
        pytest.param(SAID_AGAIN_ELSEWHERE, id="said again elsewhere"),
        pytest.param(UNDO_LANDS_LATE, id="an undo lands late"),
        pytest.param(PUT_BACK_AND_MERGED, id="put back, and merged"),
        pytest.param(UNDO_KILLED_AND_MERGED, id="an undo killed, and merged"),
        pytest.param(NAMESAKES_OF_ONE_ADDRESS, id="two people of one address"),
        pytest.param(WRITTEN_ANEW_AND_MERGED, id="written anew, and merged"),
        pytest.param(CHANGED_BESIDE_A_TWIN, id="changed beside a twin"),
    ],
)
def test_a_story_that_broke_a_promise_keeps_it(choices: tuple[int, ...]) -> None:
    assert check(play(choices)) == [], story(choices)


@pytest.mark.parametrize(
    "choices",
    [
        pytest.param(REFUSED_BEFORE_IT_JOINED, id="refused before it joined"),
        pytest.param(THIRD_OF_ONE_ADDRESS, id="the third of one address"),
        pytest.param(QUESTION_OF_ONE_THAT_JOINED, id="the question of one that joined"),
        pytest.param(LANDS_AFTER_RECOVERY, id="a write lands after recovery"),
        pytest.param(LANDS_ON_A_KILLED_RUN, id="a write lands on a killed run"),
        pytest.param(LANDS_OVER_A_LATER_WRITE, id="a write lands over a later one"),
        pytest.param(LANDS_BESIDE_A_BACKFILL, id="a write lands beside a backfill"),
        pytest.param(LANDS_OUT_OF_SCOPE, id="a write lands out of scope"),
        pytest.param(SECOND_CONTACT_WITH_AN_OLD_ADDRESS, id="a second contact, an old address"),
    ],
)
def test_a_wide_story_that_broke_a_promise_keeps_it(choices: tuple[int, ...]) -> None:
    assert check_wide(play_wide(choices)) == [], story(choices, play_wide, check_wide)


def test_a_wide_story_that_ended_otherwise_ends_alike_with_one_lane_and_with_two() -> None:
    one = play_wide(AGED_AT_FIRST_SIGHT)
    two = play_wide(AGED_AT_FIRST_SIGHT, lanes=not one.lanes)
    assert outcome(one) == outcome(two)
