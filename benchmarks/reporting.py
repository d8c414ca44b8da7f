"""How a benchmark reports what it measured: a line for people, a row for ``python -m benchmarks``.

Under that command the row is handed over in the file that ``BENCHMARK_ROWS`` names.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.asked import LIMITS
from benchmarks.limits import ROWS, Row, rounded


def report(
    key: str,
    measured: float | Sequence[float],
    *,
    ratio: float | None = None,
    size: str = "",
    note: str = "",
) -> Row:
    """Print what was measured, and hand it over where a file for that is named.

    Args:
        key: of one of ``asked.LIMITS``.
        measured: a figure for each bound.
        ratio: to the limit's peer.
        size: where it was measured smaller than asked, how large.
        note: a few words to the figure.

    Raises:
        KeyError: ``asked.py`` has no such limit.
        ValueError: not as many figures as the limit has bounds.
    """
    limit = LIMITS[key]
    figures = tuple(measured) if isinstance(measured, Sequence) else (measured,)
    row = Row(key, tuple(map(rounded, figures)), None, size, note)
    if ratio is not None:
        row = replace(row, ratio=rounded(ratio))
    if limit.bound and len(limit.bound) != len(figures):
        raise ValueError(f"{key}: {len(figures)} figures for {len(limit.bound)} bounds")
    cells = (row.measured_told(limit), limit.bound_told(), row.compared_told(limit))
    print(f"{limit.asked}: {'; '.join(cells)}; held: {row.held_told(limit)}", flush=True)
    if name := os.environ.get(ROWS):
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row.as_json(), ensure_ascii=False) + "\n")
    return row
