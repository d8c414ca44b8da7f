"""Erasure of one person from every table (R27): each table says how its rows of a person are found.

A table that is not named here fails a test: nobody adds one without saying what of a person it holds.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson
from sqlalchemy import Column, Connection, Table, delete, func, or_, select, update

from leadpact.model.erasure import Erasure, Person
from leadpact.model.source_signal import OUTSIDE
from leadpact_app.store import tables
from leadpact_app.store.columns import metadata
from leadpact_app.store.pack_writing import erase_packed
from leadpact_app.store.statements import Statements

OF_LINK: Final[Mapping[str, str]] = {
    "links": "id",
    "sides": "link_id",
    "work": "link_id",
    "planned": "link_id",
    "intents": "link_id",
    "episodes": "link_id",
    "transitions": "link_id",
    "response_clocks": "link_id",
    "holds": "link_id",
    "failures": "link_id",
    "signals": "link_id",
    "decided_scores": "link_id",
    "notices": "link_id",
    "handoffs": "link_id",
    "known_as": "link_id",
    "pins": "link_id",
    "plan_rows": "link_id",
    "parked": "link_id",
    "frozen": "link_id",
}
"""Tables whose rows are of one lead: the column that says whose."""
PACKED: Final = frozenset({"journal_packs", "journal_leads"})
"""Tables whose rows hold many leads in one compressed body: it is unpacked, and packed again without the person."""
OF_RECORD: Final = frozenset({"waiting_signals"})
"""Tables whose rows are of one record, address or id of ours: columns ``crm``, ``kind``, ``record_id``."""
PACKED_LISTS: Final[Mapping[str, str]] = {"plans": "lines"}
"""Tables of few rows: the column whose compressed JSON lists leads."""
LISTS: Final[Mapping[str, tuple[str, ...]]] = {
    "activations": ("moves",),
    "run_orders": ("options", "place"),
}
"""Tables of runs: columns whose JSON lists leads. The person's entries are taken out, the rest stays."""
OF_NOBODY: Final = frozenset(
    {
        "pairs",
        "runs",
        "checkpoints",
        "day_budgets",
        "sign_ins",
        "forgotten",
        "forget_keys",
        "erasures",
        "pauses",
        "burst_windows",
        "name_lists",
    }
)
"""Tables that hold accounts, counts and hashes, and no lead."""
NAMED_IN: Final[Mapping[str, tuple[str, ...]]] = {
    "holds": ("why", "shown", "answer"),
    "failures": ("message", "detail"),
    "notices": ("body", "error"),
    "runs": ("note",),
    "plan_rows": ("body",),
}
"""Texts about another lead, or a run, that may name this person's record or address."""
_OF_RECORDS: Final = frozenset({"holds", "failures"})
REDACTED: Final = "[erased]"
_PIECE: Final = 400


def erase(
    connection: Connection, statements: Statements, pair: str, person: Person, erasure: Erasure
) -> Erasure:
    """Remove all rows of this person, and its name from the rows of others.

    Returns:
        The erasure with what was removed and redacted, by table.
    """
    removed: Counter[str] = Counter()
    redacted: Counter[str] = Counter()
    for name, column in OF_LINK.items():
        removed[name] += _delete(connection, pair, metadata.tables[name], column, person.link_ids)
    removed.update(erase_packed(connection, statements, pair, person.link_ids))
    for crm, kind, ids in _by_kind(person):
        waiting = tables.waiting_signals
        for piece in _pieces(ids):
            removed["waiting_signals"] += connection.execute(
                delete(waiting).where(
                    waiting.c.pair_id == pair,
                    waiting.c.crm == crm,
                    waiting.c.kind == kind,
                    waiting.c.record_id.in_(piece),
                )
            ).rowcount
    for name, column in PACKED_LISTS.items():
        redacted[name] += _repack(
            connection, pair, metadata.tables[name], column, person.link_ids, _without(person)
        )
    for name, columns in LISTS.items():
        redacted[name] += _rewrite(
            connection, pair, metadata.tables[name], columns, person.link_ids, _without(person)
        )
    every = _words(person)
    for name, columns in NAMED_IN.items():
        # A short number is a record's id in a question about records, and any number elsewhere.
        words = every if name in _OF_RECORDS else tuple(one for one in every if not one.isdigit())
        redacted[name] += _rewrite(
            connection, pair, metadata.tables[name], columns, words, _unnamed(words)
        )
    return replace(
        erasure,
        removed={name: count for name, count in sorted(removed.items()) if count},
        redacted={name: count for name, count in sorted(redacted.items()) if count},
    )


