"""Response clocks in plain dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from leadpact.model.response_clock import ResponseClock
from leadpact.ports.state_store import StateChanges


class MemoryClocks:
    """The part of the state store in memory that keeps how long leads have waited."""

    def __init__(self) -> None:
        super().__init__()
        self._clocks: dict[str, dict[tuple[datetime, str], ResponseClock]] = {}

    def clocks_of(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[ResponseClock]]:
        return {
            link_id: tuple(each for _, each in sorted(self._clocks[link_id].items()))
            for link_id in link_ids
            if link_id in self._clocks
        }

    def running_clocks(
        self, due_before: datetime | None = None, limit: int = 1000
    ) -> Sequence[ResponseClock]:
        found = [
            one
            for each in self._clocks.values()
            for one in each.values()
            if one.ended_at is None and (due_before is None or one.due_at <= due_before)
        ]
        return sorted(found, key=lambda one: (one.due_at, one.link_id, one.kind))[:limit]

    def clocks(self, since: datetime | None = None, limit: int = 1000) -> Sequence[ResponseClock]:
        found = [
            one
            for each in self._clocks.values()
            for one in each.values()
            if since is None or one.started_at >= since
        ]
        found.sort(key=lambda one: (one.link_id, one.kind))
        return sorted(found, key=lambda one: one.started_at, reverse=True)[:limit]

    def _put_clocks(self, changes: StateChanges) -> None:
        for one in changes.clocks:
            self._clocks.setdefault(one.link_id, {})[one.started_at, one.kind] = one
