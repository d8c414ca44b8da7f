"""A million leads on the first day: first sync, backfill, 100 changes, state per lead; and how all that grows.

``python -m benchmarks.bench_million [PEOPLE ...]``; 10,000, 100,000 and 1,000,000 unless told otherwise, which wants an
idle machine of 2 cores, 12 GB and an hour or two. ``make bench`` leaves it out, ``make bench-million`` runs it.

Each size has a sandbox with ``--file`` and without limits or latency, and a process of ours. CPU of both is told apart;
the peak of memory is the operating system's account of ours. 25 fields are mapped.
"""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

from benchmarks.reporting import report
from benchmarks.worlds import LIFTED, Sandbox, backfilled, folder_pair, linked, sandbox, settled
from leadpact_app.bootstrap import Pair

ASKED = 1_000_000
SIZES = (10_000, 100_000, ASKED)
CHANGED = 100
MORE = (
    ("mobile_phone", "mobilephone", "MobilePhone", "MobilePhone"),
    ("fax", "fax", "Fax", "Fax"),
    ("salutation", "salutation", "Salutation", "Salutation"),
    ("street", "address", "Street", "MailingStreet"),
    ("postal_code", "zip", "PostalCode", "MailingPostalCode"),
    ("region", "state", "State", "MailingState"),
)
JOURNAL = ("intents", "journal_packs", "journal_leads")
NO_LIMITS = "scale:1000"
"""A thousand times the real ones: without any the emulated Salesforce still tells how many calls a day there are, and a
million leads take as many."""
UNPACED = {"burst_per_10s": 10_000, "search_per_s": 50}
"""As much as the settings take: the CRMs have no limits here."""


def main() -> None:
    """Measure each size in processes of its own, print what it took, report the largest beside the smallest."""
    if sys.argv[1:2] == ["measure"]:
        measure(int(sys.argv[2]), Path(sys.argv[3]))
        return
    rows = [_row(size) for size in map(int, sys.argv[1:])] or [_row(size) for size in SIZES]
    _report(rows)


