"""R21: what of a score is written, and when; and how a rep reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from leadpact.model.record import Known
from leadpact.model.scorecard import Evidence, PublishedScore, Scorecard, Signal
from leadpact.pact import Pact
from leadpact.scoring import breakdown, publish

Scored = Callable[..., Scorecard]
Act = Callable[..., Signal]
Facts = Mapping[str, Known]


def _published(card: Scorecard, pact: Pact) -> PublishedScore:
    first = publish.due(None, card, pact)
    assert first is not None
    return first


def test_the_first_score_is_always_published(scored: Scored, pact: Pact) -> None:
    card = scored({})
    first = _published(card, pact)
    assert (first.total, first.verdict, first.grade) == (0, "not_yet", "D4")
    assert (first.scored_at, first.pact_hash) == (card.as_of, pact.hash)


def test_the_same_score_at_a_later_hour_is_not(
    scored: Scored, act: Act, pact: Pact, now: datetime, ideal: Facts
) -> None:
    visit = act("pricing_page", 3)
    before = _published(scored(ideal, visit), pact)
    assert publish.due(before, scored(ideal, visit, as_of=now + timedelta(hours=5)), pact) is None


def test_a_total_is_published_when_it_moved_by_the_step(scored: Scored, pact: Pact) -> None:
    card = replace(scored({}), total=4000, engagement=4000, grade="D2")
    before = _published(card, pact)
    later = replace(card, as_of=card.as_of + timedelta(days=1))
    small = replace(later, total=4499, engagement=4499)
    assert publish.due(before, small, pact) is None
    for total in (4500, 3500):
        assert publish.due(before, replace(later, total=total, engagement=total), pact) is not None


def test_points_that_fade_twice_on_a_day_are_published_once(scored: Scored, pact: Pact) -> None:
    card = replace(scored({}), total=4000, engagement=4000, grade="D2", next_change_at=None)
    before = _published(card, pact)
    midnight = card.as_of.replace(hour=0) + timedelta(days=1)
    evening = replace(card, total=3000, as_of=midnight - timedelta(minutes=1))
    assert publish.due(before, evening, pact) is None
    again = publish.after_the_night(before, evening, pact)
    assert again.next_change_at == midnight
    soon = replace(evening, next_change_at=evening.as_of + timedelta(seconds=9))
    assert publish.after_the_night(before, soon, pact) == soon
    night = replace(evening, as_of=midnight)
    told = publish.due(before, night, pact)
    assert told is not None
    assert told.total == 3000
    assert publish.after_the_night(before, night, pact) == night
    assert publish.due(told, replace(night, total=2000), pact) is None


def test_only_what_time_took_waits_for_the_night(scored: Scored, pact: Pact) -> None:
    card = replace(scored({}), total=4000, engagement=4000, grade="D2", next_change_at=None)
    before = _published(card, pact)
    faded = replace(card, total=3000, as_of=card.as_of + timedelta(hours=1))
    for changed in (
        replace(faded, grade="D3"),
        replace(faded, verdict="excluded"),
        replace(faded, fast_lane="demo_request"),
        replace(faded, total=4500),
    ):
        assert publish.due(before, changed, pact) is not None
        assert publish.after_the_night(before, changed, pact) == changed
    small = replace(card, total=3501)
    assert publish.after_the_night(before, small, pact) == small
    assert publish.after_the_night(None, faded, pact) == faded


def test_grade_verdict_and_reasons_are_each_a_cause(
    scored: Scored, pact: Pact, ideal: Facts
) -> None:
    card = scored(ideal)
    before = _published(card, pact)
    assert publish.due(before, replace(card, grade="B4"), pact) is not None
    assert publish.due(before, replace(card, verdict="excluded"), pact) is not None
    assert publish.due(before, replace(card, fast_lane="demo_request"), pact) is not None
    fewer = replace(card, evidence=card.evidence[:1])
    assert publish.due(before, fewer, pact) is not None


def test_reasons_are_the_keys_of_rules_gates_and_lane(
    scored: Scored, act: Act, pact: Pact, ideal: Facts
) -> None:
    hot = _published(scored(ideal, act("demo_request", 1)), pact)
    assert hot.reasons == ("company_size", "demo_request", "senior_title")
    out = _published(scored({"email": "x@rival.example"}), pact)
    assert out.reasons == ("competitor",)


def test_a_rep_reads_the_reasons_strongest_first_with_dates_and_assets(
    scored: Scored, act: Act, pact: Pact, ideal: Facts
) -> None:
    signals = [
        act("demo_page", 2),
        act("webinar", 18, asset="Scoring without\nguesswork"),
        act("demo_request", 1),
    ]
    card = scored(ideal, *signals)
    assert breakdown.text(card, signals, pact).splitlines() == [
        "MQL: 80 points (60 needed)",
        "Priority: Asked for a demo, 20 Nov 2026",
        "Grade A2: fit 35, engagement 45",
        "+25 Visited the demo page, 19 Nov 2026",
        "+20 Manager or above",
        "+20 Attended a webinar, 3 Nov 2026 (Scoring without guesswork)",
        "+15 50 to 500 employees",
    ]


def test_a_rep_reads_why_not(scored: Scored, act: Act, pact: Pact) -> None:
    lines = breakdown.text(scored({"employees": 20, "email": "a@gmail.example"}), [], pact)
    assert lines.splitlines() == [
        "Not yet MQL: −10 of 60 points",
        "Grade D4: fit −10, engagement 0",
        "−10 Free mail address",
        "Missing: title (up to 20 points: Manager or above)",
        "Missing: 70 more points to reach 60",
        "Missing: fit of at least 15 (it is −10)",
        "Missing: engagement of at least 20 (it is 0)",
    ]
    out = breakdown.text(scored({"email": "x@rival.example"}), [], pact)
    assert out.startswith("Disqualified: Works for a competitor\n")
    asked = breakdown.text(scored({}, act("demo_page", 1)), [], pact)
    assert asked.startswith("Needs data: interested, but fit is unknown (25 points)\n")


def test_the_text_never_grows_over_a_thousand_characters(scored: Scored, pact: Pact) -> None:
    many = tuple(
        Evidence(f"rule_{n:03}", 100 + n, f"s{n}", text="A reason of some length " * 3)
        for n in range(80)
    )
    signals = [Signal(f"s{n}", "x", "a", scored({}).as_of, "asset " * 40) for n in range(80)]
    text = breakdown.text(replace(scored({}), evidence=many), signals, pact)
    assert len(text) <= 1000
    assert text.splitlines()[-1].startswith("… and ")
    left_out = int(text.splitlines()[-1].split()[2])
    assert len(text.splitlines()) - 1 + left_out == 2 + 80 + len(scored({}).missing)


def test_the_text_is_the_same_from_one_day_to_the_next(
    scored: Scored, act: Act, pact: Pact, now: datetime, ideal: Facts
) -> None:
    visit = act("webinar", 3)
    today = breakdown.text(scored(ideal, visit), [visit], pact)
    later = scored(ideal, visit, as_of=now + timedelta(days=30))
    assert breakdown.text(later, [visit], pact) == today
