"""What decisions rest on as table rows and back: agreements that ran, scores that were decided."""

from __future__ import annotations

from leadpact.model.decided import Activation, DecidedScore
from leadpact_app.store.rows import (
    Row,
    instant,
    maybe_instant,
    maybe_stamp,
    pack,
    stamp,
    unpack,
)


def activation_row(pair: str, one: Activation) -> Row:
    """A row of ``activations``."""
    return (
        pair,
        one.id,
        stamp(one.at),
        one.pact_hash,
        one.version,
        one.how,
        one.text,
        one.daily_cap,
        pack({link_id: stamp(at) for link_id, at in one.moves.items()}) if one.moves else "",
    )


def activation_of(row: Row) -> Activation:
    """Back from a row of ``activations``."""
    moves = unpack(row[8]) if row[8] else {}
    return Activation(
        row[1],
        instant(row[2]),
        row[3],
        row[4],
        row[5],
        row[6],
        row[7],
        {link_id: instant(at) for link_id, at in moves.items()},
    )


def decided_row(pair: str, one: DecidedScore) -> Row:
    """A row of ``decided_scores``."""
    parts = (
        one.facts,
        "".join(one.signals),
        maybe_stamp(one.since),
        one.fit,
        one.engagement,
        one.grade,
        one.verdict,
        one.fast_lane,
        one.stage,
    )
    return (pair, one.link_id, stamp(one.at), one.pact_hash, pack(parts))


def decided_of(row: Row) -> DecidedScore:
    """Back from a row of ``decided_scores``."""
    facts, signals, since, *rest = unpack(row[4])
    return DecidedScore(
        row[1],
        instant(row[2]),
        row[3],
        facts,
        tuple(signals[at : at + 8] for at in range(0, len(signals), 8)),
        maybe_instant(since),
        *rest,
    )
