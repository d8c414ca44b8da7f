"""No statement of the hot path walks through a table: what a cycle costs is independent of how many leads there are."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy.dialects import sqlite

from leadpact_app.store.reading_texts import InList, Query
from leadpact_app.store.sql import SqlStore
from leadpact_app.store.statements import Statements

# Small tables, and the oldest of what is open.
OF_THE_PAIR = {"activations", "plans", "name_lists", "standing", "open_intents"}
WIDTHS = (1, 2, 8, 64, 256, 512)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("plans") / "state.db"
    SqlStore.open(file, "pair-1").close()
    return file


def steps(state: Path, statement: str) -> list[str]:
    """How SQLite would carry it out, without statistics, as in a state that was never analysed."""
    with closing(sqlite3.connect(state)) as connection:
        asked = "EXPLAIN QUERY PLAN " + statement
        return [row[3] for row in connection.execute(asked, ["x"] * statement.count("?"))]


@pytest.mark.parametrize("name", get_args(InList))
def test_values_in_a_list_are_looked_up_one_by_one(state: Path, name: InList) -> None:
    statements = Statements(sqlite.dialect(paramstyle="qmark"))
    for width in WIDTHS:
        found = steps(state, statements.within(name, width))
        searches = [one for one in found if one.startswith(("SEARCH", "SCAN"))]
        assert searches
        assert all(one.startswith("SEARCH") and " AND " in one for one in searches), found


@pytest.mark.parametrize("name", sorted(set(get_args(Query)) - OF_THE_PAIR))
def test_and_so_is_what_is_read_of_one_lead_or_page(state: Path, name: Query) -> None:
    found = steps(state, Statements(sqlite.dialect(paramstyle="qmark")).text(name))
    searches = [one for one in found if one.startswith(("SEARCH", "SCAN"))]
    assert all(one.startswith("SEARCH") and " AND " in one for one in searches), found


@pytest.mark.parametrize(
    "name", ["done", "drop_side", "end_intent", "pack", "drop_pack", "drop_pack_lead"]
)
def test_and_so_is_what_a_page_changes(state: Path, name: str) -> None:
    statement = getattr(Statements(sqlite.dialect(paramstyle="qmark")), name)
    found = steps(state, statement)
    assert all(one.startswith("SEARCH") and " AND " in one for one in found), found
