"""A state's file read by statements compiled beforehand: what they say, and when they are not used."""

from __future__ import annotations

import inspect
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import orjson
import pytest
from sqlalchemy import func, select
from sqlalchemy.dialects import sqlite
from tests.contract.state_rows import (
    NOW,
    episode,
    failure,
    full_link,
    hold,
    hubspot,
    intent,
    link_id,
    outcome,
    salesforce,
    signal,
    transition,
    work,
)

from leadpact.errors import Stop
from leadpact.model.record import RecordRef
from leadpact.ports.state_store import StateChanges, StateReader
from leadpact_app.store import written_texts
from leadpact_app.store.file_reader import FileReader
from leadpact_app.store.opening import REVISIONS
from leadpact_app.store.reading_texts import InList, Query
from leadpact_app.store.sql import SqlStore
from leadpact_app.store.statements import Statements
from leadpact_app.store.tables import links
from leadpact_app.store.written_texts import TEXTS, WrittenTexts

KEPT = Path(written_texts.__file__).with_name(TEXTS)
# `RENEW_GOLDEN=1 pytest …` writes the texts anew; read their difference before it is committed.
RENEW = "RENEW_GOLDEN"
ONE = link_id(1)
REF = RecordRef("hubspot", "contacts", "1")
ASKED: dict[str, tuple[Any, ...]] = {
    "link_ids": ([REF],),
    "known_records": ([REF],),
    "due": (NOW, 9),
    "known_values": ("email",),
    "signals": ([ONE], NOW - timedelta(days=9)),
    "at_stages": (["mql", "recycled"], 9),
    "buried": (["a"],),
    "count": ("links", NOW),
    "page_of_links": ("", 9),
    "checkpoint": ("hubspot", "contacts"),
    "run": ("run-1",),
    "order": ("run-1",),
    "plan": ("plan-1",),
    "journal": ("run-1", [ONE]),
    "leads_of_run": ("run-1",),
    "plan_rows": ("plan-1", [ONE]),
    "leads_of_plan": ("plan-1",),
    "waiting_signals": ([REF],),
    "due_handoffs": (NOW, 9),
    "due_notices": (NOW, 9),
    "handed_over": (["2026-11-01"],),
}
"""What is asked of each verb whose arguments do not follow from their names."""
BY_NAME: dict[str, Any] = {
    "link_ids": [ONE, link_id(2), link_id(7)],
    "link_id": ONE,
    "limit": 9,
    "digests": ["a", "b"],
    "addresses": ["ann@acme.example"],
}


