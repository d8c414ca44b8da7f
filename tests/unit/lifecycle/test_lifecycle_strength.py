"""R11: the strongest allowed assertion wins, in an order that is not the order of reading."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadpact.lifecycle.decide import decide
from leadpact.model.record import Author
from leadpact.model.stage import Assertion, StageState
from leadpact.pact import load_pact
from leadpact_mappings import default_text

Says = Callable[..., Assertion]
At = Callable[..., StageState]

PACT = load_pact(default_text("pact.yaml"))

# Strongest first; from SAL each of them is allowed and each wants another stage than its neighbours.
ORDER = (
    ("closed won", ("sales", (), "closed_won", "")),
    ("open opportunity", ("sales", (), "open_opportunity", "")),
    ("disqualified", ("sales", ("disqualified",), "rejection", "competitor")),
    ("conversion", ("sales", ("sql",), "conversion", "")),
    ("reasoned rejection", ("sales", ("recycled",), "rejection", "bad_timing")),
    ("sales", ("sales", ("mql",), "edit", "wrong click")),
)


def _made(parts: tuple[str, tuple[str, ...], str, str], crm: str) -> Assertion:
    team, stages, basis, reason = parts
    return Assertion(stages, crm, team, basis, Author("person"), reason)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("strong", "weak"), list(combinations(ORDER, 2)), ids=lambda each: str(each[0])
)
def test_the_stronger_of_two_wins_and_the_other_is_told(
    at: At,
    strong: tuple[str, tuple[str, tuple[str, ...], str, str]],
    weak: tuple[str, tuple[str, tuple[str, ...], str, str]],
) -> None:
    winner, loser = _made(strong[1], "salesforce"), _made(weak[1], "hubspot")
    decision = decide(at("sal"), [loser, winner], PACT)
    assert decision.accepted is winner
    assert decision == decide(at("sal"), [winner, loser], PACT)
    on_the_way = set(decision.implied)
    alone = decide(at("sal"), [loser], PACT).stage
    told = [(each.assertion, each.code) for each in decision.refusals]
    assert told == ([] if alone in on_the_way else [(loser, "overtaken")])


def test_sales_goes_before_marketing_and_marketing_before_the_score(at: At, says: Says) -> None:
    sales = says("sales", "sql", crm="salesforce")
    marketing = says("marketing", "pql")
    score = says("score", "mql", basis="score", crm="")
    decision = decide(at("lead"), [score, marketing, sales], PACT)
    assert decision.stage == "sql"
    assert {each.stage for each in decision.refusals} == {"pql", "mql"}
    assert all(each.code == "overtaken" for each in decision.refusals)
    assert decide(at("lead"), [score, marketing], PACT).stage == "pql"


def test_the_quarrel_has_one_outcome_and_each_is_told_why(at: At, says: Says) -> None:
    """SEMANTICS scene 3: the marketer drags to SQL while the rep rejects with bad timing."""
    drag = says("marketing", "sql")
    rejection = says("sales", "recycled", basis="rejection", reason="bad_timing", crm="salesforce")
    decision = decide(at("mql"), [drag, rejection], PACT)
    assert (decision.stage, decision.reason) == ("recycled", "bad_timing")
    (refusal,) = decision.refusals
    assert refusal.assertion is drag
    assert refusal.code == "not_allowed"


def test_each_is_judged_against_the_agreed_stage_never_against_the_other(
    at: At, says: Says
) -> None:
    """From lead SAL is out of reach; that the other CRM just made it an MQL does not help."""
    marketing = says("marketing", "mql")
    sales = says("sales", "sal", crm="salesforce")
    decision = decide(at("lead"), [sales, marketing], PACT)
    assert decision.stage == "mql"
    assert [(each.stage, each.code) for each in decision.refusals] == [("sal", "not_allowed")]


def test_two_different_ones_of_equal_rank_wait_for_a_person(at: At, says: Says) -> None:
    one = says("sales", "sal", crm="hubspot")
    other = says("sales", "sql", crm="salesforce")
    weak = says("marketing", "lead", reason="wrong click")
    decision = decide(at("mql"), [one, other, weak], PACT)
    assert (decision.stage, decision.accepted) == ("mql", None)
    assert "Sales (hubspot) says SAL; Sales (salesforce) says SQL" in decision.held
    assert [each.assertion for each in decision.refusals] == [weak]


def test_two_that_say_the_same_are_no_quarrel(at: At, says: Says) -> None:
    both = [says("sales", "sql", crm="hubspot"), says("sales", "sql", crm="salesforce")]
    decision = decide(at("mql"), both, PACT)
    assert (decision.stage, decision.held, decision.refusals) == ("sql", "", ())


def test_something_stronger_ends_a_quarrel(at: At, says: Says) -> None:
    said = [
        says("sales", "sal", crm="hubspot"),
        says("sales", "sql", crm="salesforce"),
        says("sales", basis="closed_won", crm="salesforce"),
    ]
    assert decide(at("mql"), said, PACT).stage == "customer"


def test_the_operator_stands_above_all(at: At, says: Says) -> None:
    said = [says("operator", "lead", reason="mistake"), says("sales", basis="open_opportunity")]
    assert decide(at("sql"), said, PACT).stage == "lead"


STAGES = [*PACT.stages, "no_such_stage"]
ASSERTIONS = st.builds(
    Assertion,
    stages=st.lists(st.sampled_from(STAGES), max_size=3).map(tuple),
    crm=st.sampled_from(["hubspot", "salesforce", ""]),
    team=st.sampled_from(["marketing", "sales", "automation", "score", "operator"]),
    basis=st.sampled_from(
        [
            "edit",
            "rejection",
            "conversion",
            "open_opportunity",
            "closed_won",
            "closed_lost",
            "score",
        ]
    ),
    author=st.sampled_from([Author("person", "1"), Author("workflow", "2"), Author("unknown")]),
    reason=st.sampled_from(["", "", "bad_timing", "competitor", "no_such_reason"]),
)


@settings(max_examples=200, deadline=None)
@given(
    stage=st.sampled_from(list(PACT.stages)),
    said=st.lists(ASSERTIONS, max_size=5),
    shuffle=st.randoms(use_true_random=False),
)
def test_order_never_matters_and_no_stage_is_invented(
    at: At, stage: str, said: list[Assertion], shuffle: object
) -> None:
    agreed = at(stage)
    decision = decide(agreed, said, PACT)
    other = list(said)
    shuffle.shuffle(other)  # type: ignore[attr-defined]
    assert decide(agreed, other, PACT) == decision
    assert decision.stage in PACT.stages
    assert set(decision.implied) <= set(PACT.stages)
    if decision.accepted is None:
        assert decision.stage == stage
    if decision.held:
        assert decision.accepted is None
    for refusal in decision.refusals:
        assert refusal.why
        assert refusal.stage in PACT.stages or refusal.code == "unmapped"
