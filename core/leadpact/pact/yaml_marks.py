"""What a document is read into: plain values, and where each of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from leadpact.errors import Place

Tree: TypeAlias = "bool | int | float | str | list[Tree] | dict[str, Tree] | None"
Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a document: where, and what would be right."""

    place: Place
    message: str


@dataclass(slots=True)
class Marks:
    """Where each key and value of a document stands; lines and columns count from 1."""

    file: str
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def place(self, path: Sequence[str | int], *, key: bool = False) -> Place:
        """The place of the value at ``path`` (or its key), or of the nearest part that exists."""
        steps = tuple(path)
        if key and steps in self.keys:
            return Place(self.file, *self.keys[steps])
        while steps and steps not in self.values:
            steps = steps[:-1]
        return Place(self.file, *self.values.get(steps, (1, 1)))
