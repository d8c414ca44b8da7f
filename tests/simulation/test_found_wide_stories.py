"""Short stories of the wide family that broke a promise once; see ``test_found_stories.py``."""

from __future__ import annotations

import pytest
from tests.simulation.story import story
from tests.simulation.wide import play_wide
from tests.simulation.wide_check import check_wide, outcome

ERASED_AND_CONVERTED = (
    *(0, 15781, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32, 0, 7290, 0, 0, 0, 66, 7, 0, 0, 0, 0),
    *(51, 0, 5336, 3, 0, 0),
)
"""Seed 106080: another Lead of somebody erased was converted before it was looked at, and stayed known."""
ACT_WHILE_OUT = (
    *(0, 86, 46499, 2, 4, 0, 0, 0, 0, 0, 0, 0, 407, 6, 0, 36863, 0, 0, 35, 0, 82, 0, 92, 0),
    *(48, 0, 36180, 14, 0, 0),
)
"""Seed 110523: what a Lead did was lost where it was converted while out of scope."""
MERGED_INTO_ERASED = (
    *(44538, 0, 62153, 0, 0, 0, 0, 0, 0, 0, 0, 0, 46, 0, 119, 0, 0, 0, 60, 0, 0, 0, 0, 0),
    *(84, 0, 82, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65, 7, 57, 0, 0, 0),
)
"""Seed 105821: who was erased was known again by a Lead that a rep had merged into hers."""
UNDONE_OUT_OF_SCOPE = (
    *(0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 11961, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    *(65, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
)
"""Seed 106286: an undo blanked both records of a lead that had left the scope."""

ERASED_BY_A_SECOND_ADDRESS = (
    *(0, 7, 60626, 0, 0, 0, 0, 0, 0, 0, 0, 0, 66, 7, 0, 0, 0, 0, 24, 0, 53661, 0, 0, 0),
    *(20, 0, 46666, 54518, 0, 0),
)
"""Seed 101755: a merge made the erased person's address a second one, and `reconcile` wanted the contact taken in."""

MERGED_ON_TWO_PAGES = (
    *(56637, 39446, 48365, 0, 62965, 0, 40, 0, 48292, 0, 0, 0, 68, 0, 0, 0, 0, 0, 40467, 56106),
    *(6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 77, 0, 42239, 18, 0, 0, 36, 0, 553, 3, 0, 0, 0, 0, 0, 0, 0, 0),
)
"""Seed 101533: the record of a merge was taken for new by both leads that were merged, on two pages of one plan."""

SECOND_OF_WHO_WAS_KEPT_APART = (
    *(0, 0, 41851, 0, 0, 0, 36, 0, 62947, 0, 0, 0),
    *(0, 0, 0, 0, 0, 0, 61, 0, 0, 0, 0, 0, 36, 0, 3156, 0, 0, 0),
)
"""Seed 110547: a second record of whom a person had kept apart from a contact needs no question of its own."""

MADE_AND_MERGED_UNHEARD = (
    *(0, 0, 0, 2, 0, 0, 38, 0, 44235, 0, 0, 0, 85, 0, 0, 0, 3, 0, 59913, 64366, 0, 0, 0, 0),
    *(47, 0, 39190, 0, 0, 0),
)
"""Seed 101821: a Lead that a killed run had made was merged before the next one, which made another."""


BACK_AND_FOUND_TWICE = (
    *(0, 39493, 64286, 10609, 7, 0, 48, 0, 27484, 7, 0, 0, 0, 0, 0, 0, 0, 0),
    *(37, 0, 61773, 2, 0, 0, 30415, 39, 0, 0, 0, 0, 22903, 5, 0, 7, 0, 0),
    *(35, 0, 30039, 0, 0, 0, 23, 0, 55867, 43024, 0, 0),
)
"""Seed 106654: a stage set while its lead was out of scope was written over, since a second lead was found to be it."""

REFUSED_AND_PUT_BACK = (
    *(0, 45736, 48, 55271, 0, 0, 0, 0, 0, 0, 0, 0, 42, 0, 21960, 3256, 0, 5),
    *(0, 0, 0, 0, 0, 0, 64997, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    *(66, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
)
"""Seed 106943: a backfill took a stage that the agreement had refused, and that an undo had put back, for history."""

PUT_BACK_BY_AN_EARLIER_CLOCK = (
    *(0, 0, 0, 0, 89, 0, 69, 0, 5, 0, 0, 0, 58, 6, 7, 0, 0, 0),
    *(0, 0, 0, 0, 0, 0, 23429, 88, 0, 0, 0, 0),
)
"""Seed 102537: hot work that passed a cap was put back for ever, since our clock had been set back meanwhile."""

PUT_BACK_BESIDE_A_LEFT_STAGE = (
    *(0, 0, 58262, 17, 0, 0, 0, 0, 0, 0, 0, 0, 28894, 0, 0, 0, 0, 0),
    *(28, 0, 20567, 0, 7, 0, 15325, 0, 5, 0, 0, 0, 42, 0, 53841, 3, 0, 0),
)
"""Seed 105750: `reconcile` wanted to repair what an undo had put back, beside native stages that a backfill left."""

FOUND_BESIDE_A_REFUSAL = (
    *(92, 4, 0, 19440, 7, 0, 55, 0, 19212, 3, 5, 0),
    *(0, 0, 0, 0, 0, 0, 33, 0, 47725, 0, 0, 0),
    *(26926, 18785, 0, 0, 0, 0),
)
"""Seed 102548: whoever shared a page with somebody found before a record was made was judged twice, and contested."""

CONVERTED_WITH_AN_OLD_ADDRESS = (
    *(21, 0, 0, 0, 1, 0, 67, 0, 65, 0, 0, 0),
    *(0, 0, 0, 0, 0, 0, 28, 0, 18228, 0, 0, 0),
    *(32, 0, 59, 1, 5, 0),
)
"""Seed 108112: a contact was made anew, since nobody looked for the address of the converted Lead."""

MERGED_AT_A_HOT_LOOK = (
    *(82, 0, 38334, 50510, 5, 0, 54, 0, 26, 3, 0, 0),
    *(0, 0, 0, 0, 0, 0, 55, 0, 61098, 14084, 0, 0),
)
"""Seed 102180: the hot feed named a merged contact as somebody new, and not who went into it."""

REJECTED_AND_MERGED = (
    *(23959, 0, 0, 5, 7, 0, 45, 0, 62858, 0, 0, 0),
    *(42, 0, 63, 3, 0, 0, 51483, 47946, 0, 5, 0, 0),
    *(33, 0, 25186, 5, 0, 0, 33, 0, 31618, 0, 0, 0),
)
"""Seed 105396: a rejection was followed at a hot look that had not heard of the merge."""

CLOSED_AND_DATED = (
    *(31, 0, 0, 5, 61, 0, 49425, 0, 0, 0, 0, 0),
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    *(68, 7, 0, 0, 0, 0, 26, 0, 25118, 0, 5, 0),
    *(20972, 38, 2, 7, 0, 0, 55, 0, 23607, 7, 0, 0),
)
"""Seed 103052: a backfill dated as disqualified who was recycled, since Salesforce has one status for both."""

THROTTLED_AND_DELETED = (
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13859, 0, 5, 0, 0, 0, 80, 0, 0, 0, 2, 0, 0, 0, 0, 0),
    *(0, 0, 36, 0, 25935, 5, 0, 0),
)
"""Seed 102285: dates that an undo never came to stayed listed as put back: the other record was deleted."""

PAUSED_AND_REDONE = (
    *(13183, 0, 0, 18727, 0, 0, 95, 58, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24337, 0, 0, 0, 0, 0),
    *(28896, 0, 0, 0, 0, 0, 67, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0),
)
"""Seed 109853: an undo moved the agreed stage, and a pause kept its fields from being written."""

REDONE_BESIDE_A_CONVERTED_TWIN = (
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 21390, 0, 0, 0, 0, 0, 31, 0, 62908, 0, 0, 0),
    *(33, 0, 50304, 30803, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    *(57337, 0, 0, 34, 0, 0, 0, 0, 0, 0, 0, 0, 0),
)
"""Seed 113010: what a Lead got back was agreed, beside a Contact that spoke for Salesforce by then and was blank."""

RELEASED_AFTER_LANDING_LATE = (
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25874, 0, 0, 0, 0, 0, 71, 0, 0, 0, 7, 1),
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 52893, 29, 0, 0, 0, 0),
)
"""Seed 111284: what an undo blanked after the next run had looked stayed blank when it was released."""

KEPT_APART_FROM_THE_OTHER_RECORD = (
    *(0, 0, 0, 28188, 5, 0, 89, 0, 54, 0, 0, 0, 52, 0, 42531, 1, 0, 0, 21418, 51233, 1, 0, 0, 0),
    *(58458, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 73, 0, 0, 0, 0, 0, 60, 0, 0, 0, 0, 0),
    *(42, 0, 50, 0, 0, 0),
)
"""Seed 132049: who was kept apart from a lead's Salesforce record needs no question about its HubSpot contact."""

CUSTOMER_OF_OLD = (
    *(0, 0, 3, 6, 0, 0, 20, 0, 40942, 0, 0, 5, 51381, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    *(45, 0, 61107, 5, 5, 0),
)
"""Seed 100651: of a lifecycle stage that a side stage shares the main one is dated: it says less (R14, R33)."""

BLANKED_AND_NEVER_UNDONE = (
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25801, 0, 0, 0, 0, 0, 84, 0, 0, 0, 0, 0),
    *(61893, 0, 1, 0, 0, 0, 48, 0, 42694, 1, 0, 6, 19834, 0, 3, 1, 0, 0, 0, 0, 0, 0, 0, 0),
)
"""Seed 104937: a title that a rep blanked was filled again where an undo that was killed before it wrote was undone."""

ERASED_UNSEEN = (
    *(0, 10, 0, 0, 0, 0, 64, 0, 36803, 0, 0, 0, 20, 0, 53208, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    *(64, 3, 16986, 0, 0, 0),
)
"""Seed 100421: who was erased before anything was read was known by no address, though their Lead showed one."""

RELEASED_BEFORE_IT_LANDED = (
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 5, 0, 0, 0, 0, 71, 0, 0, 0, 7, 60),
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16895, 39, 0, 0, 0, 0),
)
"""Seed 7098: what a lost write of an undo blanked after its release was taken for a person's edit, and carried over."""

