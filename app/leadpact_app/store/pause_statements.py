"""Statements about what stands still: the stop button (R38), and leads out of scope (R37)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Delete, Select, bindparam, delete, select

from leadpact_app.store.pause_tables import parked, pauses
from leadpact_app.store.scope_tables import frozen as frozen_table


def standing() -> Select[tuple[object, ...]]:
    """Pauses that stand, oldest first."""
    return (
        select(pauses)
        .where(pauses.c.pair_id == bindparam("pair"), pauses.c.ended_at.is_(None))
        .order_by(pauses.c.since, pauses.c.id)
    )


def parked_of(values: list[Any]) -> Select[Any]:
    """Of these leads those that wait for a pause to end."""
    return select(parked).where(parked.c.pair_id == bindparam("pair"), parked.c.link_id.in_(values))


def unpark() -> Delete:
    """Take a lead off those that wait."""
    return delete(parked).where(
        parked.c.pair_id == bindparam("pair"), parked.c.link_id == bindparam("link")
    )


def frozen(values: list[Any]) -> Select[Any]:
    """Of these leads those that are, or were, out of scope."""
    table = frozen_table
    return select(table).where(table.c.pair_id == bindparam("pair"), table.c.link_id.in_(values))
