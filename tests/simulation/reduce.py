"""Makes a failing history short: turns are dropped, then choices made plain, while it still fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.simulation.choices import WIDTH

Fails = Callable[[Sequence[int]], bool]


def reduced(choices: Sequence[int], fails: Fails, *, most_tries: int = 3000) -> list[int]:
    """The shortest history found that still fails.

    Args:
        choices: a history that fails.
        fails: whether a history fails in the same way.
        most_tries: how many histories may be run for it.
    """
    return _Reducer(fails, most_tries).run(list(choices))


class _Reducer:
    def __init__(self, fails: Fails, most_tries: int) -> None:
        self._fails = fails
        self._tries = most_tries
        self._known: set[tuple[int, ...]] = set()

    def run(self, choices: list[int]) -> list[int]:
        before: list[int] = []
        while before != choices and self._tries > 0:
            before = choices
            choices = self._without_turns(choices)
            choices = self._plainer(choices)
        return choices

    def _still(self, choices: list[int]) -> bool:
        key = tuple(choices)
        if key in self._known or self._tries <= 0:
            return False
        self._known.add(key)
        self._tries -= 1
        return self._fails(choices)

    def _without_turns(self, choices: list[int]) -> list[int]:
        """Drop runs of turns, long ones first; the first turn makes the world and stays."""
        size = max(1, len(choices) // WIDTH // 2)
        while size:
            start = WIDTH
            while start < len(choices):
                shorter = choices[:start] + choices[start + size * WIDTH :]
                if len(shorter) < len(choices) and self._still(shorter):
                    choices = shorter
                else:
                    start += size * WIDTH
            size //= 2
        return choices

    def _plainer(self, choices: list[int]) -> list[int]:
        """Make single choices 0, or else smaller."""
        for place in range(len(choices)):
            for value in (0, choices[place] % 100, choices[place] % 8):
                if value < choices[place]:
                    plainer = [*choices[:place], value, *choices[place + 1 :]]
                    if self._still(plainer):
                        choices = plainer
                        break
        return choices
