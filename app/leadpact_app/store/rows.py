"""Model values to table rows and back: tuples in the order of the columns, no objects between.

Here work, writes and stage histories; ``link_body.py`` has what a lead is, ``run_rows.py`` what runs leave behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import orjson

from leadpact.model.link import Intent, WorkItem
from leadpact.model.record import RecordRef
from leadpact.model.stage import Transition
from leadpact_app.store.journal_body import parts_of, told_by

Row: TypeAlias = tuple[Any, ...]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stamp(instant: datetime) -> int:
    """An aware instant as microseconds since 1970."""
    passed = instant - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def instant(stamped: int) -> datetime:
    """Back again: aware, UTC."""
    return _EPOCH + timedelta(0, 0, stamped)


def maybe_stamp(at: datetime | None) -> int | None:
    """The same, of an instant that may be unknown."""
    return None if at is None else stamp(at)


def maybe_instant(stamped: int | None) -> datetime | None:
    """Back again, of an instant that may be unknown."""
    return None if stamped is None else _EPOCH + timedelta(0, 0, stamped)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be kept")


def pack(value: object) -> str:
    """A value as JSON text."""
    return orjson.dumps(value, _plain).decode()


def unpack(text: str) -> Any:
    """JSON text as plain values. Raises ValueError if it is damaged."""
    return orjson.loads(text)


def work_row(pair: str, item: WorkItem) -> Row:
    """A row of ``work``."""
    return (pair, item.link_id, item.cause, stamp(item.since), stamp(item.due_at), item.attempts)


def work_of(row: Row) -> WorkItem:
    """Back from a row of ``work``."""
    return WorkItem(row[1], row[2], instant(row[3]), instant(row[4]), row[5])


def intent_row(pair: str, intent: Intent) -> Row:
    """A row of ``intents``."""
    ref = intent.ref
    return (
        pair,
        intent.link_id,
        intent.id,
        intent.run_id,
        ref.crm,
        ref.kind,
        ref.id,
        intent.op,
        intent.state,
        stamp(intent.created_at),
        maybe_stamp(intent.closed_at),
        intent.attempts,
        pack(parts_of(intent.before, intent.wanted, intent.agrees, intent.rule)),
    )


def intent_of(row: Row) -> Intent:
    """Back from a row of ``intents``, or from a packed one, whose body is plain values already."""
    body = row[12]
    before, wanted, agrees, rule = told_by(orjson.loads(body) if isinstance(body, str) else body)
    return Intent(
        row[2],
        row[3],
        row[1],
        RecordRef(row[4], row[5], row[6]),
        row[7],
        before,
        wanted,
        agrees,
        rule,
        instant(row[9]),
        row[8],
        maybe_instant(row[10]),
        row[11],
    )


def transition_row(pair: str, transition: Transition, position: int) -> Row:
    """A row of ``transitions``."""
    return (
        pair,
        transition.link_id,
        transition.id,
        stamp(transition.at),
        position,
        transition.result,
        transition.from_stage,
        transition.to_stage,
        transition.actor,
        transition.crm,
        transition.why,
        transition.reason,
        transition.episode,
        transition.pact_hash,
        transition.run_id,
        maybe_stamp(transition.said_at),
        transition.signal_id,
        transition.intent,
    )


def transition_of(row: Row) -> Transition:
    """Back from a row of ``transitions``."""
    told: tuple[Any, ...] = (*row[5:15], maybe_instant(row[15]), *row[16:])
    return Transition(row[2], row[1], instant(row[3]), *told)
