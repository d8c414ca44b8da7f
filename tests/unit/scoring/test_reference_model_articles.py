"""The reference model gives exactly the articles' points: one row a lead, with verdict and grade.

Points come from S46 to S52, floors from K15, negatives from S54 and K19, exclusions and unknown fit from R36.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

import pytest

from leadpact.model.record import Known
from leadpact.model.scorecard import Scorecard, ScoringInput, Signal
from leadpact.pact import Pact
from leadpact.scoring import breakdown
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact.scoring.ways import nearest_ways

Scored = Callable[..., Scorecard]
Act = Callable[..., Signal]
Facts = dict[str, Known]

SAAS: Facts = {"email": "mia@alder.example", "title": "Marketing Manager", "employees": 300}
ALONE: Facts = {"email": "finn@gmail.example", "title": "Freelance Designer", "employees": 1}
DIRECTOR: Facts = {"email": "d@alder.example", "title": "Director of IT", "employees": 500}
CLERK: Facts = {"email": "c@alder.example", "title": "Clerk", "employees": 50}
TOO_SMALL: Facts = {"email": "o@tiny.example", "title": "Owner", "employees": 5}
BIG_VP: Facts = {"email": "v@giant.example", "title": "VP Sales", "employees": 5000}
STUDENT: Facts = {"email": "s@uni.example", "title": "Student", "employees": 300}
MBA_HEAD: Facts = {
    "email": "h@uni.example",
    "title": "Head of the student council",
    "employees": 60,
}
NOBODY: Facts = {}
SPY: Facts = {"email": "x@rival.example", "title": "CEO", "employees": 200}
HEAVY = ("pricing_page", "gated_download", "webinar", "demo_page")
OPENS = tuple(f"sequence_email_opened:{day}" for day in (2, 5, 9))


class Row(NamedTuple):
    """One lead. ``acts``: name, or name:days ago (default 1)."""

    source: str
    facts: Facts
    acts: tuple[str, ...]
    fit: float
    engagement: float
    verdict: str
    grade: str


TABLE = [
    # each rule alone
    Row("S46 50 people", CLERK, (), 15, 0, "not_yet", "B4"),
    Row("S46 500 people, S47 director", DIRECTOR, (), 35, 0, "not_yet", "A4"),
    Row("S46 5,000 people are outside, S47 VP", BIG_VP, (), 20, 0, "not_yet", "B4"),
    Row("S47 an owner is in no list of titles", TOO_SMALL, (), 0, 0, "not_yet", "D4"),
    Row("S48 pricing page", CLERK, ("pricing_page",), 15, 20, "not_yet", "B3"),
    Row("S49 gated download", CLERK, ("gated_download",), 15, 15, "not_yet", "B4"),
    Row("S50 webinar", CLERK, ("webinar",), 15, 20, "not_yet", "B3"),
    Row("S51 demo page", CLERK, ("demo_page",), 15, 25, "not_yet", "B3"),
    Row("S52 three opened", CLERK, OPENS, 15, 10, "not_yet", "B4"),
    Row("S52 two opened", CLERK, OPENS[:2], 15, 0, "not_yet", "B4"),
    Row("S33 three, but not within 14 days", CLERK, (*OPENS[:2], "sequence_email_opened:20"), 15, 0,
        "not_yet", "B4"),
    Row("sums: 35 + 90 = 125", DIRECTOR, (*HEAVY, *OPENS), 35, 90, "qualified", "A1"),
    # S53: sixty, not fifty-five
    Row("S53 exactly 60", DIRECTOR, ("demo_page",), 35, 25, "qualified", "A3"),
    Row("S53 55 is not 60", DIRECTOR, ("webinar",), 35, 20, "not_yet", "A3"),
    Row("S53 60 by another way", CLERK, ("webinar", "demo_page"), 15, 45, "qualified", "B2"),
    # S24: the same download
    Row("S24 marketing manager, 300-person SaaS", SAAS, ("gated_download",), 35, 15, "not_yet", "A4"),
    Row("S24 freelance designer, alone", ALONE, ("gated_download",), -10, 15, "not_yet", "D4"),
    # S20: neither pillar is enough alone
    Row("S20 ideal profile, no engagement", DIRECTOR, (), 35, 0, "not_yet", "A4"),
    Row("S20 heavy engagement, firm too small", TOO_SMALL, HEAVY, 0, 80, "not_yet", "D1"),
    # K15: the floors, each missed by itself
    Row("K15 engagement alone reaches 90", TOO_SMALL, (*HEAVY, *OPENS), 0, 90, "not_yet", "D1"),
    Row("K15 fit of 15 is enough of it", CLERK, HEAVY, 15, 80, "qualified", "B1"),
    Row("K15 fit of 10 is not", {**BIG_VP, "email": "v@gmail.example"}, HEAVY, 10, 80, "not_yet", "C1"),
    # S28, S54: what counts against them
    Row("S54 free mail: −10", {**SAAS, "email": "m@gmail.example"}, ("demo_page",), 25, 25, "not_yet", "B3"),
    Row("S54 student: −30", STUDENT, HEAVY, -15, 80, "not_yet", "D1"),
    Row("S54 student with a title", MBA_HEAD, HEAVY, 5, 80, "not_yet", "C1"),
    Row("S28 a competitor beats everything", SPY, (*HEAVY, "demo_request"), 35, 80, "disqualified", "A1"),
    Row("S45 a suspect stays out", {**DIRECTOR, "suspect": "pure_researcher"}, (*HEAVY, "demo_request"), 35, 80,
        "excluded", "A1"),
    # S32, S34: acts that qualify give no points of their own
    Row("S32 pricing page twice: once in points", CLERK, ("pricing_page", "pricing_page:3"), 15, 20,
        "not_yet", "B3"),
    Row("S34 back within 7 days", CLERK, ("site_visit:9", "site_visit:4"), 15, 0, "not_yet", "B4"),
    # R36: unknown fit is not low fit
    Row("R36 interested, nothing known", NOBODY, ("demo_page",), 0, 25, "needs_data", "D3"),
    Row("R36 interested, size unknown", {"title": "Clerk"}, ("demo_page",), 0, 25, "needs_data", "D3"),
    Row("R36 not interested, nothing known", NOBODY, ("gated_download",), 0, 15, "not_yet", "D4"),
    # time
    Row("89 days ago counts", DIRECTOR, ("demo_page:89",), 35, 25, "qualified", "A3"),
    Row("90 days ago does not", DIRECTOR, ("demo_page:90",), 35, 0, "not_yet", "A4"),
    Row("tomorrow does not yet", DIRECTOR, ("demo_page:-1",), 35, 0, "not_yet", "A4"),
]  # fmt: skip


@pytest.mark.parametrize("row", TABLE, ids=[row.source for row in TABLE])
def test_the_points_of_the_articles(scored: Scored, act: Act, row: Row) -> None:
    acts = []
    for place, each in enumerate(row.acts):
        name, _, days = each.partition(":")
        acts.append(act(name, float(days or 1), asset="welcome", id=f"{place}-{each}"))
    card = scored(row.facts, *acts)
    assert (card.fit / 100, card.engagement / 100) == (row.fit, row.engagement)
    assert (card.verdict, card.grade) == (row.verdict, row.grade)
    assert card.total == card.fit + card.engagement == sum(item.points for item in card.evidence)
    assert card.maximum == 12500
    assert bool(card.makes) == (row.verdict == "qualified")


ACTIONS: Mapping[str, tuple[str, ...]] = {
    "downloaded": ("gated_download",),
    "bottom_funnel": ("buyers_guide",),
    "attended": ("webinar",),
    "high_intent_twice": ("pricing_page:1", "comparison_page:3"),
    "three_mails": OPENS,
    "came_back": ("site_visit:6", "site_visit:2"),
    "product_question": ("chat_question",),
    "trial": ("trial_started",),
}


@pytest.mark.parametrize("key", ACTIONS)
def test_each_qualifying_action_is_named_and_not_before_it_is_complete(
    scored: Scored, act: Act, key: str
) -> None:
    """S30 to S35, S42, K12: and the act that completed it."""
    acts = [
        act(name, float(days or 1), asset="a", id=f"{place}")
        for place, (name, _, days) in enumerate(each.partition(":") for each in ACTIONS[key])
    ]
    done = {item.rule: item.signal_id for item in scored({}, *acts).actions}
    assert key in done
    last = max(acts, key=lambda each: each.at)
    assert done[key] == last.id
    without = {item.rule for item in scored({}, *(each for each in acts if each != last)).actions}
    assert key not in without


def test_back_within_seven_days_is_counted_from_the_very_first_visit(
    scored: Scored, act: Act
) -> None:
    """S34: another day, and not the eighth."""

    def done(*days: float) -> bool:
        visits = [act("site_visit", day, id=str(day)) for day in days]
        return any(item.rule == "came_back" for item in scored({}, *visits).actions)

    assert done(20, 13)
    assert not done(20, 12.9 - 1)
    assert not done(20, 12, 11), "a return among later visits is none of the first"
    assert not done(20.1, 20)


class TestIntent:
    """S37: what an act says of the buyer; the highest of those that count is the lead's."""

    @pytest.mark.parametrize(
        ("names", "intent"),
        [
            ((), ""),
            (("newsletter_signup",), "low"),
            (("sequence_email_opened",), "low"),
            (("sequence_email_opened", "buyers_guide"), "medium"),
            (("webinar", "pricing_page"), "high"),
            (("demo_request",), "high"),
        ],
    )
    def test_of_several_the_highest(
        self, scored: Scored, act: Act, names: tuple[str, ...], intent: str
    ) -> None:
        assert scored({}, *(act(name, 1) for name in names)).intent == intent

    def test_it_ends_with_the_act(self, scored: Scored, act: Act) -> None:
        assert scored({}, act("pricing_page", 91), act("webinar", 3)).intent == "medium"
        assert scored({}, act("demo_request", 30.5)).intent == ""

    def test_the_act_that_completed_the_case_starts_the_clock(
        self, scored: Scored, act: Act
    ) -> None:
        visits = [act("webinar", 20), act("demo_page", 9), act("gated_download", 1)]
        assert scored(CLERK, *visits).trigger == visits[1].id
        asked = act("demo_request", 3)
        assert scored(CLERK, *visits, asked).trigger == asked.id
        assert scored(CLERK, visits[0]).trigger == ""


