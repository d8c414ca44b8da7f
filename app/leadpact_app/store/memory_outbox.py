"""The outbox of the state store in plain dicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from leadpact.model.notice import Notice, NoticeState


class MemoryOutbox:
    """Notices by id: one that is there is never put again, and only what is there can be told of."""

    def __init__(self) -> None:
        self._notices: dict[str, Notice] = {}

    def put(self, notices: Iterable[Notice], told: Iterable[Notice]) -> None:
        """Take in what a commit says of notices."""
        for notice in notices:
            self._notices.setdefault(notice.id, notice)
        for notice in told:
            if notice.id in self._notices:
                self._notices[notice.id] = notice

    def count(self, state: NoticeState) -> int:
        """How many are in this state."""
        return sum(notice.state == state for notice in self._notices.values())

    def due(self, now: datetime, limit: int) -> Sequence[Notice]:
        """Those to be tried at ``now``, the earliest due first."""
        due = sorted(
            (notice.next_try, notice.id)
            for notice in self._notices.values()
            if notice.next_try is not None and notice.next_try <= now
        )
        return [self._notices[notice_id] for _at, notice_id in due[:limit]]

    def list(self, state: NoticeState | None, link_id: str, limit: int) -> Sequence[Notice]:
        """Those of a state, of a link, or all; newest first."""
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
