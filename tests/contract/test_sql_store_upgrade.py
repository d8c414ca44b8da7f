"""A state of an earlier version is brought up to date with all that was in it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from tests.contract.postgres import Postgres
from tests.contract.state_rows import NOW, at, intent, link_id, outcome, run, transition

from leadpact.model.link import Intent, Outcome, Run
from leadpact.ports.state_store import StateChanges
from leadpact_app.store import rows
from leadpact_app.store.opening import engine_for
from leadpact_app.store.rows import pack, stamp
from leadpact_app.store.sql import SqlStore


@pytest.fixture(params=["sqlite", "postgresql"])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield str(tmp_path / "state.db")
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.make()
    yield server.url(name)
    server.drop(name)


def _at_revision(engine: Engine, revision: str) -> None:
    config = Config()
    config.set_main_option(
        "script_location", str(files("leadpact_app.store").joinpath("migrations"))
    )
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _put(engine: Engine, table: str, found: list[tuple[Any, ...]]) -> None:
    names = [f"v{number}" for number in range(len(found[0]))]
    values = ", ".join(f":{name}" for name in names)
    with engine.begin() as connection:
        connection.execute(
            text(f"INSERT INTO {table} VALUES ({values})"),
            [dict(zip(names, row, strict=True)) for row in found],
        )


def _outcome_row(one: Outcome) -> tuple[Any, ...]:
    fields = pack(one.fields) if one.fields else ""
    return (
        "pair-1",
        one.run_id,
        one.link_id,
        one.crm,
        one.result,
        stamp(one.at),
        one.cause,
        fields,
    )


LINK_BODY = (
    '[{"city":"Oslo","fax":null},["mql",5000000,2,null,"late",false,"said so","h",true,'
    '[["hubspot","lifecyclestage","lead",7000000,2,true,"workflow:7"]],false,"next","",["x"],true],'
    '[100,200,300,"A2","qualified",["Manager"],"Missing: title",9000000,"h"],"ours",null,"owner",""]'
)
FOLDED_BODY = '[{},null,null,"",null,"",""]'
SIDE_BODY = '[{"city":"oslo"},{},{"lifecyclestage":"lead"},"stamp",{"city":"Bergen"}]'


def _link_row(number: int, status: str, body: str) -> tuple[Any, ...]:
    return ("pair-1", link_id(number), status, "mql", 5, True, "", None, "", "", body)


def _side_row(record: str, body: str) -> tuple[Any, ...]:
    return ("pair-1", link_id(1), "hubspot", "contacts", record, True, "live", "1", body)


def _rows_that_name_their_fields(store: SqlStore) -> None:
    """Leads and records of an earlier version are read, and counted, and written in the new form."""
    link = store.links([link_id(1)])[link_id(1)]
    assert link.base == {"city": "Oslo", "fax": None}
    assert link.stage is not None
    assert link.published is not None
    assert (link.stage.priority, link.stage.deal_open, link.stage.deal_wins) == (True, True, 0)
    assert (link.published.breakdown, link.our_id, link.owner) == (
        "Missing: title",
        "ours",
        "owner",
    )
    assert store.links([link_id(2)])[link_id(2)].status == "folded"
    side, bare = store.sides([link_id(1)])[link_id(1)]
    assert side.image == {"lifecyclestage": "lead"}
    assert side.covered is not None
    assert (bare.image, bare.covered) == ({}, None)
    for _again in range(2):
        assert [store.known_values(name) for name in ("city", "fax", "title")] == [1, 0, 0]
        store.commit(StateChanges(links=[link], sides=[side, bare]), None, NOW)
        assert store.links([link_id(1)])[link_id(1)] == link
        assert list(store.sides([link_id(1)])[link_id(1)]) == [side, bare]


def test_the_journal_of_0010_is_packed_and_says_the_same(before: str) -> None:
    writes: list[Intent] = [
        intent(f"w{number}", number, created=number, run_id=of, state="written", closed_at=at(99))
        for number, of in enumerate(["run 1"] * 260 + ["run 2"] * 3)
    ]
    opened = intent("open", 1, created=5, run_id="run 2")
    told = [outcome(number, when=number) for number in range(300)]
    told.append(outcome(1, "run 2", crm="salesforce", result="failed", cause="x", fields=()))
    moves = [transition("b", 1, when=2), transition("a", 2, when=1)]
    engine, _file = engine_for(before)
    _at_revision(engine, "0010")
    _put(engine, "intents", [rows.intent_row("pair-1", one) for one in (*writes, opened)])
    _put(engine, "outcomes", [_outcome_row(one) for one in told])
    _put(engine, "runs", [("pair-1", "run 1", "sync", stamp(NOW), "done", None, "{}", "", "", "")])
    _put(engine, "transitions", [rows.transition_row("pair-1", one, 0) for one in moves])
    _put(engine, "decided_scores", [("pair-1", link_id(1), 5, "h", "[]")])
    _put(engine, "links", [_link_row(1, "live", LINK_BODY), _link_row(2, "folded", FOLDED_BODY)])
    _put(engine, "sides", [_side_row("7", SIDE_BODY), _side_row("8", "")])
    counts = '{"written":3}'
    lines = '[["l","hubspot","contacts","7","city",null,"Oslo","edited"]]'
    _put(
        engine,
        "plans",
        [("pair-1", "p", "run 1", stamp(NOW), "asked", "proposed", counts, lines, "h", "m")],
    )
    engine.dispose()

    store = SqlStore.open(before, "pair-1")

    try:
        assert list(store.open_intents(9)) == [opened]
        assert list(store.intents(run_id="run 1")) == writes[259::-1]
        assert list(store.intents(run_id="run 1", limit=2)) == [writes[259], writes[258]]
        assert list(store.intents(link_id=link_id(7))) == [writes[7]]
        assert {one.id for one in store.journal("run 2", [link_id(1), link_id(261)])} == {
            "open",
            "w261",
        }
        assert store.leads_of_run("run 2") == sorted(link_id(one) for one in (260, 261, 262, 1))
        assert list(store.outcomes(run_id="run 1")) == told[299::-1]
        assert set(store.outcomes(link_id=link_id(1))) == {told[1], told[300]}
        assert list(store.transitions(link_id(1))) == [moves[0]]
        with store._engine.connect() as connection:
            kept = connection.execute(text("SELECT count(*) FROM decided_scores")).scalar()
            loose = connection.execute(text("SELECT count(*) FROM intents")).scalar()
        assert (kept, loose) == (1, 1)
        _rows_that_name_their_fields(store)
        saved = store.plan("p")
        assert saved is not None
        assert (saved.counts, saved.lines, saved.mapping_hash) == ({"written": 3}, lines, "m")
        # What is written from now on has the next number.
        more = StateChanges(outcomes=[outcome(1, "run 9")], runs=[run("run 9")])
        store.commit(more, None, NOW)
        assert len(store.outcomes(run_id="run 9")) == 1
    finally:
        store.close()


def test_the_undone_run_is_read_out_of_the_note_of_an_undo(before: str) -> None:
    notes = {
        "first": ("sync", "Undo of run of words"),
        "undo": ("undo", "Undo of run first."),
        "again": ("undo", "Undo of run undo. HubSpot is away."),
        "older": ("undo", ""),
    }
    engine, _file = engine_for(before)
    _at_revision(engine, "0012")
    rows_before = [
        ("pair-1", name, kind, stamp(NOW), "done", stamp(at(9)), '{"written":3}', note, "p", "m")
        for name, (kind, note) in notes.items()
    ]
    _put(engine, "runs", rows_before)
    engine.dispose()

    store = SqlStore.open(before, "pair-1")

    try:
        known = {one.id: one for one in store.runs(9)}
        assert {name: one.undoes for name, one in known.items()} == {
            "first": None,
            "undo": "first",
            "again": "undo",
            "older": None,
        }
        assert known["again"] == Run(
            "again", "undo", NOW, "done", at(9), {"written": 3}, notes["again"][1], "p", "m", "undo"
        )
    finally:
        store.close()
