"""The day's budget as the state keeps it: what is counted, what is refused, when it renews."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from leadpact.errors import WaitUntil
from leadpact_app.store.budget import StoredBudget
from leadpact_app.store.day import BLOCK, LOOK_AGAIN
from leadpact_app.store.sql import SqlStore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
ACCOUNTS = {"hubspot": "4242", "salesforce": "00D000000000001AAA"}


class Time:
    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def passes(self, **how_long: float) -> None:
        self.at += timedelta(**how_long)


Open = Callable[..., StoredBudget]


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def opened(state: str, time: Time) -> Iterator[Open]:
    """Opens budgets on one state, as so many processes would."""
    SqlStore.open(state, "pair-1").close()
    made: list[StoredBudget] = []

    def open_(share: float = 0.95, accounts: dict[str, str] | None = None) -> StoredBudget:
        made.append(StoredBudget.open(state, accounts or ACCOUNTS, time.now, share=share))
        return made[-1]

    yield open_
    for each in made:
        each.close()


def _until_refused(budget: StoredBudget, crm: str = "hubspot", most: int = 5_000) -> int:
    for made in range(most):
        try:
            budget.spend(crm)
        except WaitUntil:
            return made
    return most


def test_an_unknown_limit_refuses_nothing(opened: Open) -> None:
    assert _until_refused(opened(), most=1_000) == 1_000


@pytest.mark.parametrize(("share", "ours"), [(0.95, 150), (0.5, 0), (1.0, 200), (0.9, 100)])
def test_the_share_of_others_is_left_to_the_call(opened: Open, share: float, ours: int) -> None:
    budget = opened(share)
    budget.correct("hubspot", limit=1000, remaining=200, resets_at=MIDNIGHT)

    assert _until_refused(budget) == ours


def test_a_refusal_names_the_midnight_at_which_calls_go_again(opened: Open, time: Time) -> None:
    budget = opened()
    budget.correct("hubspot", limit=1000, remaining=51, resets_at=MIDNIGHT)
    budget.spend("hubspot")

    with pytest.raises(WaitUntil, match=r"5% left to others") as refused:
        budget.spend("hubspot")

    assert (refused.value.code, refused.value.until) == ("day_used_up", MIDNIGHT)
    assert refused.value.detail == "50 of 1000 left"
    assert refused.value.exit_code == 4
    budget.spend("salesforce")
    time.at = MIDNIGHT
    assert _until_refused(budget, most=300) == 300


def test_what_was_spent_is_there_when_the_state_is_opened_again(opened: Open) -> None:
    first = opened()
    first.correct("hubspot", limit=1000, remaining=150, resets_at=MIDNIGHT)
    first.spend("hubspot", 40)
    first.close()

    assert _until_refused(opened()) == 60


def test_two_share_one_count(opened: Open) -> None:
    one, two = opened(), opened()
    one.correct("hubspot", limit=1000, remaining=250, resets_at=MIDNIGHT)
    one.spend("hubspot")
    made = 1
    for each in [one, two] * 200:
        try:
            each.spend("hubspot")
        except WaitUntil:
            continue
        made += 1

    assert made == 200


def test_accounts_are_counted_apart(opened: Open) -> None:
    one, two = opened(), opened(accounts={"hubspot": "777"})
    one.correct("hubspot", limit=1000, remaining=50, resets_at=MIDNIGHT)
    one.close()

    assert _until_refused(two, most=200) == 200


def test_a_reply_wins_over_our_own_count(opened: Open) -> None:
    budget = opened()
    budget.correct("hubspot", limit=1000, remaining=100, resets_at=MIDNIGHT)
    assert _until_refused(budget) == 50
    budget.correct("hubspot", limit=1000, remaining=130, resets_at=MIDNIGHT)
    assert _until_refused(budget) == 80
    budget.correct("hubspot", limit=1000, remaining=40, resets_at=MIDNIGHT)
    assert _until_refused(budget) == 0


def test_a_reply_stops_what_was_taken_in_a_block_already(opened: Open) -> None:
    budget = opened()
    budget.correct("hubspot", limit=1000, remaining=900, resets_at=MIDNIGHT)
    budget.spend("hubspot")
    budget.correct("hubspot", limit=1000, remaining=53, resets_at=MIDNIGHT)

    assert _until_refused(budget) == 3


def test_of_replies_that_overtook_each_other_the_lowest_counts(opened: Open) -> None:
    budget = opened()
    budget.correct("hubspot", limit=1000, remaining=60, resets_at=MIDNIGHT)
    budget.correct("hubspot", limit=1000, remaining=63, resets_at=MIDNIGHT)

    assert _until_refused(budget) == 10


@pytest.mark.parametrize(
    ("limit", "remaining", "ours"), [(1000, 400, 350), (2000, 70, 0), (100, 65, 60)]
)
def test_much_more_room_or_another_limit_is_news(
    opened: Open, limit: int, remaining: int, ours: int
) -> None:
    budget = opened()
    budget.correct("hubspot", limit=1000, remaining=60, resets_at=MIDNIGHT)
    budget.correct("hubspot", limit=limit, remaining=remaining, resets_at=MIDNIGHT)

    assert _until_refused(budget) == ours


def test_a_reply_reaches_other_processes_within_seconds(opened: Open, time: Time) -> None:
    one, two = opened(), opened()
    one.correct("hubspot", limit=1000, remaining=50, resets_at=MIDNIGHT)
    time.passes(seconds=6)
    one.correct("hubspot", limit=1000, remaining=50, resets_at=MIDNIGHT)

    with pytest.raises(WaitUntil):
        two.spend("hubspot")


def test_an_older_reply_of_another_process_changes_nothing(opened: Open, time: Time) -> None:
    early, late = opened(), opened()
    early.correct("hubspot", limit=1000, remaining=900, resets_at=MIDNIGHT)
    time.passes(seconds=1)
    late.correct("hubspot", limit=1000, remaining=50, resets_at=MIDNIGHT)
    late.close()

    assert _until_refused(early) == 0


def test_a_reply_stands_against_a_clock_that_runs_ahead(opened: Open, time: Time) -> None:
    ahead, right = opened(), opened()
    time.passes(minutes=2)
    ahead.correct("hubspot", limit=1000, remaining=900, resets_at=MIDNIGHT)
    ahead.close()
    time.passes(minutes=-1)
    right.correct("hubspot", limit=1000, remaining=50, resets_at=MIDNIGHT)

    assert _until_refused(right) == 0


def test_near_the_end_nobody_takes_more_than_the_calls_it_makes(opened: Open) -> None:
    one, two = opened(), opened()
    one.correct("hubspot", limit=1000, remaining=60, resets_at=MIDNIGHT)
    one.spend("hubspot")

    assert _until_refused(two) == 9


def test_a_rolling_day_lets_one_call_look_an_hour_later(opened: Open, time: Time) -> None:
    one, two = opened(), opened()
    one.correct("salesforce", limit=1000, remaining=50, resets_at=None)
    with pytest.raises(WaitUntil) as refused:
        one.spend("salesforce")
    assert refused.value.until == NOON + LOOK_AGAIN

    time.passes(minutes=59)
    assert _until_refused(two, "salesforce") == 0
    time.passes(minutes=1)
    assert _until_refused(two, "salesforce") == 1
    assert _until_refused(one, "salesforce") == 0
    two.correct("salesforce", limit=1000, remaining=70, resets_at=None)
    assert _until_refused(two, "salesforce") == 20


def test_a_rolling_day_is_forgotten_after_a_day(opened: Open, time: Time) -> None:
    budget = opened()
    budget.correct("salesforce", limit=1000, remaining=50, resets_at=None)
    assert _until_refused(budget, "salesforce") == 0

    time.passes(hours=24)

    assert _until_refused(budget, "salesforce", most=300) == 300


def test_a_midnight_told_before_is_kept_by_a_reply_that_names_none(opened: Open) -> None:
    budget = opened()
    budget.correct("hubspot", limit=1000, remaining=500, resets_at=MIDNIGHT)
    budget.close()
    again = opened()
    again.correct("hubspot", limit=1000, remaining=50, resets_at=None)

    with pytest.raises(WaitUntil) as refused:
        again.spend("hubspot")

    assert refused.value.until == MIDNIGHT


def test_a_clock_that_was_put_back_does_not_shut_the_account(opened: Open, time: Time) -> None:
    budget = opened()
    budget.correct("salesforce", limit=1000, remaining=50, resets_at=None)
    budget.close()

    time.passes(days=-3)

    assert _until_refused(opened(), "salesforce", most=100) == 100


def test_more_calls_than_a_block_are_taken_at_once_or_not_at_all(opened: Open) -> None:
    budget = opened()
    budget.correct("hubspot", limit=1000, remaining=50 + 3 * BLOCK, resets_at=MIDNIGHT)

    budget.spend("hubspot", 2 * BLOCK)
    with pytest.raises(WaitUntil):
        budget.spend("hubspot", 2 * BLOCK)
    budget.spend("hubspot", BLOCK)
