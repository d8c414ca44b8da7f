"""The portal's state as plain JSON values, for ``--file`` and back."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from leadpact_sandbox.hubspot.catalog import Group
from leadpact_sandbox.hubspot.definitions import Definition, Option
from leadpact_sandbox.hubspot.history import Contact, Event, Source
from leadpact_sandbox.hubspot.owners import Owner
from leadpact_sandbox.hubspot.portal import Portal

VERSION = 1
_DERIVED = {"check", "options"}


def take(portal: Portal) -> dict[str, object]:
    """All state but calls in the rate windows and changes on their way into the index."""
    catalog, store = portal.catalog, portal.store
    return {
        "version": VERSION,
        "created_ms": portal.created_ms,
        "owners": [asdict(owner) for owner in portal.owners],
        "groups": [asdict(group) for group in catalog.groups.values()],
        "properties": [
            _definition(one) for one in (*catalog.live.values(), *catalog.archived.values())
        ],
        "contacts": [_contact(contact) for contact in store.records.values()],
        "aliases": [list(pair) for pair in store.aliases.items()],
        "next_id": store.next_id,
    }


def _definition(definition: Definition) -> dict[str, object]:
    made = {
        one.name: getattr(definition, one.name)
        for one in fields(definition)
        if one.name not in _DERIVED
    }
    made["options"] = [asdict(option) for option in definition.options]
    return made


def _contact(contact: Contact) -> dict[str, object]:
    return {
        "id": contact.id,
        "values": dict(contact.values),
        "origin": list(contact.origin),
        "created_ms": contact.created_ms,
        "updated_ms": contact.updated_ms,
        "archived_ms": contact.archived_ms,
        "first": None if contact.first is contact.values else dict(contact.first),
        "log": [[event.ms, list(event.source), event.changes] for event in contact.log],
    }


def put_back(portal: Portal, state: dict[str, Any]) -> None:
    """Replace all state by a snapshot; search sees all of it at once.

    Raises:
        ValueError: when the snapshot is of another version.
    """
    if state.get("version") != VERSION:
        raise ValueError(f"HubSpot state of version {state.get('version')}, not {VERSION}")
    portal.begin(int(state["created_ms"]))
    portal.owners.replace(Owner(**row) for row in state["owners"])
    catalog, store = portal.catalog, portal.store
    catalog.groups = {row["name"]: Group(**row) for row in state["groups"]}
    for row in state["properties"]:
        options = [Option(**option) for option in row["options"]]
        definition = Definition(**{**row, "options": options})
        if definition.archived_ms is None:
            catalog.put(definition)
        else:
            catalog.archived[definition.name] = definition
    sources: dict[tuple[Any, ...], Source] = {}

    def source(parts: list[Any]) -> Source:
        return sources.setdefault(tuple(parts), Source(*parts))

    for row in state["contacts"]:
        contact = Contact(
            row["id"], row["values"], source(row["origin"]), row["created_ms"], row["updated_ms"]
        )
        contact.archived_ms = row["archived_ms"]
        contact.first = contact.values if row["first"] is None else row["first"]
        contact.log = [Event(ms, source(parts), changes) for ms, parts, changes in row["log"]]
        store.put(contact)
    store.aliases = dict(state["aliases"])
    store.next_id = state["next_id"]
    portal.index.catch_up(all_of_it=True)
