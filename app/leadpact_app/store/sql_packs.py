"""What is read of packs: the latest writes and outcomes of a lead or a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from leadpact_app.store.core_sql import sa, tables
from leadpact_app.store.pack_body import lead_number, results_of, writes_of
from leadpact_app.store.reading_texts import Query
from leadpact_app.store.row_reading import RowReader, all_rows
from leadpact_app.store.rows import Row

if TYPE_CHECKING:
    from sqlalchemy import Connection

Part: TypeAlias = Literal["writes", "results"]
_UNPACK: dict[Part, Callable[[str, str, bytes, bytes | None], list[Row]]] = {
    "writes": writes_of,
    "results": results_of,
}
_OF_LEAD: dict[Part, Query] = {"writes": "writes_of_lead", "results": "results_of_lead"}
_IN_PACK: dict[Part, Query] = {"writes": "pack_writes", "results": "pack_results"}
# Where link, the rest of the key, and the instant stand in a row.
_PLACES: dict[Part, tuple[int, int, int, int]] = {"writes": (1, 3, 2, 9), "results": (2, 1, 3, 5)}


class PackReader(RowReader):
    """Rows out of packs; of a key that stands in several, the latest pack has the say."""

    def _latest(
        self,
        connection: Connection,
        part: Part,
        link_id: str,
        run_id: str,
        limit: int,
        loose: Iterable[Row] = (),
    ) -> list[Row]:
        """At most ``limit`` rows of this lead or run, the latest first, with those not packed yet.

        Packs are unpacked from the latest on, only as far as they can still add to what is asked.
        """
        link, run, key, at = _PLACES[part]
        found = {(row[link], row[run], row[key]): row for row in loose}
        listed = self._listed(connection, part, link_id, run_id)
        latest = list(accumulate((one[1] for one in reversed(listed)), max))[::-1]
        for (number, _at), newest in zip(listed, latest, strict=True):
            if len(found) >= limit and _nth(found.values(), at, limit) > newest:
                break
            for row in self._unpacked(connection, part, number):
                if link_id in ("", row[link]):
                    found.setdefault((row[link], row[run], row[key]), row)
        ordered = sorted(found.values(), key=lambda row: (row[link], row[key]))
        ordered.sort(key=lambda row: row[at], reverse=True)
        return ordered

    def _listed(
        self, connection: Connection, part: Part, link_id: str, run_id: str
    ) -> Sequence[Any]:
        """Numbers of packs with such rows and their latest instants, the latest pack first."""
        if link_id and not run_id:
            lead = lead_number(link_id)
            return self._found(connection, _OF_LEAD[part], self._pair, lead)
        table, leads = tables.journal_packs, tables.journal_leads
        at = table.c[f"{part}_at"]
        query = sa.select(table.c.number, at).where(table.c.pair_id == self._pair, at.is_not(None))
        if run_id:
            query = query.where(table.c.run_id == run_id)
        if link_id:
            mine = sa.select(leads.c.number).where(
                leads.c.pair_id == self._pair, leads.c.lead == lead_number(link_id)
            )
            query = query.where(table.c.number.in_(mine))
        return all_rows(connection, query.order_by(table.c.number.desc()))

    def _unpacked(self, connection: Connection, part: Part, number: int) -> list[Row]:
        return [
            row
            for run_id, leads, kept in self._found(connection, _IN_PACK[part], number)
            for row in _UNPACK[part](self._pair, run_id, leads, kept)
        ]


def _nth(rows: Iterable[Row], at: int, limit: int) -> int:
    """The instant of the last row that is asked for."""
    instants = sorted((row[at] for row in rows), reverse=True)
    return int(instants[limit - 1]) if limit else 0
