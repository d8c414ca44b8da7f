"""A missing terminal is no yes: whatever asks is refused with exit code 2 unless it is told --yes."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leadpact.model.link import Hold, Link
from leadpact.model.pause import Pause
from leadpact.ports.state_store import StateChanges
from leadpact_app.cli import run
from leadpact_app.cli.console import Console
from leadpact_app.store.sql import SqlStore

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state with a hold and two pauses."""
    (tmp_path / ".env").write_text(
        "LEADPACT_HUBSPOT__TOKEN=x\nLEADPACT_SALESFORCE__ACCESS_TOKEN=y\n"
        "LEADPACT_SALESFORCE__INSTANCE_URL=https://x.my.salesforce.com\n"
    )
    (tmp_path / ".leadpact").mkdir()
    store = SqlStore.open(tmp_path / ".leadpact" / "state.db", "default")
    hold = Hold("h-1", "a", "title", "field_changed", "why", {"hubspot": "x"}, NOW, "r")
    pauses = [Pause(name, crm=name, since=NOW, by="Dana Fox") for name in ("hubspot", "salesforce")]
    store.commit(StateChanges(links=[Link("a")], holds=[hold], pauses=pauses), None, NOW)
    store.close()
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ("apply", "--json"),
        ("undo", "last", "--json"),
        ("backfill", "stages", "--write"),
        ("review", "refuse", "--all", "--cause", "field_changed"),
        ("resume",),
        ("forget", "ann@acme.example"),
    ],
)
def test_silence_is_no_yes(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert run(["--folder", str(folder), *words]) == 2
    told = capsys.readouterr()
    assert "Nobody can be asked here" in told.err
    assert "say --yes" in told.err
    assert told.out == ""
    store = SqlStore.open(folder / ".leadpact" / "state.db", "default")
    assert [one.status for one in store.holds(waiting_only=True)] == ["waiting"]
    assert len(store.pauses()) == 2
    store.close()


def test_what_asks_nobody_needs_no_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--folder", str(folder), "resume", "hubspot"]) == 0
    assert run(["--folder", str(folder), "review", "refuse", "h-1"]) == 0
    assert run(["--folder", str(folder), "resume", "--yes"]) == 0
    assert "Nobody" not in capsys.readouterr().err


def test_only_a_word_is_a_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Console, "on_terminal", staticmethod(lambda: True))
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert Console().confirm("Carry it out?") is False


def test_one_crm_alone_is_for_one_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--folder", str(folder), "sync", "--only", "crm=hubspot", "--every", "5m"]) == 2
    assert "for one run" in capsys.readouterr().err
