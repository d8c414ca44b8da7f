"""One commit's rows into the tables, in bulk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection

from leadpact.ports.state_store import StateChanges
from leadpact_app.store import decided_rows, episode_rows, rows, run_rows
from leadpact_app.store.clock_rows import clock_row
from leadpact_app.store.driver import sqlite_of
from leadpact_app.store.erasing import turn_away
from leadpact_app.store.link_body import link_row, side_row
from leadpact_app.store.name_lists import NamesWritten
from leadpact_app.store.order_rows import order_row
from leadpact_app.store.pack_writing import Key, forget_writes, write_journal
from leadpact_app.store.person_rows import known_as_row, mark_row
from leadpact_app.store.retiring import retire
from leadpact_app.store.rows import Row, maybe_stamp, pack, stamp
from leadpact_app.store.sql_pauses import parked_row, pause_row
from leadpact_app.store.sql_scope import frozen_row
from leadpact_app.store.statements import Statements


def write_changes(
    connection: Connection,
    statements: Statements,
    pair: str,
    changes: StateChanges,
    lists: NamesWritten,
    opened: Mapping[Key, Row],
) -> tuple[Mapping[Key, Row], Iterable[Key]]:
    """Write all of it on a connection whose transaction the caller ends.

    What is dropped or done goes first, so that one commit can take a row off and put another.

    Returns:
        As :func:`~leadpact_app.store.pack_writing.write_journal` does.
    """
    driver, any_text = sqlite_of(connection), connection.dialect.name == "sqlite"

    def carry_out(statement: str, parameters: Sequence[Row]) -> None:
        if not parameters:
            return
        if driver is not None:
            driver.executemany(statement, parameters)
        else:
            kept = list(parameters) if any_text else [_without_nul(row) for row in parameters]
            connection.exec_driver_sql(statement, kept)

    if changes.turned_away:
        turn_away(connection, statements, pair, changes.turned_away)
    links = [link_row(pair, each, lists) for each in changes.links]
    _put_links(carry_out, driver, statements, links)
    carry_out(
        statements.drop_side,
        [(pair, each.crm, each.kind, each.id) for each in changes.dropped_sides],
    )
    carry_out(statements.sides, [side_row(pair, each, lists) for each in changes.sides])
    carry_out(statements.done, [(pair, each.link_id, stamp(each.since)) for each in changes.done])
    carry_out(statements.work, [rows.work_row(pair, each) for each in changes.work])
    if changes.unplan:
        carry_out(statements.unplan, [(pair,)])
    carry_out(statements.planned, [(pair, each) for each in changes.planned])
    carry_out(
        statements.checkpoints,
        [(pair, *key, cursor) for key, cursor in changes.checkpoints.items()],
    )
    journal = write_journal(connection, statements, carry_out, pair, changes, opened)
    carry_out(
        statements.transitions,
        [
            rows.transition_row(pair, each, position)
            for position, each in enumerate(changes.transitions)
        ],
    )
    carry_out(
        statements.episodes, [episode_rows.episode_row(pair, each) for each in changes.episodes]
    )
    carry_out(statements.holds, [run_rows.hold_row(pair, each) for each in changes.holds])
    carry_out(statements.failures, [run_rows.failure_row(pair, each) for each in changes.failures])
    carry_out(statements.signals, [run_rows.signal_row(pair, each) for each in changes.signals])
    carry_out(statements.claim, [(pair, each.crm, each.kind, each.id) for each in changes.claimed])
    carry_out(statements.waiting, [run_rows.waiting_row(pair, each) for each in changes.waiting])
    carry_out(statements.runs, [run_rows.run_row(pair, each) for each in changes.runs])
    carry_out(statements.orders, [order_row(pair, each) for each in changes.orders])
    carry_out(statements.asks, [order_row(pair, each) for each in changes.asks])
    carry_out(statements.plans, [run_rows.plan_row(pair, each) for each in changes.plans])
    carry_out(
        statements.activations,
        [decided_rows.activation_row(pair, each) for each in changes.activations],
    )
    carry_out(
        statements.decided, [decided_rows.decided_row(pair, each) for each in changes.decided]
    )
    _write_pins(carry_out, statements, pair, changes)
    if changes.forget_before is not None:
        forget_writes(connection, pair, *changes.forget_before)
    if changes.retire is not None:
        retire(connection, pair, changes.retire)
    carry_out(statements.known_as, [known_as_row(pair, each) for each in changes.known_as])
    carry_out(statements.forgotten, [mark_row(pair, each) for each in changes.forgotten])
    carry_out(statements.clocks, [clock_row(pair, each) for each in changes.clocks])
    carry_out(statements.handoffs, [run_rows.handoff_row(pair, each) for each in changes.handoffs])
    carry_out(statements.notices, [run_rows.notice_row(pair, each) for each in changes.notices])
    carry_out(statements.pauses, [pause_row(pair, each) for each in changes.pauses])
    carry_out(statements.frozen, [frozen_row(pair, each) for each in changes.frozen])
    carry_out(statements.unpark, [(pair, each) for each in changes.unparked])
    carry_out(statements.parked, [parked_row(pair, each) for each in changes.parked])
    carry_out(
        statements.tell_notice,
        [
            (
                each.state,
                each.attempts,
                maybe_stamp(each.next_try),
                maybe_stamp(each.sent_at),
                each.error,
                pack((each.subject, each.body, each.owner, each.link_url)),
                pair,
                each.id,
            )
            for each in changes.told
        ],
    )
    return journal


def _put_links(
    carry_out: Callable[[str, Sequence[Row]], None],
    driver: sqlite3.Connection | None,
    statements: Statements,
    links: Sequence[Row],
) -> None:
    """Most links differ in nothing but their bodies once a first sync is over; SQLite is told so."""
    if driver is not None and links:
        asked = [(each[-1], *each[:-1]) for each in links]
        # The first tells of what sort they are.
        if driver.execute(statements.link_bodies, asked[0]).rowcount == 1 and driver.executemany(
            statements.link_bodies, asked
        ).rowcount == len(asked):
            return
    carry_out(statements.links, links)


def _write_pins(
    carry_out: Callable[[str, Sequence[Row]], None],
    statements: Statements,
    pair: str,
    changes: StateChanges,
) -> None:
    carry_out(
        statements.release,
        [(pair, one.link_id, *one.ref, one.field) for one in changes.released],
    )
    carry_out(statements.pins, [run_rows.pin_row(pair, one) for one in changes.pins])
    carry_out(
        statements.plan_rows,
        [(pair, one.plan_id, one.link_id, one.body) for one in changes.plan_rows],
    )
    carry_out(
        statements.drop_plan_rows,
        [(pair, one.id) for one in changes.plans if one.status in ("applied", "dropped")],
    )


def _without_nul(row: Row) -> Row:
    """PostgreSQL keeps no NUL in text; where a CRM shows one, the sign for what cannot be shown takes its place."""
    for value in row:
        if isinstance(value, str) and "\0" in value:
            return tuple(
                each.replace("\0", "\ufffd") if isinstance(each, str) else each for each in row
            )
    return row
