"""Tells a history as numbered sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tests.simulation.choices import WIDTH
from tests.simulation.driver import Driver, play
from tests.simulation.invariants import check
from tests.simulation.reduce import reduced

Play = Callable[[Sequence[int]], Driver]
Check = Callable[[Driver], list[str]]


def story(choices: Sequence[int], play: Play = play, check: Check = check) -> str:
    """What happens in this history, and what is wrong in the end."""
    driver = play(choices)
    problems = check(driver)
    lines = [f"{number}. {told}" for number, told in enumerate(driver.world.told, 1)]
    wrong = [f"WRONG: {problem}" for problem in problems] or ["All promises hold."]
    return "\n".join([*lines, *wrong])


def kind_of(problem: str) -> str:
    """A problem without its names and numbers, to tell one kind from another."""
    return re.sub(r"'[^']*'|[\w]*\d[\w:.-]*", "#", problem)


def shortest(
    choices: Sequence[int], kind: str, play: Play = play, check: Check = check
) -> list[int]:
    """The history reduced, as long as it shows a problem of this kind."""

    def fails(candidate: Sequence[int]) -> bool:
        driver = play(candidate)
        return any(kind_of(problem) == kind for problem in check(driver))

    return reduced(choices, fails)


def turns(choices: Sequence[int]) -> int:
    """How many turns a history has after its world was made."""
    return len(choices) // WIDTH - 1
