"""One field, three ways: each policy, and the order of the CRMs never matters (R4, R5, R6, R28)."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpact.model.record import UNKNOWN, Known
from leadpact.sync.merge import Policy, Reading, Settled, Untouched, Verdict, Waits, merge_field

VALUES = st.sampled_from([None, "a", "b", "a;b", True, False])


def seen(value: Known, base: Known = "old", *, fresh: bool = False) -> Reading:
    return Reading(value, changed=value != base, fresh=fresh)


def merged(
    policy: Policy, left: Reading, right: Reading, base: Known = "old", initial: Policy = "hold"
) -> Verdict:
    return merge_field(policy, initial, "sf", base, {"hs": left, "sf": right}, {"hs": "HubSpot"})


def test_an_edit_on_one_side_is_carried_over() -> None:
    verdict = merged("system_of_record", seen("new"), seen("old"))
    assert isinstance(verdict, Settled)
    assert (verdict.value, verdict.why) == ("new", "edited in HubSpot")


def test_blanking_on_one_side_is_an_edit() -> None:
    verdict = merged("system_of_record", seen(None), seen("old"))
    assert isinstance(verdict, Settled)
    assert verdict.value is None


def test_the_system_of_record_wins_a_conflict_and_names_the_loser() -> None:
    verdict = merged("system_of_record", seen("mine"), seen("theirs"))
    assert isinstance(verdict, Settled)
    assert (verdict.value, verdict.lost) == ("theirs", ("hs",))


def test_a_known_value_beats_a_blank_one() -> None:
    verdict = merged("keep_known", seen("mine"), seen(None))
    assert isinstance(verdict, Settled)
    assert verdict.value == "mine"


def test_first_wins_keeps_what_was_agreed() -> None:
    for verdict in (
        merged("first_wins", seen("mine"), seen("old")),
        merged("first_wins", seen("mine"), seen("theirs")),
    ):
        assert isinstance(verdict, Settled)
        assert verdict.value == "old"
        assert "hs" in verdict.lost


def test_union_joins_the_values_of_both() -> None:
    verdict = merged("union", seen("b;a"), seen("c"))
    assert isinstance(verdict, Settled)
    assert verdict.value == "a;b;c"


@pytest.mark.parametrize(
    ("left", "cause"), [(seen("mine"), "values_differ"), (seen("old"), "field_changed")]
)
def test_hold_waits_for_a_person(left: Reading, cause: str) -> None:
    verdict = merged("hold", left, seen("theirs"))
    assert isinstance(verdict, Waits)
    assert verdict.cause == cause


def test_the_same_edit_on_both_sides_is_no_conflict() -> None:
    verdict = merged("system_of_record", seen("new"), seen("new"))
    assert isinstance(verdict, Settled)
    assert (verdict.value, verdict.lost) == ("new", ())


def test_r28_an_opt_out_on_one_side_goes_to_both() -> None:
    verdict = merged("most_restrictive", seen(True, False), seen(False, False), base=False)
    assert isinstance(verdict, Settled)
    assert verdict.value is True


def test_r28_nobody_is_opted_in_by_one_side_alone() -> None:
    verdict = merged("most_restrictive", seen(False, True), seen(True, True), base=True)
    assert isinstance(verdict, Waits)
    assert verdict.cause == "consent_reopened"


@pytest.mark.parametrize("policy", get_args(Policy))
def test_r4_where_one_side_is_unknown_nothing_is_said(policy: Policy) -> None:
    unknown = Reading(UNKNOWN, changed=False, fresh=False)
    assert isinstance(merged(policy, unknown, seen("new")), Untouched)


def test_r6_one_blank_at_first_sight_is_filled() -> None:
    left, right = seen(None, UNKNOWN, fresh=True), seen("theirs", UNKNOWN, fresh=True)
    verdict = merged("hold", left, right, base=UNKNOWN)
    assert isinstance(verdict, Settled)
    assert verdict.value == "theirs"


def test_r6_a_difference_at_first_sight_follows_the_initial_policy() -> None:
    left, right = seen("mine", UNKNOWN, fresh=True), seen("theirs", UNKNOWN, fresh=True)
    held = merged("system_of_record", left, right, base=UNKNOWN, initial="hold")
    assert isinstance(held, Waits)
    won = merged("hold", left, right, base=UNKNOWN, initial="system_of_record")
    assert isinstance(won, Settled)
    assert won.value == "theirs"


def test_a_side_that_is_only_read_speaks_alone() -> None:
    right = Reading("theirs", changed=True, fresh=False, writes=False)
    verdict = merged("hold", seen("mine"), right)
    assert isinstance(verdict, Settled)
    assert verdict.value == "theirs"


def test_a_side_that_is_only_written_is_never_taken_from() -> None:
    left = Reading("mine", changed=True, fresh=False, reads=False)
    verdict = merged("system_of_record", left, seen("old"))
    assert isinstance(verdict, Settled)
    assert verdict.value == "old"


@given(
    policy=st.sampled_from([one for one in get_args(Policy) if one != "newest"]),
    initial=st.sampled_from(["system_of_record", "keep_known", "hold", "union"]),
    base=st.one_of(VALUES, st.just(UNKNOWN)),
    values=st.tuples(VALUES, VALUES),
    fresh=st.tuples(st.booleans(), st.booleans()),
)
def test_the_order_of_the_crms_never_matters_and_nothing_is_invented(
    policy: Policy,
    initial: Policy,
    base: Known,
    values: tuple[Known, Known],
    fresh: tuple[bool, bool],
) -> None:
    left, right = (seen(v, base, fresh=f) for v, f in zip(values, fresh, strict=True))
    one = merge_field(policy, initial, "sf", base, {"hs": left, "sf": right}, {})
    other = merge_field(policy, initial, "sf", base, {"sf": right, "hs": left}, {})
    assert one == other
    if isinstance(one, Settled) and policy != "union" and initial != "union":
        assert one.value in {base, *values}
