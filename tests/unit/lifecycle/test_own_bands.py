"""K1, K7, S107, S117: which wins count, and from when on the firm's own rate takes the place of the usual bands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leadpact.errors import FixSettings
from leadpact.lifecycle.own_bands import Bands, OwnRate, around, interval
from leadpact.lifecycle.passes import Pass
from leadpact.lifecycle.wins import LastWins, lost_at, talked_at, won_at
from leadpact.model.episode import Episode, EpisodeKind, EpisodeOutcome
from leadpact.pact import Pact, load_pact
from leadpact.pact.calibration import Calibration
from leadpact.pact.health import Health
from leadpact_mappings import default_text

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAMPLE = "  wins: 30\n  days: null\n  warn_below: 20 "


@pytest.fixture(scope="module")
def pact() -> Pact:
    return load_pact(default_text("pact.yaml"))


def agreed(old: str, new: str) -> Pact:
    text = default_text("pact.yaml")
    assert old in text
    return load_pact(text.replace(old, new))


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def a_pass(
    number: int,
    *stages: str,
    at: float,
    outcome: EpisodeOutcome = "",
    kind: EpisodeKind = "first",
    reason: str = "",
    opened_by: str = "",
) -> Pass:
    """It reached these stages a day apart, the first one so many days ago, and ended a day after the last."""
    reached = {stage: ago(at - step) for step, stage in enumerate(stages)}
    end = ago(at - len(stages) + (outcome == "won")) if outcome else None
    episode = Episode(
        f"{number:04d}", 1, ago(at), kind, opened_by, reached=reached, closed_at=end,
        closed_from=stages[-1], outcome=outcome, reason=reason,
    )  # fmt: skip
    return Pass(episode, stages[-1], "", "", latest=True)


def wins(count: int, *, first: float = 200) -> list[Pass]:
    """One a day: the first became MQL so many days ago."""
    return [
        a_pass(n, "mql", "sql", "opportunity", "customer", at=first - n, outcome="won")
        for n in range(count)
    ]


def mqls(count: int, sql: int, *, at: float) -> list[Pass]:
    """Settled ones, so many of which became SQL."""
    return [
        a_pass(1000 + n, "mql", "sql", at=at)
        if n < sql
        else a_pass(1000 + n, "mql", at=at, outcome="recycled", reason="bad_timing")
        for n in range(count)
    ]


def judged(pact: Pact, *passes: list[Pass]) -> Bands:
    own = OwnRate(pact, NOW)
    for page in passes:
        own.take(page)
    return own.bands()


class TestWhichWins:
    def test_the_last_thirty_by_the_day_they_were_won(self) -> None:
        sample = LastWins(Calibration(), NOW)
        for one in reversed(wins(150, first=400)):
            sample.take([one])
        kept = [one.link_id for one in sample.passes]
        assert kept == [f"{n:04d}" for n in range(120, 150)]

    def test_another_number_and_a_window_instead_or_beside(self) -> None:
        """K7, the other side of the switch."""

        def kept(calibration: Calibration) -> int:
            sample = LastWins(calibration, NOW)
            sample.take(wins(150, first=200))
            return len(sample.passes)

        assert kept(Calibration(wins=50)) == 50
        assert kept(Calibration(wins=None, days=60)) == 13, "won from day 60 to day 48 before"
        assert kept(Calibration(wins=5, days=60)) == 5
        assert Calibration(wins=None, days=60).words == "the wins of the last 60 days"

    def test_what_is_a_win(self) -> None:
        assert won_at(wins(1)[0]) == ago(197)
        left = a_pass(1, "mql", "sql", "customer", at=90, outcome="churned")
        assert won_at(left) == ago(88), "it was won, whatever came later"
        found = a_pass(1, "customer", at=90, opened_by="first sight")
        assert won_at(found) == ago(90)
        assert won_at(a_pass(1, "mql", "customer", "opportunity", at=90)) is None, "taken back"
        more = a_pass(1, "opportunity", "customer", at=90, outcome="won", kind="expansion")
        assert won_at(more) is None

    def test_when_sales_first_had_it(self) -> None:
        assert talked_at(a_pass(1, "mql", "sal", "sql", at=10)) == ago(9)
        assert talked_at(a_pass(1, "mql", at=10)) is None
        further = a_pass(1, "customer", at=10, opened_by="first sight")
        assert talked_at(further) is None, "it was talked to before, nobody knows when"
        assert talked_at(a_pass(1, "sql", at=10, opened_by="first sight")) == ago(10)

    def test_who_was_lost(self, pact: Pact) -> None:
        """S121."""

        def lost(outcome: EpisodeOutcome, reason: str = "", *stages: str) -> bool:
            one = a_pass(1, *(stages or ("mql",)), at=10, outcome=outcome, reason=reason)
            return lost_at(one, pact) is not None

        assert lost("recycled", "bad_timing")
        assert lost("disqualified", "wrong_title")
        assert lost("lost", "", "mql", "sql", "opportunity")
        assert not lost("recycled", "unworked"), "nobody turned it away"
        assert not lost("disqualified", "wrong_title", "lead"), "it never came to sales"
        assert not lost("won", "", "mql", "customer")
        refused = a_pass(1, "lead", at=10, outcome="recycled")
        by_rep = replace(refused.episode, rejected_by="salesforce:005")
        assert lost_at(replace(refused, episode=by_rep), pact) == ago(9), "a rep looked at it"
        found = a_pass(1, "sql", "recycled", at=10, opened_by="first sight")
        assert lost_at(found, pact) == ago(9)


class TestBands:
    def test_under_twenty_wins_the_usual_bands_count_and_why_is_said(self, pact: Pact) -> None:
        told = judged(pact, wins(14), mqls(400, 200, at=190))
        assert (told.own, told.health) == (False, pact.health)
        assert "usual bands, 13 to 25 % healthy: 14 of 20 wins" in told.why
        assert told.wins == 14

    def test_from_twenty_wins_on_the_own_rate_counts(self, pact: Pact) -> None:
        others = [*mqls(500, 1, at=20), *mqls(500, 1, at=290)]
        told = judged(pact, wins(20), mqls(380, 180, at=190), others)
        assert (told.own, told.wins, told.settled, told.sql) == (True, 20, 400, 200)
        cuts = told.health
        assert (cuts.too_loose_below, cuts.healthy_from, cuts.healthy_to, cuts.too_strict_above) == (
            34, 45, 55, 88,
        )  # fmt: skip
        assert cuts.band(50, 100) == "healthy"
        assert pact.health.band(50, 100) == "too_strict"
        assert told.why.startswith(
            "Judged by your own rate: 50 % (200 of 400 settled MQLs of 6 May 2026 to 25 May 2026, when 20 of 20 wins "
            "became MQL) became SQL. 45 to 55 % is healthy"
        )
        assert "over 88 % too strict" in told.why

    def test_the_agreement_may_keep_the_usual_bands(self) -> None:
        """K1, the other side of the switch."""
        told = judged(agreed("own_rate: true", "own_rate: false"), wins(30), mqls(400, 200, at=190))
        assert not told.own
        assert "`own_rate: false`" in told.why

    def test_how_few_is_agreed_too(self) -> None:
        fewer = agreed(SAMPLE, "  wins: 12\n  days: null\n  warn_below: 10 ")
        assert judged(fewer, wins(9), mqls(400, 200, at=195)).own is False
        assert judged(fewer, wins(10), mqls(400, 200, at=195)).own is True

    def test_a_rate_of_few_is_none(self, pact: Pact) -> None:
        quick = [
            a_pass(n, "mql", "sql", "customer", at=90, outcome="won") if n < 3
            else a_pass(n, "sql", "customer", at=90, outcome="won")
            for n in range(20)
        ]  # fmt: skip
        told = judged(pact, quick)
        assert not told.own
        assert "3 are settled; your own rate takes 20" in told.why
        assert (told.wins, told.settled, told.sql) == (20, 3, 3)
        none = judged(pact, quick[3:] + [a_pass(50 + n, "sql", "customer", at=9) for n in range(3)])
        assert "none of your wins was an MQL" in none.why
        assert (none.wins, none.health) == (20, pact.health)

    def test_exactly_as_many_as_are_asked_are_enough(self, pact: Pact) -> None:
        assert judged(pact, wins(20)).settled == pact.health.least_sample == 20
        assert judged(pact, wins(20)).own

    def test_who_was_no_mql_is_passed_over_and_those_behind_are_counted(self, pact: Pact) -> None:
        other = a_pass(99, "sql", "customer", at=195, outcome="won")
        told = judged(pact, [wins(1)[0], other, *wins(20)[1:]], mqls(380, 180, at=190))
        assert (told.settled, told.sql, told.wins) == (400, 200, 21)

    def test_the_interval_is_wilsons(self) -> None:
        low, high = interval(18, 100)
        assert (round(low, 4), round(high, 4)) == (0.1170, 0.2667)
        assert interval(0, 0) == (0.0, 1.0)
        assert interval(0, 20)[0] == 0.0
        assert interval(20, 20)[1] == 1.0

    def test_cuts_rise_and_never_leave_the_percents(self) -> None:
        for settled in (20, 57, 400):
            for reached in range(0, settled + 1, 3):
                one = around(Health(), reached, settled)
                cuts = [
                    0, one.too_loose_below, one.healthy_from, one.healthy_to, one.too_strict_above, 100,
                ]  # fmt: skip
                assert cuts == sorted(cuts)
                assert one.band(reached, settled) == "healthy"


class TestDocument:
    def test_as_it_ships(self, pact: Pact) -> None:
        assert pact.calibration == Calibration(30, None, 20, 30)
        assert pact.health.own_rate
        before, _, rest = default_text("pact.yaml").partition("calibration:\n")
        without = load_pact(before + rest[rest.index("# ---") :])
        assert (without.hash, without.calibration) == (pact.hash, pact.calibration)

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ("  wins: null\n  days: null\n  warn_below: 20 ", "say how many `wins`"),
            ("  wins: 10\n  days: null\n  warn_below: 20 ", "`warn_below: 20` is more than"),
            ("  wins: 0\n  days: null\n  warn_below: 20 ", "greater than or equal to 1"),
            ("  win: 3\n  days: null\n  warn_below: 20 ", 'did you mean "wins"'),
        ],
    )
    def test_what_makes_no_sense_is_refused_with_its_place(self, changed: str, why: str) -> None:
        with pytest.raises(FixSettings, match=rf"pact\.yaml:\d+:\d+: .*{why}"):
            agreed(SAMPLE, changed)

    def test_a_window_alone_will_do(self) -> None:
        one = agreed(SAMPLE, "  wins: null\n  days: 180\n  warn_below: 20 ").calibration
        assert (one.wins, one.days) == (None, 180)
