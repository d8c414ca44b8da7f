"""A cycle that stood still past its lease sends nothing more to a CRM (DESIGN §7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadpact.errors import LeaseLost, WaitUntil
from leadpact.ports.connector import Capabilities, WriteRow
from leadpact.ports.state_store import StateChanges
from leadpact.sync.effects import Commit, Effect, Gather, Steps, Write
from leadpact_app.runner.runner import LEASE_LASTS, LEASE_LEAST, LEASE_SPARE, Runner
from leadpact_app.store.memory import MemoryStore


class Clock:
    """Stands until it is told to go on."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 21, tzinfo=UTC)
        self.when_sleeping: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.when_sleeping()

    def follow(self, *, lazily: bool = False) -> None:
        del lazily


class Crm:
    """Takes every write, after as many refusals for the moment as it was told."""

    capabilities = Capabilities(crm="crm", person_kinds=("people",))

    def __init__(self, busy: int = 0) -> None:
        self.busy = busy
        self.written: list[Sequence[WriteRow]] = []

    def write(self, kind: str, rows: Sequence[WriteRow]) -> list[Any]:
        del kind
        if self.busy:
            self.busy -= 1
            raise WaitUntil("The burst limit is used up.", seconds=1, code="throttled")
        self.written.append(rows)
        return []


ROWS = (WriteRow("set", "1", {"stage": "mql"}),)
WRITE = Write("crm", "people", ROWS)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def runner(crm: Crm, store: MemoryStore, clock: Clock) -> Runner:
    lease = store.acquire("mine", clock.now(), LEASE_LASTS)
    assert lease is not None
    given: Any = crm
    return Runner({"crm": given}, store, clock, lease)


def after(pause: Callable[[], object], effect: Effect) -> Steps[Any]:
    """Journal, then stand still, then write."""
    yield Commit(StateChanges())
    pause()
    return (yield effect)


@pytest.mark.parametrize("effect", [WRITE, Gather((WRITE, WRITE))])
def test_whoever_was_taken_over_while_it_stood_still_writes_nothing(
    store: MemoryStore, clock: Clock, effect: Effect
) -> None:
    crm = Crm()

    def stand_still() -> None:
        clock.at += LEASE_LASTS
        assert store.acquire("other", clock.now(), LEASE_LASTS) is not None

    with pytest.raises(LeaseLost):
        runner(crm, store, clock).run(after(stand_still, effect))

    assert crm.written == []


def test_whoever_stood_still_and_was_not_taken_over_renews_the_lease_and_goes_on(
    store: MemoryStore, clock: Clock
) -> None:
    crm = Crm()

    def stand_still() -> None:
        clock.at += LEASE_LASTS

    runner(crm, store, clock).run(after(stand_still, WRITE))

    assert crm.written == [ROWS]
    assert store.acquire("other", clock.now(), LEASE_LASTS) is None


@pytest.mark.parametrize("effect", [WRITE, Gather((WRITE,))])
def test_a_write_that_stood_still_while_it_waited_for_room_is_not_sent(
    store: MemoryStore, clock: Clock, effect: Effect
) -> None:
    crm = Crm(busy=1)

    def stand_still() -> None:
        clock.at += LEASE_LASTS - LEASE_LEAST

    clock.when_sleeping = stand_still

    with pytest.raises(LeaseLost) as raised:
        runner(crm, store, clock).run(after(lambda: None, effect))

    assert raised.value.code == "lease_short"
    assert crm.written == []


def test_waiting_for_room_within_the_spare_time_is_no_standing_still(
    store: MemoryStore, clock: Clock
) -> None:
    crm = Crm(busy=3)
    begun = runner(crm, store, clock)
    clock.at += LEASE_LASTS - LEASE_SPARE

    begun.run(after(lambda: None, WRITE))

    assert crm.written == [ROWS]


def test_the_length_of_a_lease_is_what_the_installation_says(
    store: MemoryStore, clock: Clock
) -> None:
    crm, short = Crm(), timedelta(seconds=150)
    lease = store.acquire("mine", clock.now(), short)
    given: Any = crm
    begun = Runner({"crm": given}, store, clock, lease, lease_lasts=short)
    clock.at += short * 4 / 5

    begun.run(after(lambda: None, WRITE))

    assert crm.written == [ROWS]
    held = store.lease_held()
    assert held is not None
    assert held.expires_at == clock.now() + short
    clock.at += short
    assert store.acquire("other", clock.now(), short) is not None
