"""What is read of response clocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from leadpact.model.response_clock import ResponseClock
from leadpact_app.store.clock_rows import clock_of
from leadpact_app.store.core_sql import tables
from leadpact_app.store.row_reading import RowReader
from leadpact_app.store.rows import stamp


class ClockReader(RowReader):
    """The verbs of :class:`~leadpact.ports.state_store.StateReader` about response clocks."""

    def clocks_of(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[ResponseClock]]:
        found: dict[str, list[ResponseClock]] = {}
        with self._reading() as connection:
            for row in self._within(connection, "clocks", link_ids):
                found.setdefault(row[1], []).append(clock_of(row))
        return {
            link_id: tuple(sorted(each, key=lambda one: (one.started_at, one.kind)))
            for link_id, each in found.items()
        }

    def running_clocks(
        self, due_before: datetime | None = None, limit: int = 1000
    ) -> Sequence[ResponseClock]:
        clocks = tables.response_clocks
        query = self._of(clocks, clocks.c.ended_at.is_(None))
        if due_before is not None:
            query = query.where(clocks.c.due_at <= stamp(due_before))
        order = (clocks.c.due_at, clocks.c.link_id, clocks.c.kind)
        return self._clocks(query.order_by(*order).limit(limit))

    def clocks(self, since: datetime | None = None, limit: int = 1000) -> Sequence[ResponseClock]:
        clocks = tables.response_clocks
        query = self._of(clocks)
        if since is not None:
            query = query.where(clocks.c.started_at >= stamp(since))
        order = (clocks.c.started_at.desc(), clocks.c.link_id, clocks.c.kind)
        return self._clocks(query.order_by(*order).limit(limit))

    def _clocks(self, query: Any) -> Sequence[ResponseClock]:
        with self._reading() as connection:
            return [clock_of(tuple(row)) for row in connection.execute(query)]
