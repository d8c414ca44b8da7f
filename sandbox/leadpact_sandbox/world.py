"""What both emulated CRMs share: clock, seeded random source, call counts, faults, limits."""

from __future__ import annotations

import contextlib
import random
import time
from collections import deque
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias

CrmName: TypeAlias = Literal["hubspot", "salesforce"]
LimitMode: TypeAlias = Literal["real", "off"] | float
"""``real`` = the limits of DESIGN §8, a float scales them, ``off`` = none."""

FAULTS = (
    "throttle",
    "daily_limit",
    "unavailable",
    "html_503",
    "server_error",
    "lost_answer",
    "cut_body",
    "slow",
    "stale_index",
    "skew",
    "expired_token",
    "policy_401",
    "row_lock",
    "account_moved",
    "bad_gateway",
    "gateway_timeout",
    "edge_timeout",
)
"""Names that ``/faults`` and ``--faults`` accept; each CRM answers them in its own shape."""


KEPT_CALLS = 1_000
"""How many calls ``GET /requests`` can show."""


STANDING = ("stale_index", "skew")
"""Faults that stand while their rule is in force, instead of striking single calls."""


class Clock:
    """Wall time plus an offset that the control API moves; UTC throughout."""

    def __init__(self) -> None:
        self.offset = timedelta()
        self._held: datetime | None = None

    def now(self) -> datetime:
        """The sandbox's instant: aware, UTC, microseconds kept."""
        return self._held or datetime.now(UTC) + self.offset

    @contextlib.contextmanager
    def held(self) -> Generator[None, None, None]:
        """Hold the instant, so that one act on many records gives them one stamp."""
        self._held = self.now()
        try:
            yield
        finally:
            self._held = None

    def monotonic(self) -> float:
        """Seconds that grow with real time and with every advance (for rate windows)."""
        return time.monotonic() + self.offset.total_seconds()

    def advance(self, seconds: float) -> None:
        """Move the sandbox's time forward.

        Raises:
            ValueError: if ``seconds`` is negative; the sandbox's time never goes back.
        """
        if seconds < 0:
            raise ValueError("the sandbox's time only goes forward")
        self.offset += timedelta(seconds=seconds)


@dataclass(slots=True)
class Fault:
    """One scripted or random fault on a route.

    ``route`` is a ``METHOD template`` key or a prefix of one, or ``*``. With ``nth`` it strikes the
    nth matching call from now (1 = the next) and is spent; with ``rate`` each matching call draws.
    """

    crm: CrmName
    route: str
    fault: str
    nth: int | None = None
    rate: float | None = None
    seconds: float | None = None
    seen: int = 0
    spent: bool = False


class FaultBox:
    """The faults in force, asked once per call by each CRM's gate."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._faults: list[Fault] = []

    def replace(self, faults: list[Fault]) -> None:
        """Put these faults in force instead of the former ones."""
        self._faults = faults

    def reset(self, seed: int) -> None:
        """Drop all faults and draw from the start again."""
        self._faults = []
        self._rng.seed(seed)

    def listed(self) -> tuple[Fault, ...]:
        """The faults in force, spent ones included."""
        return tuple(self._faults)

    def draw(self, crm: CrmName, route: str) -> Fault | None:
        """The fault that strikes this call, if any; counts the call against ``nth`` faults.

        ``stale_index`` and ``skew`` strike no call: who they concern asks :meth:`listed`.
        """
        struck: Fault | None = None
        for fault in self._faults:
            if fault.spent or fault.crm != crm or fault.fault in STANDING:
                continue
            if fault.route != "*" and not route.startswith(fault.route):
                continue
            if fault.nth is not None:
                # Every waiting fault counts the call, also where another one strikes it.
                fault.seen += 1
                if struck is None and fault.seen >= fault.nth:
                    fault.spent = True
                    struck = fault
            elif struck is None and fault.rate is not None and self._rng.random() < fault.rate:
                struck = fault
        return struck


class Answered(NamedTuple):
    """One call as it came: when, where to, and with which status it was answered."""

    at: datetime
    crm: CrmName
    method: str
    path: str
    status: int


class CallLog:
    """Counts of calls per CRM and ``METHOD route template``, and the last calls one by one."""

    def __init__(self) -> None:
        self._counts: dict[CrmName, dict[str, int]] = {"hubspot": {}, "salesforce": {}}
        self.last: deque[Answered] = deque(maxlen=KEPT_CALLS)

    def add(self, crm: CrmName, route: str) -> None:
        """Count one call."""
        counts = self._counts[crm]
        counts[route] = counts.get(route, 0) + 1

    def counts(self) -> Mapping[CrmName, Mapping[str, int]]:
        """All counts since start or the last reset."""
        return self._counts

    def reset(self) -> None:
        """Forget all counts."""
        for counts in self._counts.values():
            counts.clear()
        self.last.clear()


@dataclass(slots=True)
class World:
    """Handed to both CRMs, the control API and the seed.

    Attributes:
        seed: the number that makes all random choices repeatable.
        latency_s: seconds that every CRM call waits before it is handled.
        limits: how strictly rate and daily limits are applied.
        switches: every ``[b]`` (believed, unverified) behaviour by name, named after its facts
            section, for example ``hubspot.4.person_may_go_back``; missing = that switch's
            documented default.
        long_calls: Salesforce calls that run now and take 20 s or more.
    """

    seed: int = 7
    latency_s: float = 0.0
    limits: LimitMode = "off"
    switches: dict[str, bool] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    calls: CallLog = field(default_factory=CallLog)
    long_calls: int = 0
    rng: random.Random = field(init=False)
    faults: FaultBox = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.faults = FaultBox(random.Random(self.seed + 1))

    def reset(self) -> None:
        """Counts, faults and random draws as at the start; time, limits and switches stay."""
        self.calls.reset()
        self.rng.seed(self.seed)
        self.faults.reset(self.seed + 1)

    def switch(self, name: str, default: bool) -> bool:
        """The state of a switch, or its default."""
        return self.switches.get(name, default)
