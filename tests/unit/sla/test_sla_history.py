"""What kept clocks add up to, and what other response times would have shown."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leadpact.lifecycle.sla_history import as_if, tallied
from leadpact.model.response_clock import ResponseClock
from leadpact.model.terms import Known
from leadpact.pact import load_pact
from leadpact.pact.response import SlaTier
from leadpact_mappings import default_text

MINUTE = timedelta(minutes=1)
START = datetime(2026, 11, 20, 16, 50, tzinfo=UTC)  # a Friday, ten minutes before the office closes
NOW = START + timedelta(days=30)
TIMES = load_pact(default_text("pact.yaml")).response


def clock(lead: str, answer: int | None, intent: str = "high", **changed: object) -> ResponseClock:
    """A five-minute clock, answered so many minutes after its start."""
    ended = None if answer is None else START + answer * MINUTE
    made = ResponseClock(
        lead,
        "contact",
        1,
        START,
        START + 5 * MINUTE,
        START + 4 * MINUTE,
        "high",
        "5 minutes",
        "office",
        intent,
        "demo_request",
        ended_at=ended,
        answered=ended is not None,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def no_facts(_link: str) -> Mapping[str, Known]:
    raise AssertionError("no calendar is chosen by a field")


def test_counts_shares_and_the_median_wait() -> None:
    clocks = [
        clock("a", 5),
        clock("b", 6),
        clock("c", 60),
        clock("d", None),
        clock("e", 2, answered=False),
        clock("f", 1, ended_by="withdrawn"),
        clock("g", 3, intent="low", tier="low"),
    ]
    found = tallied(clocks, lambda one: one.tier, NOW)
    high, low = found["high"], found["low"]
    assert high.states == {"met": 1, "breached": 3, "stopped": 1}
    assert (high.total, high.met_share, high.median_answer) == (5, 0.25, 6 * MINUTE)
    assert (low.met_share, low.median_answer) == (1.0, 3 * MINUTE)


def test_a_longer_time_keeps_start_and_answer_and_moves_what_is_due() -> None:
    clocks = [clock("a", 5), clock("b", 12), clock("c", 60), clock("q", 9, kind="qualification")]
    quarter = replace(
        TIMES, tiers={**TIMES.tiers, "high": SlaTier("high", "15 minutes", 15, "business")}
    )
    changed = as_if(clocks, quarter, no_facts)
    # Ten minutes on Friday, the other five on Monday: an answer after an hour was none of working time.
    assert [one.due_at - START for one in changed] == [timedelta(days=2, hours=16, minutes=15)] * 3
    assert [one.state(NOW) for one in changed] == ["met", "met", "met"]
    assert [one.ended_at for one in changed] == [one.ended_at for one in clocks[:3]]
    plain = replace(quarter, tiers={"high": SlaTier("high", "15 minutes", 15, "calendar")})
    assert [one.state(NOW) for one in as_if(clocks, plain, no_facts)] == ["met", "met", "breached"]


def test_who_has_no_tier_under_the_other_agreement_is_left_out() -> None:
    bare = replace(TIMES, tiers={"low": TIMES.tiers["low"]})
    assert [
        one.link_id for one in as_if([clock("a", 5), clock("b", 5, "low")], bare, no_facts)
    ] == ["b"]


def test_ten_thousand_waits_are_counted_again_in_no_time() -> None:
    times = replace(
        TIMES, tiers={**TIMES.tiers, "high": SlaTier("high", "4 hours", 240, "business")}
    )
    clocks = [
        replace(one, started_at=one.started_at + number * MINUTE)
        for number, one in enumerate([clock(str(number), 5) for number in range(10_000)])
    ]
    as_if(clocks[:1], times, no_facts)
    start = time.process_time()
    found = tallied(as_if(clocks, times, no_facts), lambda one: one.tier, NOW)
    assert found["high"].total == 10_000
    assert time.process_time() - start < 1.5


def test_the_speed_effect_is_quoted_with_its_sources_and_weighs_nothing() -> None:
    quotes = (Path(__file__).parents[3] / "docs" / "sla.md").read_text(encoding="utf-8")
    for said in (
        "reach a lead fall 100 times, to qualify it 21 times | source 002 (S92)",
        "9 times likelier to convert than after 30",
        "source 003 (S93)",
        '"Several times" likelier at 5 than at 30 minutes | source 001 (S94)',
    ):
        assert said in quotes
    pact = load_pact(default_text("pact.yaml"))
    assert pact.signal_names.isdisjoint(pact.response.contact_signals)
