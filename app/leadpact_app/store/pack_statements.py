"""Statements of the packed journal: what ended, and in which packs a lead is."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from sqlalchemy import Delete, Select, delete, func, select
from sqlalchemy.sql.expression import bindparam

from leadpact_app.store.tables import intents, journal_leads, journal_packs

Part: TypeAlias = Literal["writes", "results"]


def open_of(values: list[Any]) -> Select[Any]:
    """Open writes of these leads."""
    return select(intents).where(
        intents.c.pair_id == bindparam("pair"), intents.c.link_id.in_(values)
    )


def numbers(values: list[Any]) -> Select[Any]:
    """In which packs these leads are."""
    table = journal_leads
    return select(table.c.number).where(
        table.c.pair_id == bindparam("pair"), table.c.lead.in_(values)
    )


def last() -> Select[Any]:
    """The number of the latest pack."""
    table = journal_packs
    return select(func.max(table.c.number)).where(table.c.pair_id == bindparam("pair"))


def one() -> Select[Any]:
    """A pack's run and parts."""
    table = journal_packs
    return select(table.c.run_id, table.c.leads, table.c.writes, table.c.results).where(
        table.c.pair_id == bindparam("pair"), table.c.number == bindparam("number")
    )


def part(name: Part) -> Select[Any]:
    """A pack's run and one of its parts."""
    table = journal_packs
    return select(table.c.run_id, table.c.leads, table.c[name]).where(
        table.c.pair_id == bindparam("pair"), table.c.number == bindparam("number")
    )


def of_lead(name: Part) -> Select[Any]:
    """Packs with such rows of one lead and their latest instants, the latest pack first."""
    table, leads = journal_packs, journal_leads
    mine = select(leads.c.number).where(
        leads.c.pair_id == bindparam("pair"), leads.c.lead == bindparam("lead")
    )
    at = table.c[f"{name}_at"]
    return (
        select(table.c.number, at)
        .where(table.c.pair_id == bindparam("pair"), at.is_not(None), table.c.number.in_(mine))
        .order_by(table.c.number.desc())
    )


def end_intent() -> Delete:
    """A write that is open no longer leaves the open journal."""
    return delete(intents).where(
        intents.c.pair_id == bindparam("pair"),
        intents.c.link_id == bindparam("link"),
        intents.c.id == bindparam("intent"),
    )


def drop() -> Delete:
    """A pack in which nobody is left."""
    table = journal_packs
    return delete(table).where(
        table.c.pair_id == bindparam("pair"), table.c.number == bindparam("number")
    )


def drop_lead() -> Delete:
    """A lead that is in no pack any more."""
    table = journal_leads
    return delete(table).where(
        table.c.pair_id == bindparam("pair"), table.c.lead == bindparam("lead")
    )
