"""Memory of a first sync with ten times the leads: it must stay flat, and below 300 MB.

Each size runs in a process of its own against a sandbox in another; the peak is the operating system's own account.
"""

from __future__ import annotations

import resource
import subprocess
import sys

from benchmarks.worlds import LIFTED, pair, sandbox

SIZES = (10_000, 100_000)
BOUND_MB = 300


def main() -> None:
    """Run each size and print the peaks and their ratio."""
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
        return
    peaks = []
    for size in SIZES:
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.bench_memory", str(size)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        print(told.stdout, end="", flush=True)
        peaks.append(float(told.stdout.split()[-2]))
    print(f"ten times the leads, {peaks[1] / peaks[0]:.2f} times the memory (bound {BOUND_MB} MB)")


def measure(leads: int) -> None:
    """First sync and one more cycle; prints the peak of this process."""
    with sandbox(leads) as world, pair(world) as opened:
        world.post("/advance", {"seconds": 700})
        report = opened.run_cycle(limits=LIFTED)
        seen = report.counts["leads"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{leads} leads: {seen} looked at again in the second cycle; peak {peak:.0f} MB")


if __name__ == "__main__":
    main()
