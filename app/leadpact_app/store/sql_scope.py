"""Leads that are out of scope as table rows and back, and what is read of them (R37)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from leadpact.model.frozen import Frozen
from leadpact.model.record import RecordRef
from leadpact_app.store.core_sql import sa, tables
from leadpact_app.store.row_reading import RowReader
from leadpact_app.store.rows import Row, instant, maybe_instant, maybe_stamp, pack, stamp


def frozen_row(pair: str, one: Frozen) -> Row:
    """A row of ``frozen``."""
    ref = one.ref
    return (
        pair,
        one.link_id,
        stamp(one.since),
        maybe_stamp(one.ended_at),
        pack((ref.crm, ref.kind, ref.id, one.why)),
    )


def _frozen_of(row: Row) -> Frozen:
    crm, kind, record_id, why = orjson.loads(row[4])
    ref = RecordRef(crm, kind, record_id)
    return Frozen(row[1], instant(row[2]), ref, why, maybe_instant(row[3]))


class ScopeReader(RowReader):
    """The verbs of :class:`~leadpact.ports.state_store.StateReader` about who is out."""

    def frozen(self, link_ids: Sequence[str]) -> Mapping[str, Frozen]:
        found = self._list_within("frozen", link_ids, _frozen_of)
        return {one.link_id: one for one in found}

    def out_of_scope(self, limit: int, after: str = "") -> Sequence[Frozen]:
        query = self._of(
            tables.frozen, tables.frozen.c.ended_at.is_(None), tables.frozen.c.link_id > after
        )
        return self._list(query.order_by(tables.frozen.c.link_id).limit(limit), _frozen_of)

    def frozen_count(self) -> int:
        query = (
            sa.select(sa.func.count())
            .select_from(tables.frozen)
            .where(tables.frozen.c.pair_id == self._pair, tables.frozen.c.ended_at.is_(None))
        )
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one())
