"""`leadpact explain` of one lead among a million: CPU of the whole command, and of bare Python beside it.

``python -m benchmarks.bench_scoring_explain [LEADS]``; a million unless told otherwise.
"""

from __future__ import annotations

import contextlib
import io
import os
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from benchmarks import scoring_world as world
from benchmarks.bench_cli_start import NOT_INHERITED, START, cpu_seconds
from benchmarks.reporting import report
from leadpact.model.link import Link, Side
from leadpact.model.record import RecordRef
from leadpact.model.stage import StageState
from leadpact.ports.state_store import StateChanges
from leadpact_app.settings import load_settings
from leadpact_app.store.sql import SqlStore

PAGE = 5_000
ASKED = 1_000_000
RUNS = 9


def main() -> None:
    """As many leads as the command line names."""
    explain(int(sys.argv[1]) if len(sys.argv) > 1 else ASKED)


def explain(count: int) -> None:
    """Fill a state, then ask for one lead in the middle of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ".leadpact").mkdir(mode=0o700)
        store = SqlStore.open(folder / ".leadpact" / "state.db", load_settings(folder).pair)
        since = world.NOW - timedelta(days=30)
        some = world.leads(PAGE)
        for start in range(0, count, PAGE):
            changes = StateChanges()
            for number, lead in enumerate(some[: min(PAGE, count - start)], start):
                link_id = f"{number:08x}-0000-5000-8000-000000000000"
                facts = {
                    key: value for key, value in lead.facts.items() if isinstance(value, str | int)
                }
                changes.links.append(
                    Link(link_id, base=facts, stage=StageState("lead", since), adopted=True)
                )
                changes.sides.append(
                    Side(RecordRef("hubspot", "contacts", str(number)), link_id, version="1")
                )
            store.commit(changes, None, world.NOW)
        store.close()
        size = (folder / ".leadpact" / "state.db").stat().st_size / 2**20
        asked = f"{count // 2:08x}-0000-5000-8000-000000000000"
        command = ["-c", START, "-C", name, "explain", asked, "--offline"]
        bare, spent = _in_turn(folder, ["-c", "pass"], command)
        again = _again(["-C", name, "explain", asked, "--offline"])
    least, usual = min(spent), statistics.median(spent)
    print(f"among {count:,} leads, a state of {size:,.0f} MB")
    at = "" if count == ASKED else f"{count:,} leads"
    note = f"the median {usual:.3f} s; {again:.4f} s when asked again in one process"
    report("explain.cpu", least, ratio=least / min(bare), size=at, note=note)


def _again(arguments: list[str]) -> float:
    """CPU of the command without the start of Python and its imports."""
    from leadpact_app.cli import run

    spent = []
    for _ in range(4):
        began = time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            run(arguments)
        spent.append(time.process_time() - began)
    return statistics.median(spent[1:])


def _in_turn(folder: Path, *commands: list[str]) -> list[list[float]]:
    """CPU seconds of some runs of each command, in turn, so that a busy machine slows all alike."""
    quiet = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    quiet["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    for command in commands:
        cpu_seconds(command, folder, quiet)
    turns = [[cpu_seconds(command, folder, quiet) for command in commands] for _ in range(RUNS)]
    return [list(times) for times in zip(*turns, strict=True)]


if __name__ == "__main__":
    main()
