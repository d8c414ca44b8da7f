"""Every state store under one suite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leadpact.ports.state_store import StateStore
from leadpact_app.store.memory import MemoryStore
from leadpact_app.store.sql import SqlStore


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateStore]:
    """An empty state of one pair."""
    yield from _memory() if request.param == "memory" else _sqlite(tmp_path)


def _memory() -> Iterator[StateStore]:
    yield MemoryStore()


def _sqlite(folder: Path) -> Iterator[StateStore]:
    opened = SqlStore.open(folder / "state.db", "pair-1")
    yield opened
    opened.close()
