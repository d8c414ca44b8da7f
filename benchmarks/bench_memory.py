"""Memory of a first sync with more leads: it must stay flat, and below 300 MB.

``python -m benchmarks.bench_memory [SMALL LARGE]``; 10,000 and 40,000 unless told otherwise. It is asked of 100,000,
which take ten minutes. Each size runs in a process of its own against a sandbox in another; the peak is the operating
system's own account.
"""

from __future__ import annotations

import resource
import subprocess
import sys

from benchmarks.reporting import report
from benchmarks.worlds import LIFTED, pair, sandbox

SIZES = (10_000, 40_000)
ASKED = 100_000


def main() -> None:
    """Run each size and print the peaks and their ratio."""
    if sys.argv[1:2] == ["measure"]:
        measure(int(sys.argv[2]))
        return
    small, large = map(int, sys.argv[1:3]) if len(sys.argv) > 2 else SIZES
    peaks = []
    for size in (small, large):
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.bench_memory", "measure", str(size)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        print(told.stdout, end="", flush=True)
        peaks.append(float(told.stdout.split()[-2]))
    at = "" if small == SIZES[0] else f"{small:,} leads"
    report("memory.small", peaks[0], size=at)
    at = "" if large == ASKED else f"{large:,} leads"
    ratio = peaks[1] / peaks[0]
    report("memory.large", peaks[1], ratio=ratio, size=at)


def measure(leads: int) -> None:
    """First sync and one more cycle; prints the peak of this process."""
    with sandbox(leads) as world, pair(world) as opened:
        world.post("/advance", {"seconds": 700})
        seen = opened.run_cycle(limits=LIFTED).counts["leads"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{leads} leads: {seen} looked at again in the second cycle; peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
