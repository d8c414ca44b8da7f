"""What is old enough goes: signals, and whose the old lines of the stage history were (R27)."""

from __future__ import annotations

from sqlalchemy import Connection, and_, case, delete, func, update

from leadpact.model.erasure import PAST, Retirement
from leadpact_app.store.rows import stamp
from leadpact_app.store.tables import signals, transitions


def retire(connection: Connection, pair: str, due: Retirement) -> None:
    """Carry it out for the links that are named, by the key's own order: no other row is looked at."""
    connection.execute(
        delete(signals).where(
            signals.c.pair_id == pair,
            signals.c.link_id > due.after,
            signals.c.link_id <= due.upto,
            signals.c.at < stamp(due.signals_before),
        )
    )
    line = transitions.c
    postgres = connection.dialect.name == "postgresql"
    named = (func.strpos if postgres else func.instr)(line.actor, " (")
    connection.execute(
        update(transitions)
        .where(
            and_(
                line.pair_id == pair,
                line.link_id > due.after,
                line.link_id <= due.upto,
                line.link_id != PAST,
                line.at < stamp(due.history_before),
            )
        )
        .values(
            link_id=PAST,
            actor=case((named > 0, func.substr(line.actor, 1, named - 1)), else_=line.actor),
            why="",
            signal_id="",
        )
    )
