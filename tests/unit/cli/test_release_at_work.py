"""What an undo put back is let go of only while no run has the pair: one at work would settle it as it was (R32)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leadpact.model.link import Link
from leadpact.model.pin import Pin
from leadpact.model.record import RecordRef
from leadpact.ports.state_store import StateChanges
from leadpact_app.cli import run
from leadpact_app.store.sql import SqlStore

NOW = datetime.now(UTC)
PIN = Pin("a" * 36, RecordRef("hubspot", "contacts", "101"), "jobtitle", None, "CTO", NOW, "undo1")


def test_nothing_is_released_while_a_run_is_at_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text(
        "LEADPACT_HUBSPOT__TOKEN=x\nLEADPACT_SALESFORCE__ACCESS_TOKEN=y\n"
        "LEADPACT_SALESFORCE__INSTANCE_URL=https://x.my.salesforce.com\n"
    )
    (tmp_path / ".leadpact").mkdir()
    store = SqlStore.open(tmp_path / ".leadpact" / "state.db", "default")
    store.commit(StateChanges(links=[Link(PIN.link_id)], pins=[PIN]), None, NOW)
    lease = store.acquire("another machine", NOW, timedelta(minutes=5))
    assert lease is not None
    words = ["--folder", str(tmp_path), "review", "release", PIN.link_id]

    assert run(words) == 4
    assert "nothing was released" in capsys.readouterr().err
    assert list(store.pins()) == [PIN]

    store.release(lease)
    assert run(words) == 0
    assert list(store.pins()) == []
    store.close()
