"""Records as HubSpot answers them: properties by name, asked-for but unset ones null (facts §1)."""

from __future__ import annotations

from collections.abc import Container, Iterable
from functools import lru_cache

from leadpact_sandbox.hubspot.history import Contact
from leadpact_sandbox.hubspot.index import Entry
from leadpact_sandbox.hubspot.stamp import iso
from leadpact_sandbox.hubspot.standard import DEFAULT_READ

ALWAYS = ("createdate", "hs_object_id", "lastmodifieddate")
WRITTEN = (*ALWAYS, "email", "lifecyclestage")
"""What the answer to a write holds besides the properties sent."""


def asked_names(asked: Iterable[str], live: Container[str]) -> tuple[str, ...]:
    """The names a read answers, sorted; undefined ones are left out without an error (facts §1)."""
    known = {name for name in asked if name in live}
    if not known and not tuple(asked):
        return DEFAULT_READ
    return tuple(sorted(known.union(ALWAYS)))


@lru_cache(maxsize=512)
def written_names(sent: tuple[str, ...]) -> tuple[str, ...]:
    """The names that the answer to a write holds, sorted."""
    return tuple(sorted({*sent, *WRITTEN}))


def record_body(contact: Contact, names: Iterable[str]) -> dict[str, object]:
    """A contact with these properties."""
    values = contact.values
    get = values.get
    body: dict[str, object] = {
        "id": values["hs_object_id"],
        "properties": {name: get(name) for name in names},
        "createdAt": values["createdate"],
        "updatedAt": values["lastmodifieddate"],
        "archived": contact.archived_ms is not None,
    }
    if contact.archived_ms is not None:
        body["archivedAt"] = iso(contact.archived_ms)
    return body


def full_body(contact: Contact) -> dict[str, object]:
    """A contact with every property it has."""
    return record_body(contact, sorted(contact.values))


def entry_body(entry: Entry, names: Iterable[str]) -> dict[str, object]:
    """A contact as the search index has it."""
    values = entry.values
    get = values.get
    return {
        "id": values["hs_object_id"],
        "properties": {name: get(name) for name in names},
        "createdAt": values["createdate"],
        "updatedAt": values["lastmodifieddate"],
        "archived": False,
    }
