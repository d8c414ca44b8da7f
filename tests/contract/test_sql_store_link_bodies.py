"""Links that differ in their bodies alone are put without their indexes, and all others with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leadpact.model.link import Link
from leadpact.model.stage import StageState
from leadpact.ports.state_store import StateChanges
from leadpact_app.store.sql import SqlStore

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(tmp_path / "state.db", "pair-1")
    yield opened
    opened.close()


def lead(number: int, stage: str = "lead", **base: str) -> Link:
    state = StageState(stage, NOW, 1, NOW, "", False, "as found", "hash")
    return Link(f"link-{number}", base={"email": f"p{number}@example.com", **base}, stage=state)


def put(store: SqlStore, *links: Link) -> None:
    store.commit(StateChanges(links=list(links)), None, NOW)
    assert store.links([one.id for one in links]) == {one.id: one for one in links}


def test_whatever_changes_of_a_link_is_kept_and_found(store: SqlStore) -> None:
    put(store, *(lead(one) for one in range(3)))
    put(store, *(lead(one, title="Analyst") for one in range(3)))
    # One of them changes in more than its body, the last as well as the first.
    for other in (0, 2):
        put(
            store,
            *(lead(one, "mql" if one == other else "lead", title="Head") for one in range(3)),
        )
        assert [one.id for one in store.at_stages(["mql"], 9)] == [f"link-{other}"]
    put(store, lead(0, title="Chief"), lead(7, title="New"))
    moved = replace(lead(1), base={"email": "other@example.com"})
    put(store, lead(0), moved)
    assert list(store.addressed(["other@example.com"])) == ["other@example.com"]
    later = StageState("lead", NOW + timedelta(1), 1, NOW, "", False, "as found", "hash")
    put(store, lead(0), replace(lead(2), stage=later))
