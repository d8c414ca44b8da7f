"""What is read of handoffs and of notices to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from leadpact.model.handoff import COUNTED_STEPS, Handoff
from leadpact.model.notice import Notice, NoticeState
from leadpact_app.store import run_rows
from leadpact_app.store.core_sql import sa, tables, word
from leadpact_app.store.row_reading import RowReader, all_rows, given
from leadpact_app.store.rows import stamp

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_UNDONE = "(step NOT IN ('done', 'dropped'))"


class HandoffReader(RowReader):
    """The verbs of :class:`~leadpact.ports.state_store.StateReader` about what goes to people."""

    def handoffs(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[Handoff]]:
        grouped: dict[str, list[Handoff]] = {}
        with self._reading() as connection:
            for row in self._within(connection, "handoffs", list(dict.fromkeys(link_ids))):
                grouped.setdefault(row[2], []).append(run_rows.handoff_of(row))
        return grouped

    def due_handoffs(self, now: datetime, limit: int) -> Sequence[Handoff]:
        return self._undone(limit, tables.handoffs.c.next_try <= stamp(now))

    def waiting_handoffs(self, limit: int) -> Sequence[Handoff]:
        return self._undone(limit)

    def _undone(self, limit: int, *more: ColumnElement[bool]) -> Sequence[Handoff]:
        query = self._of(tables.handoffs, sa.literal_column(_UNDONE), *more)
        order = (tables.handoffs.c.heat.desc(), tables.handoffs.c.since, tables.handoffs.c.id)
        return self._list(query.order_by(*order).limit(limit), run_rows.handoff_of)

    def handed_over(self, days: Sequence[str]) -> Mapping[tuple[str, str], int]:
        query = (
            sa.select(tables.handoffs.c.owner, tables.handoffs.c.day, sa.func.count())
            .where(
                tables.handoffs.c.pair_id == self._pair,
                tables.handoffs.c.day.in_(list(days)),
                tables.handoffs.c.day != word(""),
                tables.handoffs.c.step.in_(sorted(COUNTED_STEPS)),
            )
            .group_by(tables.handoffs.c.owner, tables.handoffs.c.day)
        )
        with self._reading() as connection:
            return {(row[0], row[1]): row[2] for row in all_rows(connection, query)}

    def due_notices(self, now: datetime, limit: int) -> Sequence[Notice]:
        query = self._of(tables.notices, tables.notices.c.next_try <= stamp(now))
        return self._list(
            query.order_by(tables.notices.c.next_try, tables.notices.c.id).limit(limit),
            run_rows.notice_of,
        )

    def notices(
        self, *, state: NoticeState | None = None, link_id: str = "", limit: int = 1000
    ) -> Sequence[Notice]:
        query = self._of(tables.notices, *given(tables.notices, state=state or "", link_id=link_id))
        return self._list(
            query.order_by(tables.notices.c.created_at.desc(), tables.notices.c.id).limit(limit),
            run_rows.notice_of,
        )
