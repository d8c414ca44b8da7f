"""R6 and R12: the stage a lead starts with, and who speaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadpact.lifecycle.actor import team_of
from leadpact.lifecycle.adopt import adopt
from leadpact.model.record import Author
from leadpact.pact import Pact, load_pact
from leadpact_mappings import default_text

PACT = load_pact(default_text("pact.yaml"))


@pytest.mark.parametrize(
    ("sets", "stage"),
    [
        ([("mql",), ("mql",)], "mql"),
        ([("mql", "sal", "pql"), ("sal", "sql")], "sal"),
        ([("sal", "mql"), ("mql", "sal")], "mql"),
        ([("lead", "recycled"), ("recycled", "lead")], "lead"),
        ([("disqualified", "lead"), ("lead", "disqualified")], "lead"),
        ([("subscriber", "lead", "mql", "pql")], "lead"),
        ([("subscriber",), ("subscriber", "lead", "mql")], "subscriber"),
        ([("mql",), ()], "mql"),
        ([(), ()], "lead"),
        ([], "lead"),
        ([("mql",), ("sql",)], None),
        ([("mql", "gone"), ("gone",)], None),
        ([("customer",)], "customer"),
    ],
)
def test_the_stage_on_which_all_sides_agree(
    pact: Pact, sets: list[tuple[str, ...]], stage: str | None
) -> None:
    assert adopt(sets, pact) == stage


@given(st.lists(st.lists(st.sampled_from(list(PACT.stages)), max_size=4).map(tuple), max_size=3))
def test_the_order_of_the_sides_never_matters(sets: list[tuple[str, ...]]) -> None:
    assert adopt(sets, PACT) == adopt(list(reversed(sets)), PACT)


@pytest.mark.parametrize(
    ("author", "team"),
    [
        (Author("person", "1", "SDR"), "sales"),
        (Author("person", "1", " revops "), "marketing"),
        (Author("person", "1", "Finance"), "marketing"),
        (Author("person", "1"), "marketing"),
        (Author("unknown"), "marketing"),
        (Author("workflow", "9", "Sales"), "automation"),
        (Author("import", "9"), "automation"),
        (Author("integration", "9"), "automation"),
        (Author("ours"), "automation"),
    ],
)
def test_who_speaks_is_the_actor_then_the_crms_own_side(
    pact: Pact, author: Author, team: str
) -> None:
    assert team_of(author, "marketing", pact) == team
