"""Signals and the scorecard they earn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal, TypeAlias

from leadpact.model.quick import quick
from leadpact.model.record import Known
from leadpact.model.terms import Intent

Precision: TypeAlias = Literal["exact", "sampled", "counter"]
Pillar: TypeAlias = Literal["fit", "engagement"]


@quick
@dataclass(frozen=True, slots=True)
class Signal:
    """One dated engagement of one person (R8).

    ``id`` is the same wherever the same act is seen: uuid5 of person, name, asset and day.

    Attributes:
        link_id: whose act; "" while the person has no link yet.
        at: when it was done (aware, UTC); may lie ahead, and counts from then on.
        source: where it was read: ``crm.field`` or ``crm.source``.
        precision: ``counter`` = a baseline, which is worth nothing inside a window.
        recorded_at: when it became known here (aware, UTC); None where that was not kept.
    """

    id: str
    link_id: str
    name: str
    at: datetime
    asset: str = ""
    source: str = ""
    precision: Precision = "exact"
    recorded_at: datetime | None = None


@quick
@dataclass(frozen=True, slots=True)
class ScoringInput:
    """What the scoring of one lead needs.

    Attributes:
        facts: canonical values by field name; unknown stays unknown, it is not low fit.
        since: only engagement from this instant on counts (start of the episode, R15); None = all.
    """

    link_id: str
    facts: Mapping[str, Known]
    signals: tuple[Signal, ...] = ()
    since: datetime | None = None


@quick
@dataclass(frozen=True, slots=True)
class Evidence:
    """Points that one rule gave for one signal (``signal_id`` empty for fit rules), in hundredths of a point."""

    rule: str
    points: int
    signal_id: str = ""
    at: datetime | None = None
    text: str = ""


Verdict: TypeAlias = Literal["qualified", "not_yet", "needs_data", "excluded", "disqualified"]


@quick
@dataclass(frozen=True, slots=True)
class Scorecard:
    """The score of one lead at one instant, with its reasons; all points in hundredths.

    Attributes:
        verdict: ``qualified`` = at the MQL threshold with both floors met and every must-have criterion, or what the
            pact takes in its place; ``needs_data`` = interested, and what is unknown could make up the rest (R36);
            ``disqualified`` beats everything.
        disqualifiers: rule names that disqualify, else those that exclude, with why.
        fast_lane: the signal name of a fast lane that is open (demo request, booked meeting, contact-sales), or "".
        missing: what keeps the lead from the threshold, in words a rep understands.
        next_change_at: when the score changes next by time alone (window end, decay step, an act dated ahead); None =
            never.
        makes: the stage that the score asserts: ``mql``, ``pql``, ``sql`` (K5, K11), or "" while it asserts none. An
            open fast lane is told by ``fast_lane``.
        intent: the highest class of the acts that count now; "" = none of them has one (S37).
        trigger: id of the act that completed the case: the latest of the open lane, else the one with which threshold
            and floors were reached, or that made the stage by itself; "" = none did.
        actions: qualifying actions that are done, each with the act that completed it; they give no points.
        unknown: keys of fit rules and must-have criteria that lack a fact.
        maximum: the most that any lead can have here, unreadable rules left out.
        unreadable: keys of rules whose signals no live source gives (R35).
    """

    link_id: str
    as_of: datetime
    pact_hash: str
    fit: int
    engagement: int
    total: int
    grade: str
    verdict: Verdict
    evidence: tuple[Evidence, ...] = ()
    disqualifiers: tuple[str, ...] = ()
    fast_lane: str = ""
    missing: tuple[str, ...] = ()
    next_change_at: datetime | None = None
    makes: Literal["mql", "pql", "sql", ""] = ""
    intent: Intent | Literal[""] = ""
    trigger: str = ""
    actions: tuple[Evidence, ...] = ()
    unknown: tuple[str, ...] = ()
    maximum: int = 0
    unreadable: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class PublishedScore:
    """What of a scorecard stands on the records of both CRMs (R21); points in hundredths."""

    fit: int
    engagement: int
    total: int
    grade: str
    verdict: Verdict
    reasons: tuple[str, ...]
    breakdown: str
    scored_at: datetime
    pact_hash: str


@lru_cache(maxsize=1024)
def points_text(hundredths: int) -> str:
    """Points for people: ``15``, ``7.5``, ``−10`` with a real minus sign."""
    whole, rest = divmod(abs(hundredths), 100)
    shown = f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)
    return f"−{shown}" if hundredths < 0 else shown