def _texts() -> dict[str, Any]:
    statements = Statements(sqlite.dialect(paramstyle="qmark"))
    return {
        "revision": REVISIONS[-1],
        "texts": {name: statements.text(name) for name in sorted(get_args(Query))},
        "within": {name: statements.within(name, 1) for name in sorted(get_args(InList))},
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A state with a little of everything that stands of a lead."""
    state = tmp_path / "state.db"
    store = SqlStore.open(state, "pair-1")
    changes = StateChanges(
        links=[
            full_link(1),
            full_link(2, status="folded", folded_into=ONE),
            full_link(3, status="tombstone", buried_as="a"),
        ],
        sides=[hubspot("1", 1), salesforce("1", 1)],
        work=[work(1, -1, -1)],
        checkpoints={("hubspot", "contacts"): "7"},
        intents=[intent("i1", 1, 0), intent("i2", 1, 1, state="written")],
        transitions=[transition("t1", 1), transition("t2", 2)],
        episodes=[episode(1, 1)],
        holds=[hold("h1", 1, 0)],
        failures=[failure(1, "hubspot", 0)],
        outcomes=[outcome(1, "run-1", 0)],
        signals=[signal("s1", 1, 0)],
    )
    store.commit(changes, None, NOW)
    store.close()
    return state


def test_the_texts_are_what_is_compiled_for_this_schema() -> None:
    if os.environ.get(RENEW):
        KEPT.write_bytes(orjson.dumps(_texts(), option=orjson.OPT_INDENT_2) + b"\n")
    assert orjson.loads(KEPT.read_bytes()) == _texts()


def test_they_hold_for_any_number_of_values() -> None:
    statements, written = Statements(sqlite.dialect(paramstyle="qmark")), WrittenTexts()
    for name in get_args(InList):
        for size in (1, 2, 8, 512):
            assert written.within(name, size) == statements.within(name, size)


def test_every_verb_answers_as_the_store_does(file: Path) -> None:
    store, reader = SqlStore.open(file, "pair-1"), FileReader.open(str(file), "pair-1")
    assert reader is not None
    verbs = [
        name for name, verb in inspect.getmembers(StateReader, callable) if not name.startswith("_")
    ]
    assert len(verbs) > 40
    told = 0
    for name in verbs:
        wanted = inspect.signature(getattr(StateReader, name)).parameters.values()
        asked = ASKED.get(name) or tuple(
            BY_NAME[one.name]
            for one in wanted
            if one.name != "self"
            and one.kind is one.POSITIONAL_OR_KEYWORD
            and one.default is one.empty
        )
        answer = getattr(reader, name)(*asked)
        assert answer == getattr(store, name)(*asked), name
        told += bool(answer)
    assert told > 20
    assert [one.id for one in reader.intents(link_id=ONE)] == ["i2", "i1"]
    reader.close()
    store.close()


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE alembic_version SET version_num = '0001'",
        "DELETE FROM alembic_version",
        "DROP TABLE alembic_version",
        "UPDATE pairs SET pair_id = 'pair-2'",
    ],
)
def test_a_state_that_is_not_this_versions_or_not_this_pairs_is_left_to_the_store(
    file: Path, spoil: str
) -> None:
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute("INSERT OR IGNORE INTO pairs VALUES ('pair-1', NULL, '', 0, 0)")
        raw.execute(spoil)
    assert FileReader.open(str(file), "pair-1") is None


def test_no_file_an_address_and_what_is_no_database_are_left_to_the_store(tmp_path: Path) -> None:
    assert FileReader.open(str(tmp_path / "none.db"), "pair-1") is None
    assert FileReader.open("postgresql+psycopg://x@127.0.0.1/none", "pair-1") is None
    (tmp_path / "text.db").write_text("no database at all, but long enough to be read as one" * 9)
    assert FileReader.open(str(tmp_path / "text.db"), "pair-1") is None


def test_it_writes_nothing_and_keeps_the_file_to_oneself(file: Path) -> None:
    file.chmod(0o644)
    reader = FileReader.open(str(file), "pair-1")
    assert reader is not None
    assert file.stat().st_mode & 0o777 == 0o600
    with reader._reading() as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.exec_driver_sql("DELETE FROM links", ())
    reader.close()


def test_a_verb_sees_one_snapshot_by_whichever_way_it_asks(file: Path) -> None:
    reader = FileReader.open(str(file), "pair-1")
    assert reader is not None
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        with reader._reading() as connection:
            before = connection.exec_driver_sql("SELECT count(*) FROM links", ()).cursor.fetchall()
            other.execute("DELETE FROM links")
            after = connection.execute(select(func.count()).select_from(links)).all()
        assert [tuple(row) for row in after] == before == [(3,)]
    assert reader.count("links", NOW) == 0
    reader.close()


def test_what_is_wrong_with_it_is_told_by_remedy(file: Path) -> None:
    reader = FileReader.open(str(file), "pair-1")
    assert reader is not None
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("UPDATE links SET body = 'x'")
        with pytest.raises(Stop) as damaged:
            reader.links([ONE])
        other.execute("DROP TABLE links")
        with pytest.raises(Stop) as refused:
            reader.links([ONE])
    assert (damaged.value.code, refused.value.code) == ("state_damaged", "state_refused")
    reader.close()


def test_explain_of_one_lead_loads_no_sqlalchemy(file: Path) -> None:
    state = file.parent / ".leadpact"
    state.mkdir(mode=0o700)
    (state / "state.db").write_bytes(file.read_bytes())
    with closing(sqlite3.connect(state / "state.db")) as raw, raw:
        for (table,) in raw.execute(
            "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c"
            " WHERE m.type = 'table' AND c.name = 'pair_id'"
        ).fetchall():
            raw.execute(f"UPDATE {table} SET pair_id = 'default'")
    program = (
        "import sys; from leadpact_app.cli import run; "
        f"code = run(['explain', {ONE!r}, '--offline']); "
        "print(code, sorted({'sqlalchemy', 'sqlglot', 'asyncio', 'alembic'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=file.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "0 []", done.stdout
