"""Random agreements over random leads: Spark says what the embedded engine says. Needs pyspark and Java."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from tests.unit.scoring import agreements, random_leads
from tests.unit.scoring.agreements import Tables, said
from tests.unit.scoring.random_leads import NOW

from leadpact.model.scorecard import ScoringInput
from leadpact.pact.score_rules import Scoring
from leadpact.scoring import ScoringQuery, compile_scoring
from leadpact.scoring.embedded import EmbeddedEngine
from leadpact.scoring.warehouse import Projection, statement_of

KINDS = {"text": "STRING", "integer": "BIGINT", "boolean": "BIGINT"}


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    reason = "pyspark is not installed: `pip install pyspark` to prove Spark here"
    sql = pytest.importorskip("pyspark.sql", reason=reason)
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java on the PATH: install one to prove Spark here")
    folder: Path = tmp_path_factory.mktemp("spark")
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.sql.warehouse.dir", str(folder))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.mark.soak
@pytest.mark.filterwarnings("default")
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(agreements.scorings, random_leads.leads)
def test_the_printed_query_says_what_the_embedded_engine_says(
    spark: Any, scoring: Scoring, leads: Sequence[ScoringInput]
) -> None:
    def run(query: ScoringQuery, tables: Tables, projection: str) -> list[tuple[Any, ...]]:
        if projection == "evidence":
            columns = "".join(f", {each.name} {KINDS[each.type]}" for each in query.columns)
            acts = "lead BIGINT, signal STRING, name STRING, asset STRING, day BIGINT, age BIGINT"
            spark.createDataFrame(tables.lead, f"lead BIGINT{columns}").createOrReplaceTempView(
                "lead"
            )
            spark.createDataFrame(tables.signal, acts).createOrReplaceTempView("signal")
        text = statement_of(query, "spark", cast("Projection", projection))
        return [tuple(row) for row in spark.sql(text).collect()]

    engine = EmbeddedEngine()
    there, here = said(engine, run, compile_scoring(scoring), leads, NOW)
    assert there == here
    engine.close()
