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

from leadpact.model.link import Intent, Outcome
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
        # What is written from now on has the next number.
        store.commit(_more(), None, NOW)
        assert len(store.outcomes(run_id="run 9")) == 1
    finally:
        store.close()


def _more() -> Any:
    from leadpact.ports.state_store import StateChanges

    return StateChanges(outcomes=[outcome(1, "run 9")], runs=[run("run 9")])
