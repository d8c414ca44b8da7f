"""What a run costs before it begins, and a run that would pass its share of a day."""

from __future__ import annotations

import pytest
from tests.unit.sync_rules.desk import Desk

from leadpact.ports.budget import Allowance
from leadpact.ports.connector import Capabilities
from leadpact.sync.context import Limits
from leadpact.sync.effects import CollectChanges, Effect
from leadpact.sync.forecast import calls_of, cost, told

HUBSPOT = Capabilities("hubspot", ("contacts",), write_batch=100, fetch_batch=100)
SALESFORCE = Capabilities(
    "salesforce", ("Lead",), write_batch=200, fetch_batch=500, answers_values=False
)


@pytest.mark.parametrize(
    ("capabilities", "leads", "writes", "calls"),
    [
        (HUBSPOT, 0, 0, 0),
        (HUBSPOT, 100, 0, 1),
        (HUBSPOT, 100, 100, 2),
        (HUBSPOT, 1_000, 1_000, 20),
        (HUBSPOT, 15_000, 15_000, 300),
        (HUBSPOT, 1_000, 10, 15),
        (SALESFORCE, 100, 100, 3),
        (SALESFORCE, 1_000, 1_000, 15),
        (SALESFORCE, 1_000, 0, 5),
    ],
)
def test_the_call_plan(capabilities: Capabilities, leads: int, writes: int, calls: int) -> None:
    assert calls_of(capabilities, leads, writes, Limits().page) == calls


def test_minutes_by_the_burst_limit_and_days_by_what_is_left() -> None:
    allowance = Allowance(limit=1_000, day=500, left=120, per_second=5.0)
    one = cost(HUBSPOT, allowance, 30_000, 30_000, 200)
    assert (one.calls, one.minutes, one.days, one.over) == (600, 2.0, 2, True)
    assert told("HubSpot", one) == (
        "HubSpot: about 600 calls, at least 2 minutes at our share of its burst limit; "
        "120 calls of our share are left today, so it goes on over 2 days."
    )
    assert told("Salesforce", cost(SALESFORCE, Allowance(), 200, 200, 200)) == (
        "Salesforce: about 3 calls."
    )


def desk_with_changes() -> Desk:
    desk = Desk()
    rows = [desk.contact(email=f"p{number}@acme.example") for number in range(3)]
    desk.sync()
    desk.later(hours=2)
    for row in rows:
        desk.put(row, city="Oslo")
    return desk


def test_a_run_that_needs_more_than_a_days_share_waits_for_approval_and_reads_nobody() -> None:
    desk = desk_with_changes()
    small = {"hubspot": Allowance(limit=10, day=1, left=1)}
    asked: list[Effect] = []

    report = desk.sync(limits=Limits(), allowances=small)
    asked = [one for one in desk.effects if not isinstance(one, CollectChanges)]

    assert (report.status, report.exit_code, report.counts["leads"]) == ("needs_approval", 6, 0)
    assert "more than the 1 that one run may need" in report.note
    assert "LEADPACT_BUDGET__HUBSPOT__DAY_SHARE" in report.note
    assert report.plan_id
    assert asked
    assert desk.sync(limits=Limits(lifted=True), allowances=small).status == "done"


def test_a_run_that_needs_more_than_is_left_today_goes_on() -> None:
    desk = desk_with_changes()
    report = desk.sync(
        limits=Limits(), allowances={"hubspot": Allowance(limit=100, day=90, left=1)}
    )
    assert (report.status, report.counts["leads"]) == ("done", 3)
