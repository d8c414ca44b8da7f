"""The state store on SQLite or PostgreSQL (DESIGN §7): each verb one transaction."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.sql.expression import or_

from leadpact.errors import LeaseLost
from leadpact.model.erasure import Erasure, Mark, Person
from leadpact.ports.state_store import Lease, StateChanges
from leadpact_app.store.binding import check_bound
from leadpact_app.store.connections import Connections, KeptConnections, PooledConnections
from leadpact_app.store.cycle_lock import CycleLock
from leadpact_app.store.erasing import erase
from leadpact_app.store.faults import damaged, told_by_remedy
from leadpact_app.store.holders import died_here
from leadpact_app.store.name_lists import NamesWritten
from leadpact_app.store.opening import engine_for, prepare, shown
from leadpact_app.store.pack_writing import OpenedHere
from leadpact_app.store.person_rows import erasure_row, mark_row
from leadpact_app.store.rows import instant, maybe_stamp, pack, stamp, unpack
from leadpact_app.store.sql_reading import SqlReader
from leadpact_app.store.sql_writing import write_changes
from leadpact_app.store.statements import statements_for
from leadpact_app.store.tables import forget_keys, pairs
from leadpact_app.store.written_texts import WrittenTexts

KEY_BYTES = 32


class SqlStore(SqlReader):
    """A :class:`~leadpact.ports.state_store.StateStore` in a database; made by :meth:`open`."""

    def __init__(self, engine: Engine, pair_id: str, lock: CycleLock | None) -> None:
        self._statements = statements_for(engine.dialect)
        self._many_writers = engine.dialect.name == "postgresql"
        super().__init__(pair_id, self._statements if self._many_writers else WrittenTexts())
        self._engine = engine
        kept_by = PooledConnections if self._many_writers else KeptConnections
        self._connections: Connections = kept_by(engine)
        self._where = shown(engine)
        self._lock = lock
        self._opened = OpenedHere()

    @classmethod
    def open(cls, path_or_url: str | Path, pair_id: str) -> SqlStore:
        """Open a state, making or updating its schema.

        Args:
            path_or_url: a file for SQLite (made with mode 0600), or ``postgresql+psycopg://…``.
            pair_id: the pair whose rows are read and written.

        Raises:
            FixSettings: ``state_address``, ``state_sign_in``; ``state_of_another_pair`` where the file is another
                pair's.
            Stop: ``state_newer``, ``state_damaged``, ``state_unwritable``, ``state_of_another_program``.
            WaitUntil: ``state_busy``, ``state_unreachable``.
        """
        engine, file = engine_for(path_or_url)
        try:
            prepare(engine, pair_id)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, pair_id, CycleLock(file) if file else None)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with told_by_remedy(self._where), self._connections.reading() as connection:
            try:
                yield connection
            except (ValueError, KeyError, TypeError, IndexError) as error:
                raise damaged(self._where, f"a row cannot be read: {error}") from error

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with told_by_remedy(self._where), self._connections.writing() as connection:
            yield connection

    def bind(self, identities: Mapping[str, str]) -> None:
        with self._transaction() as connection:
            self._ensure_pair(connection)
            kept = connection.execute(
                select(pairs.c.accounts).where(pairs.c.pair_id == self._pair)
            ).scalar_one()
            if kept is None:
                connection.execute(
                    update(pairs)
                    .where(pairs.c.pair_id == self._pair)
                    .values(accounts=pack(dict(identities)))
                )
        if kept is not None:
            check_bound(unpack(kept), identities)

    def acquire(self, holder: str, now: datetime, lasts: timedelta) -> Lease | None:
        fresh = False
        if self._lock is not None and not self._lock.held:
            fresh = self._lock.take()
            if not fresh:
                return None
        lease = self._take_lease(holder, now, lasts, over_any=fresh)
        if lease is None and fresh and self._lock is not None:
            self._lock.give_back()
        return lease

    def _take_lease(
        self, holder: str, now: datetime, lasts: timedelta, *, over_any: bool
    ) -> Lease | None:
        """Take the lease; ``over_any``: the lock shows that whoever held it is gone."""
        with self._transaction() as connection:
            self._ensure_pair(connection)
            holds = connection.execute(
                select(pairs.c.lease_holder).where(pairs.c.pair_id == self._pair)
            ).scalar_one()
            gone = (holds,) if died_here(holds) else ()
            free = or_(
                pairs.c.lease_holder.in_(("", holder, *gone)),
                pairs.c.lease_expires_at <= stamp(now),
            )
            statement = update(pairs).where(pairs.c.pair_id == self._pair)
            taken = connection.execute(
                (statement if over_any else statement.where(free)).values(
                    lease_holder=holder,
                    lease_token=pairs.c.lease_token + 1,
                    lease_expires_at=stamp(now + lasts),
                )
            )
            if taken.rowcount == 0:
                return None
            token = connection.execute(
                select(pairs.c.lease_token).where(pairs.c.pair_id == self._pair)
            ).scalar_one()
        return Lease(holder, token, instant(stamp(now + lasts)))

    def lease_held(self) -> Lease | None:
        columns = (pairs.c.lease_holder, pairs.c.lease_token, pairs.c.lease_expires_at)
        with self._reading() as connection:
            row = connection.execute(select(*columns).where(pairs.c.pair_id == self._pair)).first()
        return None if row is None or not row[0] else Lease(row[0], row[1], instant(row[2]))

    def release(self, lease: Lease) -> None:
        with self._transaction() as connection:
            released = connection.execute(
                update(pairs)
                .where(
                    pairs.c.pair_id == self._pair,
                    pairs.c.lease_token == lease.token,
                    pairs.c.lease_holder == lease.holder,
                )
                .values(lease_holder="")
            )
        if released.rowcount and self._lock is not None:
            self._lock.give_back()

    def commit(
        self,
        changes: StateChanges,
        lease: Lease | None,
        now: datetime,
        lasts: timedelta | None = None,
    ) -> None:
        with self._transaction() as connection:
            if lease is not None:
                self._hold_lease(connection, lease, None if lasts is None else now + lasts)
            elif self._many_writers:
                self._wait_for_others(connection)
            lists = NamesWritten(self._names, connection, self._statements, self._pair)
            put, ended = write_changes(
                connection, self._statements, self._pair, changes, lists, self._opened.under(lease)
            )
        lists.keep()
        self._opened.keep(None if changes.turned_away else lease, put, ended)

    def _hold_lease(self, connection: Connection, lease: Lease, until: datetime | None) -> None:
        """Lock the pair's row while the lease is ours, and renew it."""
        held = connection.exec_driver_sql(
            self._statements.hold_lease,
            (maybe_stamp(until), self._pair, lease.token, lease.holder),
        )
        if held.rowcount != 1:
            raise LeaseLost(
                "Another process took this pair over; nothing of this commit was written.",
                code="lease_lost",
            )

    def _wait_for_others(self, connection: Connection) -> None:
        """One commit of the pair at a time, as a lease has it: rows are locked in no order."""
        connection.execute(
            select(pairs.c.pair_id).where(pairs.c.pair_id == self._pair).with_for_update()
        ).close()

    def _ensure_pair(self, connection: Connection) -> None:
        connection.exec_driver_sql(self._statements.pairs, (self._pair, None, "", 0, 0))

    def forget_key(self) -> bytes:
        with self._transaction() as connection:
            made = (self._pair, "state", os.urandom(KEY_BYTES).hex())
            connection.exec_driver_sql(self._statements.forget_keys, made)
            kept = connection.execute(
                select(forget_keys.c.secret).where(forget_keys.c.pair_id == self._pair)
            ).scalar_one()
        return bytes.fromhex(kept)

    def erase(
        self, person: Person, erasure: Erasure, marks: Sequence[Mark], lease: Lease
    ) -> Erasure:
        self._opened.clear()
        with (
            told_by_remedy(self._where),
            self._connections.unreadably(),
            self._transaction() as connection,
        ):
            self._hold_lease(connection, lease, None)
            erasure = erase(connection, self._statements, self._pair, person, erasure)
            self._mark_forgotten(connection, marks)
            connection.exec_driver_sql(self._statements.erasures, erasure_row(self._pair, erasure))
        return erasure

    def _mark_forgotten(self, connection: Connection, marks: Sequence[Mark]) -> None:
        if marks:
            found = [mark_row(self._pair, one) for one in marks]
            connection.exec_driver_sql(self._statements.forgotten, found)

    def close(self) -> None:
        if self._lock is not None:
            self._lock.give_back()
        self._connections.close()
