"""What came of the first touch: booked, in talk, drip, suspect (S68); and what to look for at it (S69). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from leadpact.lifecycle.passes import Pass
from leadpact.model.handoff import HandoffCause
from leadpact.model.response_clock import ResponseClock
from leadpact.model.scorecard import Scorecard, Signal
from leadpact.pact.agreement import Pact

Outcome: TypeAlias = Literal["waiting", "in_talk", "booked", "drip", "suspect", "unworked"]
OUTCOMES: Final[Mapping[Outcome, str]] = {
    "booked": "booked: a meeting, or SQL already",
    "in_talk": "in talk: fit is being found out",
    "drip": "back to nurture: not ready",
    "suspect": "suspect or not for us",
    "unworked": "never touched: not worked in time",
    "waiting": "waits for its first touch",
}
MEETINGS: Final = frozenset({"meeting_booked", "meeting_held"})

WHAT_NEXT: Final = (
    "At first touch: do they fit? Then book the demo; not ready: give it back with the reason, nurture goes on; "
    "a competitor or mere researcher: set the suspect label, so that nobody spends time again."
)
LEARN: Final = "They looked, they did not ask: learn whether they fit before you pitch."
RAISED: Final = "They asked: answer that first."


@dataclass(frozen=True, slots=True)
class FirstTouch:
    """What came of it; ``at`` is when sales was first seen to get in touch, None where it was not."""

    outcome: Outcome
    at: datetime | None = None
    by: str = ""


def first_touch(
    one: Pass, clocks: Iterable[ResponseClock], signals: Iterable[Signal], pact: Pact
) -> FirstTouch | None:
    """What came of the first touch of a pass; None for one that never was for sales.

    Args:
        clocks, signals: of the lead.
    """
    began = one.mql_at or one.worked_at
    if began is None:
        return None
    episode = one.episode
    answered = [
        clock
        for clock in clocks
        if clock.kind == "contact" and clock.episode == episode.number and clock.answered
    ]
    at = min((each.ended_at for each in answered if each.ended_at is not None), default=None)
    by = answered[0].ended_by if answered else ""
    return FirstTouch(_outcome(one, at, signals, pact, began), at, by)


def _outcome(
    one: Pass, at: datetime | None, signals: Iterable[Signal], pact: Pact, began: datetime
) -> Outcome:
    episode = one.episode
    if one.reached("sql"):
        return "booked"
    if (one.suspected and one.latest) or episode.outcome == "disqualified":
        return "suspect"
    if episode.closed_at is not None:
        return "unworked" if episode.reason == pact.rejection.ageing.reason else "drip"
    # What was booked before sales got in touch is the lead's own request.
    if any(each.name in MEETINGS and each.at > (at or began) for each in signals):
        return "booked"
    return "in_talk" if at is not None or "sal" in episode.reached else "waiting"


def advice(
    cause: HandoffCause, card: Scorecard | None, questions: Sequence[str]
) -> tuple[str, ...]:
    """What a rep is told to look for: clicks are a reason to learn fit, a raised hand is one to answer (S69).

    Args:
        questions: of what is not known yet, in words that a rep can ask.
    """
    if cause == "customer_request":
        return ()
    if cause == "fast_lane" or (card is not None and card.fast_lane):
        return (RAISED, WHAT_NEXT)
    asks = f" Ask: {' '.join(questions)}" if questions else ""
    return (f"{LEARN}{asks}", WHAT_NEXT)
