"""The runner waits for room in a burst window; what must wait longer ends the cycle (DESIGN §7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from leadpact.errors import WaitUntil
from leadpact.model.record import ChangePage
from leadpact.ports.connector import Capabilities
from leadpact.sync.effects import CollectChanges, Steps
from leadpact_app.runner.runner import PATIENCE_S, Runner
from leadpact_app.store.memory import MemoryStore

PAGE = ChangePage((), "next", done=True)


class Clock:
    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def follow(self, *, lazily: bool = False) -> None:
        del lazily


class Busy:
    """Answers with these errors first, then with a page."""

    capabilities = Capabilities(crm="crm", person_kinds=("people",))

    def __init__(self, errors: Sequence[WaitUntil]) -> None:
        self.errors = list(errors)

    def changes(self, kind: str, since: str) -> ChangePage:
        del kind, since
        if self.errors:
            raise self.errors.pop(0)
        return PAGE


def burst(seconds: float) -> WaitUntil:
    return WaitUntil(
        "The burst limit is used up for the moment.", seconds=seconds, code="throttled"
    )


def asked() -> Steps[Any]:
    return (yield CollectChanges("crm", "people", ""))


def run(connector: Busy, clock: Clock) -> Any:
    given: Any = connector
    return Runner({"crm": given}, MemoryStore(), clock, None).run(asked())


def test_a_burst_is_waited_for() -> None:
    clock = Clock()

    assert run(Busy([burst(3), burst(0.5)]), clock) == PAGE
    assert clock.slept == [3, 0.5]


@pytest.mark.parametrize(
    "error",
    [
        burst(60),
        WaitUntil("The day's calls are used up.", seconds=1, code="daily_limit"),
        WaitUntil("HubSpot is not available.", code="crm_unavailable"),
    ],
)
def test_what_must_wait_longer_ends_the_cycle(error: WaitUntil) -> None:
    clock = Clock()

    with pytest.raises(WaitUntil) as raised:
        run(Busy([error]), clock)

    assert raised.value is error
    assert clock.slept == []


def test_patience_has_an_end() -> None:
    clock = Clock()

    with pytest.raises(WaitUntil):
        run(Busy([burst(10)] * 50), clock)

    assert sum(clock.slept) <= PATIENCE_S
