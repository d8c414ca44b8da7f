"""Leads that are out of scope, in plain dicts (R37)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadpact.model.frozen import Frozen
from leadpact.ports.state_store import StateChanges


class MemoryScope:
    """The part of the state store in memory about who is out."""

    def __init__(self) -> None:
        super().__init__()
        self._frozen: dict[str, Frozen] = {}

    def frozen(self, link_ids: Sequence[str]) -> Mapping[str, Frozen]:
        return {one: self._frozen[one] for one in link_ids if one in self._frozen}

    def out_of_scope(self, limit: int, after: str = "") -> Sequence[Frozen]:
        ids = sorted(one for one in self._frozen if one > after)
        out = (self._frozen[one] for one in ids)
        return [one for one in out if one.ended_at is None][:limit]

    def frozen_count(self) -> int:
        return sum(one.ended_at is None for one in self._frozen.values())

    def _put_scope(self, changes: StateChanges) -> None:
        self._frozen.update({one.link_id: one for one in changes.frozen})
