"""What is wrong with a rule is told at its own place, in one sentence; what is right compiles to just what it says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from leadpact.errors import FixSettings
from leadpact.pact import ScoringLists, load_pact
from leadpact.pact.act_compiler import signal_names
from leadpact.pact.conditions import Condition, Every, FactTest, Negated
from leadpact.pact.loader import read_pact
from leadpact.pact.rule_compiler import MAX_DEPTH
from leadpact.pact.score_rules import FastLane

GOLDEN = Path(__file__).parents[1] / "scoring" / "golden"
TEXT = (GOLDEN / "pact.yaml").read_text(encoding="utf-8")
VISIT = "      signal: [pricing_page, demo_page]\n"
HOME = '          - {field: city, op: starts_with, value: "100%_"}\n'
TAKEN_OVER = ("signal: demo_request, makes", "rule: visit, makes")
RENEW = "RENEW_GOLDEN"
NEVER = FactTest("email", "one_of", ())


def _told(*changed: tuple[str, str]) -> list[str]:
    """The faults of the golden agreement with one piece changed: where by its text, and what is said."""
    text = TEXT
    for old, new in changed:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(FixSettings) as refused:
        load_pact(text)
    told = []
    for line in str(refused.value).splitlines():
        place, _, message = line.partition(": ")
        _, row, column = place.split(":")
        told.append(
            f"{text.splitlines()[int(row) - 1][int(column) - 1 :][:24].rstrip()} | {message}"
        )
    return told


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            VISIT,
            VISIT + "      at_least: 2\n      within_days: 5\n",
            ["5 | scoring.rules.visit.within_days: is longer than the rule's window of 4 days"],
        ),
        (
            VISIT,
            VISIT + "      within_days: 2\n",
            [
                (
                    "label: Visited | scoring.rules.visit: `within_days` and `same` say something only with "
                    "`at_least` over 1 or `all_of`"
                )
            ],
        ),
        (
            VISIT,
            VISIT + "      same: asset\n",
            [
                (
                    "label: Visited | scoring.rules.visit: `within_days` and `same` say something only with "
                    "`at_least` over 1 or `all_of`"
                )
            ],
        ),
        (
            VISIT,
            VISIT + "      at_least: 2\n      broken_by: [webinar, demo_page]\n",
            [
                (
                    "[webinar, demo_page] | scoring.rules.visit.broken_by: demo_page cannot both count and "
                    "start the count anew"
                )
            ],
        ),
        (
            "      points: 15\n",
            "      points: 15.125\n",
            ["label: 50 to 500 employe | scoring.rules.size: 15.125 has more than two decimals"],
        ),
        (
            "      label: Works for a competitor\n",
            "      label: Works for a competitor\n      reason: competitr\n",
            [
                (
                    'competitr | scoring.disqualify.competitor.reason: "competitr" is no reason that '
                    'disqualifies; did you mean "competitor"?'
                )
            ],
        ),
        (
            HOME,
            HOME.replace("city", "citty"),
            [
                (
                    'citty, op: starts_with, | scoring.rules.home.when.any.1.field: there is no fact "citty"; '
                    'did you mean "city"?'
                )
            ],
        ),
        (
            HOME,
            HOME.replace("starts_with", "start_with"),
            [
                (
                    'start_with, value: "100% | scoring.rules.home.when.any.1.op: there is no operation '
                    '"start_with"; did you mean "starts_with"?'
                )
            ],
        ),
        (
            "op: domain_is, list: rivals",
            "op: domain_is, list: rival",
            [
                (
                    'rival} | scoring.disqualify.competitor.when.list: there is no list "rival"; '
                    'did you mean "rivals"?'
                )
            ],
        ),
        (
            "op: between, value: [50, 500]",
            "op: between, value: [500, 50]",
            [
                (
                    "{field: employees, op: b | scoring.rules.size.when: `between` never holds: "
                    "500 is above 50"
                )
            ],
        ),
        (
            "op: between, value: [50, 500]",
            "op: between, value: [50]",
            [
                (
                    "{field: employees, op: b | scoring.rules.size.when: `between` needs two values, "
                    "such as [50, 500]"
                )
            ],
        ),
        (
            'query: "seats > -3',
            'query: "sets > -3',
            [
                (
                    '"sets > -3 and not (emai | scoring.rules.seats.when.query: there is no fact "sets"; '
                    'did you mean "seats"?'
                )
            ],
        ),
        (
            "  facts: {seats: integer}\n",
            "  facts: {seats: integer}\n  signals: {chat: {label: C, intent: high, starts: sqll}}\n",
            ['sqll}} | scoring.signals.chat.starts: "sqll" is no stage; did you mean "sql"?'],
        ),
        (
            "  facts: {seats: integer}\n",
            "  facts: {seats: integer}\n  signals: {chat: {label: C, intent: high, starts: recycled}}\n",
            [("recycled}} | scoring.signals.chat.starts: must be a synced stage of the main line")],
        ),
        (
            "  facts: {seats: integer}\n",
            (
                "  facts: {seats: integer}\n  signals:\n"
                "    chat: {label: C, intent: high}\n"
                "    call: {label: C, intent: high, starts: sqll}\n"
            ),
            ['sqll} | scoring.signals.call.starts: "sqll" is no stage; did you mean "sql"?'],
        ),
        (
            "signal: demo_request, makes",
            "rule: size, makes",
            [
                (
                    'size, makes: mql} | scoring.qualify.actions.asked.rule: "size" is no engagement rule '
                    "that gives points; known are: back, both, either_day, in_a_row, series, visit"
                )
            ],
        ),
        (
            "signal: demo_request, makes",
            "rule: visits, makes",
            [
                (
                    'visits, makes: mql} | scoring.qualify.actions.asked.rule: "visits" is no engagement rule '
                    'that gives points; did you mean "visit"?'
                )
            ],
        ),
        (
            "    no_mail:\n",
            "    visit:\n",
            ['visit: | "visit" is already a name in scoring.rules'],
        ),
        (
            "      asked: {label",
            "      ten_seats: {label",
            ['ten_seats: {label: Asked | "ten_seats" is already a name in scoring.must_have'],
        ),
        (
            "  facts: {seats: integer}",
            "  facts: {seats: integer, email_domain: text}",
            ["text} | scoring.facts.email_domain: this fact is built in, with its own type"],
        ),
        (
            "field: employees, minimum: 5",
            "field: title, minimum: 5",
            [
                (
                    '{label: At least 5 emplo | scoring.must_have.staff: "at_least" cannot be asked of title '
                    "(text); possible are: contains_word, domain_is, is, is_known, one_of, starts_with"
                )
            ],
        ),
    ],
)
def test_each_fault_is_told_where_it_is(old: str, new: str, told: list[str]) -> None:
    assert _told((old, new)) == told


@pytest.mark.parametrize("form", ["not", "all", "any"])
def test_conditions_nest_so_deep_and_no_deeper(form: str) -> None:
    def nested(depth: int) -> str:
        inner = "{field: phone, op: is_known}"
        for _ in range(depth):
            inner = f"{{not: {inner}}}" if form == "not" else f"{{{form}: [{inner}]}}"
        return f"when: {inner}"

    old = "when: {field: phone, op: is_known}"
    load_pact(TEXT.replace(old, nested(MAX_DEPTH)))
    (told,) = _told((old, nested(MAX_DEPTH + 1)))
    assert told.endswith(f": conditions may be nested {MAX_DEPTH} deep, not more")


def test_lists_of_mail_domains_are_added_to_those_of_the_app() -> None:
    text = TEXT.replace(
        "  rivals: [", "  free_mail: ['@Free.Example ']\n  disposable: [gone.example]\n  rivals: ["
    )
    lists = load_pact(
        text, lists=ScoringLists(frozenset({"a.example"}), frozenset({"b.example"}))
    ).scoring.lists
    assert lists.free_mail == {"free.example", "a.example"}
    assert lists.disposable == {"gone.example", "b.example"}


def test_an_action_that_takes_over_a_rule_keeps_its_own_name_and_what_it_makes() -> None:
    text = TEXT.replace("signal: demo_request, makes", "rule: visit, makes")
    scoring = load_pact(text).scoring
    asked = scoring.actions[0]
    assert (asked.key, asked.label, asked.makes, asked.of) == (
        "asked",
        "Asked for a demo",
        "mql",
        "visit",
    )
    assert asked.rule == next(rule for rule in scoring.engagement if rule.key == "visit")


def test_a_rule_of_no_points_qualifies_nobody() -> None:
    back = ("signal: demo_request, makes", "rule: back, makes")
    (told,) = _told(back, ("points: 7\n", "points: 0\n"))
    assert '"back" is no engagement rule that gives points' in told


def test_an_action_makes_a_stage_that_the_agreement_has() -> None:
    stage = "  pql:          {label: PQL, owner: marketing, rank: 3}\n"
    (told,) = _told((stage, ""), ("[mql, pql], by", "mql, by"), ("[mql, pql], to", "mql, to"))
    assert told.startswith("pql, window_days: 2} | scoring.qualify.actions.tried.makes: ")
    assert told.endswith('the agreement has no stage "pql"')


def test_a_fault_of_a_rule_that_an_action_takes_over_is_told_once() -> None:
    faulty = (VISIT, VISIT + "      same: asset\n")
    (told,) = _told(TAKEN_OVER, faulty)
    assert told.startswith("label: Visited | scoring.rules.visit: `within_days` and `same`")


def test_thresholds_lanes_reasons_and_equal_bounds_compile_to_what_they_say() -> None:
    text = TEXT.replace(
        "scoring:\n",
        "thresholds: {mql: 60, fit_floor: 20, engagement_floor: 15, sql: 90}\nscoring:\n"
        "  fast_lanes: {chat: {label: Chat, window_days: 9}}\n",
        1,
    )
    text = text.replace("value: [50, 500]", "value: [50, 50]").replace(
        "      label: Works for a competitor\n",
        "      label: Works for a competitor\n      reason: rival\n",
    )
    text = text.replace("lists:\n", "  rival: {label: Rival, disposition: disqualify}\nlists:\n", 1)
    scoring = load_pact(text).scoring
    assert scoring.sql == 9000
    assert scoring.lanes == (FastLane("chat", "Chat", 9),)
    assert scoring.gates[0].reason == "rival"
    assert scoring.fit[0].when == Every(
        (FactTest("employees", "at_least", (50,)), FactTest("employees", "at_most", (50,)))
    )


def test_the_signals_of_an_agreement_are_all_that_its_rules_name() -> None:
    named = signal_names(read_pact(TEXT, "golden/pact.yaml").document)
    assert {"sequence_email_opened", "sequence_email_unopened", "sequence_email_clicked"} <= named
    assert {"pricing_page", "demo_page", "webinar", "login", "demo_request", "site_visit"} <= named


@pytest.mark.parametrize(
    ("written", "number"), [("none", 0), ("any", 1), ("all", 3), ("2", 2), ("3", 3)]
)
def test_so_many_qualifying_actions_are_asked_as_the_agreement_says(
    written: str, number: int
) -> None:
    text = TEXT.replace("required: 1", f"required: {written}")
    assert load_pact(text).scoring.required == number


@pytest.mark.parametrize(
    ("operation", "kept"), [("none_of", Negated(NEVER)), ("one_of", NEVER), ("domain_is", NEVER)]
)
def test_of_an_empty_list_nobody_is_one_and_everybody_none(operation: str, kept: Condition) -> None:
    text = TEXT.replace("[rival.example, contender.example]", "[]").replace(
        "op: domain_is, list: rivals", f"op: {operation}, list: rivals"
    )
    assert load_pact(text).scoring.gates[0].when == kept


def test_the_agreement_compiles_to_what_it_says() -> None:
    """All of it as text, in a file beside the agreement; `RENEW_GOLDEN=1 pytest …` writes it anew."""
    scoring = load_pact(TEXT, "golden/pact.yaml").scoring
    told = "\n".join(_lines("scoring", scoring)).replace(scoring.pact_hash, "…") + "\n"
    file = GOLDEN / "scoring.txt"
    if os.environ.get(RENEW):
        file.write_text(told, encoding="utf-8")
    assert told == file.read_text(encoding="utf-8")


def _lines(name: str, value: Any) -> list[str]:
    if name.endswith(".facts"):
        return []
    if is_dataclass(value):
        kind = type(value).__name__
        inner = [
            line
            for field in fields(value)
            for line in _lines(f"{name}.{field.name}", getattr(value, field.name))
        ]
        return [f"{name}: {kind}", *inner]
    if isinstance(value, Mapping):
        return [line for key, each in value.items() for line in _lines(f"{name}.{key}", each)]
    if isinstance(value, tuple) and any(is_dataclass(each) for each in value):
        return [
            line for place, each in enumerate(value) for line in _lines(f"{name}.{place}", each)
        ]
    return [f"{name} = {sorted(value) if isinstance(value, frozenset) else value!r}"]
