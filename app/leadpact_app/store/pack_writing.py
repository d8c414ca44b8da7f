"""What a commit ends leaves the open journal and goes into one packed row per run.

A write stands in ``intents`` only while nobody knows what came of it. The commit that settles it moves it, with all
else that it settles, into ``journal_packs``; ``journal_leads`` says in which packs a lead is. So the open journal
stays as small as what is under way, however much has been written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Final, TypeAlias

from sqlalchemy import Connection, delete, select, update

from leadpact.model.link import Closing
from leadpact.ports.state_store import Lease, StateChanges
from leadpact_app.store.pack_body import Pack, lead_number, leads_of, unpacked
from leadpact_app.store.reading_texts import padded_chunks
from leadpact_app.store.row_reading import fetched
from leadpact_app.store.rows import Row, intent_row, stamp
from leadpact_app.store.statements import Statements
from leadpact_app.store.tables import journal_leads, journal_packs, runs

CarryOut: TypeAlias = Callable[[str, Sequence[Row]], None]
Key: TypeAlias = tuple[str, str]
"""Of an intent its link and id, of an outcome its link and CRM."""

_OPEN: Final = ("open", "cleared")
_MOST: Final = 2_000
"""Open writes that are remembered; those of a page are some hundreds."""


class OpenedHere:
    """Open writes that this process put under its lease: to be packed they need not be read back.

    Under a lease nobody else writes; under a later one nothing of this is believed.
    """

    def __init__(self) -> None:
        self._token = 0
        self._rows: dict[Key, Row] = {}

    def under(self, lease: Lease | None) -> Mapping[Key, Row]:
        """Those put under this lease."""
        if lease is None:
            return {}
        if lease.token != self._token:
            self._token, self._rows = lease.token, {}
        return self._rows

    def keep(self, lease: Lease | None, put: Mapping[Key, Row], ended: Iterable[Key]) -> None:
        """What a commit that has ended well put and ended."""
        if lease is None or len(self._rows) > _MOST:
            self.clear()
        if lease is not None:
            self._rows.update(put)
        for key in ended:
            self._rows.pop(key, None)

    def clear(self) -> None:
        """Believe nothing of it any more."""
        self._rows.clear()


class _Packs(dict[str, Pack]):
    def __missing__(self, run_id: str) -> Pack:
        made = self[run_id] = Pack(run_id)
        return made


def write_journal(
    connection: Connection,
    statements: Statements,
    carry_out: CarryOut,
    pair: str,
    changes: StateChanges,
    opened: Mapping[Key, Row],
) -> tuple[Mapping[Key, Row], Iterable[Key]]:
    """Put what is wanted, and move away what has ended.

    Args:
        opened: open writes that need not be read.

    Returns:
        What was put and is open, and the keys of what has ended.
    """
    put: dict[Key, Row] = {}
    ended: dict[Key, Row] = {}
    for one in changes.intents:
        key = (one.link_id, one.id)
        into, other = (put, ended) if one.state in _OPEN else (ended, put)
        other.pop(key, None)
        into[key] = intent_row(pair, one)
    if changes.closings:
        known = _rows_of(connection, statements, pair, changes.closings, opened, {**put, **ended})
        for closing in changes.closings:
            key = (closing.link_id, closing.id)
            row = known.get(key)
            if row is not None:
                put.pop(key, None)
                ended[key] = _ended(row, closing)
    carry_out(statements.intents, list(put.values()))
    carry_out(statements.end_intent, [(pair, *key) for key in ended])
    packs: dict[str, Pack] = _Packs()
    for key, row in ended.items():
        packs[row[3]].writes[key] = row
    for told in changes.outcomes:
        kept = (told.result, stamp(told.at), told.cause, told.fields)
        packs[told.run_id].results[told.link_id, told.crm] = kept
    _put(connection, statements, carry_out, pair, packs.values())
    return put, ended


def _rows_of(
    connection: Connection,
    statements: Statements,
    pair: str,
    closings: Sequence[Closing],
    opened: Mapping[Key, Row],
    here: Mapping[Key, Row],
) -> Mapping[Key, Row]:
    """The rows that these end: of this commit, open ones known or read, else out of packs."""
    keys = [(one.link_id, one.id) for one in closings]
    found = {key: opened[key] for key in keys if key in opened}
    found.update(here)
    strange = [key for key in keys if key not in found]
    if strange:
        found = _known(connection, statements, pair, [one for one, _id in strange]) | found
        missing = {key for key in strange if key not in found}
        if missing:
            found |= _packed(connection, statements, pair, missing)
    return found


def _known(
    connection: Connection, statements: Statements, pair: str, link_ids: Sequence[str]
) -> dict[Key, Row]:
    """Open writes of these leads."""
    return {
        (row[1], row[2]): row
        for piece in padded_chunks(list(dict.fromkeys(link_ids)))
        for row in fetched(connection, statements.within("open", len(piece)), (pair, *piece))
    }


def _packed(
    connection: Connection, statements: Statements, pair: str, wanted: Set[Key]
) -> dict[Key, Row]:
    """Writes that had ended before; the latest pack says how."""
    found: dict[Key, Row] = {}
    for _number, pack in packs_of(connection, statements, pair, [one for one, _id in wanted]):
        found.update({key: row for key, row in pack.writes.items() if key in wanted})
    return found


def _ended(row: Row, closing: Closing) -> Row:
    return (*row[:8], closing.state, row[9], stamp(closing.at), closing.attempts, row[12])


def _put(
    connection: Connection,
    statements: Statements,
    carry_out: CarryOut,
    pair: str,
    packs: Iterable[Pack],
) -> None:
    made = list(packs)
    if not made:
        return
    last = fetched(connection, statements.last_pack, (pair,))
    rows, leads = [], []
    for number, pack in enumerate(made, (last[0][0] or 0) + 1):
        rows.append((pair, number, *pack.columns()))
        leads += [(pair, lead_number(one), number) for group in pack.leads() for one in group]
    carry_out(statements.packs, rows)
    carry_out(statements.pack_leads, leads)


def packs_of(
    connection: Connection, statements: Statements, pair: str, link_ids: Sequence[str]
) -> list[tuple[int, Pack]]:
    """All packs in which these leads are, by number."""
    numbers = {
        row[0]
        for piece in padded_chunks([lead_number(one) for one in dict.fromkeys(link_ids)])
        for row in fetched(connection, statements.within("packs", len(piece)), (pair, *piece))
    }
    found = []
    for number in sorted(numbers):
        for run_id, *parts in fetched(connection, statements.pack, (pair, number)):
            found.append((number, unpacked(pair, run_id, parts)))
    return found


def erase_packed(
    connection: Connection, statements: Statements, pair: str, link_ids: Sequence[str]
) -> Mapping[str, int]:
    """Take these leads out of every pack; returns how many writes and outcomes went."""
    gone = {"intents": 0, "outcomes": 0}
    for number, pack in packs_of(connection, statements, pair, link_ids):
        left = pack.without(link_ids)
        gone["intents"] += len(pack.writes) - len(left.writes)
        gone["outcomes"] += len(pack.results) - len(left.results)
        if left.writes or left.results:
            connection.exec_driver_sql(statements.packs, (pair, number, *left.columns()))
        else:
            connection.exec_driver_sql(statements.drop_pack, (pair, number))
    for one in dict.fromkeys(link_ids):
        connection.exec_driver_sql(statements.drop_pack_lead, (pair, lead_number(one)))
    return gone


def forget_writes(connection: Connection, pair: str, after: datetime, until: datetime) -> None:
    """Take the writes of all runs away that started in this span; what came of them is kept (R27)."""
    table = journal_packs
    old = table.c.run_id.in_(
        select(runs.c.id).where(
            runs.c.pair_id == pair,
            runs.c.started_at > stamp(after),
            runs.c.started_at <= stamp(until),
        )
    )
    ours = table.c.pair_id == pair
    connection.execute(update(table).where(ours, old).values(writes=None, writes_at=None))
    empty = select(table.c.number, table.c.leads).where(ours, old, table.c.results.is_(None))
    for number, leads in connection.execute(empty).all():
        for one in (lead for group in leads_of(leads) for lead in group):
            connection.execute(
                delete(journal_leads).where(
                    journal_leads.c.pair_id == pair,
                    journal_leads.c.lead == lead_number(one),
                    journal_leads.c.number == number,
                )
            )
        connection.execute(delete(table).where(ours, table.c.number == number))
