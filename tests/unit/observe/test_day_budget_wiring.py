"""What an opened pair's connectors spend stands in its state, under the share that the settings name."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leadpact.errors import FixSettings, WaitUntil
from leadpact.ports.connector import Capabilities, CrmIdentity
from leadpact_app.bootstrap import connecting, open_pair
from leadpact_app.observe.calls import CallCounter, DayBudget
from leadpact_app.runner.clock import SystemClock
from leadpact_app.settings import Settings, load_settings


class Portal:
    """A CRM of which 1,010 calls of 20,000 are left when someone signs in."""

    capabilities = Capabilities(
        crm="hubspot",
        person_kinds=("contacts",),
        signal_sources=("form_submissions",),
    )

    def __init__(self, clock: SystemClock, budget: DayBudget) -> None:
        self.clock = clock
        self.budget = budget

    def identity(self) -> CrmIdentity:
        self.budget.spend("hubspot")
        midnight = self.clock.now() + timedelta(hours=5)
        self.budget.correct("hubspot", limit=20_000, remaining=1_010, resets_at=midnight)
        return CrmIdentity("hubspot", "4242", "Example", "UTC", production=False)

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    def connect(
        _settings: Settings, clock: SystemClock, _calls: CallCounter, budget: DayBudget
    ) -> dict[str, Any]:
        return {"hubspot": Portal(clock, budget)}

    monkeypatch.setattr(connecting, "connect", connect)
    return load_settings(tmp_path, state=str(tmp_path / "state.db"))


def _calls(settings: Settings, most: int) -> int:
    """Calls that an opened pair may make."""
    with open_pair(settings) as pair:
        portal: Any = pair.connectors["hubspot"]
        for made in range(most):
            try:
                portal.budget.spend("hubspot")
            except WaitUntil:
                return made
    return most


def _rows(settings: Settings) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(settings.state_shown)) as connection:
        return connection.execute(
            "SELECT crm, account, allowance, remaining, spent FROM day_budgets"
        ).fetchall()


def test_calls_of_a_pair_are_counted_in_its_state(settings: Settings) -> None:
    assert _calls(settings, 7) == 7

    assert _rows(settings) == [("hubspot", "4242", 20_000, 1_010, 7)]


@pytest.mark.parametrize(("share", "ours"), [("0.95", 10), ("0.9495", 0), ("1", 1_010)])
def test_the_share_is_the_settings(settings: Settings, share: str, ours: int) -> None:
    assert _calls(settings.model_copy(update={"day_share": float(share)}), 5_000) == ours


@pytest.mark.parametrize("share", ["0", "1.01", "-1", "much"])
def test_a_share_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: str
) -> None:
    monkeypatch.setenv("LEADPACT_DAY_SHARE", share)

    with pytest.raises(FixSettings, match="LEADPACT_DAY_SHARE"):
        load_settings(tmp_path)
