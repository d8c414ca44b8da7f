"""Rows of what is kept of people's earlier addresses and of the erased, and back."""

from __future__ import annotations

from leadpact.model.erasure import Erasure, KnownAs, Mark
from leadpact_app.store.rows import Row, instant, pack, stamp, unpack


def known_as_row(pair: str, one: KnownAs) -> Row:
    """A row of ``known_as``."""
    return pair, one.digest, one.link_id


def mark_row(pair: str, one: Mark) -> Row:
    """A row of ``forgotten``."""
    return pair, one.digest, one.key_id, stamp(one.at), one.erasure_id


def erasure_row(pair: str, one: Erasure) -> Row:
    """A row of ``erasures``."""
    counts = (one.removed, one.redacted, one.records, one.stages, one.marks)
    return pair, one.id, stamp(one.at), one.cause, pack(counts)


def erasure_of(row: Row) -> Erasure:
    """Back from its row."""
    _pair, erasure_id, at, cause, body = row
    return Erasure(erasure_id, instant(at), cause, *unpack(body))
