"""Histories in which people opt out, and take it back, in either CRM and in both: nobody is ever opted in (R28)."""

from __future__ import annotations

from functools import partial

import pytest
from tests.simulation.choices import recorded
from tests.simulation.consent_turns import ConsentDriver
from tests.simulation.driver import play
from tests.simulation.invariants import check
from tests.simulation.story import kind_of, shortest, story

TURNS = 24
consent = partial(play, family=ConsentDriver)


def run(seed: int) -> list[str]:
    """The story of a history of consent."""
    choices = recorded(seed, TURNS)
    driver = consent(choices)
    problems = check(driver)
    if problems:
        short = shortest(choices, kind_of(problems[0]), consent)
        raise AssertionError(f"seed {seed}: {problems[0]}\n{short}\n{story(short, consent)}")
    return driver.world.told


def test_promises_hold_in_20_histories_of_consent() -> None:
    """And people do change their mind in them."""
    told = [sentence for seed in range(20) for sentence in run(seed)]
    assert sum("opts out" in one for one in told) > 20
    assert sum("takes the opt-out back" in one for one in told) > 10


@pytest.mark.soak
@pytest.mark.parametrize("chunk", range(10))
def test_promises_hold_in_1000_histories_of_consent(chunk: int) -> None:
    for seed in range(1000 + 100 * chunk, 1000 + 100 * (chunk + 1)):
        run(seed)
