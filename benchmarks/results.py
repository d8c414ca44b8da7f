"""What runs measured, kept in results.json, and the table made of it for people.

A row stays, with the day of its run, until its benchmark is run again; one measured at a smaller size than asked never
takes the place of one at full size, but stands beside it until that is measured again.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.asked import LIMITS
from benchmarks.limits import Row, row_of
from benchmarks.running import minutes

HERE = Path(__file__).parent
RESULTS = HERE / "RESULTS.md"
KEPT = HERE / "results.json"
BEGIN = "<!-- The table of limits: written by `python -m benchmarks --write`, not by hand. -->"
END = "<!-- End of the table of limits. -->"
HEAD = ("Asked", "Bound", "Measured", "Compared with", "Held", "Measured by", "Run")
FORMAT = "%Y-%m-%d %H:%M:%S UTC"
NAMES = 12
"""Digits of a commit."""


@dataclass(frozen=True)
class Run:
    """Where and when rows were measured.

    Attributes:
        began: as in ``FORMAT``; it names the run.
        machine: without a name that tells whose it is.
        load: tasks running or waiting in the minute before; None where nobody noted it.
        commit: of this tree, ``-dirty`` where it was changed since; empty outside a repository.
        took: seconds of each benchmark.
        note: what else a reader has to know.
        pace: CPU milliseconds of a bare loop (``bare_loop``) before the first benchmark and after each: machines that
            are shared swing, and rows in seconds with them. () where nobody noted it.
    """

    began: str
    machine: str
    load: float | None = None
    commit: str = ""
    took: dict[str, float] = field(default_factory=dict)
    note: str = ""
    pace: tuple[float, ...] = ()


@dataclass(frozen=True)
class Results:
    """Rows by limit, their runs, and why a benchmark did not run when it was last tried."""

    rows: tuple[Row, ...] = ()
    runs: tuple[Run, ...] = ()
    failed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By benchmark: the cause, and the run."""

    def with_run(self, run: Run, rows: Iterable[Row], failed: Mapping[str, str]) -> Results:
        """These and what a run measured, which takes the place of what it measured anew."""
        new = {(row.key, bool(row.size)): replace(row, run=run.began) for row in rows}
        kept = {
            (row.key, bool(row.size)): row
            for row in self.rows
            if row.key in LIMITS and (row.key, False) not in new
        } | new
        order = {key: place for place, key in enumerate(LIMITS)}
        ordered = sorted(kept.values(), key=lambda row: (order[row.key], bool(row.size)))
        causes = {name: told for name, told in self.failed.items() if name not in run.took}
        causes |= {name: (cause, run.began) for name, cause in failed.items()}
        wanted = {row.run for row in ordered} | {began for _cause, began in causes.values()}
        others = [one for one in self.runs if one.began != run.began]
        runs = sorted((one for one in (*others, run) if one.began in wanted), key=_when)
        return Results(tuple(ordered), tuple(runs), causes)

    def only(self, benchmarks: Iterable[str]) -> Results:
        """The part of these benchmarks in their last run."""
        names, last = set(benchmarks), self.runs[-1:]
        began = {run.began for run in last}
        rows = [row for row in self.rows if LIMITS[row.key].by in names and row.run in began]
        failed = {name: told for name, told in self.failed.items() if name in names}
        return Results(tuple(rows), last, failed)

    def missed(self) -> list[str]:
        """Keys of the limits whose bound is not met."""
        return [row.key for row in self.rows if row.held(LIMITS[row.key]) is False]

    def table(self) -> str:
        """Aligned Markdown: a row each, what did not run, and below it the runs."""
        numbers = {run.began: str(number) for number, run in enumerate(self.runs, 1)}
        lines = [_cells(row, numbers) for row in self.rows]
        lines += [
            (
                f"(all of {name})",
                "—",
                f"**did not run to its end:** {cause}",
                "—",
                "—",
                name,
                numbers[run],
            )
            for name, (cause, run) in sorted(self.failed.items())
        ]
        widths = [max(map(len, column)) for column in zip(HEAD, *lines, strict=True)]
        rule = tuple("-" * width for width in widths)
        return "\n".join(
            "| "
            + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            + " |"
            for line in (HEAD, rule, *lines)
        )

    def told(self) -> str:
        """The table, and below it where and when each run was."""
        runs = "\n".join(_run_told(number, run) for number, run in enumerate(self.runs, 1))
        return f"{self.table()}\n\nRuns:\n\n{runs}"

    def as_json(self) -> dict[str, Any]:
        """What stands in results.json."""
        return {
            "runs": [
                {
                    name: value
                    for name, value in asdict(run).items()
                    if value not in ("", {}, None, ())
                }
                for run in self.runs
            ],
            "failed": {name: list(told) for name, told in sorted(self.failed.items())},
            "rows": [row.as_json() for row in self.rows],
        }

    def for_programs(self) -> dict[str, Any]:
        """The same with each row's limit and whether it holds."""
        rows = []
        for row in self.rows:
            limit = LIMITS[row.key]
            told = asdict(limit) | {"bound": list(limit.bound), "held": row.held(limit)}
            rows.append(told | row.as_json())
        return self.as_json() | {"rows": rows}


