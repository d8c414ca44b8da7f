"""Everything that a state keeps compressed, as the bytes it stands for."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path


def unpacked_bodies(file: Path) -> bytes:
    """All blobs of all tables of a SQLite state, unpacked; what does not unpack fails."""
    found = []
    with closing(sqlite3.connect(file)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
        ).fetchall()
        for (table,) in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                found += [zlib.decompress(each) for each in row if isinstance(each, bytes)]
    return b"\n".join(found)
