"""What is read of the journal: what a run wrote, what is pinned since, what saved plans saw (R32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadpact.model.link import Intent
from leadpact.model.pin import Pin
from leadpact_app.store import rows, run_rows
from leadpact_app.store.core_sql import sa, tables
from leadpact_app.store.pack_body import lead_number, leads_of
from leadpact_app.store.row_reading import all_rows
from leadpact_app.store.sql_packs import PackReader


class JournalReader(PackReader):
    """The verbs of :class:`~leadpact.ports.state_store.StateReader` that ``undo`` and ``apply`` stand on."""

    def journal(self, run_id: str, link_ids: Sequence[str]) -> Sequence[Intent]:
        with self._reading() as connection:
            wanted = dict.fromkeys(link_ids)
            loose = self._within(connection, "journal", list(wanted), run_id)
            found = {(row[1], row[2]): row for row in loose}
            leads = [lead_number(one) for one in wanted]
            mine = {row[0] for row in self._within(connection, "packs", leads)}
            for number, _at in self._listed(connection, "writes", "", run_id) if mine else ():
                if number in mine:
                    for row in self._unpacked(connection, "writes", number):
                        if row[1] in wanted:
                            found.setdefault((row[1], row[2]), row)
            written = [rows.intent_of(row) for row in found.values()]
        written.sort(key=lambda one: (one.created_at, one.id))
        return written

    def leads_of_run(self, run_id: str) -> Sequence[str]:
        table = tables.journal_packs
        query = sa.select(tables.intents.c.link_id).where(
            tables.intents.c.pair_id == self._pair, tables.intents.c.run_id == run_id
        )
        packs = sa.select(table.c.leads).where(
            table.c.pair_id == self._pair, table.c.run_id == run_id, table.c.writes.is_not(None)
        )
        with self._reading() as connection:
            found = {row[0] for row in all_rows(connection, query)}
            for (leads,) in all_rows(connection, packs):
                found.update(leads_of(leads)[0])
        return sorted(found)

    def pins(self, link_ids: Sequence[str] | None = None) -> Sequence[Pin]:
        if link_ids is None:
            found = self._list(self._of(tables.pins), run_rows.pin_of)
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
        query = sa.select(tables.plan_rows.c.link_id).where(
            tables.plan_rows.c.pair_id == self._pair,
            tables.plan_rows.c.plan_id == plan_id,
            tables.plan_rows.c.link_id != "",
        )
        with self._reading() as connection:
            return sorted(row[0] for row in all_rows(connection, query))
