"""Simulated histories a minute of one core, as `make test` plays them: the store in memory, now and then on SQLite."""

from __future__ import annotations

import resource
import subprocess
import sys

from benchmarks.reporting import report

HISTORIES = 300
PLAYED = (
    "tests/simulation/test_histories.py::test_promises_hold_in_240_histories",
    "tests/simulation/test_wide_histories.py::test_promises_hold_in_60_wide_histories_that_reach_what_they_are_for",
)


def main() -> None:
    """Run the suite's histories in one process and print their pace, the start of pytest left out."""
    base = _seconds("--collect-only")
    spent = _seconds() - base
    print(f"{HISTORIES} histories, 60 of them wide: {spent:.1f} s CPU")
    report("simulation.pace", HISTORIES / spent * 60)


def _seconds(*options: str) -> float:
    """CPU of the process and of what it starts."""
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "pytest", "--quiet", *PLAYED, *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime


if __name__ == "__main__":
    main()
