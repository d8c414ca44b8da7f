"""Pauses as table rows and back, and what is read of them (R38)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import orjson

from leadpact.model.pause import Parked, Pause
from leadpact_app.store.core_sql import sa, tables
from leadpact_app.store.row_reading import RowReader
from leadpact_app.store.rows import Row, instant, maybe_instant, maybe_stamp, pack, stamp

CLOCKS_DIFFER = timedelta(minutes=5)
"""By how much the clock of who ends a pause may be behind that of who runs a cycle."""


def pause_row(pair: str, one: Pause) -> Row:
    """A row of ``pauses``."""
    return (
        pair,
        one.id,
        stamp(one.since),
        maybe_stamp(one.ended_at),
        one.crm,
        one.direction,
        one.kind,
        one.field,
        pack((one.by, one.why, one.ended_by)),
    )


def _pause_of(row: Row) -> Pause:
    by, why, ended_by = orjson.loads(row[8])
    return Pause(
        row[1],
        instant(row[2]),
        by,
        row[4],
        row[5],
        row[6],
        row[7],
        why,
        maybe_instant(row[3]),
        ended_by,
    )


def parked_row(pair: str, one: Parked) -> Row:
    """A row of ``parked``."""
    return (pair, one.link_id, stamp(one.since), pack(one.what))


def _parked_of(row: Row) -> Parked:
    return Parked(row[1], instant(row[2]), tuple(orjson.loads(row[3])))


class PauseReader(RowReader):
    """The verbs of :class:`~leadpact.ports.state_store.StateReader` about pauses."""

    def pauses(self) -> Sequence[Pause]:
        return [_pause_of(row) for row in self._asked("standing")]

    def ended_pauses(self, limit: int) -> Sequence[Pause]:
        query = (
            sa.select(tables.pauses)
            .where(tables.pauses.c.pair_id == self._pair, tables.pauses.c.ended_at.is_not(None))
            .order_by(tables.pauses.c.ended_at.desc(), tables.pauses.c.id)
            .limit(limit)
        )
        with self._reading() as connection:
            return [_pause_of(tuple(row)) for row in connection.execute(query)]

    def parked(self, link_ids: Sequence[str]) -> Mapping[str, Parked]:
        return {one.link_id: one for one in self._list_within("parked", link_ids, _parked_of)}

    def parked_before(self, limit: int) -> Sequence[str]:
        ended = (
            sa.select(sa.func.max(tables.pauses.c.ended_at)).where(
                tables.pauses.c.pair_id == self._pair
            )
        ).scalar_subquery()
        query = (
            sa.select(tables.parked.c.link_id)
            .where(
                tables.parked.c.pair_id == self._pair,
                tables.parked.c.since <= ended + CLOCKS_DIFFER // timedelta(microseconds=1),
            )
            .order_by(tables.parked.c.link_id)
            .limit(limit)
        )
        with self._reading() as connection:
            return list(connection.execute(query).scalars())

    def parked_count(self) -> int:
        query = (
            sa.select(sa.func.count())
            .select_from(tables.parked)
            .where(tables.parked.c.pair_id == self._pair)
        )
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one())
