"""The one recorded list of choices that a history is made of, in turns of equal width."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

WIDTH = 6
"""Choices of one turn; all turns take as many, so that dropping one leaves the others' meaning."""

T = TypeVar("T")


@dataclass
class Turn:
    """One turn's choices, taken one after the other; 0 is always the plainest."""

    values: tuple[int, ...]
    taken: int = 0

    def below(self, limit: int) -> int:
        """The next choice, as a number below ``limit``."""
        value = self.values[self.taken] if self.taken < len(self.values) else 0
        self.taken += 1
        return value % limit

    def of(self, options: Sequence[T]) -> T:
        """The next choice, as one of these."""
        return options[self.below(len(options))]


def recorded(seed: int, turns: int) -> list[int]:
    """A history's choices: the world's in the first turn, then one turn after the other."""
    source = random.Random(seed)
    length = WIDTH * (1 + turns // 2 + source.randrange(turns // 2 + 1))
    return [source.randrange(1 << 16) for _ in range(length)]


def turns_of(choices: Sequence[int]) -> Iterator[Turn]:
    """The choices turn by turn; an incomplete last one is filled with zeros."""
    for start in range(0, len(choices), WIDTH):
        yield Turn(tuple(choices[start : start + WIDTH]))
