"""Other rule engines over the thirteen rules, run by ``bench_scoring`` with the Python of ``build/peers``.

Reads leads as JSON from stdin and prints one JSON object: CPU seconds and rules fired, by engine. None of them knows
windows, decay or caps, so each is given ready features: what counts of each kind of act lies in the window. It needs
nothing of ours.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from typing import Any

WINDOW = 90
FIRST = 3
CONDITIONS: tuple[tuple[str, Any], ...] = (
    ("size", {"and": [{">=": [{"var": "employees"}, 50]}, {"<=": [{"var": "employees"}, 500]}]}),
    (
        "senior",
        {"or": [{"in": [f" {word} ", {"var": "title"}]} for word in ("vp", "manager", "director")]},
    ),
    ("industry", {"in": [{"var": "industry"}, ["software", "finance"]]}),
    ("student", {"in": [" student ", {"var": "title"}]}),
    ("at_home", {"==": [{"var": "country"}, "de"]}),
    *(
        (name, {">": [{"var": name}, 0]})
        for name in ("pricing_page", "demo_page", "gated_download")
    ),
    *((name, {">": [{"var": name}, 0]}) for name in ("webinar", "form", "mails", "unsubscribed")),
)
TEXTS = {
    "size": "employees >= 50 {and_} employees <= 500",
    "senior": " {or_} ".join(f"{{has:{word}}}" for word in ("vp", "manager", "director")),
    "industry": "{in_}",
    "student": "{has:student}",
    "at_home": 'country == "de"',
}


def features(lead: dict[str, Any]) -> dict[str, Any]:
    """What a rule engine needs to know of a lead; 0 and "" stand for unknown, which none of them has."""
    facts = lead["facts"]
    made: dict[str, Any] = dict.fromkeys(
        ("pricing_page", "demo_page", "gated_download", "webinar", "form", "unsubscribed", "mails"),
        0,
    )
    mails: dict[str, list[int]] = {}
    for name, asset, age, day in lead["acts"]:
        if name == "mail":
            mails.setdefault(asset, []).append(day)
            days = mails[asset]
            days.sort()
        elif name in made and age < WINDOW:
            made[name] += 1
    newest = max((day + age for _, _, age, day in lead["acts"]), default=0)
    for days in mails.values():
        for place in range(2, len(days)):
            if days[place] - days[place - 2] <= 14 and newest - days[place] < WINDOW:
                made["mails"] += 1
    title = re.findall(r"\w+", (facts["title"] or "").casefold())
    made["title"] = f" {' '.join(title)} "
    made["industry"] = (facts["industry"] or "").casefold()
    made["country"] = (facts["country"] or "").casefold()
    made["employees"] = facts["employees"] or 0
    return made


def text_rules(and_: str, or_: str, has: str, inside: str) -> list[str]:
    """The conditions in an expression language."""
    rules = []
    for name, _ in CONDITIONS:
        text = TEXTS.get(name, f"{name} > 0")
        text = text.replace("{and_}", and_).replace("{or_}", or_).replace("{in_}", inside)
        rules.append(re.sub(r"\{has:(\w+)\}", lambda match: has.replace("WORD", match[1]), text))
    return rules


def rule_engine(rows: list[dict[str, Any]]) -> Callable[[], int]:
    import rule_engine as engine

    texts = text_rules("and", "or", '" WORD " in title', 'industry in ["software", "finance"]')
    rules = [engine.Rule(text) for text in texts]
    return lambda: sum(rule.matches(row) for row in rows for rule in rules)


def business_rules(rows: list[dict[str, Any]]) -> Callable[[], int]:
    from business_rules.engine import check_conditions_recursively
    from business_rules.variables import BaseVariables, numeric_rule_variable, string_rule_variable

    def variable(name: str) -> Any:
        kind = (
            string_rule_variable
            if name in ("title", "industry", "country")
            else numeric_rule_variable
        )

        def value(self: Any) -> Any:
            return self.row[name]

        value.__name__ = name
        return kind(value)

    names = sorted(rows[0])
    variables = type("Variables", (BaseVariables,), {name: variable(name) for name in names})

    def one(name: str, operator: str, value: Any) -> dict[str, Any]:
        return {"name": name, "operator": operator, "value": value}

    rules: list[dict[str, Any]] = [
        {
            "all": [
                one("employees", "greater_than_or_equal_to", 50),
                one("employees", "less_than_or_equal_to", 500),
            ]
        },
        {"any": [one("title", "contains", f" {word} ") for word in ("vp", "manager", "director")]},
        {"any": [one("industry", "equal_to", word) for word in ("software", "finance")]},
        one("title", "contains", " student "),
        one("country", "equal_to", "de"),
        *(one(name, "greater_than", 0) for name, _ in CONDITIONS[5:]),
    ]

    def run() -> int:
        fired = 0
        for row in rows:
            values = variables()
            values.row = row
            fired += sum(check_conditions_recursively(rule, values) for rule in rules)
        return fired

    return run


def zen_engine(rows: list[dict[str, Any]]) -> Callable[[], int]:
    import zen

    texts = text_rules(
        "and", "or", 'contains(title, " WORD ")', 'industry in ["software", "finance"]'
    )
    rules = [zen.compile_expression(text) for text in texts]
    return lambda: sum(bool(rule.evaluate(row)) for row in rows for rule in rules)


def datalogic(rows: list[dict[str, Any]]) -> Callable[[], int]:
    import datalogic_py as logic

    whole = json.dumps([condition for _, condition in CONDITIONS])
    rule = logic.Engine().compile(whole)

    def run() -> int:
        fired = 0
        for row in rows:
            answer = rule.evaluate(row)
            fired += sum(map(bool, json.loads(answer) if isinstance(answer, str) else answer))
        return fired

    return run


def json_logic(rows: list[dict[str, Any]]) -> Callable[[], int]:
    from json_logic import jsonLogic

    rules = [condition for _, condition in CONDITIONS]
    return lambda: sum(bool(jsonLogic(rule, row)) for row in rows for rule in rules)


def cel_rust(rows: list[dict[str, Any]]) -> Callable[[], int]:
    import cel

    texts = text_rules(
        "&&", "||", 'title.contains(" WORD ")', 'industry in ["software", "finance"]'
    )
    rules = [cel.compile(text) for text in texts]
    return lambda: sum(bool(rule.execute(row)) for row in rows for rule in rules)


def cel_python(rows: list[dict[str, Any]]) -> Callable[[], int]:
    import celpy

    texts = text_rules(
        "&&", "||", 'title.contains(" WORD ")', 'industry in ["software", "finance"]'
    )
    env = celpy.Environment()
    rules = [env.program(env.compile(text)) for text in texts]

    def run() -> int:
        fired = 0
        for row in rows[: len(rows) // 10]:
            context = celpy.json_to_cel(row)
            fired += sum(bool(rule.evaluate(context)) for rule in rules)
        return fired

    return run


ENGINES = {
    "rule-engine 5.1.0": (rule_engine, 1),
    "business-rules 1.1.1": (business_rules, 1),
    "zen-engine 2.1.3": (zen_engine, 1),
    "datalogic-py 5.9.0": (datalogic, 1),
    "json-logic-qubit 0.9.1": (json_logic, 1),
    "common-expression-language 0.10.0": (cel_rust, 1),
    "cel-python 0.5.0 (a tenth of the leads)": (cel_python, 10),
}


def main() -> None:
    """Run each engine once to warm up and once to measure."""
    leads = json.load(sys.stdin)
    began = time.process_time()
    rows = [features(lead) for lead in leads]
    told: dict[str, Any] = {"features": time.process_time() - began}
    for name, (make, part) in ENGINES.items():
        try:
            run = make(rows)
            began = time.process_time()
            fired = run()
            told[name] = {"cpu": (time.process_time() - began) * part, "fired": fired}
        except Exception as error:  # noqa: BLE001  # whatever another library raises is its result here
            told[name] = {"error": f"{type(error).__name__}: {error}"[:200]}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
