"""What a connector can tell of the account behind it: its state, and which believed behaviour it shows (``doctor``).

Optional: a connector that offers it has the methods of :class:`Diagnosable`; the app only shows what comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias, runtime_checkable

from leadpact.model.source_signal import SignalSource

Topic: TypeAlias = Literal[
    "account",
    "rights",
    "version",
    "budget",
    "clock",
    "other sync",
    "at work",
    "pause",
    "automation",
    "fields",
]
Level: TypeAlias = Literal["ok", "note", "warning", "error"]
Remedy: TypeAlias = Literal["", "fix settings", "sign in", "wait", "stop"]
"""The class of an error's remedy (``leadpact.errors``); "" where nothing must be done."""

SKEW_S: Final = 60
"""Seconds by which clocks may differ before field times and sign-in by JWT suffer."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that is so in a CRM.

    Attributes:
        sentence: what is so, for people; never holds secrets or personal data.
        mend: what to do about it, "" where nothing.
        code: a stable word for programs.
    """

    topic: Topic
    level: Level
    sentence: str
    mend: str = ""
    remedy: Remedy = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Belief:
    """One behaviour that is believed of a CRM, and whether this account shows it.

    Attributes:
        name: as the sandbox's switches name it: CRM, section of its facts, behaviour.
        means: what is so where it is shown.
        believed: what leadpact counts on.
        shown: None where it was not found out, and ``why_not`` says why.
        needs_writes: it takes a synthetic record to find out.
    """

    name: str
    means: str
    believed: bool
    shown: bool | None = None
    why_not: str = ""
    needs_writes: bool = False


@runtime_checkable
class Diagnosable(Protocol):
    """A connector that examines its own account. Nothing is written but by ``probe(writes=True)``."""

    def diagnose(self, fields: Mapping[str, Sequence[str]]) -> Sequence[Diagnosis]:
        """State of the account.

        Args:
            fields: kind → mapped fields.

        Raises:
            LeadpactError: where the account cannot be asked at all.
        """
        ...

    def probe(self, *, writes: bool) -> Sequence[Belief]:
        """Which believed behaviours the account shows, by harmless reads.

        Args:
            writes: also make one synthetic record and take it away again.
        """
        ...


def skew_told(label: str, seconds: float | None) -> Diagnosis:
    """How far this machine's clock is from the CRM's."""
    if seconds is None:
        return Diagnosis("clock", "note", f"{label} does not tell its time.", code="clock_untold")
    if abs(seconds) <= SKEW_S:
        return Diagnosis("clock", "ok", f"This machine's clock agrees with {label}'s.")
    way = "ahead of" if seconds > 0 else "behind"
    return Diagnosis(
        "clock",
        "warning",
        f"This machine's clock is {abs(seconds):,.0f} seconds {way} {label}'s: what counts as before and after "
        "go-live, and how old a signal is, is off by as much.",
        "Let this machine set its clock by the network (NTP).",
        code="clock_skew",
    )


def sources_told(sources: Sequence[SignalSource]) -> list[Diagnosis]:
    """Which sources of signals this sign-in cannot read (R35); nothing where it reads all."""
    return [
        Diagnosis(
            "rights",
            "note",
            f"{source.label.capitalize()} cannot be read: {source.why_not}.",
            source.mend,
            code="signal_source_unreadable",
        )
        for source in sources
        if not source.readable
    ]
