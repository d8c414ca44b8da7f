"""Windows, decay, caps, episodes: what an act is worth, when, and until when (R8, R15, R20)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from leadpact.model.record import Known
from leadpact.model.scorecard import Scorecard, Signal
from leadpact.pact import Pact
from leadpact.pact.score_rules import points_by_age

Scored = Callable[..., Scorecard]
Act = Callable[..., Signal]
PactWith = Callable[[str], Pact]

FADING = """
    visit:
      label: Visited
      pillar: engagement
      points: 10
      cap: 25
      half_life_days: 30
      signal: [pricing_page, demo_page]
"""


def test_an_act_counts_for_90_days_and_says_when_it_ends(scored: Scored, act: Act) -> None:
    young, old = act("webinar", 89.99), act("webinar", 90)
    assert scored({}, young).engagement == 2000
    assert scored({}, young).next_change_at == young.at + timedelta(days=90)
    assert scored({}, old).engagement == 0
    assert scored({}, old).next_change_at is None


def test_what_happens_later_does_not_count_yet_but_will(
    scored: Scored, act: Act, now: datetime
) -> None:
    card = scored({}, act("webinar", -0.5))
    assert card.engagement == 0
    assert card.next_change_at == now + timedelta(hours=12)


def test_the_same_act_seen_in_both_crms_is_one(
    scored: Scored, act: Act, pact_with: PactWith
) -> None:
    twice = [act("pricing_page", 1, id="same"), act("pricing_page", 1, id="same")]
    assert scored({}, *twice, by=pact_with(FADING)).engagement == 977


def test_only_acts_of_this_episode_count_and_fit_carries_over(
    scored: Scored, act: Act, now: datetime, ideal: Mapping[str, Known]
) -> None:
    since = now - timedelta(days=10)
    card = scored(ideal, act("webinar", 11), act("demo_page", 10), since=since)
    assert (card.fit, card.engagement) == (3500, 2500)


def test_points_halve_by_the_half_life_in_whole_days(
    scored: Scored, act: Act, pact_with: PactWith
) -> None:
    pact = pact_with(FADING)
    assert scored({}, act("demo_page", 0), by=pact).engagement == 1000
    assert scored({}, act("demo_page", 30), by=pact).engagement == 500
    assert scored({}, act("demo_page", 60.9), by=pact).engagement == 250


def test_the_next_decay_step_is_when_the_points_next_change(
    scored: Scored, act: Act, pact_with: PactWith
) -> None:
    visit = act("demo_page", 3.25)
    card = scored({}, visit, by=pact_with(FADING))
    assert card.next_change_at == visit.at + timedelta(days=4)


def test_under_a_cap_the_oldest_acts_count_first(
    scored: Scored, act: Act, pact_with: PactWith
) -> None:
    acts = [
        act("pricing_page", 30),
        act("demo_page", 1),
        act("pricing_page", 0),
        act("demo_page", 0.5),
    ]
    card = scored({}, *acts, by=pact_with(FADING))
    assert card.engagement == 2500
    given = [(each.signal_id, each.points) for each in card.evidence]
    assert given == [
        ("pricing_page//30", 500),
        ("demo_page//1", 977),
        ("demo_page//0.5", 1000),
        ("pricing_page//0", 23),
    ]


def test_points_may_be_taken_away_for_acts_and_are_capped_likewise(
    scored: Scored, act: Act, pact_with: PactWith
) -> None:
    rules = """
    unsubscribed:
      label: Unsubscribed
      pillar: engagement
      points: -7.5
      cap: -10
      signal: unsubscribe
"""
    acts = [act("unsubscribe", day) for day in (1, 2, 3)]
    card = scored({}, *acts, by=pact_with(rules))
    assert [each.points for each in card.evidence] == [-750, -250]


def test_n_of_gives_the_points_to_the_act_that_completes_it(
    scored: Scored, act: Act, pact_with: PactWith
) -> None:
    rules = """
    returns:
      label: Came back
      pillar: engagement
      points: 12
      signal: [pricing_page, demo_page]
      at_least: 2
      within_days: 7
"""
    pact = pact_with(rules)
    card = scored({}, act("pricing_page", 20), act("demo_page", 9), act("pricing_page", 2), by=pact)
    assert [(each.signal_id, each.points) for each in card.evidence] == [("pricing_page//2", 1200)]
    assert scored({}, act("pricing_page", 20), act("demo_page", 9), by=pact).total == 0


@pytest.mark.parametrize(
    ("points", "window", "half_life", "table"),
    [
        (1000, 3, None, (1000, 1000, 1000)),
        (1000, 4, 1, (1000, 500, 250, 125)),
        (3, 4, 1, (3, 2, 1, 0)),
        (0, 2, 5, (0, 0)),
    ],
)
def test_the_table_of_points_by_age(
    points: int, window: int, half_life: int | None, table: tuple[int, ...]
) -> None:
    assert points_by_age(points, window, half_life) == table


def test_rules_in_the_query_dialect_and_in_the_plain_form_score_alike(
    scored: Scored, pact_with: PactWith
) -> None:
    def rules(when: str) -> Pact:
        return pact_with(f"    r: {{label: R, pillar: fit, points: 5, when: {when}}}\n")

    plain = rules(
        "{all: [{field: employees, op: between, value: [50, 500]}, "
        "{any: [{field: title, op: contains_word, value: vp}, {field: title, op: starts_with, value: Head}]}, "
        "{not: {field: country, op: one_of, value: [US, CA]}}, {field: industry, op: is_known}]}"
    )
    text = rules(
        "{query: \"employees between 50 and 500 and (contains_word(title, 'VP') or starts_with(title, 'head')) "
        "and not one_of(country, 'us', 'ca') and industry is not null\"}"
    )
    seen = set()
    for employees in (None, 10, 50, 501):
        for title in (None, "VP Sales", "Head of IT", "Ahead"):
            for country in (None, "US", "DE"):
                for industry in (None, "Retail"):
                    facts: dict[str, Known] = {
                        "employees": employees,
                        "title": title,
                        "country": country,
                        "industry": industry,
                    }
                    fit = scored(facts, by=plain).fit
                    assert fit == scored(facts, by=text).fit
                    seen.add(fit)
                    if fit:
                        assert (employees, country, industry) == (50, "DE", "Retail")
    assert seen == {0, 500}
