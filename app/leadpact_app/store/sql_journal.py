"""What is read of the journal: what a run wrote, what is pinned since, what saved plans saw (R32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from leadpact.model.link import Intent
from leadpact.model.pin import Pin
from leadpact_app.store import rows, run_rows
from leadpact_app.store.row_reading import RowReader, all_rows
from leadpact_app.store.tables import intents, pins, plan_rows


class JournalReader(RowReader):
    """The verbs of :class:`~leadpact.ports.state_store.StateReader` that ``undo`` and ``apply`` stand on."""

    def journal(self, run_id: str, link_ids: Sequence[str]) -> Sequence[Intent]:
        with self._reading() as connection:
            wanted = list(dict.fromkeys(link_ids))
            found = [
                rows.intent_of(row) for row in self._within(connection, "journal", wanted, run_id)
            ]
        found.sort(key=lambda one: (one.created_at, one.id))
        return found

    def leads_of_run(self, run_id: str) -> Sequence[str]:
        query = (
            select(intents.c.link_id)
            .where(intents.c.pair_id == self._pair, intents.c.run_id == run_id)
            .distinct()
        )
        with self._reading() as connection:
            return sorted(row[0] for row in all_rows(connection, query))

    def pins(self, link_ids: Sequence[str] | None = None) -> Sequence[Pin]:
        if link_ids is None:
            found = self._list(self._of(pins), run_rows.pin_of)
        else:
            found = self._list_within("pins", link_ids, run_rows.pin_of)
        return sorted(found, key=lambda one: one.key)

    def plan_rows(self, plan_id: str, link_ids: Sequence[str]) -> Mapping[str, str]:
        with self._reading() as connection:
            wanted = list(dict.fromkeys(link_ids))
            return {
                row[2]: row[3] for row in self._within(connection, "plan_rows", wanted, plan_id)
            }

    def leads_of_plan(self, plan_id: str) -> Sequence[str]:
        query = select(plan_rows.c.link_id).where(
            plan_rows.c.pair_id == self._pair,
            plan_rows.c.plan_id == plan_id,
            plan_rows.c.link_id != "",
        )
        with self._reading() as connection:
            return sorted(row[0] for row in all_rows(connection, query))
