"""Statements of the hot path, compiled once per database and carried out with plain tuples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Dialect, Table, case, delete, func, update
from sqlalchemy.sql.expression import bindparam

from leadpact_app.store import journal_statements, pack_statements, pause_statements, tables
from leadpact_app.store.columns import insert_for
from leadpact_app.store.reading_statements import CompiledTexts


class Statements(CompiledTexts):
    """SQL text with positional parameters, in the order of each table's columns.

    Args:
        dialect: the database's; SQLite or PostgreSQL, with a positional parameter style.
    """

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(dialect)
        put = self._upsert
        self.links = put(tables.links)
        self.link_bodies = _bodies(tables.links)
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
        self.unpark = self._compiled(pause_statements.unpark())
        self.notices = self._compiled(self._insert(tables.notices).on_conflict_do_nothing())
        self._put_people()
        self.work = self._merge_work()
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


def _bodies(table: Table) -> str:
    """SQLite's text for new bodies of rows that stay as they are in all else, so that no index is written again.

    Its parameters are the body, then the row without it.
    """
    keys = [column.name for column in table.primary_key]
    rest = [column.name for column in table.columns][len(keys) : -1]
    # The sign keeps SQLite to the key: it would take any index that has one of these columns.
    asked = [*(f"{name} = ?" for name in keys), *(f"+{name} IS ?" for name in rest)]
    return f"UPDATE {table.name} SET body = ? WHERE {' AND '.join(asked)}"  # noqa: S608 - names of ours


_MADE: dict[tuple[str, str], Statements] = {}


def statements_for(dialect: Dialect) -> Statements:
    """The statements of a kind of database; their text is made once per process, however many states are opened."""
    key = (dialect.name, dialect.paramstyle)
    if key not in _MADE:
        _MADE[key] = Statements(dialect)
    return _MADE[key]
