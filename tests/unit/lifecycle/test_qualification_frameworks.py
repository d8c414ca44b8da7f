"""S71 to S82, K4, K13, K14, K17: how a lead stands against its checklist, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpact.lifecycle.qualification import Qualified, qualify
from leadpact.model.scorecard import Signal
from leadpact.pact import Pact, load_pact
from leadpact_mappings import default_text

DEFAULT = default_text("pact.yaml")
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
BANT = {"budget": "allocated", "authority": "decides", "need": "pain", "timeline": "within_90_days"}
BANDS = "    - {below: 10000, framework: light}\n    - {from: 10000, framework: bant}\n"
SITE = """\
    solution:
      label: Solution today
      question: What do you use now, and why replace it?
      counts: {known: true}
    gain:
      label: Gain
      question: How large is it?
      counts: {at_least: 50}
"""


@cache
def pact_with(*changes: tuple[str, str]) -> Pact:
    text = DEFAULT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return load_pact(text)


PACT = pact_with()
REQUIRED = pact_with(("  evidence: told\n", "  evidence: required\n"))


def stands(
    facts: Mapping[str, Any],
    *,
    pact: Pact = PACT,
    signals: Sequence[Signal] = (),
    since: datetime | None = None,
    now: datetime = NOW,
) -> Qualified:
    assert pact.qualification is not None
    return qualify(pact.qualification, facts, signals, pact, since, now)


def act(name: str, at: datetime = NOW - timedelta(days=1)) -> Signal:
    return Signal(f"{name}{at}", "L", name, at)


class TestBant:
    def test_all_confirmed(self) -> None:
        one = stands(BANT)
        assert (one.framework.key, one.confirmed, one.met, one.lacking) == ("bant", 4, True, "")
        assert one.summary == "BANT 4/4"
        assert one.for_opportunity == ()

    def test_need_authority_and_one_more_are_the_minimum(self) -> None:
        one = stands({**BANT, "timeline": None})
        assert one.met
        assert one.summary == "BANT 3/4: Timeline missing"
        assert one.for_opportunity == ("Timeline",)
        assert not stands({"need": "pain", "authority": "decides"}).met

    @pytest.mark.parametrize("left_out", ["need", "authority"])
    def test_neither_need_nor_authority_can_be_left_out(self, left_out: str) -> None:
        one = stands({**BANT, left_out: None})
        assert not one.met
        assert one.lacking == f"{left_out.capitalize()} (not answered)"

    @pytest.mark.parametrize(
        ("criterion", "answer"),
        [
            ("budget", "none"),
            ("authority", "none"),
            ("need", "curious"),
            ("timeline", "someday"),
            ("timeline", "a value that nobody agreed on"),
        ],
    )
    def test_an_answer_that_does_not_count_confirms_nothing(
        self, criterion: str, answer: str
    ) -> None:
        one = stands({**BANT, criterion: answer})
        assert one.confirmed == 3
        assert f"{criterion.capitalize()} not confirmed" in one.summary

    @pytest.mark.parametrize("answer", ["allocated", "obtainable"])
    def test_no_exact_sum_is_needed(self, answer: str) -> None:
        assert stands({"budget": answer}).confirmed == 1

    @pytest.mark.parametrize("answer", ["decides", "influences"])
    def test_true_influence_is_authority(self, answer: str) -> None:
        assert stands({"authority": answer}).confirmed == 1

    def test_what_is_lacking_is_told_as_a_rep_says_it(self) -> None:
        assert stands({}).lacking == (
            "Authority (not answered), Need (not answered), one of Budget, Timeline"
        )
        assert stands(
            {"need": "curious", "authority": "decides", "budget": "allocated"}
        ).lacking == ("Need (does not count)")
        assert stands({"need": "pain", "authority": "decides"}).lacking == "one of Budget, Timeline"

    def test_other_stakeholders_are_recorded_and_not_counted(self) -> None:
        one = stands({"stakeholders": "CFO,\nthrough  Ana"})
        assert (one.confirmed, one.answered) == (0, True)
        assert one.lines[-1] == "S Stakeholders: CFO, through Ana"

    def test_an_open_letter_asks_its_question(self) -> None:
        assert stands({}).lines[2] == (
            "N Need: ? Which real, current, specific pain is it that we would end?"
        )


class TestEvidence:
    """S78, S79."""

    def test_told_a_conversation_is_named_or_its_absence_is(self) -> None:
        silent = stands(BANT)
        assert silent.confirmed == 4
        assert silent.lines[0] == "B Budget: Money is set aside (no evidence on record)"
        spoken = stands(BANT, signals=[act("call_connected")])
        assert spoken.lines[0] == "B Budget: Money is set aside (call connected on 1 Nov 2026)"

    def test_required_no_answer_counts_without_it(self) -> None:
        one = stands(BANT, pact=REQUIRED)
        assert (one.confirmed, one.met) == (0, False)
        assert one.summary == "BANT 0/4: Budget, Authority, Need, Timeline no evidence on record"
        assert "Need (no evidence on record)" in one.lacking

    @pytest.mark.parametrize("name", ["email_reply", "call_connected", "meeting_held"])
    def test_required_a_call_a_reply_or_a_meeting_is_one(self, name: str) -> None:
        assert stands(BANT, pact=REQUIRED, signals=[act(name)]).met

    @pytest.mark.parametrize(
        ("name", "at"),
        [
            ("pricing_page", NOW - timedelta(days=1)),
            ("call_connected", NOW + timedelta(days=1)),
            ("call_connected", NOW - timedelta(days=40)),
        ],
    )
    def test_neither_a_visit_nor_a_call_to_come_nor_one_of_an_earlier_episode(
        self, name: str, at: datetime
    ) -> None:
        since = NOW - timedelta(days=30)
        assert not stands(BANT, pact=REQUIRED, signals=[act(name, at)], since=since).met

    def test_a_named_signal_proves_its_own_criterion_alone(self) -> None:
        pact = pact_with(
            ("  evidence: told\n", "  evidence: required\n"),
            (
                "counts: {one_of: [allocated, obtainable]}\n      evidence: conversation\n",
                "counts: {one_of: [allocated, obtainable]}\n      evidence: pricing_page\n",
            ),
        )
        one = stands(BANT, pact=pact, signals=[act("pricing_page")])
        assert [each.state for each in one.letters] == ["confirmed", *["unproved"] * 3]


class TestFrameworks:
    """S75 to S77."""

    @pytest.mark.parametrize(
        ("size", "framework", "chosen"),
        [
            (None, "bant", "deal size unknown"),
            (0, "light", "a deal of 0"),
            (9_999, "light", "a deal of 9,999"),
            (10_000, "bant", "a deal of 10,000"),
            ("99999.99", "bant", "a deal of 99,999"),
            (100_000, "meddic", "a deal of 100,000"),
            ("unclear", "bant", "deal size unknown"),
        ],
    )
    def test_the_size_of_the_deal_chooses(self, size: object, framework: str, chosen: str) -> None:
        pact = pact_with(("    # - {from: 100000, fr", "    - {from: 100000, fr"))
        one = stands({"deal_size": size}, pact=pact)
        assert (one.framework.key, one.chosen) == (framework, chosen)

    def test_light_asks_need_and_authority(self) -> None:
        one = stands({"deal_size": 500, "need": "pain", "authority": "influences"})
        assert (one.summary, one.met) == ("Light 2/2", True)

    def test_meddic(self) -> None:
        pact = pact_with((BANDS, "    - {framework: meddic}\n"))
        some = {"need": "pain", "economic_buyer": "CFO", "metrics": "churn", "champion": ""}
        one = stands({**some, "deal_size": 1}, pact=pact)
        assert [each.criterion.letter for each in one.letters] == ["M", "E", "D", "D", "I", "C"]
        assert (one.confirmed, one.met) == (3, False)
        assert one.lacking == "one of Decision criteria, Decision process, Champion"
        assert stands({**some, "deal_size": 1, "champion": "Ana"}, pact=pact).met

    def test_champ_shares_the_answers_of_bant(self) -> None:
        pact = pact_with(("  unknown_size: bant\n", "  unknown_size: champ\n"))
        answers = {"need": "pain", "authority": "decides", "budget": "obtainable"}
        one = stands(answers, pact=pact)
        assert one.summary == "CHAMP 3/4: Prioritisation missing"
        assert stands({**answers, "prioritisation": "first of three"}, pact=pact).met

    def test_one_of_your_own_for_a_sector(self) -> None:
        """S80."""
        pact = pact_with(
            (
                "    stakeholders:\n",
                f"{SITE}    stakeholders:\n",
            ),
            (
                "    light: {label: Light,",
                "    site: {label: Site, asks: [solution, gain], minimum: {at_least: 1}}\n    light: {label: Light,",
            ),
            (
                BANDS,
                "    - {when: {field: industry, op: is, value: Construction}, framework: site}\n"
                + BANDS,
            ),
        )
        one = stands({"industry": "construction", "solution": "paper"}, pact=pact)
        assert (one.framework.label, one.met) == ("Site", True)
        assert not stands({"industry": "construction", "gain": 49}, pact=pact).met
        assert stands({"industry": "construction", "gain": 50}, pact=pact).met
        assert stands({"industry": "Mining"}, pact=pact).framework.key == "bant"
        assert stands({}, pact=pact).framework.key == "bant"

    def test_a_date_counts_while_it_lies_within_its_span(self) -> None:
        """S74: a dated decision."""
        options = DEFAULT[DEFAULT.index("      options:\n        within_30") :]
        options = options[: options.index("    stakeholders:\n")]
        pact = pact_with((options, "      counts: {within_days: 60}\n"))
        for day, counts in (
            ("2026-11-01", False),
            ("2026-11-02", True),
            ("2027-01-01", True),
            ("2027-01-02", False),
            ("maybe next year", False),
        ):
            assert (stands({"timeline": day}, pact=pact).confirmed == 1) is counts, day
        soon = stands({"timeline": "2027-01-10"}, pact=pact)
        assert soon.next_change_at == datetime(2026, 11, 11, tzinfo=UTC)
        inside = stands({"timeline": "2026-11-20"}, pact=pact)
        assert inside.next_change_at == datetime(2026, 11, 21, tzinfo=UTC)
        assert stands({"timeline": "2026-11-01"}, pact=pact).next_change_at is None


answers = st.fixed_dictionaries(
    {},
    optional={
        "budget": st.sampled_from(["allocated", "obtainable", "none", ""]),
        "authority": st.sampled_from(["decides", "influences", "none"]),
        "need": st.sampled_from(["pain", "curious", None]),
        "timeline": st.sampled_from(["within_30_days", "within_180_days", "someday"]),
        "stakeholders": st.text(max_size=8),
    },
)


@given(answers, answers)
def test_another_answer_never_lowers_completeness(
    known: dict[str, Any], more: dict[str, Any]
) -> None:
    """Answers that are added, never changed, keep what was confirmed and never take back what was met."""
    for pact in (PACT, REQUIRED):
        signals = [act("email_reply")]
        before = stands(known, pact=pact, signals=signals)
        added = {name: value for name, value in more.items() if known.get(name) in (None, "")}
        after = stands({**known, **added}, pact=pact, signals=signals)
        assert after.confirmed >= before.confirmed
        assert after.met >= before.met
        assert set(after.for_opportunity) <= set(before.for_opportunity)
        if after.met:
            assert after.confirmed >= 3


@given(answers)
def test_what_lacks_is_told_exactly_where_the_minimum_is_not_met(known: dict[str, Any]) -> None:
    one = stands(known)
    assert bool(one.lacking) is not one.met
    assert len(one.letters) == 4
    assert one.confirmed == sum(each.state == "confirmed" for each in one.letters)
