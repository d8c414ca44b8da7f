"""Simulated histories a minute on one core, with the store in memory."""

from __future__ import annotations

import subprocess
import sys
import time

HISTORIES = 300


def main() -> None:
    """Run the suite's histories in one process and print their pace, the start of pytest left out."""
    base = _seconds("--collect-only")
    wall = _seconds()
    print(f"{HISTORIES} histories: {HISTORIES / (wall - base) * 60:.0f} a minute (bound: 1,000)")


def _seconds(*options: str) -> float:
    began = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--quiet",
        "tests/simulation/test_histories.py",
        "tests/simulation/test_wide_histories.py",
        *options,
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
