"""Pauses and what waits for them, in plain dicts (R38)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from leadpact.model.pause import Parked, Pause
from leadpact.ports.state_store import StateChanges

_CLOCKS_DIFFER = timedelta(minutes=5)


class MemoryPauses:
    """The part of the state store in memory about the stop button."""

    def __init__(self) -> None:
        super().__init__()
        self._pauses: dict[str, Pause] = {}
        self._parked: dict[str, Parked] = {}

    def pauses(self) -> Sequence[Pause]:
        standing = [one for one in self._pauses.values() if one.ended_at is None]
        return sorted(standing, key=lambda one: (one.since, one.id))

    def ended_pauses(self, limit: int) -> Sequence[Pause]:
        found = sorted(self._pauses.values(), key=lambda one: one.id)
        ended = [(one.ended_at, one) for one in found if one.ended_at is not None]
        ended.sort(key=lambda item: item[0], reverse=True)
        return [one for _at, one in ended[:limit]]

    def parked(self, link_ids: Sequence[str]) -> Mapping[str, Parked]:
        return {one: self._parked[one] for one in link_ids if one in self._parked}

    def parked_before(self, limit: int) -> Sequence[str]:
        ended = next((one.ended_at for one in self.ended_pauses(1)), None)
        if ended is None:
            return []
        until = ended + _CLOCKS_DIFFER
        return sorted(one.link_id for one in self._parked.values() if one.since <= until)[:limit]

    def parked_count(self) -> int:
        return len(self._parked)

    def _put_pauses(self, changes: StateChanges) -> None:
        for one in changes.pauses:
            self._pauses[one.id] = one
        for link_id in changes.unparked:
            self._parked.pop(link_id, None)
        for each in changes.parked:
            self._parked[each.link_id] = each
