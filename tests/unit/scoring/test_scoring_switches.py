"""K5, K6, K9 to K12, K15, S27, S41: each switch of scoring, both sides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from leadpact.errors import FixSettings
from leadpact.model.record import Known
from leadpact.model.scorecard import Scorecard, Signal
from leadpact.pact import Pact, load_pact
from leadpact.scoring import breakdown
from leadpact_mappings import default_text

Scored = Callable[..., Scorecard]
Act = Callable[..., Signal]
Changed = Callable[..., Pact]
THRESHOLDS = "{mql: 60, fit_floor: 15, engagement_floor: 20}"
SMALL: Mapping[str, Known] = {"employees": 5, "title": "Designer", "email": "a@alder.example"}
HEAVY = ("pricing_page", "gated_download", "webinar", "demo_page")


@pytest.fixture(scope="module")
def changed() -> Changed:
    """The default agreement with pieces replaced."""

    def change(*pairs: tuple[str, str]) -> Pact:
        text = default_text("pact.yaml")
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new, 1)
        return load_pact(text)

    return change


def _must(text: str) -> tuple[str, str]:
    return "  must_have: {}\n", f"  must_have:\n    size: {text}\n"


MINIMUM = _must("{label: 200 people, field: employees, minimum: 200, ask: How many work there?}")


class TestK5SqlScore:
    def test_off_a_score_makes_an_mql_at_most(
        self, scored: Scored, act: Act, ideal: Mapping[str, Known]
    ) -> None:
        assert scored(ideal, *(act(name, 1) for name in HEAVY)).makes == "mql"

    def test_on_the_score_asserts_an_sql_from_there(
        self, scored: Scored, act: Act, changed: Changed, ideal: Mapping[str, Known]
    ) -> None:
        pact = changed((THRESHOLDS, "{mql: 60, sql: 115}"))
        assert pact.thresholds.sql == 115
        all_acts = [act(name, 1) for name in HEAVY]
        assert scored(ideal, *all_acts, by=pact).makes == "sql"
        assert scored(ideal, *all_acts[:3], by=pact).makes == "mql"

    def test_below_the_mql_it_is_refused(self, changed: Changed) -> None:
        with pytest.raises(FixSettings, match="`sql` must be at least `mql`"):
            changed((THRESHOLDS, "{mql: 60, sql: 59}"))


class TestK6Minimum:
    FIVE: Mapping[str, Known] = {"employees": 150, "title": "VP", "email": "a@alder.example"}

    def test_off_150_people_are_enough(self, scored: Scored, act: Act) -> None:
        assert scored(self.FIVE, act("demo_page", 1)).verdict == "qualified"

    def test_on_they_are_not_and_the_record_says_why(
        self, scored: Scored, act: Act, changed: Changed
    ) -> None:
        card = scored(self.FIVE, act("demo_page", 1), by=changed(MINIMUM))
        assert (card.verdict, card.makes, card.total) == ("not_yet", "", 6000)
        assert card.missing == ("200 people (a must)",)
        enough = {**self.FIVE, "employees": 200}
        assert scored(enough, act("demo_page", 1), by=changed(MINIMUM)).verdict == "qualified"

    def test_unknown_it_is_asked_for(self, scored: Scored, act: Act, changed: Changed) -> None:
        """S26: the question stands on the record."""
        acts = [act(name, 1) for name in ("demo_page", "webinar")]
        facts = {**self.FIVE, "employees": None}
        card = scored(facts, *acts, by=changed(MINIMUM))
        assert (card.verdict, card.total) == ("needs_data", 6500)
        assert card.missing[0] == "How many work there? (a must: 200 people)"
        assert set(card.unknown) == {"company_size", "size"}

    def test_a_raised_hand_is_answered_all_the_same(
        self, scored: Scored, act: Act, changed: Changed
    ) -> None:
        card = scored(SMALL, act("demo_request", 1), by=changed(MINIMUM))
        assert (card.fast_lane, card.verdict) == ("demo_request", "not_yet")

    def test_a_range_or_any_condition_may_be_a_must(
        self, scored: Scored, act: Act, changed: Changed
    ) -> None:
        """K6's calibrated 100 to 500, S29's industry."""
        ranged = changed(_must("{label: R, field: employees, minimum: 100, maximum: 500}"))
        home = changed(_must("{label: H, when: {field: industry, op: is_not, value: Residential}}"))
        for pact, facts, verdict in (
            (ranged, {"employees": 501}, "not_yet"),
            (ranged, {"employees": 100}, "qualified"),
            (home, {"industry": "residential"}, "not_yet"),
            (home, {"industry": "Commercial"}, "qualified"),
        ):
            acts = [act(name, 1) for name in ("demo_page", "webinar")]
            assert scored({**self.FIVE, **facts}, *acts, by=pact).verdict == verdict


class TestK9Mails:
    RULE = "mail: opened               # or: clicked, in_a_row (five in a row: at_least: 5)"

    def _points(self, scored: Scored, pact: Pact | None, *acts: Signal) -> int:
        return scored({}, *acts, by=pact).engagement

    def test_opened_is_the_default(self, scored: Scored, act: Act) -> None:
        opened = [act("sequence_email_opened", day, asset="s") for day in (1, 2, 3)]
        clicked = [act("sequence_email_clicked", day, asset="s") for day in (1, 2, 3)]
        assert self._points(scored, None, *opened) == 1000
        assert self._points(scored, None, *clicked) == 0

    def test_clicked(self, scored: Scored, act: Act, changed: Changed) -> None:
        pact = changed((self.RULE, "mail: clicked"))
        opened = [act("sequence_email_opened", day, asset="s") for day in (1, 2, 3)]
        clicked = [act("sequence_email_clicked", day, asset="s") for day in (1, 2, 3)]
        assert self._points(scored, pact, *opened) == 0
        assert self._points(scored, pact, *clicked) == 1000

    def test_five_in_a_row(self, scored: Scored, act: Act, changed: Changed) -> None:
        pact = changed((self.RULE + "\n      at_least: 3", "mail: in_a_row\n      at_least: 5"))
        opened = [act("sequence_email_opened", day, asset="s") for day in (1, 2, 4, 5, 6)]
        left = act("sequence_email_unopened", 3, asset="s")
        other = act("sequence_email_unopened", 3, asset="another")
        assert self._points(scored, pact, *opened) == 1000
        assert self._points(scored, pact, *opened, left) == 0
        assert self._points(scored, pact, *opened, other) == 1000
        assert self._points(scored, pact, *opened[:4]) == 0

    def test_count_and_window_are_keys(self, scored: Scored, act: Act, changed: Changed) -> None:
        pact = changed((self.RULE + "\n      at_least: 3\n      within_days: 14",
                        "mail: opened\n      at_least: 2\n      within_days: 1"))  # fmt: skip
        name = "sequence_email_opened"
        near, far = act(name, 1, asset="s"), act(name, 3, asset="s")
        assert self._points(scored, pact, near, far) == 0
        assert self._points(scored, pact, near, act(name, 2, asset="s")) == 1000


def test_k10_a_visitor_that_is_synced_is_refused_with_its_place(changed: Changed) -> None:
    old = "rank: 0, synced: false}"
    for new in ("rank: 0, synced: true}", "rank: 0}"):
        with pytest.raises(FixSettings, match=r"visitors are anonymous.*\(K10\)") as caught:
            changed((old, new))
        assert caught.value.place is not None
        assert caught.value.place.line == 15


class TestK11NewsletterChatTrial:
    def test_a_newsletter_gives_no_points_and_no_action(self, scored: Scored, act: Act) -> None:
        card = scored({}, act("newsletter_signup", 1))
        assert (card.total, card.actions, card.intent) == (0, (), "low")

    def test_it_may_be_a_qualifier(self, scored: Scored, act: Act, changed: Changed) -> None:
        """S40."""
        action = "      newsletter: {label: Newsletter, signal: newsletter_signup}\n      trial: "
        card = scored({}, act("newsletter_signup", 1), by=changed(("      trial: ", action)))
        assert [item.rule for item in card.actions] == ["newsletter"]

    def test_a_product_question_in_chat_makes_an_mql_of_who_fits(
        self, scored: Scored, act: Act, ideal: Mapping[str, Known], pact: Pact
    ) -> None:
        """S35."""
        asked = act("chat_question", 1)
        card = scored(ideal, asked)
        assert (card.makes, card.verdict, card.trigger) == ("mql", "qualified", asked.id)
        told = breakdown.text(card, [asked], pact).splitlines()
        assert told[0] == "MQL by what they did: 35 of 60 points"
        assert "Did: Asked a product question in chat, 20 Nov 2026" in told
        assert scored(SMALL, asked).makes == ""
        assert scored({}, asked).verdict == "needs_data"

    def test_or_counts_like_any_other_action(
        self, scored: Scored, act: Act, changed: Changed, ideal: Mapping[str, Known]
    ) -> None:
        pact = changed(("signal: chat_question, makes: mql}", "signal: chat_question}"))
        card = scored(ideal, act("chat_question", 1), by=pact)
        assert (card.makes, [item.rule for item in card.actions]) == ("", ["product_question"])

    def test_a_trial_makes_a_pql_whoever_it_is_but_no_competitor(
        self, scored: Scored, act: Act, pact: Pact
    ) -> None:
        trial = act("trial_started", 1)
        card = scored(SMALL, trial)
        assert (card.makes, card.verdict) == ("pql", "qualified")
        first = breakdown.text(card, [trial], pact).splitlines()[0]
        assert first == "PQL by what they did: 0 of 60 points"
        spy = {**SMALL, "email": "a@rival.example"}
        assert scored(spy, trial).makes == ""

    def test_or_a_fast_lane_to_sales(self, scored: Scored, act: Act, changed: Changed) -> None:
        lanes = "  fast_lanes:\n    trial_started: {label: Started a trial}\n"
        pact = changed((", makes: pql}", "}"), ("  fast_lanes:\n", lanes))
        card = scored(SMALL, act("trial_started", 1), by=pact)
        assert (card.makes, card.fast_lane) == ("", "trial_started")


class TestK12AndHowManyActions:
    def test_one_pricing_visit_scores_and_two_qualify(self, scored: Scored, act: Act) -> None:
        once, again = act("pricing_page", 1), act("pricing_page", 10)
        assert scored({}, once).engagement == scored({}, once, again).engagement == 2000
        assert scored({}, once).actions == ()
        assert [item.rule for item in scored({}, once, again).actions] == ["high_intent_twice"]

    @pytest.mark.parametrize(
        ("required", "names", "verdict"),
        [
            ("none", ("demo_page",), "qualified"),
            ("any", ("demo_page",), "not_yet"),
            ("any", ("demo_page", "webinar"), "qualified"),
            ("2", ("demo_page", "webinar"), "not_yet"),
            ("2", ("demo_page", "webinar", "gated_download"), "qualified"),
            ("all", HEAVY, "not_yet"),
        ],
    )
    def test_actions_may_be_required_besides_the_total(
        self, scored: Scored, act: Act, changed: Changed, ideal: Mapping[str, Known],
        required: str, names: tuple[str, ...], verdict: str,
    ) -> None:  # fmt: skip
        pact = changed(("    required: none", f"    required: {required}"))
        card = scored(ideal, *(act(name, 1, id=name) for name in names), by=pact)
        assert card.verdict == verdict
        if required == "any" and verdict == "not_yet":
            assert card.missing == ("1 more qualifying action",)

    @pytest.mark.parametrize(
        ("enough", "names", "verdict"),
        [
            ("none", ("webinar", "gated_download"), "qualified"),
            ("none", ("gated_download",), "not_yet"),
            ("any", ("gated_download",), "qualified"),
            ("2", ("gated_download",), "not_yet"),
            ("2", ("gated_download", "webinar"), "qualified"),
        ],
    )
    def test_actions_may_be_enough_instead_of_the_total(
        self, scored: Scored, act: Act, changed: Changed, ideal: Mapping[str, Known],
        enough: str, names: tuple[str, ...], verdict: str,
    ) -> None:  # fmt: skip
        """S41."""
        pact = changed(("    enough: none", f"    enough: {enough}"))
        acts = [act(name, 1) for name in names]
        assert scored(ideal, *acts, by=pact).verdict == verdict
        assert scored(SMALL, *acts, by=pact).verdict == "not_yet"

    def test_more_than_there_are_is_refused(self, changed: Changed) -> None:
        with pytest.raises(FixSettings, match="asks for 9, but 8 actions are defined"):
            changed(("    required: none", "    required: 9"))


class TestK15Floors:
    def test_on_engagement_alone_is_not_enough_and_off_it_is(
        self, scored: Scored, act: Act, changed: Changed
    ) -> None:
        acts = [act(name, 1) for name in HEAVY]
        off = changed((THRESHOLDS, "{mql: 60, floors: false, fit_floor: 15, engagement_floor: 20}"))
        assert scored(SMALL, *acts).verdict == "not_yet"
        assert scored(SMALL, *acts, by=off).verdict == "qualified"
        free = {**SMALL, "email": "a@gmail.example"}
        assert scored(free, *acts, by=off).makes == "mql"
        assert scored(free, *acts[:2], by=off).missing == ("35 more points to reach 60",)

    def test_off_what_is_unknown_is_asked_where_it_could_make_up_the_rest(
        self, scored: Scored, act: Act, changed: Changed
    ) -> None:
        off = changed((THRESHOLDS, "{mql: 60, floors: false}"))
        assert scored({}, act("demo_page", 1), by=off).verdict == "needs_data"
        assert scored({}, act("webinar", 1), by=off).verdict == "not_yet"


def test_a_chain_needs_each_kind_of_act(
    scored: Scored, act: Act, pact_with: Callable[[str], Pact]
) -> None:
    """S41: all of several acts, within so many days."""
    chain = pact_with(
        "    chain: {label: C, pillar: engagement, points: 9, all_of: [webinar, demo_page], within_days: 7}\n"
    )
    webinar, page = act("webinar", 9), act("demo_page", 2)
    card = scored({}, webinar, page, by=chain)
    assert [(item.points, item.signal_id) for item in card.evidence] == [(900, page.id)]
    assert scored({}, webinar, act("demo_page", 1), by=chain).total == 0
    assert scored({}, webinar, act("webinar", 8), by=chain).total == 0
    assert card.next_change_at == page.at + timedelta(days=90)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("signal: a, all_of: [a, b]", "needs one of `signal`, `all_of` and `mail`"),
        ("cap: 5", "needs one of `signal`, `all_of` and `mail`"),
        ("all_of: [a, a]", "names an act twice"),
        ("all_of: [a, b], at_least: 2", "`all_of` goes with"),
        ("signal: a, back_within_days: 7, at_least: 2", "a count of its own"),
        ("signal: a, broken_by: b", "only with `at_least` over 1"),
        (
            "signal: a, at_least: 2, broken_by: [a, b]",
            "a cannot both count and start the count anew",
        ),
        ("mail: opened, same: asset", "within one sequence by itself"),
        ("mail: read", "mail"),
        ("signal: a, within_days: 5", "say something only with `at_least` over 1"),
        ("when: {field: title, op: is_known}, signal: a", "and no `when`"),
    ],
)
def test_acts_that_cannot_be_meant_are_refused(
    pact_with: Callable[[str], Pact], keys: str, said: str
) -> None:
    with pytest.raises(FixSettings) as caught:
        pact_with(f"    r: {{label: R, pillar: engagement, points: 5, {keys}}}\n")
    assert said in str(caught.value)
    assert caught.value.place is not None
