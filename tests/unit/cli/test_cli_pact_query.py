"""`pact query` as someone types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlglot

from leadpact_app.cli import run
from leadpact_mappings import default_text


def _asked(folder: Path, *options: str) -> int:
    return run(["--folder", str(folder), "pact", "query", *options])


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "spark"])
def test_it_prints_one_statement_of_the_folder_s_agreement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], dialect: str
) -> None:
    text = default_text("pact.yaml").replace('version: "1.0"', 'version: "7.3"')
    (tmp_path / "pact.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "leadpact.yaml").write_text("pact: pact.yaml\n", encoding="utf-8")
    assert _asked(tmp_path, "--dialect", dialect) == 0
    said = capsys.readouterr().out
    assert said.startswith("-- The points of pact 7.3 ")
    assert len(sqlglot.parse(said, dialect=dialect)) == 1


def test_for_programs_it_names_what_it_reads_and_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _asked(tmp_path, "--projection", "evidence", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert set(made) == {"dialect", "projection", "pact", "query", "reads", "gives"}
    assert [each["name"] for each in made["reads"]["signal"]][:3] == ["lead", "signal", "name"]
    assert list(made["gives"]) == sorted(["lead", "rule", "signal", "points"])
    assert made["pact"]["version"] == "1.0"


def test_a_dialect_that_is_none_is_told_with_those_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _asked(tmp_path, "--dialect", "oracle") == 2
    said = capsys.readouterr().err
    assert "duckdb" in said
    assert "spark" in said
