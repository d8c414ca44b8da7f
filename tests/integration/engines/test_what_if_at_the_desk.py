"""`pact what-if` and `pact query --tables` over a state, as someone types them."""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from leadpact.model.link import Link
from leadpact.model.scorecard import Signal
from leadpact.model.stage import StageState
from leadpact.ports.state_store import StateChanges
from leadpact_app.cli import run
from leadpact_app.settings import load_settings
from leadpact_app.store.sql import SqlStore
from leadpact_mappings import default_text

NOW = datetime.now(UTC)
TITLES = ("VP Sales", "Engineer", "Student", None, "Marketing Manager")
ACTS = ("pricing_page", "webinar", "demo_page", "gated_download", "demo_request")
PEOPLE = 60


@dataclass
class Desk:
    """A folder with a state of sixty leads and another agreement."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        code = run(["--folder", str(self.folder), "pact", *arguments])
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def what_if(self, *options: str) -> Any:
        code, out, err = self("what-if", "--pact", "other.yaml", "--json", *options)
        assert code == 0, err
        return json.loads(out)


def _link(number: int) -> Link:
    facts = {
        "email": f"p{number}@{'gmail.example' if number % 4 == 0 else f'firm{number}.example'}",
        "title": TITLES[number % len(TITLES)],
        "employees": (20, 120, 600, None)[number % 4],
    }
    since = NOW - timedelta(days=5) if number % 7 == 0 else None
    stage = StageState("lead", NOW, 1, since)
    return Link(f"link-{number:03}", base=facts, stage=stage)


def _signals(number: int) -> list[Signal]:
    return [
        Signal(f"{number}-{n}", f"link-{number:03}", ACTS[(number + n) % len(ACTS)], at, "")
        for n in range(number % 6)
        for at in [NOW - timedelta(days=3 * n + number % 5, hours=1)]
    ]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    (tmp_path / "other.yaml").write_text(
        default_text("pact.yaml").replace("thresholds: {mql: 60,", "thresholds: {mql: 40,"),
        encoding="utf-8",
    )
    settings = load_settings(tmp_path)
    (tmp_path / ".leadpact").mkdir(mode=0o700)
    store = SqlStore.open(tmp_path / ".leadpact" / "state.db", settings.pair)
    changes = StateChanges(links=[_link(number) for number in range(PEOPLE)])
    for number in range(PEOPLE):
        changes.signals += _signals(number)
    counter = Signal("c", "link-001", "demo_page", NOW, precision="counter")
    changes.signals.append(counter)
    store.commit(changes, None, NOW)
    store.close()
    return Desk(tmp_path, capsys)


def test_both_engines_say_the_same_and_a_lower_threshold_qualifies_more(desk: Desk) -> None:
    here, there = (desk.what_if("--engine", name) for name in ("embedded", "duckdb"))
    assert here == there
    assert here["leads"] == PEOPLE
    moved = {(one["before"], one["after"]): one["leads"] for one in here["verdicts"]}
    assert moved["not_yet", "qualified"] > 0
    assert ("qualified", "not_yet") not in moved
    assert here["rescored"] == 0
    assert {one["after"]["verdict"] for one in here["examples"]} == {"qualified"}
    assert len(here["examples"]) == min(10, moved["not_yet", "qualified"])


def test_it_is_told_for_people(desk: Desk) -> None:
    code, out, _ = desk("what-if", "--pact", "other.yaml", "--examples", "3")
    assert code == 0
    assert "60 leads scored by pact 1.0" in out
    assert "not yet → qualified" in out
    assert "Nothing was written." in out


def test_without_duckdb_auto_goes_on_and_its_name_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = desk.what_if()
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert desk.what_if() == whole
    for options in (("--engine", "duckdb"), ("--tables", ".")):
        code, _, err = desk("what-if", "--pact", "other.yaml", *options)
        assert code == 2
        assert "pip install 'leadpact[bulk]'" in err


def test_the_tables_that_are_written_score_as_the_state_does(desk: Desk) -> None:
    code, out, err = desk("query", "--tables", "out", "--dialect", "duckdb")
    assert code == 0
    assert f"Wrote {PEOPLE} leads" in err
    folder = desk.folder / "out"
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    found = desk.what_if("--tables", str(folder))
    assert found["verdicts"] == desk.what_if()["verdicts"]
    assert found["examples"] == desk.what_if()["examples"]
    with duckdb.connect() as connection:
        for name in ("lead", "signal"):
            connection.execute(f"CREATE TABLE {name} AS FROM read_csv('{folder}/{name}.csv')")
        assert len(connection.execute(out).fetchall()) == PEOPLE
        connection.execute(f"COPY lead TO '{folder}/lead.parquet'")
        connection.execute(f"COPY signal TO '{folder}/signal.parquet'")
    (folder / "lead.csv").unlink()
    assert desk.what_if("--tables", str(folder))["verdicts"] == found["verdicts"]
    code, _, err = desk("query", "--tables", "out")
    assert code == 2
    assert "is there already" in err


def test_tables_that_lack_something_are_refused_by_name(desk: Desk) -> None:
    code, _, err = desk("what-if", "--pact", "other.yaml", "--tables", "nowhere")
    assert code == 2
    assert "lead.parquet" in err
    desk("query", "--tables", "out")
    file = desk.folder / "out" / "lead.csv"
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.reader(opened))
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(row[2:] for row in rows)
    code, _, err = desk("what-if", "--pact", "other.yaml", "--tables", "out")
    assert code == 2
    assert f"lacks lead, {rows[0][1]}" in err


def test_an_agreement_that_is_refused_is_told_with_its_own_file(desk: Desk) -> None:
    (desk.folder / "other.yaml").write_text("version: 1\n", encoding="utf-8")
    code, _, err = desk("what-if", "--pact", "other.yaml")
    assert code == 2
    assert "other.yaml:1" in err
