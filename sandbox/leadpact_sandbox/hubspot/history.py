"""Who wrote a value and when: the rows of ``propertiesWithHistory`` (facts §6, §7, §8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


@dataclass(slots=True)
class Contact:
    """One contact.

    Attributes:
        values: never changed in place: each write makes a new dict, since the search index goes on
            answering from the old one until its lag is over.
        history: versions oldest first, only of properties that changed since the contact came;
            all others hold their first value, dated ``created_ms`` and by ``origin``.
    """

    id: int
    values: dict[str, str]
    origin: Source
    created_ms: int
    updated_ms: int
    history: dict[str, list[Version]] = field(default_factory=dict)
    archived_ms: int | None = None

    def versions(self, name: str) -> Sequence[Version]:
        """All versions of a property, oldest first."""
        kept = self.history.get(name)
        if kept is not None:
            return kept
        value = self.values.get(name)
        return () if value is None else (Version(value, self.created_ms, self.origin),)

    def note(self, name: str, old: str | None, version: Version) -> None:
        """Add a version; ``old`` is the value before it, None when there was none."""
        kept = self.history.get(name)
        if kept is None:
            kept = []
            if old is not None:
                kept.append(Version(old, self.created_ms, self.origin))
            self.history[name] = kept
        kept.append(version)

    def history_body(self, names: Iterable[str]) -> dict[str, object]:
        """``propertiesWithHistory``: newest first, each property's rows."""
        return {
            name: [version.body() for version in reversed(self.versions(name))] for name in names
        }
