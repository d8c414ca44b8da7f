"""S46 to S56, K15, R36: the reference model gives exactly the articles' points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from leadpact.model.record import UNKNOWN, Known
from leadpact.model.scorecard import Scorecard, Signal

Scored = Callable[..., Scorecard]
Act = Callable[..., Signal]
Facts = Mapping[str, Known]


@pytest.mark.parametrize(
    ("facts", "fit"),
    [
        ({"employees": 50}, 1500),
        ({"employees": 500}, 1500),
        ({"employees": 49}, 0),
        ({"employees": 501}, 0),
        ({"employees": "120"}, 1500),
        ({"employees": "120.5"}, 1500),
        ({"employees": "many"}, 0),
        ({"title": "Marketing Manager"}, 2000),
        ({"title": "DIRECTOR, IT & Security"}, 2000),
        ({"title": "Vice-President Sales"}, 2000),
        ({"title": "ＶＰ Sales"}, 2000),
        ({"title": "Geschäftsführer"}, 2000),
        ({"title": "営業部長"}, 2000),
        ({"title": "Management Trainee"}, 0),
        ({"title": "Assistant"}, 0),
        ({"email": "ann@GMAIL.example"}, -1000),
        ({"email": "ann@mail.gmail.example"}, -1000),
        ({"email": "ann@notgmail.example"}, 0),
        ({"title": "Student"}, -3000),
        ({"title": "Studentin"}, 0),
        ({"employees": 120, "title": "VP", "email": "a@gmail.example"}, 2500),
        ({}, 0),
        ({"employees": None, "title": "", "email": UNKNOWN}, 0),
    ],
)
def test_fit(scored: Scored, facts: Facts, fit: int) -> None:
    assert scored(facts).fit == fit


@pytest.mark.parametrize(
    ("name", "points"),
    [("pricing_page", 2000), ("gated_download", 1500), ("webinar", 2000), ("demo_page", 2500)],
)
def test_each_act_gives_its_points_once(scored: Scored, act: Act, name: str, points: int) -> None:
    assert scored({}, act(name, 1)).engagement == points
    card = scored({}, act(name, 1), act(name, 2), act(name, 3))
    assert card.engagement == points
    assert [each.signal_id for each in card.evidence] == [f"{name}//3"]


def test_three_mails_of_one_sequence_within_14_days_count_and_two_do_not(
    scored: Scored, act: Act
) -> None:
    mails = [act("sequence_email_opened", day, asset="welcome") for day in (1, 8, 15)]
    card = scored({}, *mails)
    assert card.engagement == 1000
    assert card.evidence[0].signal_id == mails[0].id
    assert scored({}, *mails[:2]).engagement == 0


def test_mails_of_two_sequences_or_too_far_apart_do_not_add_up(scored: Scored, act: Act) -> None:
    name = "sequence_email_opened"
    two = [act(name, 1, asset="a"), act(name, 2, asset="a"), act(name, 3, asset="b")]
    assert scored({}, *two).engagement == 0
    far = [act(name, day, asset="a") for day in (1, 8, 16)]
    assert scored({}, *far).engagement == 0


def test_everything_together_is_125(scored: Scored, act: Act, ideal: Facts) -> None:
    names = ("pricing_page", "gated_download", "webinar", "demo_page")
    acts = [act(name, 2) for name in names]
    acts += [act("sequence_email_opened", day, asset="a") for day in (1, 2, 3)]
    card = scored(ideal, *acts)
    assert (card.fit, card.engagement, card.total) == (3500, 9000, 12500)
    assert (card.grade, card.verdict, card.missing) == ("A1", "qualified", ())


def test_60_points_qualify_and_59_do_not(scored: Scored, act: Act, ideal: Facts) -> None:
    card = scored(
        {**ideal, "email": "a@gmail.example"}, act("pricing_page", 1), act("gated_download", 1)
    )
    assert (card.total, card.verdict) == (6000, "qualified")
    card = scored({**ideal, "email": "a@gmail.example"}, act("webinar", 1))
    assert (card.total, card.verdict) == (4500, "not_yet")
    assert card.missing == ("15 more points to reach 60",)


def test_engagement_alone_never_qualifies(scored: Scored, act: Act) -> None:
    acts = [act(name, 1) for name in ("pricing_page", "gated_download", "webinar", "demo_page")]
    card = scored({"employees": 5, "title": "Designer"}, *acts)
    assert (card.total, card.verdict) == (8000, "not_yet")
    assert card.missing == ("fit of at least 15 (it is 0)",)


def test_fit_alone_never_qualifies(scored: Scored, act: Act, ideal: Facts) -> None:
    card = scored(ideal, act("gated_download", 1))
    assert card.verdict == "not_yet"
    assert "engagement of at least 20 (it is 15)" in card.missing


class TestUnknownFit:
    def test_interest_with_unknown_fit_needs_data_and_says_what_to_ask(
        self, scored: Scored, act: Act
    ) -> None:
        card = scored({"employees": UNKNOWN, "title": None}, act("pricing_page", 1))
        assert (card.engagement, card.verdict) == (2000, "needs_data")
        assert card.missing[:2] == (
            "employees (up to 15 points: 50 to 500 employees)",
            "title (up to 20 points: Manager or above)",
        )

    def test_known_low_fit_is_not_unknown_fit(self, scored: Scored, act: Act) -> None:
        card = scored({"employees": 5, "title": "Designer"}, act("demo_page", 1))
        assert card.verdict == "not_yet"

    def test_what_is_unknown_cannot_lift_a_student_over_the_floor(
        self, scored: Scored, act: Act
    ) -> None:
        card = scored({"title": "Student"}, act("demo_page", 1))
        assert card.verdict == "not_yet"

    def test_without_interest_nobody_is_asked(self, scored: Scored, act: Act) -> None:
        assert scored({}, act("gated_download", 1)).verdict == "not_yet"


class TestGates:
    def test_a_competitor_is_out_whatever_the_score(
        self, scored: Scored, act: Act, ideal: Facts
    ) -> None:
        acts = [act(name, 1) for name in ("pricing_page", "webinar", "demo_page", "demo_request")]
        card = scored({**ideal, "email": "spy@mail.rival.example"}, *acts)
        assert card.verdict == "disqualified"
        assert card.disqualifiers == ("competitor: Works for a competitor",)
        assert card.fast_lane == ""
        assert card.total == 10000

    def test_what_disqualifies_is_told_alone(self, scored: Scored) -> None:
        suspect = {"suspect": "competitor", "title": "VP"}
        assert scored({**suspect, "email": "x@rival.example"}).disqualifiers == (
            "competitor: Works for a competitor",
        )
        marked = scored(suspect)
        assert (marked.verdict, marked.disqualifiers) == (
            "excluded",
            ("suspect: Marked as a suspect",),
        )

    def test_the_website_gives_a_competitor_away_too(self, scored: Scored) -> None:
        facts = {"email": "ann@gmail.example", "website": "https://www.rival.example/jobs?x=1"}
        assert scored(facts).verdict == "disqualified"

    @pytest.mark.parametrize("domain", ["arival.example", "rival.example.test", "rival-example"])
    def test_a_domain_that_only_looks_alike_is_none(self, scored: Scored, domain: str) -> None:
        assert scored({"email": f"ann@{domain}"}).verdict == "not_yet"


class TestFastLanes:
    @pytest.mark.parametrize("name", ["demo_request", "meeting_booked", "contact_form"])
    def test_a_raised_hand_opens_its_lane_without_points(
        self, scored: Scored, act: Act, name: str
    ) -> None:
        card = scored({}, act(name, 29.9))
        assert (card.fast_lane, card.total) == (name, 0)

    def test_it_closes_after_30_days_and_says_when(
        self, scored: Scored, act: Act, now: datetime
    ) -> None:
        asked = act("demo_request", 29)
        assert scored({}, asked).next_change_at == asked.at + timedelta(days=30)
        assert scored({}, act("demo_request", 30)).fast_lane == ""

    def test_what_was_asked_before_this_episode_opens_nothing(
        self, scored: Scored, act: Act, now: datetime
    ) -> None:
        card = scored({}, act("demo_request", 5), since=now - timedelta(days=4))
        assert card.fast_lane == ""

    def test_what_lies_ahead_opens_nothing_yet(
        self, scored: Scored, act: Act, now: datetime
    ) -> None:
        card = scored({}, act("meeting_booked", -1))
        assert (card.fast_lane, card.next_change_at) == ("", now + timedelta(days=1))

    def test_of_several_the_most_urgent_is_named(self, scored: Scored, act: Act) -> None:
        card = scored({}, act("contact_form", 1), act("demo_request", 9))
        assert card.fast_lane == "demo_request"
