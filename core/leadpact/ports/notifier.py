"""The port of messages to people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Notice:
    """One message. ``dedupe_key`` stands in the text too, since a message may be sent twice (docs/delivery.md)."""

    dedupe_key: str
    title: str
    body: str


class Notifier(Protocol):
    """Sends at least once; a failure is reported, never raised into the sync."""

    def send(self, notice: Notice) -> str:
        """Send; "" where it went out, else why not."""
        ...
