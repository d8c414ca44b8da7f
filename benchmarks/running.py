"""One benchmark in a process of its own, with a word now and then on how long it has been at it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.limits import ROWS, Row, row_of

ROOT = Path(__file__).parents[1]
BEAT_S, RARE_BEAT_S = 1.0, 60.0
"""How often a terminal, and anything else, is told how long it has been."""
CLEAR = "\r\x1b[K"


@dataclass(frozen=True)
class Ran:
    """What a benchmark reported, its seconds, and why it failed, if it did."""

    rows: tuple[Row, ...]
    took: float
    cause: str = ""


def run(name: str, arguments: Sequence[str], place: str) -> Ran:
    """Run it to its end; what it says goes to the error output, with the progress.

    Args:
        name: of its module, such as ``bench_cycle``.
        arguments: told to it.
        place: such as ``2 of 13``.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.jsonl"
        cause = _to_its_end(name, arguments, file, f"[{place}] {name}")
        rows = _rows(file)
    return Ran(rows, time.monotonic() - began, cause or ("" if rows else "it reported nothing"))


def _to_its_end(name: str, arguments: Sequence[str], file: Path, progress: str) -> str:
    """Why it failed, or nothing."""
    began = time.monotonic()
    last: deque[str] = deque(maxlen=1)
    _say(progress)
    with subprocess.Popen(
        [sys.executable, "-u", "-m", f"benchmarks.{name}", *arguments],
        cwd=ROOT,
        env={**os.environ, ROWS: str(file)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # so that its sandboxes end with it
    ) as process:
        reader = threading.Thread(target=_pass_on, args=(process.stdout, last))
        reader.start()
        try:
            while not _ended(process):
                _say(f"{progress}: {minutes(time.monotonic() - began)} so far", lasting=False)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            reader.join()
    _say(f"{progress}: took {minutes(time.monotonic() - began)}")
    if process.returncode == 0:
        return ""
    return f"exit code {process.returncode}: {last[0] if last else 'it said nothing'}"


def _ended(process: subprocess.Popen[str]) -> bool:
    try:
        process.wait(timeout=BEAT_S if sys.stderr.isatty() else RARE_BEAT_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _pass_on(said: IO[str], last: deque[str]) -> None:
    for line in said:
        _say(f"  {line.rstrip()}")
        if line.strip():
            last.append(line.strip())


def _rows(file: Path) -> tuple[Row, ...]:
    if not file.exists():
        return ()
    return tuple(row_of(json.loads(line)) for line in file.read_text("utf-8").splitlines())


def _say(words: str, *, lasting: bool = True) -> None:
    """On a terminal, words that do not last are written over by the next."""
    if sys.stderr.isatty():
        print(f"{CLEAR}{words}", end="\n" if lasting else "", file=sys.stderr, flush=True)
    else:
        print(words, file=sys.stderr, flush=True)


def minutes(seconds: float) -> str:
    """``2 min 05 s``, or ``41 s``."""
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60:02} s" if whole >= 60 else f"{whole} s"
