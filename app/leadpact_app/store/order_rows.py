"""Orders of runs as table rows and back."""

from __future__ import annotations

from leadpact.model.run_order import RunOrder
from leadpact_app.store.rows import Row, instant, maybe_instant, maybe_stamp, pack, stamp, unpack


def order_row(pair: str, order: RunOrder) -> Row:
    """A row of ``run_orders``."""
    return (
        pair,
        order.run_id,
        order.kind,
        stamp(order.created_at),
        pack(dict(order.options)),
        order.place,
        order.asked,
        maybe_stamp(order.asked_at),
    )


def order_of(row: Row) -> RunOrder:
    """Back from a row of ``run_orders``."""
    return RunOrder(
        row[1],
        row[2],
        instant(row[3]),
        unpack(row[4]),
        row[5],
        row[6],
        maybe_instant(row[7]),
    )
