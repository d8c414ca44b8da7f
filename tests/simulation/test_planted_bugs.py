"""Three bugs planted on purpose: each is found within 1,000 histories, and its story is short."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from tests.simulation.choices import recorded
from tests.simulation.crm_hubspot import CONTACTS, FakeHubSpot
from tests.simulation.driver import play
from tests.simulation.invariants import check
from tests.simulation.story import kind_of, shortest, story, turns

from leadpact.model.record import Observation, Record, RecordRef
from leadpact.ports.state_store import StateChanges
from leadpact.sync import execute, observe, settle
from leadpact.sync.context import Context

TURNS = 24
HISTORIES = 1000


def found() -> tuple[list[int], str]:
    """The first history that fails, and how."""
    for seed in range(HISTORIES):
        choices = recorded(seed, TURNS)
        problems = check(play(choices))
        if problems:
            return choices, problems[0]
    raise AssertionError(f"no history of {HISTORIES} found it")


def short_story(most_turns: int) -> str:
    choices, problem = found()
    short = shortest(choices, kind_of(problem))
    told = story(short)
    print(told)
    assert turns(short) <= most_turns, told
    assert story(short) == told  # a history is replayed exactly
    return told


def test_base_not_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle, "_agree", lambda *_args: None)
    short_story(6)


def test_intent_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    intend = execute._intend

    def forgetful(context: Context, page: execute.PlannedPage) -> StateChanges:
        changes = intend(context, page)
        changes.intents.clear()
        return changes

    monkeypatch.setattr(execute, "_intend", forgetful)
    short_story(6)


def test_search_row_as_value(monkeypatch: pytest.MonkeyPatch) -> None:
    def from_the_index(
        self: FakeHubSpot, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> list[Observation]:
        return [_indexed(self, RecordRef(self.name, CONTACTS, one)) for one in ids]

    monkeypatch.setattr(FakeHubSpot, "fetch", from_the_index)
    monkeypatch.setattr(observe, "is_older", lambda *_args: False)
    short_story(6)


def _indexed(crm: FakeHubSpot, ref: RecordRef) -> Observation:
    seen = crm._seen(ref)
    row = crm.rows.get(ref)
    if not isinstance(seen, Record) or row is None:
        return seen
    horizon: datetime = crm.now() - crm.lag
    shot = next((one for one in reversed(row.shots) if one.at <= horizon), row.shots[0])
    return Record(ref, dict(shot.fields), shot.version, None, row.created)
