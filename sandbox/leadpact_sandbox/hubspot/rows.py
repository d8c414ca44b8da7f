"""Records as HubSpot answers them: properties by name, asked-for but unset ones null (facts §1)."""

from __future__ import annotations

from collections.abc import Container, Iterable
from functools import lru_cache

from leadpact_sandbox.hubspot.history import Record
from leadpact_sandbox.hubspot.index import Entry
from leadpact_sandbox.hubspot.kinds import Kind
from leadpact_sandbox.hubspot.stamp import iso


def asked_names(kind: Kind, asked: Iterable[str], live: Container[str]) -> tuple[str, ...]:
    """The names a read answers, sorted; undefined ones are left out without an error (facts §1)."""
    given = tuple(asked)
    if not given:
        return kind.default_read
    return tuple(sorted({name for name in given if name in live}.union(kind.always)))


@lru_cache(maxsize=512)
def written_names(kind: Kind, sent: tuple[str, ...]) -> tuple[str, ...]:
    """The names that the answer to a write holds, sorted."""
    return tuple(sorted({*sent, *kind.always, *kind.written}))


def record_body(kind: Kind, record: Record, names: Iterable[str]) -> dict[str, object]:
    """A record with these properties."""
    values = record.values
    get = values.get
    properties: dict[str, str | None] = {}
    for name in names:  # A comprehension's own function costs more than the loop.
        properties[name] = get(name)
    body: dict[str, object] = {
        "id": values["hs_object_id"],
        "properties": properties,
        "createdAt": values["createdate"],
        "updatedAt": values[kind.modified],
        "archived": record.archived_ms is not None,
    }
    if record.archived_ms is not None:
        body["archivedAt"] = iso(record.archived_ms)
    return body


def live_bodies(
    kind: Kind, records: Iterable[Record], names_of_each: Iterable[tuple[str, ...]]
) -> list[dict[str, object]]:
    """As :func:`record_body` of many that are not archived, each with names of its own."""
    modified = kind.modified
    made: list[dict[str, object]] = []
    for record, names in zip(records, names_of_each, strict=True):
        values = record.values
        get = values.get
        properties: dict[str, str | None] = {}
        for name in names:
            properties[name] = get(name)
        body: dict[str, object] = {
            "id": values["hs_object_id"],
            "properties": properties,
            "createdAt": values["createdate"],
            "updatedAt": values[modified],
            "archived": False,
        }
        made.append(body)
    return made


def full_body(kind: Kind, record: Record) -> dict[str, object]:
    """A record with every property it has."""
    return record_body(kind, record, sorted(record.values))


def entry_body(kind: Kind, entry: Entry, names: Iterable[str]) -> dict[str, object]:
    """A record as the search index has it."""
    values = entry.values
    get = values.get
    return {
        "id": values["hs_object_id"],
        "properties": {name: get(name) for name in names},
        "createdAt": values["createdate"],
        "updatedAt": values[kind.modified],
        "archived": False,
    }
