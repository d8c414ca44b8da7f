"""What is read, as statements for the databases we know, and their text compiled once per database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Select, Table, select
from sqlalchemy.sql.expression import bindparam

from leadpact_app.store import (
    journal_statements,
    pack_statements,
    pause_statements,
    person_statements,
    tables,
    work_statements,
)
from leadpact_app.store.core_sql import word
from leadpact_app.store.reading_texts import InList, Query


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
    "parked": pause_statements.parked_of,
}


def _name_lists() -> Select[Any]:
    return select(tables.name_lists).where(_of_pair(tables.name_lists))


def _checkpoint() -> Select[Any]:
    table = tables.checkpoints
    return select(table.c.cursor).where(
        _of_pair(table), table.c.crm == bindparam("crm"), table.c.kind == bindparam("kind")
    )


def _order() -> Select[Any]:
    table = tables.run_orders
    return select(table).where(_of_pair(table), table.c.run_id == bindparam("run"))


def _transitions() -> Select[Any]:
    table = tables.transitions
    return (
        select(table)
        .where(_of_pair(table), table.c.link_id == bindparam("link"))
        .order_by(table.c.at, table.c.position, table.c.id)
    )


def _joined() -> Select[Any]:
    # In no order: asked for in order, SQLite would walk through all links by their id instead.
    table = tables.links
    return select(table).where(
        _of_pair(table), table.c.folded_into == bindparam("into"), table.c.folded_into != word("")
    )


def _latest(table: Table, *by: ColumnElement[Any]) -> Select[Any]:
    return _some(select(table).where(_of_pair(table)).order_by(*by))


def _decided(*, until: bool = False) -> Select[Any]:
    table = tables.decided_scores
    query = select(table).where(_of_pair(table), table.c.link_id == bindparam("link"))
    if until:
        query = query.where(table.c.at <= bindparam("until"))
    return _some(query.order_by(table.c.at.desc()))


def _page_of_links() -> Select[Any]:
    table = tables.links
    query = select(table.c.id).where(
        _of_pair(table), table.c.id > bindparam("after"), table.c.status == word("live")
    )
    return _some(query.order_by(table.c.id))


def _some(query: Select[Any]) -> Select[Any]:
    return query.limit(bindparam("most")).offset(bindparam("first"))


_QUERIES: Mapping[Query, Callable[[], Select[Any]]] = {
    "due": work_statements.due,
    "open_intents": work_statements.open_intents,
    "checkpoint": _checkpoint,
    "order": _order,
    "name_lists": _name_lists,
    "standing": pause_statements.standing,
    "transitions": _transitions,
    "intents_of_lead": journal_statements.of_lead,
    "writes_of_lead": lambda: pack_statements.of_lead("writes"),
    "results_of_lead": lambda: pack_statements.of_lead("results"),
    "pack_writes": lambda: pack_statements.part("writes"),
    "pack_results": lambda: pack_statements.part("results"),
    "joined": _joined,
    "activations": lambda: _latest(
        tables.activations, tables.activations.c.at.desc(), tables.activations.c.id
    ),
    "plans": lambda: _latest(tables.plans, tables.plans.c.created_at.desc(), tables.plans.c.id),
    "decided": _decided,
    "decided_until": lambda: _decided(until=True),
    "page_of_links": _page_of_links,
}


class CompiledTexts:
    """The text of queries with positional parameters, each compiled when it is first asked for.

    Args:
        dialect: the database's; SQLite or PostgreSQL, with a positional parameter style.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._texts: dict[Query, str] = {}
        self._within: dict[tuple[InList, int], str] = {}

    def text(self, name: Query) -> str:
        """The query of this name."""
        if name not in self._texts:
            self._texts[name] = self._compiled(_QUERIES[name]())
        return self._texts[name]

    def within(self, name: InList, size: int) -> str:
        """The query of this name for ``size`` values."""
        if (name, size) not in self._within:
            text = self._compiled(_IN_LISTS[name]([bindparam(f"value_{at}") for at in range(size)]))
            if name == "records" and self._dialect.name == "sqlite":
                # Left to itself, it walks through all sides of the pair, since their own tree holds all that is asked.
                text = text.replace("FROM sides", "FROM sides INDEXED BY ux_sides_record")
            self._within[name, size] = text
        return self._within[name, size]

    def _compiled(self, statement: Any) -> str:
        return str(statement.compile(dialect=self._dialect))
