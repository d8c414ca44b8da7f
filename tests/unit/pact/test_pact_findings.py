"""What `check` warns of in a pact that may run: place, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leadpact.pact.examined import examine_pact
from leadpact.pact.findings import PactFinding
from leadpact.pact.rule_findings import unread_signals

Found = Callable[..., list[PactFinding]]
SIZE = "when: {field: employees, op: between, value: [50, 500]}"


@pytest.fixture(scope="session")
def found(default_pact_text: str) -> Found:
    """Findings of the default agreement after replacements; those it has anyway are left out."""

    def change(*pairs: tuple[str, str], hints: bool = False) -> list[PactFinding]:
        text = default_pact_text
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        _, findings = examine_pact(text)
        return [one for one in findings if hints or one.level == "warning"]

    return change


def test_the_default_agreement_warns_of_nothing_and_hints_at_its_empty_lists(found: Found) -> None:
    assert found() == []
    assert {one.code for one in found(hints=True)} == {"list_empty"}
    assert "lists.own_domains is empty; fill it" in found(hints=True)[0].message


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        (
            SIZE,
            "when: {all: [{field: employees, op: above, value: 9}, {field: employees, op: below, value: 9}]}",
            "rule_never_holds",
            "scoring.rules.company_size can never hold",
        ),
        (
            SIZE,
            'when: {query: "employees > 5 and employees is null"}',
            "rule_never_holds",
            "contradict each other",
        ),
        (
            SIZE,
            "when: {any: [{field: title, op: is_known}, {field: title, op: is_unknown}]}",
            "rule_always_holds",
            "gives its points to everybody",
        ),
        ("list: student_titles", "list: partner_domains", "list_empty", "lists.partner_domains"),
        ("points: -30", "points: 0", "rule_without_points", "gives no points"),
        ("{mql: 60,", "{mql: 126,", "threshold_out_of_reach", "give 125 at most"),
        ("fit_floor: 15", "fit_floor: 36", "threshold_out_of_reach", "fit rules give 35 at most"),
        ("engagement_floor: 20", "engagement_floor: 91", "threshold_out_of_reach", "give 90"),
        (
            "  - {from: customer, to: evangelist, by: [marketing, sales]}\n",
            "",
            "stage_unreachable",
            'nobody gets to "evangelist"',
        ),
        (
            "  former_customer: {label",
            "  parked: {label: Parked, owner: sales, rank: 2, side: true}\n  former_customer: {label",
            "stage_dead_end",
            'nobody gets out of "parked"',
        ),
    ],
)
def test_what_is_odd_is_told_with_place_and_mend(
    found: Found, default_pact_text: str, old: str, new: str, code: str, said: str
) -> None:
    told = next(one for one in found((old, new)) if one.code == code)
    assert said in told.message
    assert told.level == "warning"
    assert told.place.line is not None
    assert told.place.column is not None


def test_the_place_is_that_of_the_rule(found: Found, default_pact_text: str) -> None:
    (told,) = found(("{mql: 60,", "{mql: 126,"))
    lines = default_pact_text.splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.startswith("thresholds:"))
    assert (told.place.file, told.place.line) == ("pact.yaml", line)
    assert lines[line - 1][(told.place.column or 0) - 1 :].startswith("60")


def test_rules_that_exclude_each_other_are_not_added_up(found: Found) -> None:
    small = """when: {field: employees, op: at_most, value: 49}
    large:
      label: Over 500
      pillar: fit
      points: 40
      when: {field: employees, op: above, value: 500}"""
    (told,) = found((SIZE, small), ("{mql: 60,", "{mql: 151,"))
    assert "give 150 at most" in told.message
    assert found((SIZE, small), ("{mql: 60,", "{mql: 150,")) == []


def test_a_threshold_that_everybody_reaches_is_told(found: Found) -> None:
    both = """when: {field: employees, op: is_known}
    rest:
      label: Size unknown
      pillar: fit
      points: 45
      when: {field: employees, op: is_unknown}
    mailed:
      label: Has an address or none
      pillar: fit
      points: 45
      when: {any: [{field: email, op: is_known}, {field: email, op: is_unknown}]}"""
    free = ("points: -10", "points: -1"), ("points: -30", "points: -2")
    thresholds = ("{mql: 60, fit_floor: 15, engagement_floor: 20}",)
    told = found((SIZE, both), *free, (*thresholds, "{mql: 57, fit_floor: 0, engagement_floor: 0}"))
    assert [one.code for one in told] == ["threshold_without_effect", "rule_always_holds"]
    assert "everybody reaches 57, the fit rules give 57 at least" in told[0].message
    told = found((SIZE, both), *free, (*thresholds, "{mql: 58, fit_floor: 0, engagement_floor: 0}"))
    assert [one.code for one in told] == ["rule_always_holds"]


def test_a_signal_that_nothing_gives_is_told_at_its_rule(default_pact_text: str) -> None:
    read, _ = examine_pact(default_pact_text)
    names = read.pact.signal_names
    assert list(unread_signals(read, names)) == []
    (told,) = unread_signals(read, (names - {"webinar"}) | {"webinars"})
    assert 'gives the signal webinar (did you mean "webinars"?)' in told.message
    line = default_pact_text.splitlines()[(told.place.line or 0) - 1]
    assert line.strip() == "webinar:"
    (lane,) = unread_signals(read, names - {"contact_form"})
    assert lane.message.startswith("scoring.fast_lanes.contact_form can never count")
    (action,) = unread_signals(read, names - {"buyers_guide"})
    assert (action.level, "bottom_funnel" in action.message) == ("hint", True)


def test_a_signal_without_a_class_of_intent_is_a_hint(found: Found) -> None:
    told = found(("    webinar:               {label: Webinar, intent: medium}\n", ""), hints=True)
    assert any('"webinar" counts in webinar and has no class' in one.message for one in told)


def test_floors_that_are_off_keep_nobody_out(found: Found) -> None:
    assert found(("fit_floor: 15", "fit_floor: 36, floors: false")) == []


def test_a_must_that_nobody_meets_is_told(found: Found) -> None:
    must = 'must_have: {all_out: {label: X, when: {query: "employees > 5 and employees < 5"}}}'
    (told,) = found(("must_have: {}", must))
    assert "scoring.must_have.all_out can never hold" in told.message
