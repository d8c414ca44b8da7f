"""How far a backfill came: what any process needs to go on with it. Portable text, nothing personal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

import orjson

Canary: TypeAlias = Literal["", "watched", "stormed", "passed"]
"""``""``: not written yet; ``watched``: written, to be read again; ``stormed``: something moved there that nobody
expected, and a person must look; ``passed``."""


@dataclass(slots=True)
class BackfillPlace:
    """The place of one backfill.

    Attributes:
        after: the last link of the pages that are done; links go by id.
        again: links that a page put off, tried once more at the end.
        canary, watch_until: the first small page, and until when its records are watched.
        seen: of the canary's records, by ``<crm> <kind> <id>``: a short hash of each field as it was left.
        counts: of all pages so far.
        seconds: how long the pages so far took.
    """

    after: str = ""
    again: list[str] = field(default_factory=list)
    rounds: int = 0
    canary: Canary = ""
    watch_until: datetime | None = None
    seen: dict[str, dict[str, str]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def text(self) -> str:
        """As an order keeps it."""
        kept: Mapping[str, Any] = {
            "after": self.after,
            "again": self.again,
            "rounds": self.rounds,
            "canary": self.canary,
            "watch_until": self.watch_until.isoformat() if self.watch_until else "",
            "seen": self.seen,
            "counts": dict(self.counts),
            "seconds": round(self.seconds, 3),
        }
        return orjson.dumps(kept).decode()

    @classmethod
    def of(cls, text: str) -> BackfillPlace:
        """Back again; "" = the beginning."""
        if not text:
            return cls()
        kept: dict[str, Any] = orjson.loads(text)
        until = kept["watch_until"]
        return cls(
            kept["after"],
            kept["again"],
            kept["rounds"],
            kept["canary"],
            datetime.fromisoformat(until) if until else None,
            kept["seen"],
            Counter(kept["counts"]),
            kept["seconds"],
        )
