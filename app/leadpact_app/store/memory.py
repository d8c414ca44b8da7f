"""The state store in plain dicts: for the simulation and for tests, in one thread."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta

from leadpact.errors import LeaseLost
from leadpact.model.link import (
    Intent,
    KnownRecord,
    Link,
    Side,
    WorkItem,
)
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import Signal
from leadpact.model.stage import Transition
from leadpact.ports.state_store import Counted, Lease, StateChanges
from leadpact_app.store.binding import check_bound
from leadpact_app.store.memory_clocks import MemoryClocks
from leadpact_app.store.memory_decided import MemoryDecided
from leadpact_app.store.memory_episodes import MemoryEpisodes
from leadpact_app.store.memory_journal import MemoryJournal
from leadpact_app.store.memory_outbox import MemoryOutbox
from leadpact_app.store.memory_pauses import MemoryPauses
from leadpact_app.store.memory_people import MemoryPeople
from leadpact_app.store.memory_runs import MemoryRuns
from leadpact_app.store.memory_scope import MemoryScope
from leadpact_app.store.memory_waiting import WaitingRows

_OPEN_INTENT = ("open", "cleared")


def merge_work(known: WorkItem, put: WorkItem) -> WorkItem:
    """One row of two: the earlier due wins and brings its cause; attempts are those of the put."""
    earlier = known if known.due_at < put.due_at else put
    return WorkItem(
        put.link_id, earlier.cause, max(known.since, put.since), earlier.due_at, put.attempts
    )


class MemoryStore(
    MemoryClocks,
    MemoryDecided,
    MemoryEpisodes,
    MemoryRuns,
    MemoryJournal,
    MemoryPauses,
    MemoryScope,
    WaitingRows,
    MemoryPeople,
    MemoryOutbox,
):
    """A :class:`~leadpact.ports.state_store.StateStore` without a disk.

    Rows are frozen, so they are handed out as they are. Cycles that share one state share one
    object.
    """

    def __init__(self) -> None:
        super().__init__()
        self._accounts: dict[str, str] | None = None
        self._lease: Lease | None = None
        self._token = 0
        self._side_of: dict[RecordRef, Side] = {}
        self._refs: dict[str, list[RecordRef]] = {}
        self._work: dict[str, WorkItem] = {}
        self._planned: set[str] = set()
        self._checkpoints: dict[tuple[str, str], str] = {}
        self._open: dict[str, Intent] = {}
        self._transitions: dict[str, dict[str, Transition]] = {}
        self._signals: dict[str, dict[str, Signal]] = {}

    # reading

    def links(self, link_ids: Sequence[str]) -> Mapping[str, Link]:
        known = self._links
        return {link_id: known[link_id] for link_id in link_ids if link_id in known}

    def sides(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[Side]]:
        sides, refs = self._side_of, self._refs
        return {
            link_id: tuple([sides[ref] for ref in refs.get(link_id, ())]) for link_id in link_ids
        }

    def link_ids(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, str]:
        sides = self._side_of
        return {ref: sides[ref].link_id for ref in refs if ref in sides}

    def known_records(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, KnownRecord]:
        sides = self._side_of
        found = [sides[ref] for ref in refs if ref in sides]
        return {side.ref: KnownRecord(side.link_id, side.state, side.version) for side in found}

    def due(self, now: datetime, limit: int, after: WorkItem | None = None) -> Sequence[WorkItem]:
        behind = (after.due_at, after.link_id) if after is not None else None
        due = [
            item
            for item in self._work.values()
            if item.due_at <= now and (behind is None or (item.due_at, item.link_id) > behind)
        ]
        due.sort(key=lambda item: (item.due_at, item.link_id))
        return due[:limit]

    def planned(self, link_ids: Sequence[str]) -> Set[str]:
        return self._planned.intersection(link_ids)

    def count(
        self,
        what: Counted,
        now: datetime,
    ) -> int:
        if what == "links":
            return len(self._live)
        if what == "due":
            return sum(item.due_at <= now for item in self._work.values())
        if what == "waiting":
            return self._waiting_holds()
        if what == "owing":
            return len(self._owing())
        if what == "duplicates":
            return len(self._spare())
        if what == "forgotten":
            return len(self._forgotten)
        if what in ("unsent", "unsendable"):
            return self._count_notices("waiting" if what == "unsent" else "given_up")
        return self._open_failures()

    def known_values(self, field: str) -> int:
        return sum(self._links[link_id].base.get(field) is not None for link_id in self._live)

    def checkpoint(self, crm: str, kind: str) -> str:
        return self._checkpoints.get((crm, kind), "")

    def open_intents(self, limit: int) -> Sequence[Intent]:
        return sorted(self._open.values(), key=lambda intent: (intent.created_at, intent.id))[
            :limit
        ]

    def intents(
        self, *, link_id: str = "", run_id: str = "", limit: int = 1000
    ) -> Sequence[Intent]:
        of_link: Iterable[Intent] = (
            (self._intents[key] for key in self._intents_of.get(link_id, ()))
            if link_id
            else self._intents.values()
        )
        found = sorted(
            (intent for intent in of_link if not run_id or intent.run_id == run_id),
            key=lambda intent: intent.id,
        )
        found.sort(key=lambda intent: intent.created_at, reverse=True)
        return found[:limit]

    def transitions(self, link_id: str) -> Sequence[Transition]:
        return sorted(
            self._transitions.get(link_id, {}).values(), key=lambda transition: transition.at
        )

    def signals(self, link_ids: Sequence[str], since: datetime) -> Mapping[str, Sequence[Signal]]:
        return {
            link_id: tuple(
                sorted(
                    (s for s in self._signals.get(link_id, {}).values() if s.at >= since),
                    key=lambda signal: (signal.at, signal.id),
                )
            )
            for link_id in link_ids
        }

    def stage_counts(self) -> Mapping[str, int]:
        states = (self._links[link_id].stage for link_id in self._live)
        return dict(Counter(state.stage if state else "" for state in states))

    def owing(self, limit: int) -> Sequence[Link]:
        return [self._links[link_id] for _since, link_id in sorted(self._owing())[:limit]]

    def _owing(self) -> list[tuple[datetime, str]]:
        states = ((self._links[link_id].stage, link_id) for link_id in self._live)
        found = ((state.silent_since, link_id) for state, link_id in states if state)
        return [(since, link_id) for since, link_id in found if since is not None]

    def duplicates(self, limit: int) -> Sequence[Side]:
        return self._spare()[:limit]

    def _spare(self) -> list[Side]:
        found = [
            side
            for side in self._side_of.values()
            if not side.primary and side.state in ("live", "duplicate")
        ]
        return sorted(found, key=lambda side: (side.link_id, side.ref))

    def joined(self, link_id: str) -> Sequence[Link]:
        found: dict[str, Link] = {}
        into = {link_id} - {""}
        while into:
            new = [one for one in self._links.values() if one.folded_into in into]
            into = {one.id for one in new} - found.keys() - {link_id}
            found |= {one.id: one for one in new}
        return [found[one] for one in sorted(found.keys() - {link_id})]

    def buried(self, digests: Sequence[str]) -> Mapping[str, Link]:
        wanted = set(digests) - {""}
        found = [link for link in self._links.values() if link.buried_as in wanted]
        return {
            link.buried_as: link for link in sorted(found, key=lambda one: one.id, reverse=True)
        }

    def page_of_links(self, after: str, limit: int) -> Sequence[str]:
        start = bisect_right(self._live, after)
        return self._live[start : start + limit]

    # writing

    def bind(self, identities: Mapping[str, str]) -> None:
        if self._accounts is None:
            self._accounts = dict(identities)
        check_bound(self._accounts, identities)

    def acquire(self, holder: str, now: datetime, lasts: timedelta) -> Lease | None:
        held = self._lease
        if held is not None and held.holder != holder and held.expires_at > now:
            return None
        self._token += 1
        self._lease = Lease(holder, self._token, now + lasts)
        return self._lease

    def lease_held(self) -> Lease | None:
        return self._lease

    def release(self, lease: Lease) -> None:
        if self._holds_lease(lease):
            self._lease = None

    def commit(
        self,
        changes: StateChanges,
        lease: Lease | None,
        now: datetime,
        lasts: timedelta | None = None,
    ) -> None:
        if lease is not None:
            if not self._holds_lease(lease):
                raise LeaseLost(
                    "Another process took this pair over; nothing of this commit was written.",
                    code="lease_lost",
                )
            if lasts is not None:
                self._lease = replace(lease, expires_at=now + lasts)
        if changes.turned_away:
            self._take_off(changes.turned_away)
        for link in changes.links:
            self._put_link(link)
        for ref in changes.dropped_sides:
            self._drop_side(ref)
        for side in changes.sides:
            self._put_side(side)
        self._put_work(changes)
        if changes.unplan:
            self._planned.clear()
        self._planned.update(changes.planned)
        self._checkpoints.update(changes.checkpoints)
        for intent in changes.intents:
            self._put_intent(intent)
        for end in changes.closings:
            if end.id in self._intents:
                self._put_intent(
                    replace(
                        self._intents[end.id],
                        state=end.state,
                        closed_at=end.at,
                        attempts=end.attempts,
                    )
                )
        self._put_history(changes)

    def close(self) -> None:
        """Keep everything: the state lives as long as the object."""

    def _holds_lease(self, lease: Lease) -> bool:
        held = self._lease
        return held is not None and held.token == lease.token and held.holder == lease.holder

    def _put_link(self, link: Link) -> None:
        before = self._links.get(link.id)
        was_live = before is not None and before.status == "live"
        self._links[link.id] = link
        if link.status == "live" and not was_live:
            insort(self._live, link.id)
        elif link.status != "live" and was_live:
            self._live.remove(link.id)

    def _put_side(self, side: Side) -> None:
        before = self._side_of.get(side.ref)
        if before is None or before.link_id != side.link_id:
            self._drop_side(side.ref)
            insort(self._refs.setdefault(side.link_id, []), side.ref)
        self._side_of[side.ref] = side

    def _drop_side(self, ref: RecordRef) -> None:
        side = self._side_of.pop(ref, None)
        if side is not None:
            self._refs[side.link_id].remove(ref)

    def _put_work(self, changes: StateChanges) -> None:
        for item in changes.done:
            known = self._work.get(item.link_id)
            if known is not None and known.since <= item.since:
                del self._work[item.link_id]
        for item in changes.work:
            known = self._work.get(item.link_id)
            self._work[item.link_id] = item if known is None else merge_work(known, item)

    def _put_intent(self, intent: Intent) -> None:
        if intent.id not in self._intents:
            self._intents_of.setdefault(intent.link_id, []).append(intent.id)
        self._intents[intent.id] = intent
        if intent.state in _OPEN_INTENT:
            self._open[intent.id] = intent
        else:
            self._open.pop(intent.id, None)

    def _put_history(self, changes: StateChanges) -> None:
        for transition in changes.transitions:
            self._transitions.setdefault(transition.link_id, {})[transition.id] = transition
        for signal in changes.signals:
            self._signals.setdefault(signal.link_id, {}).setdefault(signal.id, signal)
        self._put_waiting(changes)
        self._put_runs(changes)
        self._put_pins(changes)
        if changes.forget_before is not None:
            after, until = changes.forget_before
            self._forget({one.id for one in self._runs.values() if after < one.started_at <= until})
        self._put_outbox(changes)
        self._put_decided(changes)
        self._put_clocks(changes)
        self._put_episodes(changes)
        self._put_pauses(changes)
        self._put_people(changes)
        self._put_scope(changes)