def _when(run: Run) -> str:
    return run.began


def _cells(row: Row, numbers: Mapping[str, str]) -> tuple[str, ...]:
    limit = LIMITS[row.key]
    return (
        limit.asked,
        limit.bound_told(),
        row.measured_told(limit),
        row.compared_told(limit),
        row.held_told(limit),
        limit.by,
        numbers[row.run],
    )


def _run_told(number: int, run: Run) -> str:
    told = f"{number}. {run.began}: {run.machine}"
    if run.load is not None:
        told += f"; load {run.load:.1f} at the start"
    if run.pace:
        told += f"; a bare loop took {min(run.pace):.0f} to {max(run.pace):.0f} ms"
    if run.commit:
        told += f"; commit {run.commit}"
    if run.took:
        told += f"; it took {minutes(sum(run.took.values()))}"
    return f"{told}. {run.note}".rstrip() if run.note else f"{told}."


def kept(file: Path = KEPT) -> Results:
    """What was kept in a file; nothing where there is none.

    Raises:
        ValueError, KeyError, TypeError: it is not such a file.
    """
    if not file.exists():
        return Results()
    told = json.loads(file.read_text(encoding="utf-8"))
    return Results(
        tuple(row for row in map(row_of, told["rows"]) if row.key in LIMITS),
        tuple(Run(**run | {"pace": tuple(run.get("pace", ()))}) for run in told["runs"]),
        {name: (cause, run) for name, (cause, run) in told["failed"].items()},
    )


def write(results: Results, file: Path = KEPT, document: Path = RESULTS) -> None:
    """Keep the results, and put their table between the document's two marks.

    Raises:
        ValueError: the document has not exactly those two.
    """
    text = between_marks(document.read_text(encoding="utf-8"), results.told())
    file.write_text(
        json.dumps(results.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    document.write_text(text, encoding="utf-8")


def between_marks(document: str, table: str) -> str:
    """The document with this in place of what stood between its marks.

    Raises:
        ValueError: it has not exactly two marks, the first before the second.
    """
    before, found, rest = document.partition(BEGIN)
    _old, ended, after = rest.partition(END)
    if not found or not ended or BEGIN in rest or END in before + after:
        raise ValueError(
            f"the document wants these two lines once each, in this order: {BEGIN} {END}"
        )
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def this_run(now: datetime) -> Run:
    """The machine, its load and the commit, before anything is run."""
    load = round(os.getloadavg()[0], 1)
    return Run(now.strftime(FORMAT), machine(), load, _commit(), pace=(bare_loop(),))


def bare_loop() -> float:
    """CPU milliseconds of a million steps of plain Python: what a row in seconds is to be read beside."""
    counts: dict[int, int] = {}
    began = time.process_time()
    for step in range(1_000_000):
        counts[step & 1023] = counts.get(step & 1023, 0) + step
    return round((time.process_time() - began) * 1000, 1)


def machine() -> str:
    """Cores, processor, memory, system and Python; no name of the machine."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    python = f"{platform.python_implementation()} {platform.python_version()}"
    system = f"{platform.system()} {platform.machine()}"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores{_processor()}, {pages / 2**30:.0f} GiB, {system}, {python}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f" ({found[0]})" if found and found[0] != "unknown" else ""


def _commit() -> str:
    how = ("--always", "--dirty", "--exclude=*", f"--abbrev={NAMES}")
    asked = ["git", "-C", str(HERE), "describe", *how]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
