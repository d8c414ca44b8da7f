"""Who wrote a value and when: the rows of ``propertiesWithHistory`` (facts §6, §7, §8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from leadpact_sandbox.hubspot.stamp import iso


class Source(NamedTuple):
    """The author of a version: ``sourceType``, ``sourceId``, a label, and a person's user id."""

    type: str
    id: str
    label: str | None = None
    user: int | None = None


CALCULATED = Source("CALCULATED", "CalculatedPropertyComputer")


class Version(NamedTuple):
    """One value that a property held from ``ms`` on; ``""`` where it was cleared."""

    value: str
    ms: int
    source: Source

    def body(self) -> dict[str, object]:
        """As HubSpot answers it."""
        row: dict[str, object] = {
            "value": self.value,
            "timestamp": iso(self.ms),
            "sourceType": self.source.type,
            "sourceId": self.source.id,
        }
        if self.source.label is not None:
            row["sourceLabel"] = self.source.label
        if self.source.user is not None:
            row["updatedByUserId"] = self.source.user
        return row


class Event(NamedTuple):
    """One write: what it changed, when, and who made it. A cleared property is ``""``."""

    ms: int
    source: Source
    changes: dict[str, str]


@dataclass(slots=True)
class Record:
    """One contact.

    Attributes:
        values: never changed in place: each write makes a new dict, since the search index goes on
            answering from the old one until its lag is over.
        first: the values that the contact came with, dated ``created_ms`` and by ``origin``.
        log: the writes since, oldest first.
    """

    id: int
    values: dict[str, str]
    origin: Source
    created_ms: int
    updated_ms: int
    first: dict[str, str] = field(default_factory=dict)
    log: list[Event] = field(default_factory=list)
    archived_ms: int | None = None

    def versions(self, name: str) -> list[Version]:
        """All versions of a property, oldest first."""
        value = self.first.get(name)
        found = [] if value is None else [Version(value, self.created_ms, self.origin)]
        found.extend(
            Version(event.changes[name], event.ms, event.source)
            for event in self.log
            if name in event.changes
        )
        return found

    def forget(self, name: str) -> None:
        """Drop a property's value and history."""
        self.values = {key: value for key, value in self.values.items() if key != name}
        self.first = {key: value for key, value in self.first.items() if key != name}
        for event in self.log:
            event.changes.pop(name, None)

    def history_body(self, names: Iterable[str]) -> dict[str, object]:
        """``propertiesWithHistory``: newest first, each property's rows."""
        return {
            name: [version.body() for version in reversed(self.versions(name))] for name in names
        }
