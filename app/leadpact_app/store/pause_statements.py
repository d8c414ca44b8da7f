"""Statements about the stop button (R38)."""

from __future__ import annotations

from sqlalchemy import Delete, Select, bindparam, delete, select

from leadpact_app.store.pause_tables import parked, pauses


def standing() -> Select[tuple[object, ...]]:
    """Pauses that stand, oldest first."""
    return (
        select(pauses)
        .where(pauses.c.pair_id == bindparam("pair"), pauses.c.ended_at.is_(None))
        .order_by(pauses.c.since, pauses.c.id)
    )


def unpark() -> Delete:
    """Take a lead off those that wait."""
    return delete(parked).where(
        parked.c.pair_id == bindparam("pair"), parked.c.link_id == bindparam("link")
    )
