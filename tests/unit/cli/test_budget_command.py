"""`leadpact budget` and its settings: what is used, left and ours, without asking a CRM."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leadpact.errors import FixSettings
from leadpact_app.cli import run
from leadpact_app.settings import load_settings
from leadpact_app.store.budget import StoredBudget
from leadpact_app.store.sql import SqlStore

ACCOUNTS = {"hubspot": "4242"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".env").write_text(
        "LEADPACT_HUBSPOT__TOKEN=pat-eu1-x\nLEADPACT_HUBSPOT__SHARE=0.5\n"
        "LEADPACT_BUDGET__HUBSPOT__DAY_SHARE=0.8\nLEADPACT_BUDGET__HUBSPOT__HOT_SHARE=0.25\n"
    )
    state = tmp_path / ".leadpact" / "state.db"
    store = SqlStore.open(state, "default")
    store.bind(ACCOUNTS)
    store.close()
    return tmp_path


def test_used_left_and_ours(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    state = folder / ".leadpact" / "state.db"
    budget = StoredBudget.open(state, ACCOUNTS, lambda: now, share=0.8)
    budget.correct("hubspot", limit=1_000, remaining=700, resets_at=now + timedelta(hours=5))
    budget.spend("hubspot", 60)
    budget.close()

    assert run(["-C", str(folder), "budget", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)["crms"]["hubspot"]
    wanted = {"limit": 1_000, "used": 360, "ours": 800, "left": 440, "hot": 200}
    assert {name: told[name] for name in wanted} == wanted
    assert told["burst_per_second"] == 9.5


def test_before_any_call_nothing_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-C", str(folder), "budget"]) == 0
    assert "not told" in capsys.readouterr().out


def test_a_budget_of_no_crm_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LEADPACT_BUDGET__HUBSOT__DAY_SHARE=0.8\n")
    with pytest.raises(FixSettings, match=r"budget.hubsot names no CRM; it is one of hubspot"):
        load_settings(tmp_path)
