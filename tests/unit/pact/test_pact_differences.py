"""Another pact in sentences: every change is told, and nothing that is the same."""

from __future__ import annotations

import pytest

from leadpact.pact import Pact, load_pact
from leadpact.pact.differences import differences

CHANGES = [
    ("mql: 60", "mql: 50", "thresholds.mql", "Points needed: 60 → 50"),
    (
        "points: 25\n",
        "points: 30\n",
        "scoring.rules.demo_page.points",
        "“Visited the demo page”, points: 25 → 30",
    ),
    (
        "  company_not_fit: {label: Company not a fit, disposition: disqualify}\n",
        "",
        "reasons.company_not_fit",
        "Gone: “Company not a fit”",
    ),
    (
        "own_domains: []",
        "own_domains: [halden.example]",
        "lists.own_domains",
        "Own domains: added halden.example",
    ),
    ("joint: monthly", "joint: weekly", "review.joint", "Joint: monthly → weekly"),
    (
        "sal: {label: SAL, owner: sales",
        "sal: {label: SAL, owner: both",
        "stages.sal.owner",
        "Sales → Both",
    ),
    (
        "value: [50, 500]",
        "value: [100, 500]",
        "scoring.rules.company_size.when",
        "employees between 50 and 500 → employees between 100 and 500",
    ),
    (
        "- {from: sql, to: opportunity, by: sales}",
        "- {from: sql, to: opportunity, by: [sales, marketing]}",
        "lattice",
        "SQL → Opportunity: sales → marketing or sales",
    ),
    (
        "  - {from: customer, to: evangelist, by: [marketing, sales]}\n",
        "",
        "lattice",
        "No longer allowed: Customer → Evangelist",
    ),
]


@pytest.mark.parametrize(("old", "new", "path", "said"), CHANGES)
def test_each_change_is_one_sentence(
    pact: Pact, default_pact_text: str, old: str, new: str, path: str, said: str
) -> None:
    text = default_pact_text
    if old not in text:  # the table of stages is aligned
        old, new = (
            old.replace("sal: {", "sal:             {"),
            new.replace("sal: {", "sal:             {"),
        )
    assert old in text
    found = differences(pact, load_pact(text.replace(old, new, 1)))
    assert [one.path for one in found] == [path]
    assert said in found[0].sentence


def test_the_same_words_are_no_difference(pact: Pact, default_pact_text: str) -> None:
    same = load_pact(
        "# dressed up\n" + default_pact_text.replace('version: "1.0"', 'version: "2.0"')
    )
    assert differences(pact, same) == ()


def test_the_order_of_fast_lanes_is_told(pact: Pact, default_pact_text: str) -> None:
    demo = "    demo_request:   {label: Asked for a demo, window_days: 30}\n"
    assert demo in default_pact_text
    other = load_pact(
        default_pact_text.replace(demo, "").replace(
            "    contact_form:   {", demo + "    contact_form:   {"
        )
    )
    assert [one.sentence for one in differences(pact, other)] == [
        "The order of the fast lanes: Booked a meeting, Asked for a demo, Asked to talk to sales"
    ]


def test_another_hash_is_always_told(pact: Pact, default_pact_text: str) -> None:
    for old, new, _path, _said in CHANGES:
        if old in default_pact_text:
            other = load_pact(default_pact_text.replace(old, new, 1))
            assert (other.hash != pact.hash) == bool(differences(pact, other))
