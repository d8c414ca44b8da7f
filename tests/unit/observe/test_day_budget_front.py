"""The budget that connectors get: alone until a state is bound, then as the state counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadpact.errors import LeaseLost, WaitUntil
from leadpact.ports.budget import Allowance
from leadpact_app.observe.calls import CallCounter, DayBudget

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)


class Backing:
    """Notes what it is told; refuses all once ``empty``."""

    def __init__(self) -> None:
        self.heard: list[tuple[object, ...]] = []
        self.empty = False

    def spend(self, crm: str, calls: int = 1, *, bulk: bool = False) -> None:
        self.heard.append(("spend", crm, calls, *(["bulk"] if bulk else [])))
        if self.empty:
            raise WaitUntil("empty", code="day_used_up")

    def correct(self, crm: str, *, limit: int, remaining: int, resets_at: datetime | None) -> None:
        self.heard.append(("correct", crm, limit, remaining, resets_at))

    def allowances(self) -> dict[str, Allowance]:
        return {"hubspot": Allowance(limit=1000, day=900, left=0)}

    def take_burst(self, crm: str, bucket: str, calls: int, seconds: float) -> float:
        self.heard.append(("burst", crm, bucket, calls, seconds))
        return 0.5


class Time:
    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at


def _spend(budget: DayBudget, crm: str, times: int) -> None:
    for _ in range(times):
        budget.spend(crm)


def test_an_unknown_limit_refuses_nothing() -> None:
    _spend(DayBudget(Time().now), "hubspot", 5_000)


def test_the_share_of_others_is_left_until_the_day_renews() -> None:
    time = Time()
    budget = DayBudget(time.now, 0.8)
    budget.correct("hubspot", limit=100, remaining=30, resets_at=MIDNIGHT)

    _spend(budget, "hubspot", 10)
    with pytest.raises(WaitUntil, match="20% left to others") as refused:
        budget.spend("hubspot")

    assert (refused.value.code, refused.value.until) == ("day_used_up", MIDNIGHT)
    budget.spend("salesforce")
    time.at = MIDNIGHT
    _spend(budget, "hubspot", 200)


def test_what_was_counted_alone_is_handed_over_once() -> None:
    budget, backing = DayBudget(Time().now), Backing()
    budget.spend("hubspot")
    budget.correct("hubspot", limit=1000, remaining=900, resets_at=MIDNIGHT)
    _spend(budget, "hubspot", 3)
    _spend(budget, "salesforce", 2)

    budget.attach(backing)

    assert backing.heard == [
        ("correct", "hubspot", 1000, 897, MIDNIGHT),
        ("spend", "salesforce", 2),
    ]


def test_after_that_the_state_counts_and_refuses() -> None:
    budget, backing = DayBudget(Time().now), Backing()
    budget.attach(backing)

    budget.spend("hubspot")
    budget.correct("hubspot", limit=1000, remaining=0, resets_at=None)
    budget.spend("hubspot", 3)
    backing.empty = True
    with pytest.raises(WaitUntil):
        budget.spend("hubspot")

    assert backing.heard[:3] == [
        ("spend", "hubspot", 1),
        ("correct", "hubspot", 1000, 0, None),
        ("spend", "hubspot", 3),
    ]


def test_calls_that_were_made_already_are_not_refused_at_the_handover() -> None:
    budget, backing = DayBudget(Time().now), Backing()
    budget.spend("hubspot")
    backing.empty = True

    budget.attach(backing)

    assert backing.heard == [("spend", "hubspot", 1)]
    with pytest.raises(WaitUntil):
        budget.spend("hubspot")


def test_a_rolling_day_without_an_instant_is_looked_at_later() -> None:
    budget = DayBudget(Time().now, 1.0)
    budget.correct("salesforce", limit=100, remaining=0, resets_at=None)

    with pytest.raises(WaitUntil) as refused:
        budget.spend("salesforce")

    assert refused.value.until == NOON + timedelta(hours=1)
    assert "others" not in refused.value.message


def test_calls_are_counted_by_crm_and_route() -> None:
    calls = CallCounter()
    for crm, route in [("b", "GET /2"), ("a", "GET /1"), ("b", "GET /2")]:
        calls.count(crm, route)

    assert calls.by_crm() == {"a": {"GET /1": 1}, "b": {"GET /2": 2}}


def test_what_keeps_a_call_back_is_asked_before_each() -> None:
    budget = DayBudget(lambda: NOON)
    budget.spend("hubspot")

    def lost() -> None:
        raise LeaseLost("Another process took this pair over.")

    budget.before_each = lost
    with pytest.raises(LeaseLost):
        budget.spend("hubspot")


def test_bursts_are_shared_once_the_account_is_known_and_the_bulk_lane_takes_less() -> None:
    budget, backing = DayBudget(Time().now, hot={"hubspot": 0.1}), Backing()
    assert budget.take_burst("hubspot", "burst", 190, 10.0) == 0
    budget.attach(backing, backing)

    assert budget.take_burst("hubspot", "burst", 190, 10.0) == 0.5
    budget.lane = "bulk"
    budget.take_burst("hubspot", "burst", 190, 10.0)
    budget.spend("hubspot")

    assert backing.heard == [
        ("burst", "hubspot", "burst", 190, 10.0),
        ("burst", "hubspot", "burst", 171, 10.0),
        ("spend", "hubspot", 1, "bulk"),
    ]
