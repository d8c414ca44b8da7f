"""A dated engagement as the CRM that keeps it tells it, before any mapping has read it (R8, R35)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from leadpact.model.record import Native, RecordRef

if TYPE_CHECKING:
    from leadpact.model.scorecard import Precision, Signal


@dataclass(frozen=True, slots=True)
class SourceSignal:
    """One act of one person, or so many of a kind, as a source in a CRM shows it.

    Attributes:
        source: which of the connector's signal sources tells it.
        id: the source's own identity of the act: the same in every reading, whatever else changed meanwhile.
        ref: the person's record as the source names it now; after a conversion or a merge the one that lives on.
        kind: the source's own word for what was done (a member status, ``Call``, a counter's name).
        at: aware, UTC.
        asset: what it was about, as the source names it; "" where it does not say.
        quality: ``exact``: the source dates the act. ``sampled``: it happened after an earlier sight and by ``at``
            (approximate). ``counter``: a lifetime count at its first sight, a baseline: how many, never when; ``at``
            is that sight, and the acts are worth nothing inside a window (R8).
        count: how many acts stand behind it; 1 where it is exact.
        whole_day: the source tells the day alone, and ``at`` is midnight UTC of it.
        detail: what else the source says, by its own field names.
    """

    source: str
    id: str
    ref: RecordRef
    kind: str
    at: datetime
    asset: str = ""
    quality: Precision = "exact"
    count: int = 1
    whole_day: bool = False
    detail: Mapping[str, Native] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignalPage:
    """One page of a source.

    Attributes:
        signals: may be empty on a page that is not the last.
        cursor: opaque; where the next page, or the next cycle, starts. Kept as text together with the work.
        done: no further page in this cycle.
        behind: with ``done``: more is there, which may wait; the next cycle reads on, and what is new comes first.
    """

    signals: tuple[SourceSignal, ...]
    cursor: str
    done: bool
    behind: bool = False


@dataclass(frozen=True, slots=True)
class SignalSource:
    """One place in which a CRM keeps engagements, and whether this sign-in can read it there (R35).

    Attributes:
        name: as :attr:`~leadpact.ports.connector.Capabilities.signal_sources` has it.
        label: how people call it, for sentences.
        why_not: what is missing, where it is not readable; "" where it is.
        mend: how to make it readable, "" where nothing helps.
    """

    name: str
    label: str
    why_not: str = ""
    mend: str = ""

    @property
    def readable(self) -> bool:
        """Whether this account gives it to this sign-in."""
        return not self.why_not


@dataclass(frozen=True, slots=True)
class WaitingSignal:
    """An act of somebody who has no link yet: kept until one appears, so that none is lost.

    Attributes:
        ref: the record by which the source knows the person; of a source outside the CRMs the key that it gives
            (see :data:`OUTSIDE`).
        signal: what it will be; its ``link_id`` is blank, its ``id`` is the waiting row's own.
    """

    ref: RecordRef
    signal: Signal


OUTSIDE = "sources"
"""Side of the refs of people whom a source outside the CRMs names: kind ``email`` or ``external_id``, id its value."""
