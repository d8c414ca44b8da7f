"""Which run an undo put back is told to programs, and found without its note (R32)."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from leadpact.errors import FixSettings
from leadpact.model.link import Run
from leadpact.ports.state_store import StateChanges
from leadpact_app.cli.run_text import run_as_json
from leadpact_app.cli.undo_text import undo_of
from leadpact_app.store.memory import MemoryStore

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SYNC = Run("5f1c", "sync", NOW, "done", NOW, note="Undo of run of words.")
UNDO = Run("7a2b", "undo", NOW, "done", NOW, undoes="5f1c")


def test_an_undo_names_the_run_that_it_put_back() -> None:
    told = [orjson.loads(orjson.dumps(run_as_json(one)))["undoes"] for one in (UNDO, SYNC)]
    assert told == ["5f1c", None]


def test_the_undo_of_a_run_is_found_whatever_its_note_says() -> None:
    store = MemoryStore()
    store.commit(StateChanges(runs=[SYNC, UNDO]), None, NOW)
    assert undo_of(store, "5f1c") == undo_of(store, "7a2b") == "7a2b"
    store.commit(StateChanges(runs=[Run("9d", "sync", NOW, "done", NOW)]), None, NOW)
    with pytest.raises(FixSettings, match="Nobody undid run 9d"):
        undo_of(store, "9d")
