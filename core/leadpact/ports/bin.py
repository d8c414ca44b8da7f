"""Records that bore an id of ours and are there no more: a make whose answer was lost is known by them (R2, R25)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class KnowsItsBin(Protocol):
    """A connector that can look by our external id among what was deleted, or merged into another record."""

    def once_bore(self, kind: str, ids: Sequence[str]) -> Mapping[str, str]:
        """By our external id, the id of the record in the recycle bin that bore it; ids unknown there are absent."""
        ...
