"""What is read of the stop button and of what waits for it (R38)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from leadpact.model.pause import Parked, Pause


class PauseReader(Protocol):
    """The verbs of :class:`~leadpact.ports.state_store.StateReader` about pauses."""

    def pauses(self) -> Sequence[Pause]:
        """Pauses that stand, oldest first, ties by id."""
        ...

    def ended_pauses(self, limit: int) -> Sequence[Pause]:
        """Pauses that were let go, the latest end first, ties by id."""
        ...

    def parked(self, link_ids: Sequence[str]) -> Mapping[str, Parked]:
        """What waits of these leads; leads of which nothing waits are absent."""
        ...

    def parked_before(self, limit: int) -> Sequence[str]:
        """Leads that were parked no later than the last end of a pause (and five minutes, since clocks differ)."""
        ...

    def parked_count(self) -> int:
        """How many leads are parked."""
        ...
