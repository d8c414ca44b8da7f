"""Who holds a lease, written so that a later process on the same machine can see that the holder is dead (ADR 8)."""

from __future__ import annotations

import os
import socket
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from leadpact.ports.state_store import Lease

_PROC: Final = Path("/proc")
_PARTS: Final = 5
_STATE, _STARTED = 0, 19
"""Fields of ``/proc/<pid>/stat`` behind the name."""


def this_process() -> str:
    """This process, once: no two runs have the same holder.

    Containers may share a host's name and process numbers, so the boot and the table of processes are named too, and
    when the process began: numbers are used again.
    """
    began = _told(os.getpid())
    where = _place()
    return "|".join(
        (where, str(os.getpid()), began[1] if began else "", socket.gethostname(), uuid4().hex[:8])
    )


def died_here(holder: str) -> bool:
    """Whether this holder was a process of this very machine and table of processes that runs no more.

    Never true of a process elsewhere, of one that stands still, or where the system does not tell.
    """
    parts = holder.split("|")
    if len(parts) != _PARTS or not parts[1].isdecimal() or not parts[2]:
        return False
    where, pid, began = parts[0], int(parts[1]), parts[2]
    if not where or where != _place():
        return False
    now = _told(pid)
    if now is None:
        return True
    if not now[1]:
        return False
    if now[1] != began:
        return True
    return now[0] in "ZX" and _threads(pid) <= 1


def named(holder: str) -> str:
    """A holder as its operator finds it: process and machine."""
    parts = holder.split("|")
    if len(parts) == _PARTS:
        return f"process {parts[1]} on {parts[3]}"
    word, _, run_id = holder.partition(":")
    return f"a command about run {run_id}" if word == "ask" and run_id else "another process"


def _place() -> str:
    """The boot and the table of processes; "" where the system does not tell."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').stat().st_ino}" if boot else ""
    except (OSError, ValueError):
        return ""


def _told(pid: int) -> tuple[str, str] | None:
    """State and start of a process; None where there is none."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    except OSError:
        return "?", ""
    fields = text.rpartition(")")[2].split()
    return fields[_STATE], fields[_STARTED]


def _threads(pid: int) -> int:
    try:
        return len(list((_PROC / str(pid) / "task").iterdir()))
    except OSError:
        return 0


def left_behind(lease: Lease | None, now: datetime) -> bool:
    """Whether who has this lease did not give it back and is gone: it died here, or has let the lease run out."""
    return lease is not None and (lease.expires_at <= now or died_here(lease.holder))
