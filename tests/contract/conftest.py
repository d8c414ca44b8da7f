"""Every state store under one suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from tests.contract.postgres import Postgres
from tests.states import migrated_each

from leadpact.ports.state_store import StateStore
from leadpact_app.store.memory import MemoryStore
from leadpact_app.store.sql import SqlStore

ABOUT_MIGRATIONS = ("test_sql_store_schema", "test_sql_store_file", "test_sql_store_upgrade")
DATABASES = ("sqlite", "postgresql")


@pytest.fixture(autouse=True)
def _migrations(request: pytest.FixtureRequest) -> Iterator[None]:
    with migrated_each() if request.path.stem in ABOUT_MIGRATIONS else nullcontext():
        yield


@pytest.fixture(params=DATABASES)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty state on each database."""
    if request.param == "sqlite":
        yield str(tmp_path / "state.db")
        return
    server: Postgres = request.getfixturevalue("postgres")
    with server.state() as address:
        yield address


@pytest.fixture(params=["memory", *DATABASES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateStore]:
    """An empty state of one pair."""
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        yield from _opened(tmp_path / "state.db")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.state() as address:
            yield from _opened(address)


def _opened(address: str | Path) -> Iterator[StateStore]:
    opened = SqlStore.open(address, "pair-1")
    yield opened
    opened.close()
