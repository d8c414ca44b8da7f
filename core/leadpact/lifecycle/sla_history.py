"""What the kept response clocks say: what was in time, how soon sales answered, what another time had shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from leadpact.lifecycle.sla import WITHDRAWN
from leadpact.model.response_clock import ClockState, ResponseClock
from leadpact.model.terms import Known
from leadpact.pact.response import Intent, ResponseTimes

_INTENTS: Final[Mapping[str, Intent]] = {"high": "high", "medium": "medium", "low": "low"}

Facts = Callable[[str], Mapping[str, Known]]
"""Canonical values of a link, to choose its calendar by."""


@dataclass(slots=True)
class Tally:
    """Response clocks of one tier, owner or calendar.

    Attributes:
        states: how many are in each state.
        answered_after: time on the wall from start to answer, of those that were answered.
    """

    states: dict[ClockState, int] = field(default_factory=dict)
    answered_after: list[timedelta] = field(default_factory=list)

    def add(self, one: ResponseClock, now: datetime) -> None:
        """Count one clock."""
        state = one.state(now)
        self.states[state] = self.states.get(state, 0) + 1
        if one.answered and one.ended_at is not None:
            self.answered_after.append(one.ended_at - one.started_at)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.states.values())

    @property
    def decided(self) -> int:
        """Those of which it is known whether they were in time."""
        return self.states.get("met", 0) + self.states.get("breached", 0)

    @property
    def met_share(self) -> float | None:
        """Share of those decided that were in time; None where none is."""
        return self.states.get("met", 0) / self.decided if self.decided else None

    @property
    def median_answer(self) -> timedelta | None:
        """Median time on the wall to the answer (S112); None where none was answered."""
        if not self.answered_after:
            return None
        return timedelta(seconds=median(each.total_seconds() for each in self.answered_after))


def tallied(
    clocks: Iterable[ResponseClock], by: Callable[[ResponseClock], str], now: datetime
) -> dict[str, Tally]:
    """Clocks counted by a key of theirs; withdrawn ones aside."""
    found: dict[str, Tally] = {}
    for one in clocks:
        if one.ended_by != WITHDRAWN:
            found.setdefault(by(one), Tally()).add(one, now)
    return dict(sorted(found.items()))


def as_if(
    clocks: Sequence[ResponseClock], times: ResponseTimes, facts: Facts
) -> list[ResponseClock]:
    """The same waits of first contact under other response times: start and answer stay, tier and due time change.

    Leads of which the other agreement asks no answer are left out.

    Args:
        clocks: as kept; those of qualification and withdrawn ones are left out.
        facts: asked only where calendars are chosen by a field.
    """
    found = []
    for one in clocks:
        if one.kind != "contact" or one.ended_by == WITHDRAWN:
            continue
        tier = times.tier_for(_INTENTS.get(one.intent, "medium"), one.cause)
        if tier is None:
            continue
        calendar = times.calendar_of(facts(one.link_id) if times.choices else {})
        due = tier.due(one.started_at, calendar)
        near = tier.near(one.started_at, due, times.near_percent, calendar)
        found.append(
            replace(
                one,
                due_at=due,
                near_at=near,
                tier=tier.key,
                label=tier.label,
                calendar=calendar.key,
            )
        )
    return found
