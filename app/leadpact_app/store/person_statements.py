"""Statements of earlier addresses and of the erased (R27, R29)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.sql.expression import bindparam

from leadpact_app.store import tables


def known_as(values: list[Any]) -> Select[Any]:
    """Whose these digests of addresses are."""
    table = tables.known_as
    return select(table).where(table.c.pair_id == bindparam("pair"), table.c.digest.in_(values))


def forgotten(values: list[Any]) -> Select[Any]:
    """Which of these keyed hashes are kept."""
    table = tables.forgotten
    return select(table).where(table.c.pair_id == bindparam("pair"), table.c.digest.in_(values))
