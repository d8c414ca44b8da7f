"""The compiled response times: which tier and which calendar apply to a lead, and when its answer is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Literal, TypeAlias

from leadpact.model.terms import Known
from leadpact.pact.business_calendar import BusinessCalendar

Intent: TypeAlias = Literal["high", "medium", "low"]
SlaClock: TypeAlias = Literal["calendar", "business", "business_days", "same_working_day"]


@dataclass(frozen=True, slots=True)
class SlaTier:
    """How soon sales answers.

    Attributes:
        minutes: of ``calendar`` (day and night) and ``business`` (working hours alone), else None.
        clock: ``business_days`` counts ``days`` to the end of the last, ``same_working_day`` needs no number.
        latest: of ``same_working_day``, minutes after local midnight; what arrives later is of the next day.
    """

    key: str
    label: str
    minutes: int | None
    clock: SlaClock
    days: int | None = None
    latest: int | None = None

    def due(self, start: datetime, calendar: BusinessCalendar) -> datetime:
        """The last instant (aware, UTC) at which an answer to what began at ``start`` is in time.

        Raises:
            ValueError: the calendar has no working time.
        """
        if self.minutes is not None:
            amount = timedelta(minutes=self.minutes)
            if self.clock == "business":
                return calendar.after(start, amount)
            return start.astimezone(UTC) + amount
        if self.days is not None:
            return calendar.close_after(start, self.days)
        return calendar.close_of_day(start, self.latest)

    def near(
        self, start: datetime, due: datetime, percent: int, calendar: BusinessCalendar
    ) -> datetime:
        """When ``percent`` of the time between them is gone, counted as the tier counts; never before ``start``."""
        if self.clock == "calendar":
            return start.astimezone(UTC) + (due - start) * percent / 100
        whole = calendar.between(start, due)
        part = whole * percent / 100
        return calendar.after(start, part) if part else due


@dataclass(frozen=True, slots=True)
class CalendarChoice:
    """Leads whose canonical ``field`` has one of ``values`` (case-folded) are counted on ``calendar``."""

    field: str
    values: frozenset[str]
    calendar: str


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """How soon sales answers whom (S86..S91, K2).

    Attributes:
        tiers: of first contact by key: high, medium, low and flat, as far as the agreement has them.
        flat: one tier for all (K2).
        signals: by the signal that handed the lead over, a tier that comes before those of the intent class.
        qualification: from the handoff to SQL or rejection, None where nothing is agreed (S87).
        near_percent: share of the time that is gone when a breach is near.
        contact_signals: names of signals that show that sales got in touch (S112).
        calendars: by key.
        default_calendar: the one of leads for which no choice holds.
    """

    tiers: Mapping[str, SlaTier]
    flat: bool
    signals: Mapping[str, SlaTier]
    qualification: SlaTier | None
    near_percent: int
    contact_signals: frozenset[str]
    calendars: Mapping[str, BusinessCalendar]
    default_calendar: str
    choices: tuple[CalendarChoice, ...] = ()
    all_tiers: Mapping[str, SlaTier] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        every = {**self.tiers, **{tier.key: tier for tier in self.signals.values()}}
        if self.qualification is not None:
            every[self.qualification.key] = self.qualification
        object.__setattr__(self, "all_tiers", MappingProxyType(every))

    def tier_for(self, intent: Intent, signal: str = "") -> SlaTier | None:
        """The tier of first contact for a lead that ``signal`` handed over; None where nothing is agreed."""
        if self.flat:
            return self.tiers.get("flat")
        return self.signals.get(signal) or self.tiers.get(intent)

    def calendar_of(self, facts: Mapping[str, Known]) -> BusinessCalendar:
        """The calendar that this lead's response is counted on."""
        for choice in self.choices:
            value = facts.get(choice.field)
            if isinstance(value, str) and value.casefold().strip() in choice.values:
                return self.calendars[choice.calendar]
        return self.calendars[self.default_calendar]
