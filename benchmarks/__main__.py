"""Runs benchmarks one after the other, each in a process of its own, and prints the table of limits."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from benchmarks import results
from benchmarks.limits import Row
from benchmarks.running import minutes, run

LONG = ("bench_million",)
"""Run where they are named."""
FAILED, MISSED, STOPPED = 1, 3, 130
EXAMPLES = """\
Nothing else should run meanwhile; all of it takes some 20 minutes on two idle cores.

examples:
  python -m benchmarks                                 all but the million, then the whole table
  python -m benchmarks bench_cycle bench_store         these two, and their rows
  python -m benchmarks bench_memory -- 10000 100000    what stands after -- is told to the benchmark
  python -m benchmarks --write                         all, and keep the table in benchmarks/RESULTS.md
  python -m benchmarks --kept                          the table as it was kept; runs nothing
  python -m benchmarks --json bench_store | jq '.rows[] | select(.held == false)'

exit codes: 0 all ran, 1 one did not, 2 wrongly asked, 3 (with --strict) a bound is not met,
130 stopped
"""


def main(arguments: Sequence[str]) -> int:
    """Run those named, or all, and print their table; the exit code is one of ``EXAMPLES``."""
    options = _options(arguments)
    before = results.kept()
    if options.kept:
        if options.write:
            results.write(before)
        _tell(before, as_json=options.json)
        return 0
    names = options.names or [name for name in _every() if name not in LONG]
    try:
        after = _measured(names, options.passed_on, before, write=options.write)
    except KeyboardInterrupt:
        kept = "what ended before is kept" if options.write else "nothing is kept without --write"
        print(f"\nstopped; {kept}", file=sys.stderr)
        return STOPPED
    now = after.only(names)
    _tell(now if options.names else after, as_json=options.json)
    if now.failed:
        return FAILED
    return MISSED if options.strict and now.missed() else 0


def _measured(
    names: Sequence[str], arguments: Sequence[str], before: results.Results, *, write: bool
) -> results.Results:
    """Run them; with ``write`` what was measured is kept after each, so that an end in the middle loses nothing."""
    this = results.this_run(datetime.now(UTC))
    rows: list[Row] = []
    failed: dict[str, str] = {}
    after, began = before, time.monotonic()
    for place, name in enumerate(names, 1):
        ran = run(name, arguments, f"{place} of {len(names)}")
        rows += ran.rows
        if ran.cause:
            failed[name] = ran.cause
        took = {**this.took, name: round(ran.took, 1)}
        this = replace(this, took=took, pace=(*this.pace, results.bare_loop()))
        after = before.with_run(this, rows, failed)
        if write:
            results.write(after)
    print(f"{len(names)} benchmarks in {minutes(time.monotonic() - began)}", file=sys.stderr)
    return after


def _tell(shown: results.Results, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(shown.for_programs(), indent=1, ensure_ascii=False))
    else:
        missed = len(shown.missed())
        print(f"{shown.told()}\n\n{len(shown.rows)} rows, {missed} of them past their bound.")


def _every() -> list[str]:
    return sorted(file.stem for file in results.HERE.glob("bench_*.py"))


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        usage="%(prog)s [--write] [--json] [--strict] [--kept] [NAME ...] [-- ARGUMENT ...]",
        description="Run benchmarks; print what was asked, its bound, what was measured, and beside what.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(_every())}")
    for name, told in (
        ("--write", "keep the rows in results.json, and the table in RESULTS.md"),
        ("--json", "print JSON, for programs"),
        ("--strict", "exit code 3 where a bound is not met"),
        ("--kept", "run nothing, print what was kept"),
    ):
        parser.add_argument(name, action="store_true", help=told)
    ours, passed_on = list(arguments), list[str]()
    if "--" in ours:
        ours, passed_on = ours[: ours.index("--")], ours[ours.index("--") + 1 :]
    options = parser.parse_args(ours)
    options.passed_on = passed_on
    if unknown := set(options.names) - set(_every()):
        parser.error(f"no benchmark is named {', '.join(sorted(unknown))}")
    if passed_on and len(options.names) != 1:
        parser.error("what stands after -- is told to one benchmark: name that one")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
