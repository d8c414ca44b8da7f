"""Both stores give the same answers after any history of commits: each is the other's model."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contract.postgres import Postgres
from tests.contract.state_rows import (
    NOW,
    at,
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

from leadpact.errors import LeaseLost
from leadpact.model.link import Closing
from leadpact.model.record import RecordRef
from leadpact.model.stage import StageState
from leadpact.ports.state_store import Lease, StateChanges, StateStore
from leadpact_app.store.memory import MemoryStore
from leadpact_app.store.sql import SqlStore

NUMBERS = st.integers(0, 3)
SECONDS = st.integers(-3, 3)
NAMES = st.sampled_from("abcd")
LINK_STATUS = st.sampled_from(["live", "tombstone", "folded"])
HOLD_STATUS = st.sampled_from(["waiting", "answered", "closed"])
INTENT_STATE = st.sampled_from(["open", "cleared", "written", "refused"])
RESULT = st.sampled_from(["written", "unchanged", "held", "failed"])
RECORDS = st.sampled_from(["1", "2", "10"])
REFS = st.builds(
    RecordRef, st.sampled_from(["hubspot", "salesforce"]), st.just("contacts"), RECORDS
)


def _few(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, max_size=3)


CHANGES = st.builds(
    StateChanges,
    links=_few(
        st.builds(
            lambda number, status, other, stage: full_link(
                number,
                status=status,
                stage=stage,
                folded_into=link_id(other) if status == "folded" else "",
                buried_as="abcd"[other] if status == "tombstone" else "",
            ),
            NUMBERS,
            LINK_STATUS,
            NUMBERS,
            st.one_of(
                st.none(),
                st.builds(
                    lambda second, owes: StageState("recycled", at(second), reason_owed=owes),
                    SECONDS,
                    st.booleans(),
                ),
            ),
        )
    ),
    sides=_few(
        st.one_of(
            st.builds(
                hubspot,
                RECORDS,
                NUMBERS,
                primary=st.booleans(),
                state=st.sampled_from(["live", "gone", "duplicate"]),
            ),
            st.builds(salesforce, RECORDS, NUMBERS, kind=st.sampled_from(["Lead", "Contact"])),
        )
    ),
    dropped_sides=_few(REFS),
    work=_few(st.builds(work, NUMBERS, SECONDS, SECONDS, attempts=st.integers(0, 2))),
    done=_few(st.builds(work, NUMBERS, since=SECONDS)),
    checkpoints=st.dictionaries(st.tuples(NAMES, NAMES), NAMES, max_size=2),
    # An intent's id is made of its run and lead.
    intents=_few(
        st.builds(
            lambda number, run, when, state: intent(
                f"{number}-{run}", number, when, run_id=run, state=state
            ),
            NUMBERS,
            NAMES,
            SECONDS,
            INTENT_STATE,
        )
    ),
    closings=_few(
        st.builds(
            lambda number, run, state, second: Closing(
                f"{number}-{run}", link_id(number), state, at(second), 2
            ),
            NUMBERS,
            NAMES,
            st.sampled_from(["written", "overtaken"]),
            SECONDS,
        )
    ),
    transitions=_few(
        st.builds(lambda name, number: transition(name + str(number), number), NAMES, NUMBERS)
    ),
    episodes=_few(
        st.builds(
            lambda number, count, second: episode(
                number, count, closed_at=None if second < 0 else at(second)
            ),
            NUMBERS,
            st.integers(1, 3),
            SECONDS,
        )
    ),
    holds=_few(st.builds(hold, NAMES, NUMBERS, SECONDS, status=HOLD_STATUS)),
    failures=_few(st.builds(failure, NUMBERS, NAMES, SECONDS, open=st.booleans())),
    outcomes=_few(st.builds(outcome, NUMBERS, NAMES, SECONDS, crm=NAMES, result=RESULT)),
    signals=_few(st.builds(signal, NAMES, NUMBERS, SECONDS)),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), CHANGES, st.one_of(st.none(), st.integers(0, 2))),
        st.tuples(st.just("acquire"), NAMES, st.integers(0, 20)),
        st.tuples(st.just("release"), st.integers(0, 2), st.just(0)),
    ),
    max_size=8,
)


def _everything(store: StateStore) -> dict[str, Any]:
    ids = [link_id(number) for number in range(4)]
    refs = [
        RecordRef(crm, kind, record)
        for crm, kind in (
            ("hubspot", "contacts"),
            ("salesforce", "Lead"),
            ("salesforce", "Contact"),
        )
        for record in ("1", "2", "10")
    ]
    due = list(store.due(at(2), 99))
    return {
        "links": store.links(ids),
        "sides": {key: tuple(value) for key, value in store.sides(ids).items()},
        "link_ids": store.link_ids(refs),
        "known_records": store.known_records(refs),
        "due": due,
        "due after": [list(store.due(at(2), 2, item)) for item in due],
        "counts": [
            store.count(what, NOW)
            for what in ("links", "due", "waiting", "failing", "owing", "duplicates")
        ],
        "episodes": store.episodes(ids),
        "at stages": [list(store.at_stages(("recycled", "mql"), limit)) for limit in (1, 99)],
        "duplicates": [list(store.duplicates(limit)) for limit in (1, 99)],
        "joined": [list(store.joined(one)) for one in ids],
        "buried": [store.buried([*"abcd", *"a"]), store.buried(["b"])],
        "checkpoints": [store.checkpoint(crm, kind) for crm in "abcd" for kind in "abcd"],
        "open": list(store.open_intents(5)),
        "journal": [list(store.intents(link_id=one)) for one in ids],
        "journals": [list(store.intents(run_id=one, limit=3)) for one in "abcd"],
        "transitions": [sorted(each.id for each in store.transitions(one)) for one in ids],
        "holds": [list(store.holds()), list(store.holds(waiting_only=True))],
        "some holds": list(store.holds(link_ids=ids[:2])),
        "failures": [list(store.failures()), list(store.failures(link_ids=ids[1:3]))],
        "outcomes": [list(store.outcomes(run_id=one)) for one in "abcd"],
        "outcomes of": [list(store.outcomes(link_id=one)) for one in ids],
        "signals": {key: tuple(value) for key, value in store.signals(ids, at(-1)).items()},
        "stages": store.stage_counts(),
        "owing": [list(store.owing(limit)) for limit in (1, 99)],
        "pages": [list(store.page_of_links(after, 2)) for after in ("", *sorted(ids))],
    }


def _play(store: StateStore, steps: Sequence[tuple[Any, ...]]) -> list[Any]:
    leases: list[Lease] = []
    said: list[Any] = []
    for verb, first, second in steps:
        if verb == "acquire":
            lease = store.acquire(first, at(second), timedelta(seconds=5))
            said.append(lease)
            leases += [lease] if lease else []
        elif verb == "release":
            if first < len(leases):
                store.release(leases[first])
        else:
            under = leases[second] if second is not None and second < len(leases) else None
            try:
                store.commit(first, under, NOW, timedelta(seconds=9))
                said.append("written")
            except LeaseLost as error:
                said.append(error.code)
    return said


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state with its tables and nothing in it, to be copied."""
    file = tmp_path_factory.mktemp("empty") / "state.db"
    SqlStore.open(file, "pair-1").close()
    return file


@settings(max_examples=5)
@given(STEPS)
def test_postgresql_says_what_memory_says_after_the_same_history(
    postgres: Postgres, steps: list[tuple[Any, ...]]
) -> None:
    memory = MemoryStore()
    with postgres.state() as address:
        sql = SqlStore.open(address, "pair-1")
        try:
            assert _play(memory, steps) == _play(sql, steps)
            assert _everything(memory) == _everything(sql)
        finally:
            sql.close()


@settings(max_examples=40)
@given(STEPS)
def test_both_stores_say_the_same_after_the_same_history(
    empty: Path, steps: list[tuple[Any, ...]]
) -> None:
    memory = MemoryStore()
    with TemporaryDirectory() as folder:
        sql = SqlStore.open(shutil.copy(empty, folder), "pair-1")
        try:
            assert _play(memory, steps) == _play(sql, steps)
            assert _everything(memory) == _everything(sql)
        finally:
            sql.close()
