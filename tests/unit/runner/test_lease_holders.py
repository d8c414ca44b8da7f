"""A holder of a lease that was a process of this machine is known to be dead; nobody else ever is (ADR 8)."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from leadpact_app.store.holders import died_here, this_process

HOLD = (
    "from leadpact_app.store.holders import this_process\n"
    "print(this_process(), flush=True)\ninput()"
)


@pytest.fixture
def other() -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process, process.stdout.readline().strip()
    process.kill()
    process.communicate()


def test_a_process_that_was_killed_is_dead_before_its_parent_looks(
    other: tuple[subprocess.Popen[str], str],
) -> None:
    process, holder = other
    assert not died_here(holder)
    process.send_signal(signal.SIGSTOP)
    assert not died_here(holder), "it may go on"
    process.kill()
    while died_here(holder) is False:
        assert process.returncode is None
    process.communicate()
    assert died_here(holder)


def test_what_cannot_be_seen_from_here_is_never_dead() -> None:
    place, _pid, began, *rest = this_process().split("|")
    gone = "4194303"
    assert died_here("|".join((place, gone, began, *rest)))
    assert not died_here("|".join(("another-boot/4026531836", gone, began, *rest)))
    assert not died_here("|".join(("", gone, began, *rest)))
    assert not died_here("|".join((place, gone, "", *rest)))
    assert not died_here("worker-7:4194303:1f2e3d4c")
    assert not died_here("")


def test_a_number_that_was_used_again_is_another_process() -> None:
    place, pid, _began, *rest = this_process().split("|")
    assert died_here("|".join((place, pid, "1", *rest)))
    assert not died_here(this_process())
    assert this_process() != this_process()
