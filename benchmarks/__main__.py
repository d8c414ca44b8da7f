"""Runs every benchmark, each in a process of its own: ``python -m benchmarks [NAME ...]``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LONG = {"bench_million"}
"""Run where they are named."""


def main() -> int:
    """Run those named, or all; returns how many failed."""
    names = sys.argv[1:] or sorted(
        file.stem for file in HERE.glob("bench_*.py") if file.stem not in LONG
    )
    failed = 0
    for name in names:
        print(f"== {name}", flush=True)
        failed += (
            subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
            != 0
        )
    return failed


if __name__ == "__main__":
    sys.exit(main())
