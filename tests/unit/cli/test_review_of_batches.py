"""R34 at the command line: a batch is one line, one answer is that of all its leads, and of no other batch."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadpact.model.link import Hold, Link
from leadpact.ports.state_store import StateChanges
from leadpact_app.cli import run
from leadpact_app.cli.console import Console
from leadpact_app.cli.run_text import aside
from leadpact_app.store.sql import SqlStore

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LIKE = "like_assertions"


def hold(name: str, lead: str, by: str) -> Hold:
    return Hold(name, lead, "stage", LIKE, "many", {"hubspot": "MQL", "by": by}, NOW, "run")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state with two batches of two leads each, and a hold of another kind."""
    (tmp_path / ".env").write_text(
        "LEADPACT_HUBSPOT__TOKEN=x\nLEADPACT_SALESFORCE__ACCESS_TOKEN=y\n"
        "LEADPACT_SALESFORCE__INSTANCE_URL=https://x.my.salesforce.com\n"
    )
    (tmp_path / ".leadpact").mkdir()
    store = SqlStore.open(tmp_path / ".leadpact" / "state.db", "default")
    holds = [
        *(
            hold(f"{by}-{lead or 'all'}", lead, by)
            for by in ("imp7", "imp8")
            for lead in ("", "a", "b")
        ),
        Hold(
            "c-1",
            "a",
            "title",
            "values_differ",
            "why",
            {"hubspot": "x", "salesforce": "y"},
            NOW,
            "r",
        ),
    ]
    store.commit(StateChanges(links=[Link("a"), Link("b")], holds=holds), None, NOW)
    store.close()
    return tmp_path


def command(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = run(["--folder", str(folder), *words])
    return code, capsys.readouterr().out


def test_one_answer_is_that_of_all_its_leads(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _code, told = command(folder, capsys, "review", "list")
    assert "imp7-all" in told
    assert "imp7-a " not in told
    assert "lets all of them through" in told
    code, told = command(folder, capsys, "review", "refuse", "imp7-all", "--json")
    assert code == 0
    answered = json.loads(told)["answered"]
    assert {one["hold"] for one in answered} == {"imp7-all", "imp7-a", "imp7-b"}
    assert {one["answer"] for one in answered} == {"refuse"}
    left = json.loads(command(folder, capsys, "review", "list", "--kind", LIKE, "--json")[1])
    assert {one["hold"] for one in left["holds"]} == {"imp8-all", "imp8-a", "imp8-b"}


def test_a_bulk_answer_is_shown_and_counted_first(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Console, "on_terminal", staticmethod(lambda: True))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    code, told = command(folder, capsys, "review", "accept", "--all", "--kind", LIKE)
    assert code == 0
    assert f"{LIKE}   stage       6" in told
    assert "and 1 more" in told
    assert "6 answered" in told


def test_by_side_by_crm_and_as_csv(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = command(folder, capsys, "review", "list", "--crm", "salesforce", "--csv", "-")[1]
    assert shown.splitlines()[0].startswith("hold,lead,field,cause")
    assert len(shown.splitlines()) == 2
    told = command(folder, capsys, "review", "accept", "c-1", "--side", "salesforce", "--json")[1]
    assert json.loads(told)["answered"][0]["answer"] == "take:salesforce"


def test_what_is_paused_and_out_of_scope_is_counted_beside() -> None:
    assert aside({"paused": 1200, "out_of_scope": 3}) == ", 1,200 paused, 3 out of scope"
    assert aside({"planned_paused": 2, "paused": 9}, "planned_") == ", 2 paused"
    assert aside({"written": 5}) == ""