BLANKED_WHILE_KEPT_SO = (
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25801, 0, 0, 0, 0, 0, 84, 0, 0, 0, 0, 0),
    *(0, 0, 0, 0, 0, 0, 48, 0, 42694, 1, 0, 6, 0, 0, 0, 0, 0, 0, 19834, 0, 0, 0, 0, 0),
)
"""Seed 104937, too: a sync took a rep's blank for what an undo had never sent, and the undo of that filled it again."""

EDITED_ONCE_PUT_BACK = (
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 33354, 0, 0, 0, 0, 0, 81, 0, 0, 0, 4, 0, 28, 0),
    *(53072, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
)
"""Seed 206362: what an undo had put back was edited while it tried another row again; it was put back all the same."""

TYPED_BETWEEN_TWO_STEPS = (
    *(0, 0, 0, 0, 0, 0, 20, 0, 29208, 0, 0, 0, 0, 0, 0, 0, 0, 0, 394, 0, 0, 0, 0, 0),
    *(77, 0, 0, 48, 2, 0, 63455, 2561, 0, 0, 0, 0),
)
"""Seed 206279: an import typed what an undo killed between a reset's two steps had emptied; it was set back untold."""

SET_BESIDE_A_STATUS_WHILE_OUT = (
    *(0, 0, 0, 62917, 5, 0, 0, 0, 0, 0, 0, 0, 62, 7, 63976, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    *(4440, 5, 0, 5, 0, 0, 45, 0, 47674, 5, 0, 4),
)
"""Seed 206847: a lifecycle stage that was set while its lead was out of scope was written over once it was back."""

RESTORED_OUT_OF_SCOPE = (
    *(0, 0, 0, 0, 6, 0, 24424, 5, 0, 7, 0, 0, 20981, 28799, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    *(37, 0, 28, 7, 3, 0, 0, 0, 0, 0, 0, 0, 19, 0, 37341, 0, 0, 0),
)
"""Seed 206142: `reconcile` wanted to repair a restored Lead that is out of scope, and that no plan takes up."""

OPTED_OUT_AND_REFUSED = (
    *(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 80, 0, 33989, 0, 0, 0, 39, 0, 64432, 0, 0, 0),
    *(0, 0, 0, 0, 0, 0, 73, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0),
)
"""Seed 12023: an opt-out that the other CRM refused was not agreed on, so that a merge could forget it."""


@pytest.mark.parametrize(
    "choices",
    [
        pytest.param(ERASED_AND_CONVERTED, id="erased and converted"),
        pytest.param(ACT_WHILE_OUT, id="an act while out of scope"),
        pytest.param(MERGED_INTO_ERASED, id="merged into one erased"),
        pytest.param(UNDONE_OUT_OF_SCOPE, id="undone out of scope"),
        pytest.param(ERASED_BY_A_SECOND_ADDRESS, id="erased by a second address"),
        pytest.param(MERGED_ON_TWO_PAGES, id="merged, on two pages"),
        pytest.param(SECOND_OF_WHO_WAS_KEPT_APART, id="second of who was kept apart"),
        pytest.param(MADE_AND_MERGED_UNHEARD, id="made and merged unheard"),
        pytest.param(BACK_AND_FOUND_TWICE, id="back in scope and found twice"),
        pytest.param(REFUSED_AND_PUT_BACK, id="refused and put back"),
        pytest.param(THROTTLED_AND_DELETED, id="throttled and deleted"),
        pytest.param(PUT_BACK_BY_AN_EARLIER_CLOCK, id="put back by an earlier clock"),
        pytest.param(PAUSED_AND_REDONE, id="paused and redone"),
        pytest.param(REDONE_BESIDE_A_CONVERTED_TWIN, id="redone beside a converted twin"),
        pytest.param(PUT_BACK_BESIDE_A_LEFT_STAGE, id="put back beside a left stage"),
        pytest.param(RELEASED_AFTER_LANDING_LATE, id="released after landing late"),
        pytest.param(KEPT_APART_FROM_THE_OTHER_RECORD, id="kept apart from the other record"),
        pytest.param(CUSTOMER_OF_OLD, id="a customer of old"),
        pytest.param(BLANKED_AND_NEVER_UNDONE, id="blanked and never undone"),
        pytest.param(ERASED_UNSEEN, id="erased unseen"),
        pytest.param(RELEASED_BEFORE_IT_LANDED, id="released before it landed"),
        pytest.param(BLANKED_WHILE_KEPT_SO, id="blanked while kept so"),
        pytest.param(EDITED_ONCE_PUT_BACK, id="edited once put back"),
        pytest.param(OPTED_OUT_AND_REFUSED, id="opted out and refused"),
        pytest.param(TYPED_BETWEEN_TWO_STEPS, id="typed between two steps"),
        pytest.param(SET_BESIDE_A_STATUS_WHILE_OUT, id="set beside a status while out"),
        pytest.param(RESTORED_OUT_OF_SCOPE, id="restored out of scope"),
    ],
)
def test_a_wide_story_that_broke_a_promise_keeps_it(choices: tuple[int, ...]) -> None:
    assert check_wide(play_wide(choices)) == [], story(choices, play_wide, check_wide)


@pytest.mark.parametrize(
    "choices",
    [
        pytest.param(FOUND_BESIDE_A_REFUSAL, id="found beside a refusal"),
        pytest.param(CONVERTED_WITH_AN_OLD_ADDRESS, id="converted with an old address"),
        pytest.param(MERGED_AT_A_HOT_LOOK, id="merged at a hot look"),
        pytest.param(REJECTED_AND_MERGED, id="rejected and merged"),
        pytest.param(CLOSED_AND_DATED, id="closed and dated"),
    ],
)
def test_a_wide_story_that_ended_otherwise_with_two_lanes_ends_alike(
    choices: tuple[int, ...],
) -> None:
    one, two = (play_wide(choices, lanes=lanes) for lanes in (False, True))
    assert (check_wide(one), check_wide(two)) == ([], []), story(choices, play_wide, check_wide)
    assert outcome(two) == outcome(one)
