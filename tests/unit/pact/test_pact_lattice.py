from __future__ import annotations

import pytest

from leadpact.model.stage import Basis, Team
from leadpact.pact import Pact
from leadpact.pact.lattice import Lattice, Move


@pytest.mark.parametrize(
    ("start", "goal", "team", "reason", "basis", "path"),
    [
        ("lead", "mql", "marketing", "", "edit", ("mql",)),
        ("subscriber", "mql", "score", "", "score", ("lead", "mql")),
        ("mql", "sql", "sales", "", "edit", ("sal", "sql")),
        ("mql", "customer", "sales", "", "edit", ("sal", "sql", "opportunity", "customer")),
        ("lead", "sql", "sales", "", "edit", ("sql",)),
        ("mql", "sql", "marketing", "", "edit", None),
        ("lead", "mql", "sales", "", "edit", None),
        ("lead", "mql", "automation", "", "edit", None),
        ("mql", "sql", "automation", "", "conversion", ("sal", "sql")),
        ("subscriber", "lead", "automation", "", "edit", ("lead",)),
        ("mql", "recycled", "sales", "", "rejection", None),
        ("mql", "recycled", "sales", "bad_timing", "rejection", ("recycled",)),
        ("recycled", "mql", "score", "", "score", ("mql",)),
        ("recycled", "opportunity", "sales", "", "open_opportunity", ("sql", "opportunity")),
        ("sql", "mql", "sales", "", "edit", None),
        ("sql", "mql", "sales", "wrong click", "edit", ("mql",)),
        ("sql", "lead", "marketing", "wrong click", "edit", None),
        ("customer", "lead", "sales", "x", "edit", None),
        ("disqualified", "mql", "marketing", "new job", "edit", ("lead", "mql")),
        ("mql", "mql", "marketing", "", "edit", None),
    ],
)
def test_who_reaches_what_from_where(
    pact: Pact,
    start: str,
    goal: str,
    team: Team,
    reason: str,
    basis: Basis,
    path: tuple[str, ...] | None,
) -> None:
    assert pact.lattice.path(start, goal, team, reason=reason, basis=basis) == path


def test_the_operator_may_make_every_move_that_the_agreement_knows(pact: Pact) -> None:
    assert pact.lattice.path("lead", "sql", "operator", reason="", basis="edit") == ("sql",)
    assert pact.lattice.path("customer", "lead", "operator", reason="x", basis="edit") is None


def test_nobody_gets_forward_through_a_side_stage_or_by_stepping_back_first() -> None:
    moves = (
        Move("mql", "recycled", frozenset({"sales"})),
        Move("recycled", "sql", frozenset({"sales"})),
        Move("mql", "lead", frozenset({"sales"})),
        Move("lead", "sql", frozenset({"sales"})),
    )
    ranks = {"lead": 1, "mql": 2, "sql": 3, "recycled": 1}
    lattice = Lattice(moves, ranks, frozenset({"recycled"}))
    assert lattice.path("mql", "sql", "sales", reason="x", basis="edit") is None
    assert lattice.path("recycled", "sql", "sales", reason="", basis="edit") == ("sql",)


def test_of_several_stages_the_nearest_is_meant_then_the_first_named(pact: Pact) -> None:
    lattice = pact.lattice
    assert lattice.nearest("mql", ("sql", "sal"), "sales", reason="", basis="edit") == ("sal",)
    assert lattice.nearest("lead", ("pql", "mql"), "marketing", reason="", basis="edit") == ("pql",)
    assert lattice.nearest("mql", ("sql", "sal"), "marketing", reason="", basis="edit") is None


def test_from_a_stage_that_no_move_leaves_there_is_no_way() -> None:
    lattice = Lattice(
        (Move("lead", "sql", frozenset({"sales"})),), {"lead": 1, "sql": 2}, frozenset()
    )
    assert lattice.path("sql", "lead", "sales", reason="x", basis="edit") is None
