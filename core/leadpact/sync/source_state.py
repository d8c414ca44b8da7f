"""How far a signal source was read: its checkpoint, which travels as JSON with the work that it made."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

FEED: Final = "signals:"
"""Prefix of the checkpoint's kind; the source's name follows."""
MOST_UNMAPPED: Final = 20
"""Words without a row that are kept by name; the rest is counted under ``…``."""
_MORE: Final = "…"


@dataclass(slots=True)
class SourceState:
    """What is remembered of one source.

    Attributes:
        cursor: where the next page starts; "" = with everything.
        read_at: when it was last read to its end (aware, UTC); None = never.
        rules: hash of the rows under which it was read; other rows read everything again.
        why_not: why this sign-in cannot read it; "" = readable.
        told: acts that it told so far; ``kept`` of them were new signals.
        unmapped: acts that no row covers, by the word that the rows look at.
        behind: its last reading left something, so that the next cycle reads on.
    """

    cursor: str = ""
    read_at: datetime | None = None
    rules: str = ""
    why_not: str = ""
    told: int = 0
    kept: int = 0
    unmapped: Counter[str] = field(default_factory=Counter)
    behind: bool = False

    def dump(self) -> str:
        """As a checkpoint keeps it."""
        read_at = self.read_at.isoformat() if self.read_at else ""
        said = [self.cursor, read_at, self.rules, self.why_not, self.told, self.kept, self.unmapped]
        return json.dumps(
            [*said, True] if self.behind else said, ensure_ascii=False, separators=(",", ":")
        )

    @classmethod
    def load(cls, text: str) -> SourceState:
        """Back from a checkpoint; "" and what is damaged start anew, which reads everything once more."""
        try:
            cursor, read_at, rules, why_not, told, kept, unmapped, *behind = json.loads(text)
            read = datetime.fromisoformat(read_at) if read_at else None
            return cls(cursor, read, rules, why_not, told, kept, Counter(unmapped), bool(behind))
        except (TypeError, ValueError):
            return cls()

    def note_unmapped(self, word: str) -> None:
        """Count an act that no row covers."""
        known = word in self.unmapped or len(self.unmapped) < MOST_UNMAPPED
        self.unmapped[word if known else _MORE] += 1
