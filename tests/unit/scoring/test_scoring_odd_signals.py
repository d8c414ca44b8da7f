"""Acts dated ahead, out of order, told twice, without a zone, or counted only: what each is worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import permutations

import pytest

from leadpact.model.scorecard import Scorecard, ScoringInput, Signal
from leadpact.pact import Pact
from leadpact.scoring.account import accounts
from leadpact.scoring.breakdown import text
from leadpact.scoring.embedded import EmbeddedEngine

Scored = Callable[..., Scorecard]
Act = Callable[..., Signal]

FADING = """
    visit:
      label: Visited
      pillar: engagement
      points: 10
      cap: 25
      half_life_days: 30
      signal: [pricing_page, demo_page]
"""


def test_one_dated_ahead_counts_from_its_own_instant_on(
    scored: Scored, act: Act, now: datetime
) -> None:
    meeting = act("webinar", -3)
    card = scored({}, meeting)
    assert (card.engagement, card.intent, card.next_change_at) == (0, "", meeting.at)
    assert scored({}, meeting, as_of=meeting.at).engagement == 2000
    assert scored({}, meeting, as_of=meeting.at - timedelta(seconds=1)).engagement == 0
    assert scored({}, act("nothing_known", -3)).next_change_at is None


def test_in_what_order_they_come_says_nothing(scored: Scored, act: Act) -> None:
    opens = [act("sequence_email_opened", day, asset="a") for day in (1, 6, 14)]
    cards = {scored({}, *some).evidence for some in permutations(opens)}
    assert len(cards) == 1
    assert next(iter(cards))[0].signal_id == opens[0].id


def test_told_twice_it_is_one_and_the_earlier_counts(scored: Scored, act: Act) -> None:
    early, late = act("webinar", 80, id="same"), act("webinar", 2, id="same")
    for some in ((early, late), (late, early)):
        card = scored({}, *some)
        assert [item.at for item in card.evidence] == [early.at]
        assert card.next_change_at == early.at + timedelta(days=90)


def test_without_a_zone_it_is_refused_by_name(scored: Scored, act: Act, now: datetime) -> None:
    bare = replace(act("webinar", 2, id="w1"), at=datetime(2026, 11, 1, 12))  # noqa: DTZ001
    with pytest.raises(ValueError, match=r"the act w1 \(webinar\) of lead ann is dated without"):
        scored({}, act("demo_page", 1), bare)
    assert scored({}, act("webinar", 1)).engagement == 2000


def test_another_zone_is_the_same_instant(scored: Scored, act: Act) -> None:
    visit = act("webinar", 89.99)
    tokyo = replace(visit, at=visit.at.astimezone(timezone(timedelta(hours=9))))
    assert scored({}, tokyo).evidence == scored({}, visit).evidence


def test_the_first_sight_of_a_counter_is_worth_nothing(scored: Scored, act: Act) -> None:
    """R8: how many there were is no act of any day."""
    baseline = replace(act("pricing_page", 1), precision="counter")
    card = scored({}, baseline)
    assert (card.engagement, card.intent, card.next_change_at) == (0, "", None)
    sampled = replace(baseline, precision="sampled")
    assert scored({}, sampled).engagement == 2000


def test_what_time_and_the_cap_took_is_told(
    act: Act, now: datetime, pact_with: Callable[[str], Pact]
) -> None:
    """Per rule: points, the acts with their dates, what faded, what was cut."""
    pact = pact_with(FADING)
    acts = tuple(act("pricing_page", day) for day in (30, 2, 1, 0.5))
    card = EmbeddedEngine().score(pact.scoring, [ScoringInput("ann", {}, acts)], now)[0]
    (visit,) = accounts(card, pact.scoring)
    assert (visit.points, visit.most, visit.cap_reached, visit.half_life_days) == (
        2500,
        2500,
        True,
        30,
    )
    assert [(each.points, each.faded, each.cut) for each in visit.acts] == [
        (500, 500, 0), (955, 45, 0), (977, 23, 0), (68, 0, 932),
    ]  # fmt: skip
    assert [each.at for each in visit.acts] == [each.at for each in acts]
    lines = text(card, acts, pact).splitlines()
    assert "+5 Visited, 22 Oct 2026, 10 when new" in lines
    assert "+0.68 Visited, 21 Nov 2026, 25 at most in all" in lines


def test_a_rule_that_gave_all_of_its_points_once_says_nothing_more(
    scored: Scored, act: Act, pact: Pact
) -> None:
    visits = (act("pricing_page", 3), act("pricing_page", 1))
    card = scored({"title": "VP"}, *visits)
    told = accounts(card, pact.scoring)
    assert [(each.key, each.points, each.cap_reached) for each in told] == [
        ("senior_title", 2000, False),
        ("pricing_page", 2000, False),
    ]
    assert "+20 Visited the pricing page, 18 Nov 2026" in text(card, visits, pact).splitlines()
