"""What calls met on their way: faults by CRM and code, further tries, and the time they waited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from threading import Lock
from typing import Protocol


class _Clock(Protocol):
    def now(self) -> datetime: ...
    def sleep(self, seconds: float) -> None: ...


class FaultsMet:
    """Counts for all CRMs of a process; safe for several threads.

    Words are those of a run's counts: ``fault_<crm>_<code>``, ``tried_again_<crm>``, ``waited_ms_<crm>``.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: Counter[str] = Counter()

    def add(self, word: str, number: int = 1) -> None:
        """So many more."""
        with self._lock:
            self._counts[word] += number

    def so_far(self) -> Mapping[str, int]:
        """All since this process began."""
        with self._lock:
            return dict(self._counts)


class ListeningClock:
    """A clock for one CRM's connector that notes what its calls met.

    Args:
        clock: who really tells the time and waits.
        crm: name of the CRM.
    """

    def __init__(self, clock: _Clock, crm: str, faults: FaultsMet) -> None:
        self._clock = clock
        self._crm = crm
        self._faults = faults

    def now(self) -> datetime:
        """This instant, UTC."""
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._clock.sleep(seconds)

    def met(self, code: str) -> None:
        """A call failed so."""
        self._faults.add(f"fault_{self._crm}_{code}")

    def tried_again(self, after_s: float) -> None:
        """It is tried again after so long a wait."""
        self._faults.add(f"tried_again_{self._crm}")
        self._faults.add(f"waited_ms_{self._crm}", round(after_s * 1000))
