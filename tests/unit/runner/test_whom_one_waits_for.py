"""Whoever finds the pair taken is told by whom, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from leadpact_app.bootstrap.whom import at_work, lease_held
from leadpact_app.store.holders import this_process
from leadpact_app.store.memory import MemoryStore

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ELSEWHERE = "boot/1|4711|99|worker-2|0a1b2c3d"


@pytest.mark.parametrize(
    ("holder", "who"),
    [
        (ELSEWHERE, "Process 4711 on worker-2"),
        ("ask:5f1c", "A command about run 5f1c"),
        ("odd", "Another process"),
    ],
)
def test_the_process_and_its_machine_are_named(holder: str, who: str) -> None:
    store = MemoryStore()
    store.acquire(holder, NOW, timedelta(minutes=5))
    told = at_work(store, lambda: NOW)
    assert told == (
        f"{who} has this pair; its lease runs until 12:05:00 UTC and is renewed while it works."
    )
    error = lease_held(store, NOW, "nothing was read")
    assert error.code == "lease_held"
    assert str(error).startswith(f"{told} So nothing was read. ")


def test_nobody_is_named_once_anybody_may_take_the_pair() -> None:
    store = MemoryStore()
    assert at_work(store, lambda: NOW) == ""
    store.acquire(ELSEWHERE, NOW, timedelta(minutes=5))
    assert at_work(store, lambda: NOW + timedelta(minutes=5)) == ""
    here = this_process().split("|")
    here[1] = "99999999"
    dead = MemoryStore()
    dead.acquire("|".join(here), NOW, timedelta(minutes=5))
    assert at_work(dead, lambda: NOW) == ""
    assert str(lease_held(dead, NOW, "nothing was read")).startswith(
        "Another process has this pair."
    )
