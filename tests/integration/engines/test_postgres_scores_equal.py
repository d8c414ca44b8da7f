"""Random agreements over random leads: PostgreSQL says what the embedded engine says, whatever its own sort order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import psycopg
import pytest
from hypothesis import given, settings
from tests.contract.postgres import Postgres
from tests.unit.scoring import agreements, random_leads
from tests.unit.scoring.agreements import Tables, said
from tests.unit.scoring.random_leads import NOW

from leadpact.model.scorecard import ScoringInput
from leadpact.pact.score_rules import Scoring
from leadpact.scoring import ScoringQuery, compile_scoring
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact.scoring.warehouse import Projection, statement_of

KINDS = {"text": "TEXT", "integer": "BIGINT", "boolean": "BIGINT"}


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> Iterator[psycopg.Connection[Any]]:
    name = postgres.make()
    address = postgres.url(name).replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection
    postgres.drop(name)


def _fill(connection: psycopg.Connection[Any], query: ScoringQuery, tables: Tables) -> None:
    columns = "".join(f", {each.name} {KINDS[each.type]}" for each in query.columns)
    connection.execute(b"DROP TABLE IF EXISTS lead; DROP TABLE IF EXISTS signal")
    connection.execute(f"CREATE TABLE lead (lead BIGINT{columns})".encode())
    connection.execute(
        b"CREATE TABLE signal (lead BIGINT, signal TEXT, name TEXT, asset TEXT, day BIGINT, age BIGINT)"
    )
    with connection.cursor() as cursor:
        for table, rows in (("lead", tables.lead), ("signal", tables.signal)):
            with cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
                for row in rows:
                    copy.write_row(row)


@pytest.mark.soak
@settings(max_examples=60)
@given(agreements.scorings, random_leads.leads)
def test_the_printed_query_says_what_the_embedded_engine_says(
    database: psycopg.Connection[Any], scoring: Scoring, leads: Sequence[ScoringInput]
) -> None:
    def run(query: ScoringQuery, tables: Tables, projection: str) -> list[tuple[Any, ...]]:
        if projection == "evidence":
            _fill(database, query, tables)
        text = statement_of(query, "postgres", cast("Projection", projection))
        return database.execute(text.encode()).fetchall()

    engine = EmbeddedEngine()
    there, here = said(engine, run, compile_scoring(scoring), leads, NOW)
    assert there == here
    engine.close()
