"""Statements of the journal: what a run wrote, pins, rows of saved plans (R27, R32)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Delete, Select, Table, delete, select
from sqlalchemy.sql.expression import bindparam

from leadpact_app.store import tables


def _of_pair(table: Table) -> ColumnElement[bool]:
    return table.c.pair_id == bindparam("pair")


def journal(values: list[Any]) -> Select[Any]:
    """A run's intents of these leads."""
    table = tables.intents
    return select(table).where(
        _of_pair(table), table.c.link_id.in_(values), table.c.run_id == bindparam("run")
    )


def of_lead() -> Select[Any]:
    """Open writes of one lead."""
    table = tables.intents
    return select(table).where(_of_pair(table), table.c.link_id == bindparam("link"))


def pins(values: list[Any]) -> Select[Any]:
    """Pins of these leads."""
    table = tables.pins
    return select(table).where(_of_pair(table), table.c.link_id.in_(values))


def plan_rows(values: list[Any]) -> Select[Any]:
    """Rows of a saved plan of these leads."""
    table = tables.plan_rows
    return select(table).where(
        _of_pair(table), table.c.link_id.in_(values), table.c.plan_id == bindparam("plan")
    )


def release() -> Delete:
    """One pin taken away."""
    table = tables.pins
    return delete(table).where(
        _of_pair(table),
        *(
            table.c[name] == bindparam(f"of_{name}")
            for name in ("link_id", "crm", "kind", "record_id", "field")
        ),
    )


def drop_plan_rows() -> Delete:
    """All rows of a plan taken away."""
    table = tables.plan_rows
    return delete(table).where(_of_pair(table), table.c.plan_id == bindparam("plan"))
