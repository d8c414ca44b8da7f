"""Limits: our own windows first, HubSpot's 429s as waits, the day by its headers (facts §3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from leadpact.errors import WaitUntil

READ = "POST /crm/v3/objects/contacts/batch/read"
SEARCH = "POST /crm/v3/objects/contacts/search"


def test_search_keeps_below_its_window_and_is_never_throttled(portal: Any) -> None:
    portal.world.limits = "real"
    connector = portal.connect()

    for _ in range(25):
        connector.changes("contacts", '{"start":"2026-01-01T00:00:00.000Z"}')

    assert portal.calls() == {SEARCH: 25}
    assert portal.time.slept
    assert max(portal.time.slept) <= 2


def test_the_burst_window_parks_rather_than_waits_long(portal: Any) -> None:
    portal.world.limits = "real"
    (one,) = portal.people(1)
    connector = portal.connect(burst_per_10s=20)
    for _ in range(20):
        connector.fetch("contacts", [one], ["email"])
    with pytest.raises(WaitUntil) as caught:
        connector.fetch("contacts", [one], ["email"])

    assert portal.calls() == {READ: 20}
    assert caught.value.code == "throttled"
    assert 2 < (caught.value.seconds or 0) <= 10.1
    portal.world.clock.advance(10)
    connector.fetch("contacts", [one], ["email"])


def test_share_leaves_room_to_others(portal: Any) -> None:
    (one,) = portal.people(1)
    connector = portal.connect(burst_per_10s=20, share=0.5)
    for _ in range(10):
        connector.fetch("contacts", [one], ["email"])
    with pytest.raises(WaitUntil):
        connector.fetch("contacts", [one], ["email"])
    assert portal.calls() == {READ: 10}


def test_a_throttled_search_waits_a_second_and_goes_on(portal: Any, connector: Any) -> None:
    portal.people(1)
    portal.fault(SEARCH, "throttle")

    page = connector.changes("contacts", '{"start":"2026-01-01T00:00:00.000Z"}')

    assert len(page.changes) == 1
    assert sum(portal.time.slept) >= 1


def test_the_ten_second_limit_is_raised_and_holds_back_other_threads(
    portal: Any, connector: Any
) -> None:
    portal.fault(READ, "throttle")
    with pytest.raises(WaitUntil) as caught:
        connector.fetch("contacts", ["1"], ["email"])
    assert caught.value.seconds == 10
    portal.calls()

    with pytest.raises(WaitUntil):
        connector.fetch("contacts", ["1"], ["email"])

    assert portal.calls() == {}
    portal.world.clock.advance(10)
    connector.fetch("contacts", ["1"], ["email"])


def test_the_days_end_is_midnight_in_the_accounts_zone(portal: Any, connector: Any) -> None:
    connector._client._limits._zone = lambda: "Asia/Tokyo"
    portal.fault(READ, "daily_limit")

    with pytest.raises(WaitUntil) as caught:
        connector.fetch("contacts", ["1"], ["email"])

    until = caught.value.until
    assert caught.value.code == "daily_limit"
    assert until is not None
    assert (until.hour, until.minute) == (15, 0)
    assert timedelta() < until - portal.time.now() <= timedelta(days=1)


def test_each_reply_corrects_the_days_budget(portal: Any) -> None:
    portal.world.limits = "real"
    connector = portal.connect()
    connector.identity()
    connector.fetch("contacts", ["1"], ["email"])

    limit, remaining, resets_at = portal.budget.told[-1]

    assert limit == 650_000
    # Introspection of the token is the one call that HubSpot does not count.
    assert remaining == limit - portal.budget.spent + 1
    assert resets_at is not None


def test_a_spent_budget_stops_the_call_before_it_leaves(portal: Any, connector: Any) -> None:
    def spend(crm: str, calls: int = 1) -> None:
        raise WaitUntil("spent", until=portal.time.now() + timedelta(hours=3), code="budget")

    portal.budget.spend = spend

    with pytest.raises(WaitUntil) as caught:
        connector.fetch("contacts", ["1"], ["email"])

    assert caught.value.code == "budget"
    assert portal.calls() == {}


@pytest.mark.parametrize(
    "fault", ["lost_answer", "cut_body", "unavailable", "html_503", "server_error"]
)
def test_reads_are_repeated_through_short_trouble(portal: Any, connector: Any, fault: str) -> None:
    (who,) = portal.people(1)
    portal.fault(READ, fault)

    (record,) = connector.fetch("contacts", [who], ["email"])

    assert record.fields == {"email": "p0@firm0.example"}


def test_lasting_trouble_ends_as_a_wait(portal: Any, connector: Any) -> None:
    portal.fault(READ, "cut_body", rate=1.0)

    with pytest.raises(WaitUntil) as caught:
        connector.fetch("contacts", ["1"], ["email"])

    assert caught.value.code == "answer_lost"
    assert portal.calls() == {READ: 4}


def test_a_server_that_does_not_answer_in_time_is_a_wait(portal: Any) -> None:
    connector = portal.connect(timeout_s=0.05)
    portal.world.latency_s = 0.3

    with pytest.raises(WaitUntil) as caught:
        connector.fetch("contacts", ["1"], ["email"])

    assert caught.value.code == "answer_lost"
    portal.world.latency_s = 0
