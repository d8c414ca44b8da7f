"""Agreements that ran and scores that were decided, in plain dicts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from leadpact.model.decided import Activation, DecidedScore
from leadpact.ports.state_store import StateChanges


class MemoryDecided:
    """The part of the state store in memory that keeps what decisions rest on."""

    def __init__(self) -> None:
        super().__init__()
        self._activations: dict[str, Activation] = {}
        self._decided: dict[str, dict[datetime, DecidedScore]] = {}

    def activations(self, limit: int) -> Sequence[Activation]:
        found = sorted(self._activations.values(), key=lambda one: one.id)
        found.sort(key=lambda one: one.at, reverse=True)
        return found[:limit]

    def decided_scores(
        self, link_id: str, until: datetime | None = None, limit: int = 100
    ) -> Sequence[DecidedScore]:
        found = [
            one
            for one in self._decided.get(link_id, {}).values()
            if until is None or one.at <= until
        ]
        return sorted(found, key=lambda one: one.at, reverse=True)[:limit]

    def _put_decided(self, changes: StateChanges) -> None:
        for one in changes.activations:
            self._activations[one.id] = one
        for score in changes.decided:
            self._decided.setdefault(score.link_id, {})[score.at] = score
