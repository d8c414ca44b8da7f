"""Thousands of short histories: whatever people, faults and crashes do, the promises of docs/delivery.md hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.contract.postgres import Postgres
from tests.simulation.choices import recorded
from tests.simulation.driver import Driver, play
from tests.simulation.invariants import check
from tests.simulation.story import kind_of, shortest, story

from leadpact_app.store.sql import SqlStore

TURNS = 24
ON_SQLITE = 50
"""One history in so many runs on SQLite."""


def shown(driver: Driver) -> dict[str, object]:
    """What both CRMs show in the end, less the instants at which it was written."""
    return {
        str(row.ref): {
            **{n: v for n, v in row.fields.items() if not n.startswith("leadpact_scored_at")},
            "gone": row.gone,
            "became": row.became,
        }
        for crm in driver.world.crms.values()
        for row in crm.rows.values()
    }


def told(choices: Sequence[int], problems: Sequence[str]) -> str:
    short = shortest(choices, kind_of(problems[0]))
    return f"{problems[0]}\nchoices = {short}\n{story(short)}"


def played_on(state: Path | str, choices: Sequence[int]) -> tuple[Driver, list[str]]:
    """The history on a database, and what it broke; it goes as it goes in memory."""
    store = SqlStore.open(state, "sim")
    try:
        driver = play(choices, store=lambda: store)
        problems = check(driver)
    finally:
        store.close()
    in_memory = play(choices)
    assert driver.world.told[: len(in_memory.world.told)] == in_memory.world.told
    return driver, problems


def run(seed: int, folder: Path) -> None:
    choices = recorded(seed, TURNS)
    if seed % ON_SQLITE == 0:
        driver, problems = played_on(folder / f"state{seed}.db", choices)
    else:
        driver = play(choices)
        problems = check(driver)
    assert not problems, f"seed {seed}: {told(choices, problems)}"
    if driver.world.calm:
        turned = play(choices, swapped=True)
        assert shown(turned) == shown(driver), f"seed {seed} depends on the order of the CRMs"


@pytest.mark.parametrize("chunk", range(8))
def test_promises_hold_in_240_histories(chunk: int, tmp_path: Path) -> None:
    for seed in range(30 * chunk, 30 * (chunk + 1)):
        run(seed, tmp_path)


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(
            1866, id="a run that handed somebody over is undone: HubSpot goes on saying so"
        ),
        pytest.param(4496, id="nobody is made beside a record of somebody who was erased"),
        pytest.param(4738, id="nor where that record alone was known"),
        pytest.param(10887, id="a picked value that is ours by chance shows no write that landed"),
        pytest.param(2683, id="the address that a merge brings is looked for in the other CRM"),
        pytest.param(
            6633, id="what is typed after a review's answer is told, whatever field has it"
        ),
        pytest.param(8197, id="an undo's write that lands late is nobody's edit"),
        pytest.param(8686, id="two merged leads do not each become part of the other"),
    ],
)
def test_what_the_long_run_found_stays_mended(seed: int, tmp_path: Path) -> None:
    run(seed, tmp_path)


def test_a_merge_that_leaves_no_agreed_stage_lets_the_response_clock_run_on(tmp_path: Path) -> None:
    """Two contacts of one person are merged after a demo request; which stage holds, a person must say."""
    run(2883, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("chunk", range(100))
def test_promises_hold_in_10000_histories(chunk: int, tmp_path: Path) -> None:
    for seed in range(1000 + 100 * chunk, 1000 + 100 * (chunk + 1)):
        run(seed, tmp_path)


def run_on_postgresql(seed: int, postgres: Postgres) -> None:
    choices = recorded(seed, TURNS)
    with postgres.state() as address:
        _driver, problems = played_on(address, choices)
    assert not problems, f"seed {seed} on PostgreSQL: {told(choices, problems)}"


def test_promises_hold_on_postgresql(postgres: Postgres) -> None:
    for seed in (1, 2):
        run_on_postgresql(seed, postgres)


@pytest.mark.soak
@pytest.mark.parametrize("chunk", range(10))
def test_promises_hold_on_postgresql_in_200_histories(chunk: int, postgres: Postgres) -> None:
    for seed in range(5000 + 20 * chunk, 5000 + 20 * (chunk + 1)):
        run_on_postgresql(seed, postgres)


def test_histories_reach_what_they_are_for() -> None:
    """Crashes, refusals, lost answers, stale reads and lost leases do happen, and not only now and then."""
    words = {
        "is killed after Write": 2,
        "is killed before Commit": 2,
        "gets lost": 5,
        "refuses row": 3,
        "too many calls": 2,
        "as it was at": 1,
        "reset_blank": 5,
        "(make)": 10,
        "converts": 5,
        "restores": 1,
        "A marketer merges": 5,
        "took this pair over": 1,
        "A rep merges": 5,
        "a new act": 20,
        "A manager gives": 3,
        "An admin hides": 10,
        "An admin renames": 3,
        "seconds off": 5,
        "lands.": 3,
        "after its stamp": 5,
        "The operator answers": 5,
        "The operator approves": 3,
        "needs_approval": 5,
        "The operator pauses": 3,
        "The operator undoes": 1,
        "The operator forgets": 1,
    }
    seen = dict.fromkeys(words, 0)
    for seed in range(100):
        driver = play(recorded(seed, TURNS))
        for sentence in driver.world.told:
            for word in words:
                seen[word] += word in sentence
    assert {word: count for word, count in seen.items() if count < words[word]} == {}


def test_a_history_is_replayed_exactly() -> None:
    choices = recorded(11, TURNS)
    assert story(choices) == story(choices)


def test_what_fails_is_reduced_to_what_makes_it_fail() -> None:
    choices = next(
        one
        for one in (recorded(seed, TURNS) for seed in range(100))
        if any("converts" in sentence for sentence in play(one).world.told)
    )

    def converts(candidate: Sequence[int]) -> bool:
        return any("converts" in sentence for sentence in play(candidate).world.told)

    from tests.simulation.reduce import reduced

    short = reduced(choices, converts)
    assert len(short) == 2 * 6  # the world, and the one act
    assert any("converts" in sentence for sentence in play(short).world.told)
