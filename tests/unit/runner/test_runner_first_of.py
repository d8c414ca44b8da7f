"""Of groups that may be answered by themselves the runner answers whichever is done, and begins none twice (ADR 16)."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest

from leadpact.errors import LeaseLost, SetAside
from leadpact.model.record import ChangePage
from leadpact.ports.connector import Capabilities
from leadpact.sync.effects import UNDER_WAY, CollectChanges, Gather, Steps, first_of
from leadpact_app.runner.runner import Runner
from leadpact_app.store.memory import MemoryStore

LONG_S = 10.0
REFUSED = SetAside("That kind cannot be read.", code="kind_unknown")
LOST = LeaseLost("Another has the pair.", code="lease_lost")


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 11, 22, tzinfo=UTC)

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"slept {seconds} s")

    def follow(self, *, lazily: bool = False) -> None:
        del lazily


class Feeds:
    """``slow`` answers once it is let; ``refused`` and ``lost`` never do."""

    capabilities = Capabilities(crm="crm", person_kinds=("people",))

    def __init__(self) -> None:
        self.let = Event()
        self.asked: Counter[str] = Counter()

    def changes(self, kind: str, since: str) -> ChangePage:
        self.asked[kind] += 1
        if kind == "slow":
            assert self.let.wait(LONG_S), "nobody let it"
        if kind in ("refused", "lost"):
            raise REFUSED if kind == "refused" else LOST
        return ChangePage((), f"{kind}{since}", done=True)


def group(*kinds: str) -> Gather:
    return Gather(tuple(CollectChanges("crm", kind, "") for kind in kinds))


def run(feeds: Feeds, steps: Steps[Any]) -> Any:
    given: Any = feeds
    return Runner({"crm": given}, MemoryStore(), Clock(), None).run(steps)


def test_what_is_done_is_heard_while_the_rest_is_under_way() -> None:
    feeds = Feeds()
    slow = group("a", "slow")

    def steps() -> Steps[list[Any]]:
        first = yield first_of(slow, group("b"))
        second = yield first_of(slow, group("c", "refused"))
        feeds.let.set()
        return [first, second, (yield first_of(slow))]

    first, second, third = run(feeds, steps())
    assert first[:2] == second[:2] == [UNDER_WAY, UNDER_WAY]
    assert first[2].cursor == "b"
    assert (second[2].cursor, second[3]) == ("c", REFUSED)
    assert [one.cursor for one in third] == ["a", "slow"]
    assert set(feeds.asked.values()) == {1}, "the slow one was not begun anew"


def test_a_lost_lease_ends_the_run_once_what_is_under_way_has_ended() -> None:
    feeds = Feeds()

    def steps() -> Steps[None]:
        try:
            yield first_of(group("slow"), group("lost"))
        finally:
            feeds.let.set()

    with pytest.raises(LeaseLost):
        run(feeds, steps())
    assert feeds.asked == {"slow": 1, "lost": 1}
