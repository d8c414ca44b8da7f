"""A condition asked of one lead gives the answer that scoring gives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from leadpact.model.scorecard import ScoringInput
from leadpact.pact import ScoringLists, load_pact
from leadpact.pact.condition_value import holds
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact_mappings import default_text

AT = datetime(2026, 11, 2, tzinfo=UTC)
LISTS = ScoringLists(frozenset({"gmail.example"}), frozenset({"bin.example"}))
CONDITIONS = (
    "{field: title, op: contains_word, value: [vice president, head]}",
    "{field: title, op: starts_with, value: ceo}",
    "{field: employees, op: between, value: [50, 500]}",
    "{field: employees, op: above, value: 50}",
    "{field: employees, op: below, value: 50}",
    "{field: employees, op: one_of, value: [50, 51]}",
    "{field: email_domain, op: domain_is, value: acme.example}",
    "{field: email_domain, op: domain_is, list: own_domains}",
    "{field: website, op: domain_is, value: acme.example}",
    "{field: is_free_mail, op: is, value: true}",
    "{field: is_disposable_mail, op: is, value: false}",
    "{field: email_opt_out, op: is, value: true}",
    "{field: country, op: none_of, value: [France, Österreich]}",
    "{field: country, op: is_known}",
    "{field: country, op: is_unknown}",
    "{not: {any: [{field: country, op: is, value: france}, {field: title, op: is, value: ceo}]}}",
    "{all: [{field: country, op: is, value: france}, {field: employees, op: at_least, value: 50}]}",
)
RULES = "".join(
    f"    c{number}: {{label: C{number}, pillar: fit, points: 1, when: {condition}}}\n"
    for number, condition in enumerate(CONDITIONS)
)
PACT = load_pact(
    default_text("pact.yaml").replace("    company_size:\n", f"{RULES}    company_size:\n", 1),
    lists=LISTS,
)
ENGINE = EmbeddedEngine()
facts_of = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["CEO", "Vice-President, Sales", "Headmaster", "", None]),
        "employees": st.sampled_from([49, 50, 51, 500, 501, None]),
        "email": st.sampled_from(
            ["a@acme.example", "a@Mail.ACME.example", "a@gmail.example", "a@bin.example", "x", None]
        ),
        "website": st.sampled_from(["https://www.acme.example/x", "notacme.example", None]),
        "country": st.sampled_from(["FRANCE", "österreich", "Chile", "", None]),
        "email_opt_out": st.sampled_from([True, False, None]),
    },
)


@settings(max_examples=60)
@given(facts_of)
def test_as_the_engine_says(facts: dict[str, Any]) -> None:
    (card,) = ENGINE.score(PACT.scoring, [ScoringInput("L", facts)], AT)
    by_engine = {item.rule for item in card.evidence}
    for rule in PACT.scoring.fit:
        if rule.key.startswith("c") and rule.key[1:].isdigit():
            said = holds(rule.when, facts, PACT.scoring.lists)
            assert (said is True) is (rule.key in by_engine), (rule.key, facts)
