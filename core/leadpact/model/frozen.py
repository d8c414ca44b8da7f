"""A lead that is out of scope: known, and left alone in both CRMs (R37)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leadpact.model.record import RecordRef


@dataclass(frozen=True, slots=True)
class Frozen:
    """One lead that the mapping's `scope` leaves out, or left out before.

    Attributes:
        since: since when (aware, UTC).
        ref: the record that is out.
        why: the condition that does not hold, in words; no value of the record.
        ended_at: when it came back; None while it is out.
    """

    link_id: str
    since: datetime
    ref: RecordRef
    why: str
    ended_at: datetime | None = None
