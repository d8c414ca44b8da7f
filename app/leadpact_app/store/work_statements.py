"""Statements about what is still to be done: due work and open intents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, select, tuple_

from leadpact_app.store import tables


def due() -> Select[Any]:
    """Work that is due, earliest first, behind a given row."""
    table = tables.work
    return (
        select(table)
        .where(
            table.c.pair_id == bindparam("pair"),
            table.c.due_at <= bindparam("now"),
            tuple_(table.c.due_at, table.c.link_id)
            > tuple_(bindparam("after_due"), bindparam("after_link")),
        )
        .order_by(table.c.due_at, table.c.link_id)
        .limit(bindparam("most"))
        .offset(bindparam("first"))
    )


def open_intents() -> Select[Any]:
    """Writes of which nobody knows yet what came of them, oldest first."""
    table = tables.intents
    return (
        select(table)
        .where(table.c.pair_id == bindparam("pair"))
        .order_by(table.c.created_at, table.c.id)
        .limit(bindparam("most"))
        .offset(bindparam("first"))
    )
