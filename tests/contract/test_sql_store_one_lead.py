"""What explain reads of one lead is found by its key, however many leads there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event
from tests.contract.state_rows import NOW, link_id

from leadpact.audit import explain
from leadpact.audit.timeline import timeline
from leadpact.model.link import Link
from leadpact.pact import load_pact
from leadpact.ports.state_store import StateChanges
from leadpact_app.store.sql import SqlStore
from leadpact_mappings import default_text

BY_PAIR_ALONE = "(pair_id=?)"
SMALL = ("activations", "runs", "plans")


def test_explain_walks_through_no_table(tmp_path: Path) -> None:
    store = SqlStore.open(tmp_path / "state.db", "pair-1")
    one = link_id(1)
    store.commit(StateChanges(links=[Link(one)]), None, NOW)
    asked: list[tuple[str, Any]] = []

    @event.listens_for(store._engine, "before_cursor_execute")
    def remember(_connection: Any, _cursor: Any, text: str, values: Any, *_rest: Any) -> None:
        asked.append((text, values))

    pact = load_pact(default_text("pact.yaml"))
    assert explain(store, pact, one, as_of=NOW) is not None
    timeline(store, pact, one)
    store.decided_scores(one, NOW, 1)
    store.addressed(["ann@acme.example"])
    queries = [(text, values) for text, values in asked if text.lstrip().startswith("SELECT")]
    assert len(queries) > 8
    with store._engine.connect() as connection:
        for text, values in queries:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
            steps = [row[3] for row in plan if not any(name in row[3] for name in SMALL)]
            wide = [step for step in steps if "SCAN" in step or step.endswith(BY_PAIR_ALONE)]
            assert not wide, (text, steps)
    store.close()
