"""CPU of ``--help`` and ``check --offline``, at most 0.3 s each, against a bare Python.

Each is run in turn with the bare interpreter and with `import typer`, so that a busy machine slows all alike; the
least of the runs counts. Ratios hold better than seconds. Modules are compiled beforehand, as an installation does,
whatever PYTHONDONTWRITEBYTECODE says. `check --offline` is run without a `.env` and with one that names both CRMs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.reporting import report

RUNS = 12
LIMITED = {
    "start.help": "--help",
    "start.check": "check --offline",
    "start.check_both": "check, both CRMs",
}
NOT_INHERITED = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
START = "from leadpact_app.cli import main; main()"
SETTINGS = """\
LEADPACT_HUBSPOT__TOKEN=pat-eu1-x
LEADPACT_SALESFORCE__INSTANCE_URL=https://acme.my.salesforce.com
LEADPACT_SALESFORCE__ACCESS_TOKEN=00Dx
"""
MEASURED: dict[str, tuple[str, list[str]]] = {
    "bare python": ("", ["-c", "pass"]),
    "import typer": ("", ["-c", "import typer"]),
    "--help": ("", ["-c", START, "--help"]),
    "check --offline": ("", ["-c", START, "check", "--offline"]),
    "check, both CRMs": ("named", ["-c", START, "check", "--offline"]),
}
"""The folder to run in, and what Python is told."""


def cpu_seconds(arguments: list[str], folder: Path, environment: dict[str, str]) -> float:
    """User and system time of one Python process, all its threads."""
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env=environment, stdout=subprocess.DEVNULL
    )
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Print the least CPU of each and its ratio to a bare Python."""
    least = dict.fromkeys(MEASURED, float("inf"))
    environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "named").mkdir()
        (Path(folder) / "named" / ".env").write_text(SETTINGS)
        environment["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        for below, arguments in MEASURED.values():
            cpu_seconds(arguments, Path(folder) / below, environment)
        for _run in range(RUNS):
            for name, (below, arguments) in MEASURED.items():
                used = cpu_seconds(arguments, Path(folder) / below, environment)
                least[name] = min(least[name], used)
    for name, seconds in least.items():
        print(f"{name:17}{seconds:6.3f} s CPU, {seconds / least['bare python']:5.1f} x bare python")
    for key, name in LIMITED.items():
        report(key, least[name], ratio=least[name] / least["bare python"])


if __name__ == "__main__":
    main()