def _row(people: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.bench_million", "measure", str(people), name],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        row: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
        row |= _bytes(folder / "state.db", row["linked"])
    each = row["first_cpu"] * 1000 / row["linked"]
    print(
        f"{people:,} people seeded ({os.getloadavg()[0]:.1f} load), {row['linked']:,.0f} leads, "
        f"{row['fields']:.0f} fields mapped:\n"
        f"  sandbox ready after {row['ready_s']:.0f} s, peak {row['sandbox_mb']:,.0f} MB\n"
        f"  plan and first sync: {row['first_s']:,.0f} s; "
        f"CPU {row['first_cpu']:,.0f} s of ours, {each:.2f} ms a lead, "
        f"and {row['first_sandbox_cpu']:,.0f} s of the sandbox\n"
        f"  backfill of stages: {row['backfill_s']:,.0f} s; CPU {row['backfill_cpu']:,.0f} s of ours, "
        f"{row['backfill_cpu'] * 1000 / row['linked']:.2f} ms a lead, "
        f"and {row['backfill_sandbox_cpu']:,.0f} s of the sandbox\n"
        f"  {CHANGED} changes: {row['cycle_s']:.2f} s, {row['cycle_cpu']:.3f} s CPU of ours, "
        f"{row['cycle_sandbox_cpu']:.2f} s of the sandbox; a quiet cycle {row['quiet_cpu']:.3f} s CPU of ours\n"
        f"  peak of ours {row['peak_mb']:.0f} MB\n"
        f"  state after VACUUM: {row['bytes']:,.0f} bytes a lead, "
        f"of which the journal and outcomes of runs {row['journal']:,.0f}",
        flush=True,
    )
    return {"people": people, **row}


def _report(rows: list[dict[str, float]]) -> None:
    """Report the largest size, beside the smallest; minutes of less than a million are told for a million."""
    small, large = rows[0], rows[-1]
    people = int(large["people"])
    few, leads = people < ASKED, large["linked"]
    at = f"{people:,} people" if few else ""
    spent, theirs = (
        large[f"first_{whose}"] + large[f"backfill_{whose}"] for whose in ("cpu", "sandbox_cpu")
    )
    minutes = (large["first_s"] + large["backfill_s"]) / 60 * (ASKED / people if few else 1)
    note = f"CPU of ours {spent / leads * ASKED / 60:.0f} minutes a million leads"
    scaled = f"{at}, scaled to a million" if few else ""
    report("million.minutes", minutes, ratio=spent / theirs, size=scaled, note=note)
    for name in ("first", "backfill"):
        report(f"million.{name}", large[f"{name}_cpu"] * 1000 / leads, size=at)
    beside = len(rows) > 1
    if beside:
        before = (small["first_cpu"] + small["backfill_cpu"]) / small["linked"]
        note = f"against {small['people']:,.0f} people"
        report("million.linear", spent / leads / before, size=at, note=note)
    report("million.memory", large["peak_mb"], size=at)
    note = f"of which journal and outcomes {large['journal']:,.0f}"
    report("million.state", large["bytes"], size=at, note=note)
    ratio = large["cycle_cpu"] / small["cycle_cpu"] if beside else None
    note = f"CPU of ours {large['cycle_cpu']:.2f} s"
    report("million.cycle", large["cycle_s"], ratio=ratio, size=at, note=note)


def measure(people: int, folder: Path) -> None:
    """In a process of our own: all of it once; the last line printed is JSON."""
    row: dict[str, float] = {}
    began = time.perf_counter()
    with sandbox(people, "--file", str(folder / "crms"), "--limits", NO_LIMITS) as world:
        row["ready_s"] = time.perf_counter() - began
        mapping = _mapping(folder)
        timed(row, "first", world, lambda: _first(world, folder, mapping))
        with folder_pair(world, folder, hubspot=UNPACED, mapping=mapping) as opened:
            timed(row, "backfill", world, lambda: _backfill(opened))
            settled(world, opened)
            row["fields"] = len(opened.mapping.fields)
            row["linked"] = opened.store.count("links", opened.clock.now())
            _edit(world, opened)
            timed(row, "cycle", world, lambda: _cycle(opened, CHANGED))
            settled(world, opened)
            timed(row, "quiet", world, lambda: _cycle(opened, 0))
        row["sandbox_mb"] = _peak_mb(world.pid)
        world.kill()
    row["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(row))


def timed(row: dict[str, float], name: str, world: Sandbox, do: Callable[[], None]) -> None:
    """Seconds, CPU of ours and of the sandbox; told at once, since the whole takes an hour."""
    wall, cpu, theirs = time.perf_counter(), time.process_time(), world.cpu_s()
    do()
    row[f"{name}_s"] = time.perf_counter() - wall
    row[f"{name}_cpu"] = time.process_time() - cpu
    row[f"{name}_sandbox_cpu"] = world.cpu_s() - theirs
    took, ours, others = (row[f"{name}_{what}"] for what in ("s", "cpu", "sandbox_cpu"))
    told = f"{took:,.1f} s; CPU {ours:,.1f} s of ours, {others:,.1f} s of the sandbox"
    print(f"  {name}: {told}", file=sys.stderr, flush=True)


def _first(world: Sandbox, folder: Path, mapping: str) -> None:
    with folder_pair(world, folder, begin=True, hubspot=UNPACED, mapping=mapping):
        pass


def _cycle(opened: Pair, changed: int) -> None:
    report = opened.run_cycle(limits=LIFTED)
    if report.status != "done" or report.counts["written"] < changed:
        raise RuntimeError(f"{report.status}: {report.note} {dict(report.counts)}")


def _backfill(opened: Pair) -> None:
    counts = backfilled(opened)
    if not counts.get("looked", counts.get("leads")):
        raise RuntimeError(f"the backfill looked at nobody: {counts}")


def _edit(world: Sandbox, opened: Pair) -> None:
    edits: dict[str, Any] = {
        contact: {"jobtitle": f"Desk {contact}"} for contact, _lead in linked(opened, CHANGED)
    }
    world.post("/hubspot/edit_many", {"object": "contacts", "edits": edits, "by": "integration:1"})
    world.post("/advance", {"seconds": 10})


def _mapping(folder: Path) -> str:
    """The mapping that ships with six fields more."""
    text = (files("leadpact_mappings") / "default" / "mapping.yaml").read_text(encoding="utf-8")
    head, _, rest = text.partition("\nfields:\n")
    rows = [
        f"  {name}: {{type: text, policy: system_of_record, initial: keep_known, hubspot: {hubspot}, "
        f"salesforce: {{Lead: {salesforce}, Contact: {contact}}}}}"
        for name, hubspot, salesforce, contact in MORE
    ]
    file = folder / "mapping.yaml"
    file.write_text("\n".join([head, "fields:", *rows, rest]), encoding="utf-8")
    return str(file)


def _bytes(state: Path, leads: float) -> dict[str, float]:
    """Bytes a lead of the whole state after VACUUM, and of what its runs left behind."""
    with closing(sqlite3.connect(state)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sizes = dict(
            connection.execute(
                "SELECT m.tbl_name, sum(d.pgsize) FROM dbstat d JOIN sqlite_schema m ON m.name = d.name GROUP BY 1"
            )
        )
    return {
        "bytes": state.stat().st_size / leads,
        "journal": sum(sizes.get(one, 0) for one in JOURNAL) / leads,
    }


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(one.split()[1]) for one in lines if one.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main()