class TestUnreadable:
    """R35: what no live source gives leaves the stated maximum and leads nowhere."""

    def test_its_points_are_out_of_the_maximum(
        self, scored: Scored, pact: Pact, now: datetime
    ) -> None:
        live = pact.scoring.with_live(pact.signal_names - {"pricing_page", "demo_page"})
        card = EmbeddedEngine().score(live, [ScoringInput("ann", CLERK)], now)[0]
        assert card.maximum == 12500 - 2000 - 2500
        assert card.unreadable == ("pricing_page", "demo_page")
        told = breakdown.text(card, [], pact).splitlines()
        assert "Unreadable here: Visited the pricing page" in told
        assert scored(CLERK).unreadable == ()

    def test_no_way_leads_over_it(self, scored: Scored, pact: Pact, now: datetime) -> None:
        live = pact.scoring.with_live(pact.signal_names - {"demo_page"})
        card = EmbeddedEngine().score(live, [ScoringInput("ann", DIRECTOR)], now)[0]
        assert nearest_ways(card, live)[0] == (
            "Downloaded gated content (+15) and "
            "Opened 3 e-mails of one sequence within 14 days (+10)"
        )
        assert nearest_ways(scored(DIRECTOR), pact.scoring) == ("Visited the demo page (+25)",)
