"""A lease that nobody will give back is told from one that somebody holds (ADR 11)."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

from leadpact.ports.state_store import Lease
from leadpact_app.store.holders import left_behind, this_process

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def test_held_run_out_free_and_of_a_process_that_died() -> None:
    mine = this_process()
    assert not left_behind(None, NOW)
    assert not left_behind(Lease(mine, 1, LATER), NOW)
    assert left_behind(Lease(mine, 1, LATER), LATER)
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait(20)
    there = mine.split("|")
    there[1] = str(gone.pid)
    assert gone.pid != os.getpid()
    assert left_behind(Lease("|".join(there), 1, LATER), NOW)
