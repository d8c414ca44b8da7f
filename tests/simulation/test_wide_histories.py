"""The wide family: backfills, scopes, modes, lanes, batches, accounts and repairs in the midst of everything else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.simulation.choices import recorded
from tests.simulation.story import kind_of, shortest, story
from tests.simulation.wide import WideDriver, play_wide
from tests.simulation.wide_check import check_wide, outcome

from leadpact_app.store.sql import SqlStore

TURNS = 24
ON_SQLITE = 100
FIRST = 100_000
"""Seeds of this family begin here."""


def played_on(state: Path, choices: Sequence[int]) -> tuple[WideDriver, list[str]]:
    """The history on a database, and what it broke."""
    store = SqlStore.open(state, "sim")
    try:
        driver = play_wide(choices, store=lambda: store)
        return driver, check_wide(driver)
    finally:
        store.close()


def run(seed: int, folder: Path) -> WideDriver:
    choices = recorded(seed, TURNS)
    if seed % ON_SQLITE == 0:
        driver, problems = played_on(folder / f"state{seed}.db", choices)
    else:
        driver = play_wide(choices)
        problems = check_wide(driver)
    if problems:
        short = shortest(choices, kind_of(problems[0]), play_wide, check_wide)
        told = f"{problems[0]}\nchoices = {short}\n{story(short, play_wide, check_wide)}"
        raise AssertionError(f"seed {seed}: {told}")
    if driver.world.calm and seed % 4 == 0:
        other = play_wide(choices, lanes=not driver.lanes)
        assert outcome(other) == outcome(driver), f"seed {seed} ends otherwise with two lanes"
    if seed % 4 == 1:
        other = play_wide(choices, apart=True)
        problems = check_wide(other)
        assert not problems, f"seed {seed}, page by page: {problems[0]}"
        if driver.world.calm:
            assert outcome(other) == outcome(driver), f"seed {seed} ends otherwise page by page"
    return driver


WORDS = {
    "orders a backfill": 5,
    "lets fill": 1,
    "asks fill": 1,
    "is 'Brazil' from now on": 5,
    "redraws the scope": 3,
    "sets the mode": 5,
    "A look at the hot lane": 5,
    "An import sets": 3,
    "Their stages wait": 2,
    "joins it": 5,
    "The operator reconciles": 2,
    "has a repair": 1,
    "its stamp stays": 5,
    "undoes the sync": 5,
    "undoes the backfill": 2,
    "undoes the undo": 1,
    "releases what": 1,
    " alone.": 3,
    "and what it made": 2,
}
"""Sentences of the further events, and how often they are told at least."""


def test_promises_hold_in_60_wide_histories_that_reach_what_they_are_for(tmp_path: Path) -> None:
    seen = dict.fromkeys(WORDS, 0)
    for seed in range(FIRST, FIRST + 60):
        for sentence in run(seed, tmp_path).world.told:
            for word in WORDS:
                seen[word] += word in sentence
    assert {word: count for word, count in seen.items() if count < WORDS[word]} == {}


@pytest.mark.soak
@pytest.mark.parametrize("chunk", range(100))
def test_promises_hold_in_10000_wide_histories(chunk: int, tmp_path: Path) -> None:
    for seed in range(FIRST + 1000 + 100 * chunk, FIRST + 1000 + 100 * (chunk + 1)):
        run(seed, tmp_path)
