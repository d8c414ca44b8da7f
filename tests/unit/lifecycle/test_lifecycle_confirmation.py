"""K4, K17, R11: sales' word for an SQL before its criteria are confirmed, beside whatever else is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpact.lifecycle.confirmation import Unmet
from leadpact.lifecycle.decide import decide
from leadpact.model.record import Author
from leadpact.model.stage import Assertion, StageDecision, StageState
from leadpact.pact import Pact, load_pact
from leadpact_mappings import default_text

PACT = load_pact(default_text("pact.yaml"))
Says = Callable[..., Assertion]
At = Callable[..., StageState]
PACT_AT = datetime(2026, 11, 1, 9, tzinfo=UTC)
HOLD = Unmet("hold", "Need (not answered) (BANT 2/4)", "Budget")
MET = Unmet("hold")


def told(decision: StageDecision) -> tuple[str, int, list[str]]:
    return decision.stage, len(decision.waiting), sorted(one.code for one in decision.refusals)


def test_held_it_waits_and_says_for_what(pact: Pact, at: At, says: Says) -> None:
    decision = decide(at("sal"), [says("sales", "sql", crm="salesforce")], pact, HOLD)
    assert told(decision) == ("sal", 1, [])
    assert decision.accepted is None
    assert decision.waiting[0].why == (
        "Sales (salesforce) says SQL, which waits for: Need (not answered) (BANT 2/4). "
        "Filled in, it goes through by itself."
    )


def test_refused_it_is_put_back_with_what_is_missing(pact: Pact, at: At, says: Says) -> None:
    unmet = Unmet("refuse", HOLD.sql)
    decision = decide(at("sal"), [says("sales", "sql", crm="salesforce")], pact, unmet)
    assert told(decision) == ("sal", 0, ["unconfirmed"])
    assert decision.refusals[0].why.endswith("first it needs: Need (not answered) (BANT 2/4).")


def test_accepted_it_is_told(pact: Pact, at: At, says: Says) -> None:
    unmet = Unmet("accept", HOLD.sql)
    decision = decide(at("sal"), [says("sales", "sql")], pact, unmet)
    assert told(decision) == ("sql", 0, [])
    assert decision.why == "Sales (hubspot) set SQL. Unconfirmed: Need (not answered) (BANT 2/4)."


def test_confirmed_it_goes_through(pact: Pact, at: At, says: Says) -> None:
    decision = decide(at("sal"), [says("sales", "sql")], pact, MET)
    assert told(decision) == ("sql", 0, [])
    assert decision.why == "Sales (hubspot) set SQL."


@pytest.mark.parametrize("mode", ["hold", "refuse"])
@pytest.mark.parametrize(
    ("basis", "goal"),
    [("conversion", "sql"), ("open_opportunity", "opportunity"), ("closed_won", "customer")],
)
def test_a_fact_is_never_stopped_only_told(
    pact: Pact, at: At, says: Says, mode: Any, basis: Any, goal: str
) -> None:
    unmet = Unmet(mode, HOLD.sql, HOLD.opportunity)
    decision = decide(at("mql"), [says("sales", goal, basis=basis)], pact, unmet)
    assert told(decision) == (goal, 0, [])
    assert "Unconfirmed: Need (not answered) (BANT 2/4)" in decision.why
    assert ("Budget for an opportunity" in decision.why) is (goal != "sql")


def test_the_operator_is_not_stopped(pact: Pact, at: At, says: Says) -> None:
    decision = decide(at("sal"), [says("operator", "sql", crm="")], pact, HOLD)
    assert decision.stage == "sql"
    assert "Unconfirmed" in decision.why


def test_an_opportunity_asks_for_its_own(pact: Pact, at: At, says: Says) -> None:
    """K17."""
    unmet = Unmet("hold", "", "Budget, Timeline")
    decision = decide(at("sql"), [says("sales", "opportunity")], pact, unmet)
    assert told(decision) == ("sql", 1, [])
    assert "waits for: Budget, Timeline for an opportunity" in decision.waiting[0].why
    assert decide(at("sal"), [says("sales", "sql")], pact, unmet).stage == "sql"


def test_backward_and_out_it_asks_nothing(pact: Pact, at: At, says: Says) -> None:
    back = says("sales", "sal", reason="wrong click")
    assert decide(at("sql"), [back], pact, HOLD).stage == "sal"
    out = says("sales", "recycled", basis="rejection", reason="no_budget")
    assert decide(at("sal"), [out], pact, HOLD).stage == "recycled"


def test_what_waits_holds_nothing_else_up(pact: Pact, at: At, says: Says) -> None:
    waits = says("sales", "sql", crm="salesforce")
    score = says("score", "mql", basis="score", crm="")
    decision = decide(at("lead"), [waits, score], pact, HOLD)
    assert told(decision) == ("mql", 1, [])


def test_a_stronger_word_overtakes_it(pact: Pact, at: At, says: Says) -> None:
    waits = says("sales", "sql", crm="salesforce")
    out = says("sales", "recycled", basis="rejection", reason="no_budget")
    decision = decide(at("sal"), [waits, out], pact, HOLD)
    assert told(decision) == ("recycled", 0, ["overtaken"])


def test_an_opportunity_on_record_makes_it_go_through(pact: Pact, at: At, says: Says) -> None:
    waits = says("sales", "sql", crm="hubspot")
    fact = says("sales", "opportunity", basis="open_opportunity", crm="salesforce")
    assert told(decide(at("sal"), [waits, fact], pact, HOLD)) == ("opportunity", 0, [])


class TestAgreement:
    """The agreement's own word: criteria that are met."""

    def word(self) -> Assertion:
        author = Author("ours")
        return Assertion(("sql",), "", "agreement", "qualification", author, shown="BANT 3/4")

    def test_it_makes_an_sql_and_tells_why(self, pact: Pact, at: At) -> None:
        decision = decide(at("sal"), [self.word()], pact, MET)
        assert (decision.stage, decision.implied) == ("sql", ())
        assert decision.why == "The agreement's criteria for SQL are met: BANT 3/4."
        assert decide(at("mql"), [self.word()], pact, MET).implied == ("sal",)
        assert decide(at("lead"), [self.word()], pact, MET).implied == ()

    @pytest.mark.parametrize("stage", ["sql", "opportunity", "customer"])
    def test_it_demotes_nobody(self, pact: Pact, at: At, stage: str) -> None:
        assert told(decide(at(stage), [self.word()], pact, MET)) == (stage, 0, [])

    @pytest.mark.parametrize("stage", ["recycled", "disqualified"])
    def test_it_brings_nobody_back(self, pact: Pact, at: At, stage: str) -> None:
        assert decide(at(stage), [self.word()], pact, MET).stage == stage

    def test_it_stands_below_people_and_above_the_score(
        self, pact: Pact, at: At, says: Says
    ) -> None:
        back = says("sales", "mql", reason="wrong click")
        assert decide(at("sal"), [self.word(), back], pact, MET).stage == "mql"
        score = says("score", "mql", basis="score", crm="")
        assert decide(at("lead"), [self.word(), score], pact, MET).stage == "sql"


