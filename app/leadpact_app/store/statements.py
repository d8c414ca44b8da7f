"""Statements of the hot path, compiled once per database and carried out with plain tuples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    Select,
    Table,
    case,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.sql.expression import bindparam

from leadpact_app.store import (
    journal_statements,
    pack_statements,
    pause_statements,
    person_statements,
    tables,
    work_statements,
)
from leadpact_app.store.columns import insert_for
from leadpact_app.store.journal_statements import word

InList: TypeAlias = Literal[
    "links",
    "sides",
    "records",
    "buried",
    "addressed",
    "planned",
    "episodes",
    "holds",
    "failures",
    "signals",
    "handoffs",
    "waiting",
    "clocks",
    "journal",
    "open",
    "packs",
    "pins",
    "plan_rows",
    "known_as",
    "forgotten",
    "frozen",
]
_MOST_VALUES = 512


def _of_pair(table: Table) -> ColumnElement[bool]:
    return table.c.pair_id == bindparam("pair")


def _links(values: list[Any]) -> Select[Any]:
    table = tables.links
    return select(table).where(_of_pair(table), table.c.id.in_(values))


def _sides(values: list[Any]) -> Select[Any]:
    table = tables.sides
    order = (table.c.link_id, table.c.crm, table.c.kind, table.c.id)
    return select(table).where(_of_pair(table), table.c.link_id.in_(values)).order_by(*order)


def _records(values: list[Any]) -> Select[Any]:
    table = tables.sides
    return select(table.c.id, table.c.link_id, table.c.state, table.c.version).where(
        _of_pair(table),
        table.c.id.in_(values),
        table.c.crm == bindparam("crm"),
        table.c.kind == bindparam("kind"),
    )


def _planned(values: list[Any]) -> Select[Any]:
    table = tables.planned
    return select(table).where(_of_pair(table), table.c.link_id.in_(values))


def _buried(values: list[Any]) -> Select[Any]:
    table = tables.links
    return select(table).where(
        _of_pair(table), table.c.buried_as.in_(values), table.c.buried_as != word("")
    )


def _episodes(values: list[Any]) -> Select[Any]:
    table = tables.episodes
    order = (table.c.link_id, table.c.number)
    return select(table).where(_of_pair(table), table.c.link_id.in_(values)).order_by(*order)


def _holds(values: list[Any]) -> Select[Any]:
    table = tables.holds
    return select(table).where(
        _of_pair(table), table.c.link_id.in_(values), table.c.status != word("closed")
    )


def _failures(values: list[Any]) -> Select[Any]:
    table = tables.failures
    return select(table).where(_of_pair(table), table.c.link_id.in_(values), table.c.is_open)


def _signals(values: list[Any]) -> Select[Any]:
    table = tables.signals
    return select(table).where(
        _of_pair(table), table.c.link_id.in_(values), table.c.at >= bindparam("since")
    )


def _addressed(values: list[Any]) -> Select[Any]:
    table = tables.links
    return select(table.c.address, table.c.id).where(
        _of_pair(table),
        table.c.address.in_(values),
        table.c.address != word(""),
        table.c.status == word("live"),
    )


def _waiting(values: list[Any]) -> Select[Any]:
    table = tables.waiting_signals
    return select(table).where(
        _of_pair(table),
        table.c.record_id.in_(values),
        table.c.crm == bindparam("crm"),
        table.c.kind == bindparam("kind"),
    )


def _handoffs(values: list[Any]) -> Select[Any]:
    table = tables.handoffs
    return (
        select(table)
        .where(_of_pair(table), table.c.link_id.in_(values))
        .order_by(table.c.since, table.c.id)
    )


def _clocks(values: list[Any]) -> Select[Any]:
    table = tables.response_clocks
    return select(table).where(_of_pair(table), table.c.link_id.in_(values))


_IN_LISTS: Mapping[InList, Callable[[list[Any]], Select[Any]]] = {
    "links": _links,
    "sides": _sides,
    "records": _records,
    "planned": _planned,
    "buried": _buried,
    "episodes": _episodes,
    "holds": _holds,
    "failures": _failures,
    "signals": _signals,
    "handoffs": _handoffs,
    "addressed": _addressed,
    "waiting": _waiting,
    "clocks": _clocks,
    "journal": journal_statements.journal,
    "open": pack_statements.open_of,
    "packs": pack_statements.numbers,
    "pins": journal_statements.pins,
    "plan_rows": journal_statements.plan_rows,
    "known_as": person_statements.known_as,
    "forgotten": person_statements.forgotten,
    "frozen": pause_statements.frozen,
}


def padded_chunks(values: Sequence[Any]) -> Iterator[list[Any]]:
    """The values in pieces for one IN list each, filled up to few sizes so that few texts are made."""
    for start in range(0, len(values), _MOST_VALUES):
        piece = list(values[start : start + _MOST_VALUES])
        size = 1 << (len(piece) - 1).bit_length()
        yield piece + piece[-1:] * (size - len(piece))


class Statements:
    """SQL text with positional parameters, in the order of each table's columns.

    Args:
        dialect: the database's; SQLite or PostgreSQL, with a positional parameter style.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._within: dict[tuple[InList, int], str] = {}
        put = self._upsert
        self.links = put(tables.links)
        self.sides = self._put_sides()
        self.checkpoints = put(tables.checkpoints)
        # An intent's id is made of its run and lead, so the run never changes under it.
        self.intents = put(tables.intents, keeping=("run_id",))
        self.transitions = put(tables.transitions)
        self.episodes = put(tables.episodes)
        self.holds = put(tables.holds)
        self.failures = put(tables.failures)
        self.runs = put(tables.runs)
        self.plans = put(tables.plans)
        self.orders = put(tables.run_orders, keeping=("asked", "asked_at"))
        self.asks = put(tables.run_orders, keeping=("kind", "created_at", "options", "place"))
        self.activations = put(tables.activations)
        self.decided = put(tables.decided_scores)
        self.clocks = put(tables.response_clocks)
        self.handoffs = put(tables.handoffs)
        self.pauses, self.parked, self.frozen = map(
            put, (tables.pauses, tables.parked, tables.frozen)
        )
        self.standing, self.unpark = map(
            self._compiled, (pause_statements.standing(), pause_statements.unpark())
        )
        self.notices = self._compiled(self._insert(tables.notices).on_conflict_do_nothing())
        self._put_people()
        self.work = self._merge_work()
        self.due = self._compiled(work_statements.due())
        self.open_intents = self._compiled(work_statements.open_intents())
        self.signals = self._compiled(self._insert(tables.signals).on_conflict_do_nothing())
        waiting = tables.waiting_signals
        self.waiting = self._compiled(self._insert(waiting).on_conflict_do_nothing())
        self.claim = self._compiled(
            delete(waiting).where(
                waiting.c.pair_id == bindparam("pair"),
                waiting.c.crm == bindparam("crm"),
                waiting.c.kind == bindparam("kind"),
                waiting.c.record_id == bindparam("id"),
            )
        )
        self.pins = put(tables.pins)
        self.plan_rows = put(tables.plan_rows)
        self.release = self._compiled(journal_statements.release())
        self.drop_plan_rows = self._compiled(journal_statements.drop_plan_rows())
        self._put_packs()
        self.put_names = put(tables.name_lists)
        self.name_lists = self._compiled(
            select(tables.name_lists).where(_of_pair(tables.name_lists))
        )
        self.pairs = self._compiled(self._insert(tables.pairs).on_conflict_do_nothing())
        side, work = tables.sides.c, tables.work.c
        self.drop_side = self._compiled(
            delete(tables.sides).where(
                side.pair_id == bindparam("pair"),
                side.crm == bindparam("crm"),
                side.kind == bindparam("kind"),
                side.id == bindparam("id"),
            )
        )
        notice = tables.notices.c
        self.tell_notice = self._compiled(
            update(tables.notices)
            .values(
                state=bindparam("now_state"),
                attempts=bindparam("now_attempts"),
                next_try=bindparam("now_next", type_=BigInteger),
                sent_at=bindparam("now_sent", type_=BigInteger),
                error=bindparam("now_error"),
                body=bindparam("now_body"),
            )
            .where(notice.pair_id == bindparam("pair"), notice.id == bindparam("notice"))
        )
        pair = tables.pairs.c
        self.hold_lease = self._compiled(
            update(tables.pairs)
            .values(
                lease_expires_at=func.coalesce(
                    bindparam("until", type_=BigInteger), pair.lease_expires_at
                )
            )
            .where(
                pair.pair_id == bindparam("pair"),
                pair.lease_token == bindparam("token"),
                pair.lease_holder == bindparam("holder"),
            )
        )
        kept = tables.checkpoints.c
        self.checkpoint = self._compiled(
            select(kept.cursor).where(
                kept.pair_id == bindparam("pair"),
                kept.crm == bindparam("crm"),
                kept.kind == bindparam("kind"),
            )
        )
        self.planned = self._compiled(self._insert(tables.planned).on_conflict_do_nothing())
        self.unplan = self._compiled(
            delete(tables.planned).where(tables.planned.c.pair_id == bindparam("pair"))
        )
        self.done = self._compiled(
            delete(tables.work).where(
                work.pair_id == bindparam("pair"),
                work.link_id == bindparam("link"),
                work.since <= bindparam("since"),
            )
        )

    def _put_packs(self) -> None:
        """Statements of what ended."""
        self.packs = self._upsert(tables.journal_packs)
        leads = self._insert(tables.journal_leads).on_conflict_do_nothing()
        self.pack_leads = self._compiled(leads)
        self.last_pack = self._compiled(pack_statements.last())
        self.pack = self._compiled(pack_statements.one())
        self.end_intent = self._compiled(pack_statements.end_intent())
        self.drop_pack = self._compiled(pack_statements.drop())
        self.drop_pack_lead = self._compiled(pack_statements.drop_lead())

    def _put_people(self) -> None:
        """Statements of earlier addresses and of the erased."""
        self.known_as = self._compiled(self._insert(tables.known_as).on_conflict_do_nothing())
        self.forgotten = self._compiled(self._insert(tables.forgotten).on_conflict_do_nothing())
        self.forget_keys = self._compiled(self._insert(tables.forget_keys).on_conflict_do_nothing())
        self.erasures = self._upsert(tables.erasures)

    def within(self, name: InList, size: int) -> str:
        """A query for ``size`` values: its parameters are the pair, the values, then what else it asks."""
        if (name, size) not in self._within:
            text = self._compiled(_IN_LISTS[name]([bindparam(f"value_{at}") for at in range(size)]))
            if name == "records" and self._dialect.name == "sqlite":
                # Left to itself, it walks through all sides of the pair, since their own tree holds all that is asked.
                text = text.replace("FROM sides", "FROM sides INDEXED BY ux_sides_record")
            self._within[name, size] = text
        return self._within[name, size]

    def _insert(self, table: Table) -> Any:
        return insert_for(self._dialect.name, table)

    def _upsert(self, table: Table, keeping: Sequence[str] = ()) -> str:
        statement = self._insert(table)
        keys = [column.name for column in table.primary_key]
        rest = {
            column.name: statement.excluded[column.name]
            for column in table.columns
            if column.name not in keys and column.name not in keeping
        }
        return self._compiled(statement.on_conflict_do_update(index_elements=keys, set_=rest))

    def _put_sides(self) -> str:
        """A record has one side: put under another link, it leaves the one it was of."""
        statement = self._insert(tables.sides)
        excluded = statement.excluded
        said = {
            name: excluded[name] for name in ("link_id", "is_primary", "state", "version", "body")
        }
        record = ["pair_id", "crm", "kind", "id"]
        moving = self._compiled(statement.on_conflict_do_update(index_elements=record, set_=said))
        if self._dialect.name == "postgresql":
            return moving
        # SQLite takes several clauses, and the one for the key itself saves it the second index.
        staying = self._upsert(tables.sides)
        return staying + moving[moving.index(" ON CONFLICT") :]

    def _merge_work(self) -> str:
        """The earlier due wins and brings its cause; attempts are those of the row put last."""
        statement = self._insert(tables.work)
        kept, put = tables.work.c, statement.excluded
        earlier = kept.due_at < put.due_at
        return self._compiled(
            statement.on_conflict_do_update(
                index_elements=["pair_id", "link_id"],
                set_={
                    "cause": case((earlier, kept.cause), else_=put.cause),
                    "since": case((kept.since > put.since, kept.since), else_=put.since),
                    "due_at": case((earlier, kept.due_at), else_=put.due_at),
                    "attempts": put.attempts,
                },
            )
        )

    def _compiled(self, statement: Any) -> str:
        return str(statement.compile(dialect=self._dialect))


_MADE: dict[tuple[str, str], Statements] = {}


def statements_for(dialect: Dialect) -> Statements:
    """The statements of a kind of database; their text is made once per process, however many states are opened."""
    key = (dialect.name, dialect.paramstyle)
    if key not in _MADE:
        _MADE[key] = Statements(dialect)
    return _MADE[key]
