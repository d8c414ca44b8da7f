"""Rejection as the pact states it, compiled: reasons, ways back, ageing, reasons owed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

Disposition: TypeAlias = Literal["recycle", "disqualify", "former_customer"]

STAGE_OF: Final[Mapping[str, str]] = MappingProxyType(
    {"recycle": "recycled", "disqualify": "disqualified", "former_customer": "former_customer"}
)
"""The side stage that a disposition leads to."""


@dataclass(frozen=True, slots=True)
class Reentry:
    """One way back for a recycled lead (R15, R17).

    Attributes:
        every: each of the signals is needed, not one of them.
        waits: nothing comes of it before the cooling-off has ended.
    """

    key: str
    signals: frozenset[str]
    every: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """A rejection reason and what it does to the lead (R16).

    Attributes:
        sub_reasons: label by key; finer words that may stand beside it.
        re_entry: ways back; none = people alone bring the lead back.
        applies_to: stages at which it may be given; empty = all.
    """

    key: str
    label: str
    disposition: Disposition
    sub_reasons: Mapping[str, str] = field(default_factory=dict)
    cooling_off: timedelta = timedelta()
    re_entry: tuple[Reentry, ...] = ()
    applies_to: frozenset[str] = frozenset()

    @property
    def stage(self) -> str:
        """The stage that a lead goes to with it."""
        return STAGE_OF[self.disposition]


@dataclass(frozen=True, slots=True)
class Ageing:
    """What becomes of leads that nobody works (R15, S138).

    Attributes:
        stages: where leads wait for sales.
        after: so long unworked, a lead is recycled with ``reason``; None = never.
        queue_alarm: so many days unreviewed, a lead is told as late; None = never.
        business: those days are business days.
    """

    stages: frozenset[str] = frozenset()
    after: timedelta | None = None
    reason: str = ""
    queue_alarm: int | None = None
    business: bool = True


@dataclass(frozen=True, slots=True)
class Rejection:
    """Ageing and reasons owed.

    Attributes:
        manager_after: business days until the manager is told of a reason that is owed (R16).
        treated_as: the reason whose ways back hold while none is given; "" = people alone bring the lead back.
        sub_reasons: every sub-reason's label by key, all reasons together.
    """

    ageing: Ageing = Ageing()
    manager_after: int = 2
    treated_as: str = ""
    sub_reasons: Mapping[str, str] = field(default_factory=dict)
