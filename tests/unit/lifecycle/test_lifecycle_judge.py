"""What is made of one assertion alone: its words, its strength, and what is kept of who said it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from leadpact.lifecycle.confirmation import Unmet
from leadpact.lifecycle.decide import decide
from leadpact.lifecycle.judge import judge, speaker, strength
from leadpact.model.stage import Assertion, StageState, Team
from leadpact.pact import Pact
from leadpact.pact.lattice import Lattice, Move
from leadpact.pact.qualification import Unconfirmed

Says = Callable[..., Assertion]
At = Callable[..., StageState]


@pytest.mark.parametrize(
    ("team", "name"),
    [
        ("marketing", "Marketing"),
        ("sales", "Sales"),
        ("automation", "An automation"),
        ("score", "The score"),
        ("operator", "The operator"),
    ],
)
def test_each_speaker_has_a_name_and_a_place(says: Says, team: Team, name: str) -> None:
    assert speaker(says(team, "mql")) == f"{name} (hubspot)"
    assert speaker(replace(says(team, "mql"), crm="")) == name
    assert speaker(replace(says(team, "mql"), place="HubSpot")) == f"{name} (HubSpot)"


@pytest.mark.parametrize(
    ("team", "basis", "goal", "reason", "power"),
    [
        ("operator", "edit", "lead", "", 9),
        ("sales", "closed_won", "customer", "", 8),
        ("automation", "open_opportunity", "opportunity", "", 7),
        ("marketing", "edit", "disqualified", "", 6),
        ("sales", "conversion", "sql", "", 5),
        ("sales", "closed_lost", "recycled", "", 4),
        ("marketing", "rejection", "recycled", "no_budget", 4),
        ("sales", "rejection", "recycled", "", 3),
        ("sales", "edit", "sal", "", 3),
        ("marketing", "edit", "mql", "", 2),
        ("automation", "edit", "lead", "", 1),
        ("automation", "ageing", "recycled", "no_response", 0),
        ("score", "score", "mql", "", -1),
    ],
)
def test_the_order_of_strength(
    says: Says, team: Team, basis: str, goal: str, reason: str, power: int
) -> None:
    assert strength(says(team, basis=basis, reason=reason), goal) == power


def test_what_says_nothing_new_is_silent_and_keeps_who_said_it(pact: Pact, says: Says) -> None:
    said = says("marketing", "mql")
    judged = judge(said, "mql", None, pact)
    assert (judged.assertion, judged.standing, judged.goal, judged.strength) == (
        said,
        "silent",
        "mql",
        2,
    )


def test_the_score_and_facts_say_at_least_but_a_lost_deal_does_not(pact: Pact, says: Says) -> None:
    for said in (says("score", "mql", basis="score"), says("sales", basis="conversion")):
        assert judge(said, "opportunity", None, pact).standing == "silent"
    assert judge(says("sales", basis="closed_lost"), "opportunity", None, pact).goal == "recycled"
    assert judge(says("marketing", "mql"), "opportunity", None, pact).standing == "refused"


def test_the_score_says_why_where_it_is_shown(pact: Pact, says: Says) -> None:
    said = says("score", "mql", basis="score")
    assert judge(said, "lead", None, pact).why == "The score says MQL."
    shown = judge(replace(said, shown="72 points"), "lead", None, pact)
    assert shown.why == "The score says MQL: 72 points."
    assert shown.path == ("mql",)


@pytest.mark.parametrize(
    ("basis", "agreed", "why"),
    [
        ("conversion", "sal", "Sales (hubspot) converted the lead: SQL."),
        ("open_opportunity", "sql", "An opportunity is open: Opportunity."),
        ("closed_won", "opportunity", "An opportunity was won: Customer."),
        ("closed_lost", "opportunity", "The opportunity was lost: Recycled."),
    ],
)
def test_each_fact_says_what_happened(
    pact: Pact, says: Says, basis: str, agreed: str, why: str
) -> None:
    assert judge(says("sales", basis=basis), agreed, None, pact).why == why


def test_an_operator_who_rejects_owes_a_reason_as_sales_does(pact: Pact, says: Says) -> None:
    for team in ("operator", "sales"):
        judged = judge(says(team, "recycled"), "sal", None, pact)
        assert (judged.standing, judged.reason_owed) == ("allowed", True)
        assert judged.why.endswith("rejected without a reason; the reason is owed.")
    refused = judge(says("marketing", "recycled"), "mql", None, pact)
    assert (refused.standing, refused.reason_owed) == ("refused", False)


def test_an_unknown_reason_is_held_with_what_was_given(pact: Pact, says: Says) -> None:
    said = says("sales", "recycled", reason="too_tall")
    judged = judge(said, "sal", None, pact)
    assert (judged.assertion, judged.standing, judged.goal) == (said, "held", "recycled")
    assert judged.why == (
        'Sales (hubspot) rejected with the reason "too_tall", which the agreement does not know: '
        "map it or pick another."
    )


def test_a_reason_for_other_stages_is_held_with_who_gave_it_and_where_it_belongs(
    pact: Pact, says: Says
) -> None:
    early = replace(pact.reasons["no_budget"], applies_to=frozenset({"sql", "opportunity"}))
    narrow = replace(pact, reasons={**pact.reasons, "no_budget": early})
    judged = judge(says("sales", "recycled", reason="no_budget"), "sal", None, narrow)
    assert (judged.standing, judged.goal, judged.strength) == ("held", "recycled", 4)
    assert judged.why == (
        f"Sales (hubspot) rejected at SAL with the reason {early.label}, which is for "
        "Opportunity or SQL: pick another."
    )
    over = next(key for key, one in pact.reasons.items() if one.stage == "former_customer")
    anywhere = replace(pact.reasons[over], applies_to=frozenset())
    told = judge(
        says("marketing", "recycled", reason=over),
        "mql",
        None,
        replace(pact, reasons={over: anywhere}),
    )
    assert told.why == (
        f"Marketing (hubspot) rejected at MQL with the reason {anywhere.label}, which is for "
        "the end of a contract: pick another."
    )


@pytest.mark.parametrize(("mode", "standing"), [("refuse", "refused"), ("hold", "waiting")])
def test_what_lacks_its_criteria_is_coded_as_unconfirmed(
    pact: Pact, says: Says, mode: Unconfirmed, standing: str
) -> None:
    judged = judge(says("sales", "sql"), "sal", None, pact, Unmet(mode, "Need"))
    assert (judged.standing, judged.code, judged.goal) == (standing, "unconfirmed", "sql")


def test_a_refusal_names_who_may(pact: Pact, says: Says) -> None:
    said = says("marketing", "sal")
    judged = judge(said, "mql", None, pact)
    assert (judged.assertion, judged.code) == (said, "not_allowed")
    assert judged.why == "Marketing (hubspot) may not move a lead from MQL to SAL; sales may."
    back = judge(says("marketing", "mql"), "sal", None, pact)
    assert back.why == (
        "Marketing (hubspot) may not move a lead from SAL to MQL; sales may, with a reason."
    )
    nobody = judge(says("sales", "subscriber"), "customer", None, pact)
    assert nobody.why == (
        "Sales (hubspot) may not move a lead from Customer to Subscriber; the agreement knows no such way."
    )


def test_a_move_that_lacks_only_its_reason_says_so(pact: Pact, says: Says) -> None:
    said = says("sales", "mql")
    judged = judge(said, "sal", None, pact)
    assert (judged.assertion, judged.code, judged.strength) == (said, "reason_missing", 3)
    assert judged.why == (
        "Sales (hubspot) may move a lead from SAL to MQL only with a reason, and none was given."
    )


def test_an_automation_is_refused_with_what_it_lacks(pact: Pact, says: Says) -> None:
    said = says("automation", "mql")
    judged = judge(said, "lead", None, pact)
    assert (judged.assertion, judged.code, judged.goal) == (
        said,
        "automation_without_opportunity",
        "mql",
    )
    assert judged.why == (
        "An automation moves nobody from Lead to MQL without an actual opportunity."
    )


def test_words_that_stand_for_no_stage_are_refused_with_what_was_shown(
    pact: Pact, says: Says
) -> None:
    judged = judge(replace(says("sales"), shown="Parked"), "lead", None, pact)
    assert (judged.standing, judged.code, judged.goal) == ("refused", "unmapped", "")
    assert judged.why == '"Parked" stands for no stage of the agreement.'
    assert judge(says("sales", "x", "y"), "lead", None, pact).why.startswith('"x, y" stands')
    assert judge(says("sales"), "lead", None, pact).why.startswith('"nothing" stands')


def test_what_is_overtaken_says_by_what(pact: Pact, at: At, says: Says) -> None:
    weak, strong = says("marketing", "pql"), says("sales", "sal", crm="salesforce")
    decision = decide(at("mql"), [weak, strong], pact)
    assert decision.stage == "sal"
    refused = [(each.assertion, each.code) for each in decision.refusals]
    assert refused == [(weak, "not_allowed")]


def test_two_steps_of_one_rank_are_no_way_forward() -> None:
    moves = (
        Move("a", "b", frozenset({"sales"})),
        Move("b", "c", frozenset({"sales"})),
    )
    level = Lattice(moves, {"a": 1, "b": 1, "c": 2}, frozenset())
    assert level.path("a", "c", "sales", reason="", basis="edit") is None
    assert level.path("a", "b", "sales", reason="", basis="edit") == ("b",)
    rising = Lattice(moves, {"a": 0, "b": 1, "c": 2}, frozenset())
    assert rising.path("a", "c", "sales", reason="", basis="edit") == ("b", "c")
