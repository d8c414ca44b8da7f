"""R11 to R16: what comes of one assertion, and of two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leadpact.lifecycle.decide import decide
from leadpact.model.stage import Assertion, StageState
from leadpact.pact import Pact

Says = Callable[..., Assertion]
At = Callable[..., StageState]


def test_nothing_said_changes_nothing(pact: Pact, at: At) -> None:
    decision = decide(at("mql", reason="x"), [], pact)
    assert (decision.stage, decision.accepted, decision.refusals) == ("mql", None, ())
    assert (decision.reason, decision.why) == ("x", "before")


def test_an_allowed_edit_is_accepted_with_the_stages_it_skips(
    pact: Pact, at: At, says: Says
) -> None:
    said = says("sales", "sql", crm="salesforce")
    decision = decide(at("mql"), [said], pact)
    assert decision.stage == "sql"
    assert decision.accepted is said
    assert decision.implied == ("sal",)
    assert decision.why == "Sales (salesforce) set SQL."


def test_outbound_to_sql_was_never_an_mql(pact: Pact, at: At, says: Says) -> None:
    decision = decide(at("lead"), [says("sales", "sql")], pact)
    assert (decision.stage, decision.implied) == ("sql", ())


def test_a_marketer_makes_no_sql_and_is_told_who_does(pact: Pact, at: At, says: Says) -> None:
    decision = decide(at("mql"), [says("marketing", "sql")], pact)
    assert (decision.stage, decision.accepted) == ("mql", None)
    (refusal,) = decision.refusals
    assert (refusal.stage, refusal.code) == ("sql", "not_allowed")
    assert "from MQL to SQL; sales may" in refusal.why


def test_backward_without_a_reason_is_refused_for_that(pact: Pact, at: At, says: Says) -> None:
    decision = decide(at("sql"), [says("sales", "lead")], pact)
    assert decision.stage == "sql"
    assert decision.refusals[0].code == "reason_missing"
    assert decide(at("sql"), [says("sales", "lead", reason="wrong click")], pact).stage == "lead"


def test_a_stage_that_was_agreed_already_is_no_assertion(pact: Pact, at: At, says: Says) -> None:
    shared = says("marketing", "lead", "mql", "sal")
    decision = decide(at("mql"), [shared], pact)
    assert (decision.stage, decision.accepted, decision.refusals) == ("mql", None, ())


def test_a_shared_status_means_the_nearest_stage_it_allows(pact: Pact, at: At, says: Says) -> None:
    decision = decide(at("mql"), [says("sales", "opportunity", "sql", "sal")], pact)
    assert decision.stage == "sal"


def test_a_value_that_stands_for_no_stage_is_unmapped(pact: Pact, at: At, says: Says) -> None:
    for said in (says("sales", "won_it"), says("sales")):
        decision = decide(at("mql"), [said], pact)
        assert decision.stage == "mql"
        assert decision.refusals[0].code == "unmapped"


def test_first_sight_is_judged_from_the_first_stage(pact: Pact, says: Says) -> None:
    assert decide(None, [says("marketing", "mql")], pact).stage == "mql"
    assert decide(None, [], pact).stage == "lead"


def test_of_equal_words_the_earlier_is_told_whoever_was_read_first(
    pact: Pact, at: At, says: Says
) -> None:
    noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
    unknown, early, late = (
        replace(says("marketing", "mql"), at=each)
        for each in (None, noon, noon + timedelta(hours=1))
    )
    for said in ([early, late], [late, early]):
        assert decide(at("lead"), said, pact).accepted is early
        assert decide(at("lead"), [*said, unknown], pact).accepted is unknown


class TestAutomation:
    @pytest.mark.parametrize("stage", ["mql", "sal", "sql", "opportunity"])
    def test_alone_it_makes_nobody_more_than_a_lead(
        self, pact: Pact, at: At, says: Says, stage: str
    ) -> None:
        decision = decide(at("lead"), [says("automation", stage)], pact)
        assert decision.stage == "lead"
        assert decision.refusals[0].code == "automation_without_opportunity"

    def test_at_the_bottom_it_may(self, pact: Pact, at: At, says: Says) -> None:
        assert decide(at("subscriber"), [says("automation", "lead")], pact).stage == "lead"

    def test_with_an_actual_opportunity_it_is_believed(
        self, pact: Pact, at: At, says: Says
    ) -> None:
        said = says("automation", "opportunity", basis="open_opportunity")
        decision = decide(at("mql"), [said], pact)
        assert decision.stage == "opportunity"
        assert decision.implied == ("sal", "sql")

    def test_it_rejects_nobody(self, pact: Pact, at: At, says: Says) -> None:
        decision = decide(at("mql"), [says("automation", "recycled", basis="rejection")], pact)
        assert decision.stage == "mql"
        assert decision.refusals[0].code == "automation_without_opportunity"


class TestScore:
    def test_it_promotes(self, pact: Pact, at: At, says: Says) -> None:
        said = says("score", "mql", basis="score", crm="")
        assert decide(at("lead"), [said], pact).stage == "mql"
        assert decide(at("recycled"), [said], pact).stage == "mql"
        assert decide(at("subscriber"), [said], pact).implied == ("lead",)

    @pytest.mark.parametrize("stage", ["mql", "pql", "sal", "sql", "opportunity", "customer"])
    def test_it_never_demotes_and_needs_no_refusal(
        self, pact: Pact, at: At, says: Says, stage: str
    ) -> None:
        for goal in ("mql", "lead"):
            decision = decide(at(stage), [says("score", goal, basis="score")], pact)
            assert (decision.stage, decision.accepted, decision.refusals) == (stage, None, ())

    def test_it_brings_nobody_back_who_is_out(self, pact: Pact, at: At, says: Says) -> None:
        decision = decide(at("disqualified"), [says("score", "mql", basis="score")], pact)
        assert decision.stage == "disqualified"
        assert decision.refusals[0].code == "not_allowed"

    def test_it_makes_no_sql(self, pact: Pact, at: At, says: Says) -> None:
        assert decide(at("mql"), [says("score", "sql", basis="score")], pact).stage == "mql"


class TestRejection:
    def test_a_reason_that_recycles(self, pact: Pact, at: At, says: Says) -> None:
        said = says("sales", "recycled", "disqualified", basis="rejection", reason="bad_timing")
        decision = decide(at("mql"), [said], pact)
        assert (decision.stage, decision.reason, decision.reason_owed) == (
            "recycled",
            "bad_timing",
            False,
        )
        assert decision.why == "Sales (hubspot) rejected: Bad timing."

    def test_a_reason_that_disqualifies_wins_over_the_stage_that_was_set(
        self, pact: Pact, at: At, says: Says
    ) -> None:
        said = says("sales", "recycled", basis="rejection", reason="competitor")
        assert decide(at("sal"), [said], pact).stage == "disqualified"

    @pytest.mark.parametrize("stage", ["recycled", "disqualified"])
    def test_without_a_reason_it_is_recycled_and_the_reason_is_owed(
        self, pact: Pact, at: At, says: Says, stage: str
    ) -> None:
        for basis in ("rejection", "edit"):
            decision = decide(at("mql"), [says("sales", stage, basis=basis)], pact)
            assert (decision.stage, decision.reason, decision.reason_owed) == ("recycled", "", True)
            assert "the reason is owed" in decision.why

    def test_marketing_owes_its_reason_at_once(self, pact: Pact, at: At, says: Says) -> None:
        decision = decide(at("mql"), [says("marketing", "disqualified")], pact)
        assert (decision.stage, decision.refusals[0].code) == ("mql", "reason_missing")

    def test_a_reason_nobody_agreed_on_waits_for_a_person(
        self, pact: Pact, at: At, says: Says
    ) -> None:
        decision = decide(at("mql"), [says("sales", "recycled", reason="mercury_retrograde")], pact)
        assert (decision.stage, decision.accepted) == ("mql", None)
        assert "mercury_retrograde" in decision.held

    def test_the_owed_reason_is_taken_when_it_comes(self, pact: Pact, at: At, says: Says) -> None:
        said = says("sales", "recycled", basis="rejection", reason="no_budget")
        decision = decide(at("recycled", reason_owed=True), [said], pact)
        assert (decision.stage, decision.reason, decision.reason_owed) == (
            "recycled",
            "no_budget",
            False,
        )
        assert decision.accepted is said

    def test_saying_it_again_says_nothing(self, pact: Pact, at: At, says: Says) -> None:
        owing = at("recycled", reason_owed=True)
        decision = decide(owing, [says("sales", "recycled", basis="rejection")], pact)
        assert decision.accepted is None
        assert decision.reason_owed

    def test_a_customer_is_not_rejected(self, pact: Pact, at: At, says: Says) -> None:
        said = says("sales", "recycled", basis="rejection", reason="bad_timing")
        decision = decide(at("customer"), [said], pact)
        assert (decision.stage, decision.refusals[0].code) == ("customer", "not_allowed")


class TestFacts:
    @pytest.mark.parametrize(
        ("basis", "stage"),
        [("conversion", "sql"), ("open_opportunity", "opportunity"), ("closed_won", "customer")],
    )
    def test_each_means_its_stage_and_implies_the_way(
        self, pact: Pact, at: At, says: Says, basis: str, stage: str
    ) -> None:
        decision = decide(at("mql"), [says("sales", basis=basis)], pact)
        assert decision.stage == stage
        way = ("sal", "sql", "opportunity", "customer")
        assert decision.implied == way[: way.index(stage)]

    @pytest.mark.parametrize("basis", ["conversion", "open_opportunity", "closed_won"])
    def test_they_say_at_least_so_a_customer_is_not_demoted(
        self, pact: Pact, at: At, says: Says, basis: str
    ) -> None:
        decision = decide(at("customer"), [says("sales", basis=basis)], pact)
        assert (decision.stage, decision.accepted, decision.refusals) == ("customer", None, ())

    def test_who_left_as_a_customer_comes_back_as_one(self, pact: Pact, at: At, says: Says) -> None:
        decision = decide(at("former_customer"), [says("sales", basis="closed_won")], pact)
        assert (decision.stage, decision.implied) == ("customer", ("opportunity",))

    def test_a_conversion_with_its_opportunity_is_one_story(
        self, pact: Pact, at: At, says: Says
    ) -> None:
        said = [says("sales", basis="conversion"), says("sales", basis="open_opportunity")]
        decision = decide(at("mql"), said, pact)
        assert (decision.stage, decision.refusals) == ("opportunity", ())

    def test_a_lost_opportunity_recycles_with_its_reason(
        self, pact: Pact, at: At, says: Says
    ) -> None:
        lost = says("sales", basis="closed_lost")
        assert decide(at("opportunity"), [lost], pact).reason == "closed_lost"
        named = says("sales", basis="closed_lost", reason="no_budget")
        decision = decide(at("opportunity"), [named], pact)
        assert (decision.stage, decision.reason) == ("recycled", "no_budget")

    def test_a_lost_opportunity_gives_way_to_one_that_is_open(
        self, pact: Pact, at: At, says: Says
    ) -> None:
        said = [says("sales", basis="closed_lost"), says("sales", basis="open_opportunity")]
        assert decide(at("sql"), said, pact).stage == "opportunity"
