"""Response clocks as table rows and back."""

from __future__ import annotations

import orjson

from leadpact.model.response_clock import ResponseClock
from leadpact_app.store.rows import Row, instant, maybe_instant, maybe_stamp, pack, stamp


def clock_row(pair: str, one: ResponseClock) -> Row:
    """A row of ``response_clocks``."""
    return (
        pair,
        one.link_id,
        one.kind,
        stamp(one.started_at),
        stamp(one.due_at),
        stamp(one.near_at),
        maybe_stamp(one.ended_at),
        one.answered,
        one.episode,
        one.tier,
        one.calendar,
        one.owner,
        one.told,
        pack((one.label, one.intent, one.cause, one.signal_id, one.pact_hash, one.ended_by)),
    )


def clock_of(row: Row) -> ResponseClock:
    """Back from a row of ``response_clocks``."""
    label, intent, cause, signal_id, pact_hash, ended_by = orjson.loads(row[13])
    return ResponseClock(
        row[1],
        row[2],
        row[8],
        instant(row[3]),
        instant(row[4]),
        instant(row[5]),
        row[9],
        label,
        row[10],
        intent,
        cause,
        signal_id,
        pact_hash,
        row[11],
        maybe_instant(row[6]),
        bool(row[7]),
        ended_by,
        row[12],
    )