def turn_away(
    connection: Connection, statements: Statements, pair: str, link_ids: Sequence[str]
) -> None:
    """Take off leads that were never agreed, since they are somebody erased before."""
    erase_packed(connection, statements, pair, link_ids)
    for name, column in OF_LINK.items():
        _delete(connection, pair, metadata.tables[name], column, link_ids)


def _delete(
    connection: Connection, pair: str, table: Table, column: str, ids: Sequence[str]
) -> int:
    return sum(
        connection.execute(
            delete(table).where(table.c.pair_id == pair, table.c[column].in_(piece))
        ).rowcount
        for piece in _pieces(ids)
    )


def _by_kind(person: Person) -> list[tuple[str, str, list[str]]]:
    groups: dict[tuple[str, str], list[str]] = {}
    for ref in person.refs:
        groups.setdefault((ref.crm, ref.kind), []).append(ref.id)
    groups[OUTSIDE, "email"] = list(person.addresses)
    groups[OUTSIDE, "external_id"] = list(person.our_ids)
    return [(crm, kind, ids) for (crm, kind), ids in groups.items() if ids]


def _words(person: Person) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            (
                *person.link_ids,
                *person.our_ids,
                *person.addresses,
                *(ref.id for ref in person.refs),
            )
        )
    )


def _unnamed(words: Sequence[str]) -> Callable[[str], str]:
    """A text with each of these words, standing by itself, taken out."""
    longest = sorted(map(re.escape, words), key=len, reverse=True)
    found = re.compile(rf"(?<![\w.+-])(?:{'|'.join(longest)})(?![\w-]|\.\w)", re.IGNORECASE)
    return lambda text: found.sub(REDACTED, text)


def _without(person: Person) -> Callable[[str], str]:
    """A JSON list or mapping of leads without this one."""
    gone = frozenset(person.link_ids)

    def rewritten(text: str) -> str:
        return orjson.dumps(_pruned(orjson.loads(text), gone)).decode() if text else text

    return rewritten


def _pruned(value: Any, gone: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {
            key: _pruned(each, gone)
            for key, each in value.items()
            if key not in gone and not _is_of(each, gone)
        }
    if isinstance(value, list):
        return [_pruned(each, gone) for each in value if not _is_of(each, gone)]
    return value


def _is_of(value: Any, gone: frozenset[str]) -> bool:
    """Whether an entry is of the person: its id itself, or a row that has the id among its values."""
    if isinstance(value, str):
        return value in gone
    if isinstance(value, list):
        return any(isinstance(each, str) and each in gone for each in value)
    if isinstance(value, dict):
        return any(isinstance(each, str) and each in gone for each in value.values())
    return False


def _rewrite(
    connection: Connection,
    pair: str,
    table: Table,
    columns: Sequence[str],
    words: Sequence[str],
    rewritten: Callable[[str], str],
) -> int:
    """Rewrite these columns of every row that holds one of the words; returns how many rows changed."""
    within = func.strpos if connection.dialect.name == "postgresql" else func.instr
    keys = list(table.primary_key.columns)
    kept: list[Column[Any]] = [table.c[name] for name in columns]
    changed = 0
    for piece in _pieces(words, 100):
        holds = or_(
            *(within(func.lower(column), word.lower()) > 0 for column in kept for word in piece)
        )
        query = select(*keys, *kept).where(table.c.pair_id == pair, holds)
        for row in connection.execute(query).all():
            before = row[len(keys) :]
            after = tuple(rewritten(text) for text in before)
            if after != tuple(before):
                changed += 1
                connection.execute(
                    update(table)
                    .where(*(column == value for column, value in zip(keys, row, strict=False)))
                    .values(dict(zip(columns, after, strict=True)))
                )
    return changed


def _repack(
    connection: Connection,
    pair: str,
    table: Table,
    column: str,
    words: Sequence[str],
    rewritten: Callable[[str], str],
) -> int:
    """The same where the column is compressed: each row is unpacked and looked into."""
    keys = list(table.primary_key.columns)
    changed = 0
    for *key, kept in connection.execute(
        select(*keys, table.c[column]).where(table.c.pair_id == pair)
    ).all():
        text = zlib.decompress(kept).decode()
        if any(word in text for word in words):
            changed += 1
            connection.execute(
                update(table)
                .where(*(one == value for one, value in zip(keys, key, strict=True)))
                .values({column: zlib.compress(rewritten(text).encode())})
            )
    return changed


def _pieces(values: Sequence[str], size: int = _PIECE) -> list[list[str]]:
    return [list(values[at : at + size]) for at in range(0, len(values), size)]