said = st.sampled_from(
    [
        Assertion(("sql",), "salesforce", "sales", "edit", Author("person", "1"), shown="a"),
        Assertion(("opportunity",), "hubspot", "sales", "edit", Author("person", "2"), shown="b"),
        Assertion(("sal",), "hubspot", "sales", "edit", Author("person", "2"), shown="c"),
        Assertion(("mql",), "hubspot", "marketing", "edit", Author("person", "3"), shown="d"),
        Assertion(("mql",), "", "score", "score", Author("ours"), shown="e"),
        Assertion(("sql",), "", "agreement", "qualification", Author("ours"), shown="f"),
        Assertion(("sql",), "salesforce", "sales", "conversion", Author("person"), shown="g"),
        Assertion(("recycled",), "salesforce", "sales", "rejection", Author("person"), "no_budget"),
    ]
)
unmets = st.builds(
    Unmet,
    st.sampled_from(["accept", "hold", "refuse"]),
    st.sampled_from(["", "Need (BANT 2/4)"]),
    st.sampled_from(["", "Budget"]),
)


@given(st.lists(said, max_size=3), unmets, st.sampled_from(["lead", "mql", "sal", "sql"]))
def test_order_never_matters_and_no_edit_passes_unconfirmed(
    words: list[Assertion], unmet: Unmet, stage: str
) -> None:
    state = StageState(stage, PACT_AT)
    outcomes = [decide(state, list(each), PACT, unmet) for each in permutations(words)]
    assert all(one == outcomes[0] for one in outcomes)
    won = outcomes[0].accepted
    if won is not None and won.basis == "edit" and unmet.mode != "accept" and stage != "sql":
        assert outcomes[0].stage != "opportunity" or not (unmet.sql or unmet.opportunity)
        assert outcomes[0].stage != "sql" or not unmet.sql
