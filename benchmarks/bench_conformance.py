"""Seconds that each connector takes for the scenarios of docs/connectors.md, as `make test` runs them."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from benchmarks.reporting import report

CONNECTORS = ("hubspot", "salesforce")


def main() -> None:
    """Run each connector's scenarios in one process; CPU is of the connector and of the emulated CRM in it."""
    for name in CONNECTORS:
        cpu, wall = _cpu_s(), time.perf_counter()
        command = [sys.executable, "-m", "pytest", "--quiet"]
        subprocess.run([*command, f"tests/conformance/test_{name}_conforms.py"], check=True)
        wall, cpu = time.perf_counter() - wall, _cpu_s() - cpu
        report(f"conformance.{name}", wall, note=f"of which CPU {cpu:.0f} s")


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
