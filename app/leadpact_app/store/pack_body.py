"""What one commit ended, in one small row: writes of many leads and what came of them share their words.

A journal's rows repeat themselves: field names, rules, the same values for both CRMs, the same run. Put together and
compressed they take a tenth of their bytes. Each part is compressed by itself, so that a question unpacks only what
it asks for, and old writes go without being unpacked at all (R27).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

import orjson

from leadpact_app.store.rows import Row

_LEVEL: Final = 4
"""A tenth larger than the smallest, at two thirds of its time."""
_BODY: Final = 12
"""Where the body stands in a row of ``intents``."""


def lead_number(link_id: str) -> int:
    """Under which number a lead is looked up among the packs: 8 bytes that stand for its id."""
    return int.from_bytes(blake2b(link_id.encode(), digest_size=8).digest(), "big", signed=True)


def squeezed(value: object) -> bytes:
    """A value as compressed JSON."""
    return zlib.compress(orjson.dumps(value), _LEVEL)


def unsqueezed(kept: bytes) -> Any:
    """Back again.

    Raises:
        ValueError: it is damaged.
    """
    try:
        return orjson.loads(zlib.decompress(kept))
    except zlib.error as error:
        raise ValueError(str(error)) from error


@dataclass(slots=True)
class Pack:
    """Rows of one run that ended in one commit.

    Attributes:
        run_id: whose rows these are.
        writes: closed intents by link and id, each as a row of ``intents``.
        results: outcomes by link and CRM: result, instant, cause, fields.
    """

    run_id: str
    writes: dict[tuple[str, str], Row] = field(default_factory=dict)
    results: dict[tuple[str, str], Row] = field(default_factory=dict)

    def leads(self) -> list[list[str]]:
        """Ids of the leads with writes, and of those that only have results."""
        writing = dict.fromkeys(link_id for link_id, _id in self.writes)
        rest = dict.fromkeys(one for one, _crm in self.results if one not in writing)
        return [list(writing), list(rest)]

    def columns(self) -> Row:
        """Columns of its row behind the number: run, latest instants, leads, writes, results."""
        leads = self.leads()
        at = {link_id: number for number, link_id in enumerate((*leads[0], *leads[1]))}
        writes = [
            (at[row[1]], row[2], *row[4:_BODY], orjson.Fragment(row[_BODY]))
            for row in self.writes.values()
        ]
        results = [(at[link_id], crm, *row) for (link_id, crm), row in self.results.items()]
        return (
            self.run_id,
            max((row[9] for row in self.writes.values()), default=None),
            max((row[1] for row in self.results.values()), default=None),
            squeezed(leads),
            squeezed(writes) if writes else None,
            squeezed(results) if results else None,
        )

    def without(self, link_ids: Iterable[str]) -> Pack:
        """The same without these leads."""
        gone = frozenset(link_ids)
        return Pack(
            self.run_id,
            {key: row for key, row in self.writes.items() if key[0] not in gone},
            {key: row for key, row in self.results.items() if key[0] not in gone},
        )


def leads_of(kept: bytes) -> tuple[list[str], list[str]]:
    """Ids of a pack's leads with writes, and of those that only have results."""
    writing, rest = unsqueezed(kept)
    return writing, rest


def writes_of(pair: str, run_id: str, leads: bytes, kept: bytes | None) -> list[Row]:
    """A pack's writes as rows of ``intents``, their bodies already as plain values."""
    if not kept:
        return []
    writing, _rest = leads_of(leads)
    return [(pair, writing[at], one, run_id, *more) for at, one, *more in unsqueezed(kept)]


def results_of(pair: str, run_id: str, leads: bytes, kept: bytes | None) -> list[Row]:
    """A pack's outcomes: pair, run, link, CRM, result, instant, cause, fields."""
    if not kept:
        return []
    writing, rest = leads_of(leads)
    ids = writing + rest
    return [(pair, run_id, ids[at], *more) for at, *more in unsqueezed(kept)]


def unpacked(pair: str, run_id: str, parts: Sequence[bytes | None]) -> Pack:
    """A pack as it was packed, from its leads, writes and results."""
    leads, writes, results = parts
    if leads is None:
        raise ValueError("a pack names no leads")
    found = Pack(run_id)
    for row in writes_of(pair, run_id, leads, writes):
        found.writes[row[1], row[2]] = (*row[:_BODY], orjson.dumps(row[_BODY]))
    for row in results_of(pair, run_id, leads, results):
        found.results[row[2], row[3]] = row[4:]
    return found
