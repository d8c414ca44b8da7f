"""The portal's state as plain JSON values, for ``--file`` and back."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from leadpact_sandbox.hubspot.catalog import Group
from leadpact_sandbox.hubspot.definitions import Definition, Option
from leadpact_sandbox.hubspot.history import Event, Record, Source
from leadpact_sandbox.hubspot.owners import Owner
from leadpact_sandbox.hubspot.pipelines import Pipeline, Stage
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.spaces import Space

VERSION = 2
_DERIVED = {"check", "options"}


def take(portal: Portal) -> dict[str, object]:
    """All state but calls in the rate windows and changes on their way into the index."""
    return {
        "version": VERSION,
        "created_ms": portal.created_ms,
        "owners": [asdict(owner) for owner in portal.owners],
        "pipelines": [[name, asdict(pipeline)] for name, pipeline in portal.pipelines],
        "next_pipeline_id": portal.pipelines.next_id,
        "labels": list(portal.associations.types.labels()),
        "associations": list(portal.associations.rows()),
        "blocked": sorted(portal.blocked),
        "objects": {name: _space(space) for name, space in portal.spaces.items()},
    }


def _space(space: Space) -> dict[str, object]:
    catalog, store = space.catalog, space.store
    return {
        "groups": [asdict(group) for group in catalog.groups.values()],
        "properties": [
            _definition(one) for one in (*catalog.live.values(), *catalog.archived.values())
        ],
        "records": [_record(record) for record in store.records.values()],
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


def _record(record: Record) -> dict[str, object]:
    return {
        "id": record.id,
        "values": dict(record.values),
        "origin": list(record.origin),
        "created_ms": record.created_ms,
        "updated_ms": record.updated_ms,
        "archived_ms": record.archived_ms,
        "first": None if record.first is record.values else dict(record.first),
        "log": [[event.ms, list(event.source), event.changes] for event in record.log],
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
    portal.pipelines.by_kind = {name: {} for name in portal.pipelines.by_kind}
    for name, row in state["pipelines"]:
        stages = {id_: Stage(**stage) for id_, stage in row["stages"].items()}
        made = Pipeline(**{**row, "stages": stages})
        portal.pipelines.by_kind.setdefault(name, {})[made.id] = made
    portal.pipelines.next_id = state["next_pipeline_id"]
    portal.renew_spaces()
    sources: dict[tuple[Any, ...], Source] = {}
    for name, part in state["objects"].items():
        _put_back_space(portal.spaces[name], part, sources)
    portal.associations.types.restore(state["labels"])
    portal.associations.restore(state["associations"])
    portal.blocked.update(state["blocked"])


def _put_back_space(
    space: Space, state: dict[str, Any], sources: dict[tuple[Any, ...], Source]
) -> None:
    catalog, store = space.catalog, space.store
    catalog.groups = {row["name"]: Group(**row) for row in state["groups"]}
    for row in state["properties"]:
        options = [Option(**option) for option in row["options"]]
        definition = Definition(**{**row, "options": options})
        if definition.archived_ms is None:
            catalog.put(definition)
        else:
            catalog.archived[definition.name] = definition

    def source(parts: list[Any]) -> Source:
        return sources.setdefault(tuple(parts), Source(*parts))

    for row in state["records"]:
        record = Record(
            row["id"], row["values"], source(row["origin"]), row["created_ms"], row["updated_ms"]
        )
        record.archived_ms = row["archived_ms"]
        record.first = record.values if row["first"] is None else row["first"]
        record.log = [Event(ms, source(parts), changes) for ms, parts, changes in row["log"]]
        store.put(record)
    store.aliases = dict(state["aliases"])
    store.next_id = state["next_id"]
    space.index.catch_up(all_of_it=True)
