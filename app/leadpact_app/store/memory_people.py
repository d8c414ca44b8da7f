"""Earlier addresses and the erased, of the state store in plain dicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

from leadpact.model.erasure import PAST, Erasure, Mark, Person, Retirement, nameless
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import Signal
from leadpact.model.source_signal import OUTSIDE
from leadpact.model.stage import Transition
from leadpact.ports.state_store import Lease, StateChanges

_KEY = b"the key of a state in memory"


class MemoryPeople:
    """Who people were: part of :class:`~leadpact_app.store.memory.MemoryStore`."""

    def __init__(self) -> None:
        super().__init__()
        self._known_as: dict[str, set[str]] = {}
        self._forgotten: dict[str, Mark] = {}
        self._erasures: dict[str, Erasure] = {}

    def known_as(self, digests: Sequence[str]) -> Mapping[str, Sequence[str]]:
        if not self._known_as:
            return {}
        known = self._known_as
        return {one: tuple(sorted(known[one])) for one in digests if known.get(one)}

    def addresses_of(self, link_ids: Sequence[str]) -> Sequence[str]:
        return sorted(one for one, ids in self._known_as.items() if ids.intersection(link_ids))

    def forgotten(self, digests: Sequence[str]) -> Set[str]:
        return self._forgotten.keys() & set(digests)

    def erasures(self, limit: int) -> Sequence[Erasure]:
        found = sorted(self._erasures.values(), key=lambda one: one.id)
        found.sort(key=lambda one: one.at, reverse=True)
        return found[:limit]

    def forget_key(self) -> bytes:
        return _KEY

    def erase(
        self, person: Person, erasure: Erasure, marks: Sequence[Mark], lease: Lease
    ) -> Erasure:
        """As on a database, but that no text of others names anybody here."""
        del lease
        removed = self._take_off(person.link_ids)
        waiting: dict[RecordRef, Any] = getattr(self, "_waiting", {})
        for ref in (
            *person.refs,
            *(RecordRef(OUTSIDE, "email", one) for one in person.addresses),
            *(RecordRef(OUTSIDE, "external_id", one) for one in person.our_ids),
        ):
            removed["waiting_signals"] += len(waiting.pop(ref, ()))
        erasure = replace(erasure, removed={name: n for name, n in sorted(removed.items()) if n})
        self._erasures[erasure.id] = erasure
        self._put_people(StateChanges(forgotten=list(marks)))
        return erasure

    def _take_off(self, link_ids: Sequence[str]) -> Counter[str]:
        """Remove all that is kept under these leads, wherever it stands; a new mapping is walked, too."""
        gone = frozenset(link_ids)
        removed: Counter[str] = Counter()
        for name, kept in vars(self).items():
            if isinstance(kept, dict):
                for key in [key for key, value in kept.items() if _is_of(key, value, gone)]:
                    del kept[key]
                    removed[name.strip("_")] += 1
            elif isinstance(kept, set):
                kept.difference_update(gone)
            elif isinstance(kept, list):
                kept[:] = [one for one in kept if one not in gone]
        for ids in self._known_as.values():
            ids.difference_update(gone)
        return removed

    def _retire(self, due: Retirement) -> None:
        signals: dict[str, dict[str, Signal]] = getattr(self, "_signals", {})
        for link_id, kept in signals.items():
            if due.after < link_id <= due.upto:
                for one in [one for one in kept.values() if one.at < due.signals_before]:
                    del kept[one.id]
        lines: dict[str, dict[str, Transition]] = getattr(self, "_transitions", {})
        past = lines.setdefault(PAST, {})
        for link_id, kept_lines in lines.items():
            if due.after < link_id <= due.upto and link_id != PAST:
                for line in [one for one in kept_lines.values() if one.at < due.history_before]:
                    del kept_lines[line.id]
                    past[line.id] = replace(
                        line, link_id=PAST, actor=nameless(line.actor), why="", signal_id=""
                    )

    def _put_people(self, changes: StateChanges) -> None:
        if changes.retire is not None:
            self._retire(changes.retire)
        for one in changes.known_as:
            self._known_as.setdefault(one.digest, set()).add(one.link_id)
        for mark in changes.forgotten:
            self._forgotten.setdefault(mark.digest, mark)


def _is_of(key: Any, value: Any, gone: frozenset[str]) -> bool:
    """Whether an entry is of one of these leads: by its key, a part of it, or its value's own id."""
    parts = key if isinstance(key, tuple) else (key,)
    return not gone.isdisjoint(
        (*filter(_is_text, parts), getattr(value, "link_id", ""), getattr(value, "id", ""))
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
