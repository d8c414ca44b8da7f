"""A new SQLite state is a copy of one that the migrations have made once in this process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from leadpact_app.store import opening

_migrate = opening.migrate
_made: list[bytes] = []


def _copy(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        _migrate(engine)
        return
    with closing(engine.raw_connection()) as raw:
        state: Any = raw.driver_connection
        new = state.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        with closing(sqlite3.connect(":memory:")) as kept:
            if new and _made:
                kept.deserialize(_made[0])
                kept.backup(state)
                return
    _migrate(engine)
    if new:
        with closing(engine.raw_connection()) as raw, closing(sqlite3.connect(":memory:")) as kept:
            made: Any = raw.driver_connection
            made.backup(kept)
            # Bytes 18 and 19 ask for a write-ahead log, which a database in memory cannot have.
            image = bytearray(kept.serialize())
            image[18:20] = b"\1\1"
            _made.append(bytes(image))


def migrate_once() -> None:
    """From now on the migrations make the first empty SQLite file of this process, the others are copies of it."""
    opening.migrate = _copy


@contextmanager
def migrated_each() -> Iterator[None]:
    """As long as this lasts every state is made by the migrations: for tests that are about them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "migrate", _migrate)
        yield
