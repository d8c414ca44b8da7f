"""What a rejection leaves behind: the cooling-off, the way back on new evidence, the reason that is owed (R15-R17)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from leadpact.model.record import Author
from leadpact.model.scorecard import Signal
from leadpact.model.stage import StageState
from leadpact.pact.agreement import Pact
from leadpact.pact.rejection import Reason, Reentry

CLOSED: Final = frozenset({"recycled", "disqualified", "former_customer"})
"""Stages in which an episode has ended."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """New evidence that brings a recycled lead back.

    Attributes:
        way: key of the pact's `re_entry`.
        since: the first act after the rejection: from here on engagement counts in the new episode.
        acts: what fulfilled the way, oldest first.
    """

    way: str
    since: datetime
    acts: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Return:
    """What the acts after a rejection come to: a way back now, or the instant at which time opens one.

    Attributes:
        back: the way that is open now.
        opens_at: when a way opens whose acts are there already and whose cooling-off is not over.
    """

    back: WayBack | None = None
    opens_at: datetime | None = None


NO_RETURN: Final = Return()


def ruling_reason(state: StageState, pact: Pact) -> Reason | None:
    """The reason whose ways back hold: the one given, else the one as which an owed reason is treated (R16)."""
    return pact.reasons.get(state.reason or pact.rejection.treated_as)


def cooling_off_ends(state: StageState, pact: Pact) -> datetime | None:
    """When the lead may be offered again; None for a lead that is not recycled."""
    reason = ruling_reason(state, pact)
    if state.stage != "recycled":
        return None
    return state.since + reason.cooling_off if reason is not None else state.since


def way_back(
    state: StageState,
    signals: Iterable[Signal],
    pact: Pact,
    now: datetime,
    go_live: datetime | None,
) -> Return:
    """Whether a recycled lead returns, by acts dated after its rejection and after go-live (R6, R15).

    The order of the signals never matters. Nobody returns before the cooling-off has ended, except by a way that the
    pact opens at any time; nobody returns without a new act.
    """
    reason = ruling_reason(state, pact)
    if state.stage != "recycled" or reason is None or not reason.re_entry or go_live is None:
        return NO_RETURN
    after = max(state.since, go_live)
    acts = sorted(
        (one for one in signals if after < one.at <= now), key=lambda one: (one.at, one.id)
    )
    if not acts:
        return NO_RETURN
    ends = state.since + reason.cooling_off
    waiting = False
    for way in reason.re_entry:
        fulfilled = _fulfilled(way, acts)
        if not fulfilled:
            continue
        if way.waits and now < ends:
            waiting = True
            continue
        return Return(WayBack(way.key, acts[0].at, fulfilled))
    return Return(opens_at=ends) if waiting else NO_RETURN


def _fulfilled(way: Reentry, acts: Iterable[Signal]) -> tuple[Signal, ...]:
    """The acts that fulfil a way; none where it is not fulfilled."""
    there = tuple(one for one in acts if one.name in way.signals)
    if way.every and {one.name for one in there} != way.signals:
        return ()
    return there


def rejecter(crm: str, author: Author) -> str:
    """Who rejected, as ``<crm>:<id>``; "" where no person is known to have."""
    return f"{crm}:{author.id}" if author.kind == "person" and author.id and crm else ""


def reminded_from(state: StageState) -> str:
    """Key of the reminders of one reason that is owed: the same words once per episode and rejection."""
    return f"{state.episode}:{state.since.isoformat()}"
