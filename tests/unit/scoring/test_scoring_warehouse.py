"""The query as it is printed for other engines: golden files, sound in each dialect, and nothing of it runs on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from leadpact.pact import Pact, load_pact
from leadpact.scoring import compile_scoring
from leadpact.scoring.warehouse import (
    DIALECTS,
    PROJECTIONS,
    Dialect,
    Projection,
    printed,
    statement_of,
)
from leadpact_mappings import default_text

GOLDEN = Path(__file__).parent / "golden"
# `RENEW_GOLDEN=1 pytest …` writes the files anew; read their difference before it is committed.
RENEW = "RENEW_GOLDEN"


@pytest.fixture(scope="module")
def golden_pact() -> Pact:
    return load_pact((GOLDEN / "pact.yaml").read_text(encoding="utf-8"), "golden/pact.yaml")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("projection", PROJECTIONS)
def test_the_printed_query_is_the_golden_one(
    golden_pact: Pact, dialect: Dialect, projection: Projection
) -> None:
    # The content's hash changes with each section that agreements get.
    text = printed(golden_pact, dialect, projection).text.replace(golden_pact.hash, "…")
    file = GOLDEN / f"{projection}-{dialect}.sql"
    if os.environ.get(RENEW):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("projection", PROJECTIONS)
@pytest.mark.parametrize("which", ["golden", "default"])
def test_it_parses_in_its_dialect_and_reads_only_what_it_says(
    golden_pact: Pact, dialect: Dialect, projection: Projection, which: str
) -> None:
    pact = golden_pact if which == "golden" else load_pact(default_text("pact.yaml"))
    made = printed(pact, dialect, projection)
    (tree,) = sqlglot.parse(made.text, dialect=dialect)
    assert isinstance(tree, exp.Query)
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    assert {table.name for table in tree.find_all(exp.Table)} - own == set(made.tables)
    given = [each.alias_or_name for each in tree.selects]
    assert given == list(made.columns)
    read = {column.name for column in tree.find_all(exp.Column)}
    for column in made.tables["lead"]:
        assert column.name in read
    named = {"anonymous", "regexplike", "lower", "upper", "div", "cast", "regexp_like"}
    used = {type(each).__name__.lower() for each in tree.find_all(exp.Func)}
    assert not used & named


def test_text_of_the_pact_cannot_leave_its_place(golden_pact: Pact) -> None:
    text = default_text("pact.yaml")
    spoilt = text.replace(
        "label: 50 to 500 employees", 'label: "x\\n; DROP TABLE lead --\\u2028 */ y"'
    )
    assert spoilt != text
    pact = load_pact(spoilt)
    for dialect in DIALECTS:
        made = printed(pact, dialect, "points")
        for line in made.text.splitlines():
            assert "DROP" not in line or line.startswith("-- ")
        assert len(sqlglot.parse(made.text, dialect=dialect)) == 1


def test_ids_sort_by_code_point_on_postgresql(golden_pact: Pact) -> None:
    query = compile_scoring(golden_pact.scoring)
    text = statement_of(query, "postgres", "evidence")
    assert text.count('signal COLLATE "C" NULLS FIRST') > 2
    assert "signal NULLS FIRST" not in text
    assert "COLLATE" not in statement_of(query, "duckdb", "evidence")
    assert "COLLATE" not in query.evidence.sql(dialect="postgres")


def test_rules_that_look_at_no_acts_need_no_table_of_points(golden_pact: Pact) -> None:
    head, _, rest = (GOLDEN / "pact.yaml").read_text(encoding="utf-8").partition("    visit:\n")
    pact = load_pact(head + "  disqualify:" + rest.partition("  disqualify:")[2])
    for dialect in DIALECTS:
        assert "decay" not in statement_of(compile_scoring(pact.scoring), dialect, "points")


def test_points_of_nothing_leave_a_query_that_still_stands() -> None:
    text = (GOLDEN / "pact.yaml").read_text(encoding="utf-8")
    rules = text.partition("  rules:\n")[0] + (
        "  rules:\n    visit: {label: V, pillar: engagement, points: 0, signal: a}\n"
    )
    query = compile_scoring(load_pact(rules).scoring)
    assert not list(query.decay_rows())
    for dialect in DIALECTS:
        (tree,) = sqlglot.parse(statement_of(query, dialect, "points"), dialect=dialect)
        assert tree is not None
