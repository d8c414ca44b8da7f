"""S17, S58, S67, S68, S81, S98, K1, K18: the numbers that both teams share, out of passes through the funnel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadpact.lifecycle.answerable import answerable
from leadpact.lifecycle.conversion import Conversion, findings
from leadpact.lifecycle.first_touch import LEARN, RAISED, advice, first_touch
from leadpact.lifecycle.given_back import advice as belongs_to
from leadpact.lifecycle.given_back import by_reason, ended_in
from leadpact.lifecycle.lead_sources import by_source, drifts
from leadpact.lifecycle.passes import Pass, passes_of
from leadpact.lifecycle.rep_variance import by_rep
from leadpact.model.episode import Episode
from leadpact.model.link import Link
from leadpact.model.response_clock import ResponseClock
from leadpact.model.scorecard import Signal
from leadpact.model.stage import StageState
from leadpact.pact import Pact, load_pact
from leadpact.pact.health import Health
from leadpact_mappings import default_text

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SINCE = NOW - timedelta(days=90)
LABELS = ("MQL", "SQL")
ANN, BOB = "salesforce:1", "salesforce:2"


@pytest.fixture(scope="module")
def pact() -> Pact:
    return load_pact(default_text("pact.yaml"))


def days(ago: float) -> datetime:
    return NOW - timedelta(days=ago)


def one(*stages: str, ago: float = 10, rep: str = ANN, source: str = "", **more: Any) -> Pass:
    """A pass that reached these stages, a day apart, the first of them so many days ago."""
    reached = {stage: days(ago - number) for number, stage in enumerate(stages)}
    ended = more.pop("ended", "")
    episode = Episode(
        more.pop("link_id", "a"),
        1,
        days(more.pop("captured", ago)),
        reached=reached,
        closed_at=days(ago - len(stages)) if ended else None,
        closed_from=stages[-1] if ended else "",
        outcome=ended,
        **more,
    )
    return Pass(episode, stages[-1], source, rep, latest=True)


def counted(pact: Pact, *passes: Pass) -> Conversion:
    told = Conversion()
    for each in passes:
        told.take(each, pact, SINCE)
    return told


def codes(told: Conversion, health: Health | None = None) -> list[tuple[str, str]]:
    return [(each.code, each.whose) for each in findings(told, health or Health(), LABELS)]


class TestPasses:
    def test_who_never_moved_is_in_the_pass_it_was_found_in(self) -> None:
        link = Link("a", stage=StageState("mql", days(5)), base={"lead_source": "Web"}, owner=ANN)
        (found,) = passes_of(link, [])
        assert (found.mql_at, found.source, found.rep) == (days(5), "Web", ANN)
        assert passes_of(Link("b"), []) == []

    def test_who_brought_it(self) -> None:
        assert one("lead", "mql", "sql").brought_by == "marketing"
        assert one("lead", "sql").brought_by == "sales"
        assert one("lead").brought_by == ""
        implied = one("lead", "mql", "sql", implied=("mql",))
        assert implied.brought_by == "sales", "an MQL that a conversion implied is nobody's work"
        found = one("sql", opened_by="first sight")
        assert found.brought_by == "", "found so at first sight: nobody knows"


class TestConversion:
    def test_both_parts_of_the_duty_are_counted(self, pact: Pact) -> None:
        told = counted(
            pact,
            one("lead", "mql", "sal", "sql", "opportunity", ago=40, captured=50),
            one("lead", "mql", "sal"),
            one("lead", "mql", ended="disqualified", reason="wrong_title"),
            one("lead", "mql", ended="recycled", reason="bad_timing"),
            one("lead", "mql", ended="recycled", reason="unworked"),
            replace(one("lead", "mql", ended="recycled"), reason_owed=True),
            one("lead", "sql"),
            one("lead", "mql", ago=200),
        )
        assert (told.made, told.open, told.settled, told.accepted, told.sql) == (6, 1, 5, 2, 1)
        assert (told.not_for_us, told.not_now, told.unworked, told.owed) == (1, 1, 1, 1)
        assert (told.own_sql, told.opportunity, told.won) == (1, 1, 0)
        assert told.days_to_mql[0] == 11

    def test_acceptance_is_counted_at_sal_or_where_it_is_off_at_sql(self, pact: Pact) -> None:
        """K18."""
        assert pact.health.accepted_at == "sal"
        assert counted(pact, one("lead", "mql", "sal")).accepted == 1
        at_sql = load_pact(
            default_text("pact.yaml").replace("acceptance_at: sal", "acceptance_at: sql")
        )
        assert counted(at_sql, one("lead", "mql", "sal")).accepted == 0
        assert counted(at_sql, one("lead", "mql", "sal", "sql")).accepted == 1

    def test_first_contacts_that_were_late_are_sales_part(self, pact: Pact) -> None:
        told = counted(pact)
        clock = ResponseClock(
            "a", "contact", 1, days(3), days(2), days(2.2), "high", "5 minutes", "office"
        )
        answered = replace(clock, started_at=days(4), ended_at=days(3), answered=True)
        other = replace(clock, episode=2)
        told.take_clocks([clock, answered, other], {1}, NOW)
        assert (told.contacts, told.late_contacts) == (2, 1)


class TestDetectors:
    @pytest.mark.parametrize(
        ("sql", "of", "band"),
        [
            (9, 100, "too_loose"), (10, 100, "watch_low"), (13, 100, "healthy"), (25, 100, "healthy"),
            (26, 100, "watch_high"), (40, 100, "watch_high"), (41, 100, "too_strict"),
        ],
    )  # fmt: skip
    def test_bands(self, sql: int, of: int, band: str) -> None:
        """K1 by default."""
        assert Health().band(sql, of) == band

    @pytest.mark.parametrize(
        ("sql", "band"), [(9, "too_loose"), (12, "healthy"), (26, "too_strict")]
    )
    def test_the_typical_bands_of_another_article(self, sql: int, band: str) -> None:
        """K1, the other side of the switch."""
        text = default_text("pact.yaml").replace(
            "mql_to_sql: {too_loose_below: 10, healthy_from: 13, healthy_to: 25, too_strict_above: 40}",
            "mql_to_sql: typical",
        )
        assert load_pact(text).health.band(sql, 100) == band

    def test_bands_that_do_not_rise_are_refused_with_their_place(self) -> None:
        text = default_text("pact.yaml").replace("healthy_from: 13", "healthy_from: 33")
        with pytest.raises(Exception, match=r"pact\.yaml:\d+:\d+: .*these rise"):
            load_pact(text)

    def test_under_the_least_sample_nothing_is_judged(self) -> None:
        assert codes(Conversion(settled=19, sql=0)) == [("too_few", "both")]

    def test_too_loose_says_where_to_look_first(self) -> None:
        told = Conversion(
            made=50,
            settled=50,
            sql=4,
            accepted=10,
            answered=50,
            not_for_us=30,
            not_now=4,
            unworked=12,
        )
        assert codes(told) == [
            ("too_loose", "both"),
            ("acceptance_low", "both"),
            ("criteria_let_through", "marketing"),
            ("recycled_much", "both"),
            ("unworked", "sales"),
        ]

    def test_too_strict_by_rate_and_by_weeks_that_pass(self) -> None:
        told = Conversion(settled=40, sql=20, accepted=40, answered=40, days_to_mql=[30] * 40)
        assert codes(told) == [("too_strict", "both"), ("late_mqls", "marketing")]

    def test_sales_looks_elsewhere(self) -> None:
        told = Conversion(
            settled=100, sql=20, accepted=90, answered=100, own_sql=30, contacts=10, late_contacts=4
        )
        assert codes(told) == [("late_contacts", "sales"), ("own_leads", "both")]

    def test_sqls_that_open_nothing_were_taken_too_early(self) -> None:
        """K19: our own lines."""
        told = Conversion(
            settled=200,
            sql=40,
            accepted=90,
            answered=100,
            sql_settled=40,
            opportunity=19,
            sql_ended=40,
            won=5,
        )
        assert codes(told) == [("sql_too_early", "sales"), ("few_won", "both")]
        told.opportunity, told.won = 20, 6
        assert codes(told) == []

    def test_healthy_numbers_are_no_warning(self) -> None:
        assert codes(Conversion(settled=100, sql=20, accepted=80, answered=100, not_now=20)) == []


class TestSources:
    def test_rows_by_who_brought_them_and_source(self) -> None:
        rows = by_source(
            [
                one("lead", "mql", "sql", source="Web"),
                one("lead", "mql", source="Web"),
                one("lead", "sql", source="Web"),
                one("lead", source="Web"),
                one("lead", "mql", source="Old", ago=200),
            ],
            SINCE,
        )
        assert [(row.brought_by, row.source, row.passes, row.worked, row.sql) for row in rows] == [
            ("marketing", "Web", 2, 1, 1),
            ("sales", "Web", 1, 1, 1),
        ]

    def test_a_rep_who_turns_to_their_own_leads_stands_out(self) -> None:
        def half(own: int, of: int, ago: float, rep: str) -> list[Pass]:
            return [
                one(
                    *(("lead", "sql") if number < own else ("lead", "mql", "sal")), ago=ago, rep=rep
                )
                for number in range(of)
            ]

        rows = drifts(
            [
                *half(1, 10, 80, ANN),
                *half(5, 10, 20, ANN),
                *half(1, 10, 80, BOB),
                *half(2, 10, 20, BOB),
            ],
            SINCE,
            NOW,
        )
        assert [(row.rep, row.drifts) for row in rows] == [(ANN, True), (BOB, False)]
        few = drifts([*half(0, 4, 80, ANN), *half(4, 4, 20, ANN)], SINCE, NOW)
        assert not few[0].drifts, "four leads are no drift"


class TestReps:
    def test_a_rate_apart_from_everybodys_is_marked_and_a_small_one_is_not(self) -> None:
        def of(rep: str, sql: int, settled: int) -> list[Pass]:
            return [
                one("lead", "mql", "sql", rep=rep)
                if number < sql
                else one("lead", "mql", ended="recycled", reason="bad_timing", rep=rep)
                for number in range(settled)
            ]

        rows = by_rep([*of(ANN, 12, 20), *of(BOB, 10, 80), *of("salesforce:3", 4, 5)], {})
        sql, settled = sum(row.sql for row in rows), sum(row.settled for row in rows)
        marked = {row.rep: row.apart(sql, settled) for row in rows}
        assert marked == {ANN: True, BOB: True, "salesforce:3": False}


class TestReasons:
    def test_against_the_span_before_with_what_they_have_in_common(self, pact: Pact) -> None:
        wrong = [
            replace(
                one("lead", "mql", ended="disqualified", reason="wrong_title", link_id=str(number)),
                facts={"title": "Assistant", "country": f"C{number}"},
            )
            for number in range(3)
        ]
        before = one("lead", "mql", ended="recycled", reason="bad_timing", ago=120)
        passes = [each for each in (*wrong, before) if ended_in(each, days(180), NOW)]
        rows = by_reason(passes, SINCE, NOW, {("0", 1): "B2"})
        assert [(row.reason, row.count, row.before) for row in rows] == [
            ("wrong_title", 3, 0),
            ("bad_timing", 0, 1),
        ]
        assert rows[0].common() == [("title", "Assistant", 3)]
        assert rows[0].grades == {"B2": 1}
        assert belongs_to("wrong_title", pact).startswith("the bar")
        assert belongs_to("bad_timing", pact).startswith("the time")
        assert belongs_to("unworked", pact).startswith("the queue")


class TestFirstTouch:
    @pytest.mark.parametrize(
        ("made", "acts", "outcome"),
        [
            (one("lead", "mql"), (), "waiting"),
            (one("lead", "mql", "sal"), (), "in_talk"),
            (one("lead", "mql", "sal"), (("meeting_booked", 2),), "booked"),
            (one("lead", "mql", "sal"), (("meeting_booked", 30),), "in_talk"),
            (one("lead", "mql", "sal", "sql"), (), "booked"),
            (one("lead", "mql", ended="recycled", reason="bad_timing"), (), "drip"),
            (one("lead", "mql", ended="recycled", reason="unworked"), (), "unworked"),
            (one("lead", "mql", ended="disqualified", reason="wrong_title"), (), "suspect"),
            (replace(one("lead", "mql"), suspected="pure_researcher"), (), "suspect"),
        ],
    )
    def test_outcomes(
        self, pact: Pact, made: Pass, acts: tuple[tuple[str, float], ...], outcome: str
    ) -> None:
        signals = [Signal(str(n), "a", name, days(ago)) for n, (name, ago) in enumerate(acts)]
        found = first_touch(made, (), signals, pact)
        assert found is not None
        assert found.outcome == outcome

    def test_who_never_was_for_sales_has_none(self, pact: Pact) -> None:
        assert first_touch(one("lead"), (), (), pact) is None

    def test_clicks_are_a_reason_to_learn_fit_and_a_raised_hand_one_to_answer(self) -> None:
        """S69."""
        looked = advice("mql", None, ["How many people work there?"])
        assert looked[0] == f"{LEARN} Ask: How many people work there?"
        assert advice("fast_lane", None, [])[0] == RAISED
        assert advice("customer_request", None, []) == ()


def test_the_team_that_answers_flips_with_the_stage_and_only_there(pact: Pact) -> None:
    """S12, S13, S17."""
    said = {stage: answerable(StageState(stage, NOW), pact) for stage in pact.stages}
    assert said["lead"] == "Answerable: marketing."
    assert "marketing until sales takes it (SAL)" in said["mql"]
    assert "the duty of both" in said["mql"]
    assert said["sal"] == said["sql"] == said["opportunity"] == "Answerable: sales."
    assert said["customer"] == "Answerable: both teams."
    assert answerable(None, pact) == ""
