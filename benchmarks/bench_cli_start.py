"""CPU of ``--help`` and ``check --offline``, at most 0.3 s each, against a bare Python.

Each is run in turn with the bare interpreter and with `import typer`, so that a busy machine slows all alike; the
least of the runs counts. Ratios hold better than seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 12
MOST_S = 0.3
START = "from leadpact_app.cli import main; main()"
SETTINGS = """\
LEADPACT_HUBSPOT__TOKEN=pat-eu1-x
LEADPACT_SALESFORCE__INSTANCE_URL=https://acme.my.salesforce.com
LEADPACT_SALESFORCE__ACCESS_TOKEN=00Dx
"""
MEASURED: dict[str, list[str]] = {
    "bare python": ["-c", "pass"],
    "import typer": ["-c", "import typer"],
    "--help": ["-c", START, "--help"],
    "check --offline": ["-c", START, "check", "--offline"],
}


def cpu_seconds(arguments: list[str], folder: Path) -> float:
    """User and system time of one Python process, all its threads."""
    process = subprocess.Popen([sys.executable, *arguments], cwd=folder, stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def main() -> int:
    """Print the least CPU of each and its ratio to a bare Python; 1 if one is over the limit."""
    least = dict.fromkeys(MEASURED, float("inf"))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ".env").write_text(SETTINGS)
        for arguments in MEASURED.values():
            cpu_seconds(arguments, Path(folder))
        for _run in range(RUNS):
            for name, arguments in MEASURED.items():
                least[name] = min(least[name], cpu_seconds(arguments, Path(folder)))
    for name, seconds in least.items():
        print(
            f"{name:16} {seconds:6.3f} s CPU, {seconds / least['bare python']:5.1f} x bare python"
        )
    return int(max(least["--help"], least["check --offline"]) > MOST_S)


if __name__ == "__main__":
    sys.exit(main())
