"""K4, K13, K14, S55, S61 to S66, S74: what makes an SQL by itself, and who is worked first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from leadpact.lifecycle.qualification import Qualified, qualify, way_to_sql, work_order
from leadpact.model.scorecard import Scorecard, Verdict
from leadpact.pact import Pact, load_pact
from leadpact_mappings import default_text

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
BANT = {"budget": "allocated", "authority": "decides", "need": "pain", "timeline": "within_90_days"}


@cache
def pact_with(*changes: tuple[str, str]) -> Pact:
    text = default_text("pact.yaml")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return load_pact(text)


PACT = pact_with()


def stands(facts: Mapping[str, Any], *, pact: Pact = PACT) -> Qualified:
    assert pact.qualification is not None
    return qualify(pact.qualification, facts, (), pact, None, NOW)


def card(
    total: int = 0, *, verdict: Verdict = "not_yet", fit: int = 0, lane: str = "", makes: Any = ""
) -> Scorecard:
    return Scorecard(
        "L", NOW, "p", fit * 100, (total - fit) * 100, total * 100, "B2", verdict,
        fast_lane=lane, makes=makes,
    )  # fmt: skip


class TestWays:
    """K4, K13, S55, S61 to S64."""

    def way(
        self, stage: str, facts: Mapping[str, Any], *changes: tuple[str, str], **known: Any
    ) -> str:
        pact = pact_with(*changes)
        assert pact.qualification is not None
        said: dict[str, Any] = {"answered": True, "acted": True, "replied": "", **known}
        one_card = said.pop("card", card())
        return way_to_sql(
            pact.qualification, stands(facts, pact=pact), stage, pact, one_card, **said
        )

    def test_the_minimum_makes_an_sql_of_an_sal_alone(self) -> None:
        assert self.way("sal", BANT) == "BANT 4/4"
        for stage in ("lead", "mql", "pql", "sql", "opportunity", "recycled", "disqualified"):
            assert self.way(stage, BANT) == "", stage
        assert self.way("sal", {**BANT, "need": None}) == ""

    def test_or_of_an_mql_where_the_pact_says_so(self) -> None:
        assert self.way("mql", BANT, ("    from: sal  ", "    from: [sal, mql]  ")) == "BANT 4/4"

    def test_or_of_nobody(self) -> None:
        assert self.way("sal", BANT, ("    from: sal  ", "    from: []  ")) == ""

    def test_answers_that_were_there_before_move_nobody(self) -> None:
        assert self.way("sal", BANT, answered=False) == ""

    @pytest.mark.parametrize("verdict", ["excluded", "disqualified"])
    def test_who_is_out_becomes_nothing(self, verdict: Verdict) -> None:
        assert self.way("sal", BANT, card=card(verdict=verdict)) == ""

    def test_a_target_account_becomes_one_at_first_contact(self) -> None:
        """S61."""
        target = ("  target_accounts: []  ", "  target_accounts: [acme.example]  ")
        acme = {**BANT, "email": "ana@mail.acme.example"}
        assert self.way("lead", acme, target) == "BANT 4/4, a target account at first contact"
        assert self.way("lead", {**acme, "need": "curious"}, target) == ""
        assert self.way("lead", {**BANT, "email": "ana@other.example"}, target) == ""

    def test_a_reply_does_where_the_pact_says_so(self) -> None:
        """S63."""
        reply = ("    made_by: sales  ", "    made_by: [sales, reply]  ")
        for stage in ("mql", "sal"):
            assert self.way(stage, {}, reply, replied="email reply on 1 Nov 2026")
            assert self.way(stage, {}, replied="email reply on 1 Nov 2026") == ""
        assert self.way("lead", {}, reply, replied="email reply on 1 Nov 2026") == ""

    def test_a_score_does_where_the_pact_says_so(self) -> None:
        """S55, K5."""
        score = (
            ("    made_by: sales  ", "    made_by: [sales, score]  "),
            ("thresholds: {mql: 60,", "thresholds: {mql: 60, sql: 90,"),
        )
        high = card(95, verdict="qualified", makes="sql")
        assert self.way("mql", {}, *score, card=high) == "95 points"
        assert self.way("mql", {}, *score, card=card(89, verdict="qualified", makes="mql")) == ""
        assert self.way("mql", {}, *score, card=high, acted=False) == ""
        assert self.way("mql", {}, card=high) == ""

    def test_a_demo_request_does_where_the_pact_says_so(self) -> None:
        """K13."""
        straight = ("demo_request: fast_lane  ", "demo_request: straight_to_sql  ")
        asked = card(lane="demo_request")
        assert self.way("lead", {}, straight, card=asked) == "Asked for a demo"
        assert self.way("lead", {}, straight, card=asked, acted=False) == ""
        assert self.way("lead", {}, card=asked) == ""


class TestWorkOrder:
    """S66, S74, K14: the lowest number is worked first."""

    fits = card(90, verdict="qualified", fit=35)
    cooler = card(65, verdict="qualified", fit=35)
    raised = card(30, fit=0, lane="demo_request")
    raised_and_fits = card(60, fit=20, lane="demo_request")
    neither = card(70, fit=0)

    def place(self, one: Scorecard, pact: Pact = PACT, stage: str = "mql", **facts: str) -> int:
        assert pact.qualification is not None
        found = work_order(pact.qualification, stands(facts, pact=pact), stage, pact, one)
        assert found is not None
        return found

    def test_fit_and_interest_first_hottest_first_then_hands_raised_without_fit(self) -> None:
        queue = [self.raised, self.neither, self.cooler, self.fits, self.raised_and_fits]
        assert sorted(queue, key=self.place) == [
            self.raised_and_fits, self.fits, self.cooler, self.raised, self.neither,
        ]  # fmt: skip

    def test_hands_raised_first_where_the_pact_says_so(self) -> None:
        pact = pact_with(("  hand_raisers: after_fit  ", "  hand_raisers: first  "))
        queue = [self.fits, self.raised, self.raised_and_fits]
        assert sorted(queue, key=lambda one: self.place(one, pact)) == [
            self.raised_and_fits, self.raised, self.fits,
        ]  # fmt: skip

    def test_the_nearer_decision_goes_before_the_hotter_lead(self) -> None:
        soon = self.place(self.cooler, timeline="within_30_days")
        later = self.place(self.fits, timeline="within_180_days")
        assert soon < later < self.place(self.fits)

    def test_unknown_fit_is_not_low_fit(self) -> None:
        unknown = card(40, verdict="needs_data", lane="demo_request")
        assert self.place(unknown) < self.place(self.fits)

    @pytest.mark.parametrize("stage", ["lead", "sql", "opportunity", "recycled", "customer"])
    def test_who_is_not_in_the_queue_has_no_place(self, stage: str) -> None:
        assert PACT.qualification is not None
        assert work_order(PACT.qualification, stands({}), stage, PACT, self.fits) is None
