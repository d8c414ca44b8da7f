"""The section `handoff` of the pact: what it means, and what is refused with its place."""

from __future__ import annotations

import pytest

from leadpact.errors import FixSettings
from leadpact.pact import load_pact
from leadpact_mappings import default_text

TEXT = default_text("pact.yaml")
START = TEXT.index("handoff:\n")
END = TEXT.index("\n# ---", START)


def with_section(section: str) -> str:
    """The shipped pact with another section; "" leaves it out."""
    return TEXT[:START] + section + TEXT[END:]


def test_the_shipped_agreement_hands_over_all_three_and_asks_for_a_way_to_reach_them() -> None:
    rules = load_pact(TEXT).handoff
    assert rules.on == {"mql", "pql", "fast_lane"}
    assert rules.must_have == (("last_name",), ("company",), ("email", "phone"))
    assert rules.per_rep_per_day == 25
    assert rules.reps == ()
    assert rules.notify["handoff"] == ("owner",)
    assert rules.channels == {"owner", "sales_managers", "marketing"}


def test_an_agreement_without_the_section_hands_nothing_over() -> None:
    rules = load_pact(with_section("")).handoff
    assert rules.on == frozenset()
    assert rules.notify == {}


def test_a_round_robin_names_people_and_a_task_can_be_left_out() -> None:
    section = (
        "handoff:\n  on: mql\n  task: false\n  routing: {round_robin: [ann@acme.example]}\n"
        "  fallback_owner: bob@acme.example\n  caps: {per_rep_per_day: 5}\n"
    )
    rules = load_pact(with_section(section)).handoff
    assert (rules.task, rules.reps) == (None, ("ann@acme.example",))
    assert (rules.fallback_owner, rules.per_rep_per_day) == ("bob@acme.example", 5)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("must_have: [fone]", 'did you mean "phone"?'),
        ("on: [mqls]", "on"),
        ("caps: {per_rep_per_day: 0}", "per_rep_per_day"),
        ("routing: {round_robin: [a@b.example, A@B.example]}", "each rep stands once"),
        ("must_have: [[]]", "names at least one field"),
        ("notify: [{to: owner, when: never}]", "notify"),
        ("notify: [{to: 'slack://T/B/C', when: handoff}]", "small letters, digits and _"),
        ("tasks: false", 'did you mean "task"?'),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(line: str, told: str) -> None:
    with pytest.raises(FixSettings) as refused:
        load_pact(with_section(f"handoff:\n  {line}\n"))
    assert told in str(refused.value)
    number = TEXT[:START].count("\n") + 1
    assert f"pact.yaml:{number}" in str(refused.value) or f"pact.yaml:{number + 1}" in str(
        refused.value
    )
