"""What is read of leads that are out of scope (R37)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from leadpact.model.frozen import Frozen


class ScopeReader(Protocol):
    """The verbs of :class:`~leadpact.ports.state_store.StateReader` about who is out."""

    def frozen(self, link_ids: Sequence[str]) -> Mapping[str, Frozen]:
        """Of these leads those that are out of scope, and those that were (``ended_at``)."""
        ...

    def out_of_scope(self, limit: int, after: str = "") -> Sequence[Frozen]:
        """Leads that are out of scope now, by link id, after the given one."""
        ...

    def frozen_count(self) -> int:
        """How many leads are out of scope now."""
        ...
