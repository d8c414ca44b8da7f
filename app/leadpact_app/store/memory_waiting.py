"""Signals that wait for their person, and people by their address, in plain dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadpact.matching.keys import folded
from leadpact.model.link import Link
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import Signal
from leadpact.ports.state_store import StateChanges


class WaitingRows:
    """The part of a :class:`~leadpact_app.store.memory.MemoryStore` about people without a link."""

    def __init__(self) -> None:
        super().__init__()
        self._links: dict[str, Link] = {}
        self._waiting: dict[RecordRef, dict[str, Signal]] = {}

    def waiting_signals(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Sequence[Signal]]:
        return {
            ref: tuple(sorted(self._waiting[ref].values(), key=lambda one: (one.at, one.id)))
            for ref in refs
            if ref in self._waiting
        }

    def waiting_count(self) -> int:
        return sum(len(each) for each in self._waiting.values())

    def addressed(self, addresses: Sequence[str]) -> Mapping[str, Sequence[str]]:
        by_address: dict[str, list[str]] = {}
        for link in sorted(self._links.values(), key=lambda one: one.id):
            address = folded(link.base.get("email"))
            if address and link.status == "live":
                by_address.setdefault(address, []).append(link.id)
        found = {address: by_address.get(folded(address)) for address in addresses}
        return {address: tuple(ids) for address, ids in found.items() if ids}

    def _put_waiting(self, changes: StateChanges) -> None:
        for ref in changes.claimed:
            self._waiting.pop(ref, None)
        for one in changes.waiting:
            self._waiting.setdefault(one.ref, {}).setdefault(one.signal.id, one.signal)
