"""Pins and what saved plans saw, of the state store in plain dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadpact.model.link import Intent
from leadpact.model.pin import Pin
from leadpact.model.record import RecordRef
from leadpact.ports.state_store import StateChanges


class MemoryJournal:
    """What ``undo`` and ``apply`` stand on: part of :class:`~leadpact_app.store.memory.MemoryStore`."""

    def __init__(self) -> None:
        super().__init__()
        self._intents: dict[str, Intent] = {}
        self._intents_of: dict[str, list[str]] = {}
        self._pins: dict[tuple[str, RecordRef, str], Pin] = {}
        self._plan_rows: dict[str, dict[str, str]] = {}

    def journal(self, run_id: str, link_ids: Sequence[str]) -> Sequence[Intent]:
        found = [
            self._intents[key]
            for link_id in dict.fromkeys(link_ids)
            for key in self._intents_of.get(link_id, ())
            if self._intents[key].run_id == run_id
        ]
        return sorted(found, key=lambda one: (one.created_at, one.id))

    def leads_of_run(self, run_id: str) -> Sequence[str]:
        return sorted({one.link_id for one in self._intents.values() if one.run_id == run_id})

    def pins(self, link_ids: Sequence[str] | None = None) -> Sequence[Pin]:
        if not self._pins:
            return ()
        wanted = None if link_ids is None else set(link_ids)
        found = [one for one in self._pins.values() if wanted is None or one.link_id in wanted]
        return sorted(found, key=lambda one: one.key)

    def plan_rows(self, plan_id: str, link_ids: Sequence[str]) -> Mapping[str, str]:
        kept = self._plan_rows.get(plan_id, {})
        return {link_id: kept[link_id] for link_id in link_ids if link_id in kept}

    def leads_of_plan(self, plan_id: str) -> Sequence[str]:
        return sorted(one for one in self._plan_rows.get(plan_id, {}) if one)

    def _put_pins(self, changes: StateChanges) -> None:
        for pin in changes.released:
            self._pins.pop(pin.key, None)
        for pin in changes.pins:
            self._pins[pin.key] = pin
        for row in changes.plan_rows:
            self._plan_rows.setdefault(row.plan_id, {})[row.link_id] = row.body
        for plan in changes.plans:
            if plan.status in ("applied", "dropped"):
                self._plan_rows.pop(plan.id, None)

    def _forget(self, run_ids: set[str]) -> None:
        """Take away what these runs wrote; what is open still stays."""
        old = {
            key
            for key, one in self._intents.items()
            if one.run_id in run_ids and one.state not in ("open", "cleared")
        }
        for key in old:
            self._intents_of[self._intents.pop(key).link_id].remove(key)
