"""What is read of signals that wait for their person, and of people by their address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leadpact.matching.keys import folded
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import Signal
from leadpact_app.store import run_rows
from leadpact_app.store.core_sql import sa, tables
from leadpact_app.store.row_reading import RowReader


class WaitingReader(RowReader):
    """The verbs of :class:`~leadpact.ports.state_store.StateReader` about people without a link."""

    def waiting_signals(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, Sequence[Signal]]:
        groups: dict[tuple[str, str], dict[str, RecordRef]] = {}
        for ref in refs:
            groups.setdefault((ref.crm, ref.kind), {})[ref.id] = ref
        found: dict[RecordRef, list[Signal]] = {}
        with self._reading() as connection:
            for (crm, kind), by_id in groups.items():
                for row in self._within(connection, "waiting", list(by_id), crm, kind):
                    found.setdefault(by_id[row[3]], []).append(run_rows.waiting_of(row))
        return {
            ref: tuple(sorted(each, key=lambda one: (one.at, one.id)))
            for ref, each in found.items()
        }

    def waiting_count(self) -> int:
        query = (
            sa.select(sa.func.count())
            .select_from(tables.waiting_signals)
            .where(tables.waiting_signals.c.pair_id == self._pair)
        )
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one())

    def addressed(self, addresses: Sequence[str]) -> Mapping[str, Sequence[str]]:
        asked: dict[str, list[str]] = {}
        for address in addresses:
            asked.setdefault(folded(address), []).append(address)
        asked.pop("", None)
        found: dict[str, list[str]] = {}
        with self._reading() as connection:
            for row in self._within(connection, "addressed", list(asked)):
                for address in asked[row[0]]:
                    found.setdefault(address, []).append(row[1])
        return {address: tuple(sorted(set(ids))) for address, ids in found.items()}
