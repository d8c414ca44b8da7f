from __future__ import annotations

import re

import pytest

from leadpact.pact.conditions import (
    DERIVED,
    FACTS,
    Either,
    Every,
    FactTest,
    Negated,
    domain_of,
    words,
)
from leadpact.pact.query_text import parse_condition

KNOWN = {**FACTS, **DERIVED}


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("employees >= 50", FactTest("employees", "at_least", (50,))),
        ("50 <= employees", FactTest("employees", "at_least", (50,))),
        ("employees < -3", FactTest("employees", "below", (-3,))),
        ("country = 'DE'", FactTest("country", "is", ("de",))),
        ("country <> 'DE'", Negated(FactTest("country", "is", ("de",)))),
        ("country in ('AT', 'de')", FactTest("country", "one_of", ("at", "de"))),
        ("one_of(country, 'de', 'at')", FactTest("country", "one_of", ("at", "de"))),
        (
            "contains_word(title, 'Vice-President')",
            FactTest("title", "contains_word", ("vice president",)),
        ),
        ("starts_with(title, 'Head')", FactTest("title", "starts_with", ("head",))),
        (
            "domain_is(website, 'https://www.Rival.example/x')",
            FactTest("website", "domain_is", ("rival.example",)),
        ),
        ("is_free_mail", FactTest("is_free_mail", "is", (True,))),
        ("email_opt_out = false", FactTest("email_opt_out", "is", (False,))),
        ("title is null", Negated(FactTest("title", "is_known"))),
        ("title is not null", Negated(Negated(FactTest("title", "is_known")))),
    ],
)
def test_the_query_dialect_becomes_the_closed_form(text: str, condition: object) -> None:
    assert parse_condition(text, KNOWN) == condition


def test_and_binds_closer_than_or_and_brackets_decide() -> None:
    one, two, three = (FactTest("employees", "is", (n,)) for n in (1, 2, 3))
    asked = "employees = 1 or employees = 2 and employees = 3"
    assert parse_condition(asked, KNOWN) == Either((one, Every((two, three))))
    asked = "(employees = 1 or employees = 2) and employees = 3"
    assert parse_condition(asked, KNOWN) == Every((Either((one, two)), three))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("employees = (select 1)", "must be a whole number"),
        ("employees in (select lead from lead)", "needs a list of values"),
        ("exists (select 1 from lead)", "not allowed in a rule"),
        ("title like '%vp%'", "not allowed in a rule"),
        ("title ~ 'vp'", "readable"),
        ("lower(title) = 'vp'", "must be the name of a fact"),
        ("load_extension('x')", 'no function "load_extension"'),
        ("contains_words(title, 'vp')", 'did you mean "contains_word"?'),
        ("employees + 1 > 50", "must be the name of a fact"),
        ("employees > 50.5", "must be a whole number"),
        ("employees / 2 > 50", "must be the name of a fact"),
        ("employees > '50'", "employees is integer"),
        ("titel = 'vp'", 'did you mean "title"?'),
        ("lead.title = 'vp'", "must be the name of a fact"),
        ("title > 'a'", "cannot be asked of title"),
        ("contains_word(title)", "at least one value"),
        ("contains_word(title, '--')", "not empty"),
        ("case when employees > 1 then true end", "not allowed in a rule"),
        ("1 = 1", "must be the name of a fact"),
        ("employees > 1; drop table lead", "not allowed in a rule"),
        ("employees >", "not readable"),
        ("", "not readable"),
        ("employees > 99999999999999999999", "more than any engine counts exactly"),
        ("employees is true", "`is` asks for `null` only"),
    ],
)
def test_what_is_not_in_the_dialect_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_condition(text, KNOWN)


def test_a_condition_nested_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match=r"deep|readable"):
        parse_condition("not " * 100 + "is_free_mail", KNOWN)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Ann@Mail.Rival.example", "mail.rival.example"),
        ("https://www.rival.example/a?b", "rival.example"),
        ("rival.example.", "rival.example"),
        ("*.rival.example", "rival.example"),
        ("", ""),
    ],
)
def test_a_domain_is_found_in_addresses_of_all_kinds(text: str, domain: str) -> None:
    assert domain_of(text) == domain


def test_words_are_folded_and_parted_at_anything_that_is_no_letter() -> None:
    assert words("Ｄirector, IT & Security/OPERATIONS") == [
        "director",
        "it",
        "security",
        "operations",
    ]
    assert words("STRASSE Straße") == ["strasse", "strasse"]
