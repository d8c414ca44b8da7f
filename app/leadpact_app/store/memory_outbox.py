"""Handoffs and the outbox of the state store in plain dicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from leadpact.model.handoff import COUNTED_STEPS, Handoff, HandoffStep
from leadpact.model.notice import Notice, NoticeState
from leadpact.ports.state_store import StateChanges


class MemoryOutbox:
    """What is on its way to people: part of :class:`~leadpact_app.store.memory.MemoryStore`."""

    def __init__(self) -> None:
        self._notices: dict[str, Notice] = {}
        self._handoffs: dict[str, Handoff] = {}

    def due_notices(self, now: datetime, limit: int) -> Sequence[Notice]:
        due = sorted(
            (notice.next_try, notice.id)
            for notice in self._notices.values()
            if notice.next_try is not None and notice.next_try <= now
        )
        return [self._notices[notice_id] for _at, notice_id in due[:limit]]

    def notices(
        self, *, state: NoticeState | None = None, link_id: str = "", limit: int = 1000
    ) -> Sequence[Notice]:
        found = sorted(
            (
                notice
                for notice in self._notices.values()
                if state in (None, notice.state) and link_id in ("", notice.link_id)
            ),
            key=lambda notice: notice.id,
        )
        found.sort(key=lambda notice: notice.created_at, reverse=True)
        return found[:limit]

    def handoffs(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[Handoff]]:
        if not self._handoffs:
            return {}
        wanted = set(link_ids)
        found = sorted(
            (one for one in self._handoffs.values() if one.link_id in wanted),
            key=lambda one: (one.since, one.id),
        )
        grouped: dict[str, list[Handoff]] = {}
        for one in found:
            grouped.setdefault(one.link_id, []).append(one)
        return grouped

    def due_handoffs(self, now: datetime, limit: int) -> Sequence[Handoff]:
        due = [
            one
            for one in self._handoffs.values()
            if one.next_try is not None and one.next_try <= now
        ]
        due.sort(key=lambda one: (-one.heat, one.since, one.id))
        return due[:limit]

    def waiting_handoffs(self, limit: int) -> Sequence[Handoff]:
        found = [one for one in self._handoffs.values() if one.open]
        found.sort(key=lambda one: (-one.heat, one.since, one.id))
        return found[:limit]

    def handed_over(self, days: Sequence[str]) -> Mapping[tuple[str, str], int]:
        counted: tuple[HandoffStep, ...] = tuple(COUNTED_STEPS)
        return Counter(
            (one.owner, one.day)
            for one in self._handoffs.values()
            if one.day in days and one.step in counted
        )

    def _count_notices(self, state: NoticeState) -> int:
        return sum(notice.state == state for notice in self._notices.values())

    def _put_outbox(self, changes: StateChanges) -> None:
        for notice in changes.notices:
            self._notices.setdefault(notice.id, notice)
        for notice in changes.told:
            if notice.id in self._notices:
                self._notices[notice.id] = notice
        for handoff in changes.handoffs:
            self._handoffs[handoff.id] = handoff
