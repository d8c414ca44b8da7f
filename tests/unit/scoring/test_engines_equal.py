"""Random agreements over random leads: DuckDB says what the embedded engine says, to the hundredth of a point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, cast

import duckdb
import pytest
from hypothesis import given, settings
from tests.unit.scoring import agreements, random_leads
from tests.unit.scoring.agreements import Tables, said
from tests.unit.scoring.random_leads import NOW

from leadpact.model.scorecard import ScoringInput
from leadpact.pact.score_rules import Scoring
from leadpact.ports.population import Shift, Tell
from leadpact.scoring import ScoringQuery, compile_scoring
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact.scoring.population import PagewisePopulation
from leadpact.scoring.warehouse import Projection, statement_of
from leadpact_app.engines.duckdb import DuckPopulation

Told: TypeAlias = tuple[Shift, str, str]
KINDS = {"text": "VARCHAR", "integer": "BIGINT", "boolean": "BIGINT"}


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(":memory:", config={"threads": 1})
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def embedded() -> Iterator[EmbeddedEngine]:
    engine = EmbeddedEngine()
    yield engine
    engine.close()


def fill(connection: duckdb.DuckDBPyConnection, query: ScoringQuery, tables: Tables) -> None:
    columns = "".join(f", {each.name} {KINDS[each.type]}" for each in query.columns)
    connection.execute(f"CREATE OR REPLACE TABLE lead (lead BIGINT{columns})")
    connection.execute(
        "CREATE OR REPLACE TABLE signal (lead BIGINT, signal VARCHAR, name VARCHAR, asset VARCHAR, "
        "day BIGINT, age BIGINT)"
    )
    for table, rows in (("lead", tables.lead), ("signal", tables.signal)):
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


@settings(max_examples=14)
@given(agreements.scorings, random_leads.leads)
def test_the_printed_query_says_what_the_embedded_engine_says(
    database: duckdb.DuckDBPyConnection,
    embedded: EmbeddedEngine,
    scoring: Scoring,
    leads: Sequence[ScoringInput],
) -> None:
    def run(query: ScoringQuery, tables: Tables, projection: str) -> list[tuple[Any, ...]]:
        if projection == "evidence":
            fill(database, query, tables)
        text = statement_of(query, "duckdb", cast("Projection", projection))
        return database.execute(text).fetchall()

    there, here = said(embedded, run, compile_scoring(scoring), leads, NOW)
    assert there == here


@settings(max_examples=6)
@given(agreements.scorings, agreements.scorings, random_leads.leads)
def test_what_if_by_duckdb_is_what_if_page_by_page(
    before: Scoring, after: Scoring, leads: Sequence[ScoringInput]
) -> None:
    engines = EmbeddedEngine(), EmbeddedEngine()
    pages = [leads[:2], leads[2:]]
    told: tuple[dict[str, Told], dict[str, Told]] = {}, {}

    def teller(place: int) -> Tell:
        def keep(one: Shift) -> None:
            gates = one.before.gates, one.after.gates
            told[place][one.link_id] = (one, *gates)

        return keep

    there = DuckPopulation(threads=1).compare(before, after, pages, NOW, tell=teller(0))
    here = PagewisePopulation(*engines).compare(before, after, pages, NOW, tell=teller(1))
    for engine in engines:
        engine.close()
    assert there == here
    assert told[0] == told[1], "what is said of each lead, and what disqualifies it"
