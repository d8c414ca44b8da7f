"""What a limit is, and how a benchmark reports what it measured beside one.

`asked.py` lists the limits; `reporting.py` is what a benchmark calls.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

ROWS = "BENCHMARK_ROWS"
"""Names the file to which rows are appended, one JSON object a line."""
SIGNIFICANT = 3
Figures: TypeAlias = tuple[float, ...]
"""Mostly one; calls of several kinds are one limit of several figures, each with its own bound."""


@dataclass(frozen=True)
class Limit:
    """One thing asked of leadpact or of its emulators.

    Attributes:
        by: the benchmark that measures it.
        asked: for people, with the size at which it is asked.
        bound: as many as there are figures, or none.
        peer: what it is compared with in the same run; ``{}`` stands for the ratio.
    """

    key: str
    by: str
    asked: str
    unit: str
    bound: Figures = ()
    at: Literal["at most", "at least"] = "at most"
    peer: str = ""

    def bound_told(self) -> str:
        """Such as ``at most 0.5 ms``; a dash where there is none."""
        if not self.bound:
            return "—"
        return f"{self.at} {'/'.join(_plain(one) for one in self.bound)} {self.unit}"


@dataclass(frozen=True)
class Row:
    """What was measured for one limit.

    Attributes:
        ratio: to the limit's peer.
        size: at which it was measured, where that is smaller than it was asked; else empty.
        note: a few words to the figure.
        run: the run it is of, by when that began.
    """

    key: str
    measured: Figures
    ratio: float | None = None
    size: str = ""
    note: str = ""
    run: str = ""

    def held(self, limit: Limit) -> bool | None:
        """Whether each figure is within its bound; None without a bound."""
        if not limit.bound:
            return None
        pairs = zip(self.measured, limit.bound, strict=True)
        if limit.at == "at least":
            return all(figure >= bound for figure, bound in pairs)
        return all(figure <= bound for figure, bound in pairs)

    def held_told(self, limit: Limit) -> str:
        """``yes``, ``**no**`` or a dash; and that it was measured smaller than asked."""
        held = self.held(limit)
        told = "—" if held is None else "yes" if held else "**no**"
        return f"{told}, smaller" if self.size and held is not None else told

    def measured_told(self, limit: Limit) -> str:
        """The figures with their unit, the size and the note."""
        told = f"{'/'.join(_shown(one) for one in self.measured)} {limit.unit}"
        told += f" at {self.size}" if self.size else ""
        return f"{told} ({self.note})" if self.note else told

    def compared_told(self, limit: Limit) -> str:
        """The peer with the ratio in its place; a dash where there is none."""
        if not limit.peer or ("{}" in limit.peer and self.ratio is None):
            return "—"
        return limit.peer.format("" if self.ratio is None else _shown(self.ratio))

    def as_json(self) -> dict[str, Any]:
        """What stands in a file; what says nothing is left out."""
        told = asdict(self) | {"measured": list(self.measured)}
        return {
            name: value
            for name, value in told.items()
            if name in {"key", "measured"} or value not in {None, ""}
        }


def row_of(told: Mapping[str, Any]) -> Row:
    """A row as :meth:`Row.as_json` wrote it.

    Raises:
        KeyError, TypeError: it was not written so.
    """
    return Row(**{**told, "measured": tuple(told["measured"])})


def rounded(figure: float) -> float:
    """To six significant digits: more of them are noise in a file that people compare."""
    return float(f"{figure:.6g}")


def _plain(figure: float) -> str:
    return f"{figure:,.0f}" if figure == round(figure) else f"{figure:g}"


def _shown(figure: float) -> str:
    """Three significant digits, no fewer before the point than there are; whole numbers whole."""
    if figure == round(figure):
        return f"{figure:,.0f}"
    digits = max(SIGNIFICANT - 1 - math.floor(math.log10(abs(figure))), 0)
    return f"{figure:,.{digits}f}"
