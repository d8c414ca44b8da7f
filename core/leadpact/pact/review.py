"""When both teams look at the agreement again, and who signs it: the compiled side of those sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

DAYS: Final[Mapping[str, int]] = {
    "weekly": 7,
    "monthly": 31,
    "quarterly": 92,
    "half_yearly": 183,
    "yearly": 366,
}
"""The longest that a cadence leaves between two reviews."""
GRACE: Final = timedelta(days=7)
"""A review that is a few days late is not overdue: people have calendars."""
REVIEWS: Final[Mapping[str, str]] = {
    "joint": "joint review of the numbers",
    "scoring": "review of the scoring",
    "reasons": "review of the rejection reasons",
    "definitions": "check of the definitions with one marketer and one seller",
}
"""Kinds of review, as people call them."""


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs for one team."""

    name: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """What the pact says of itself.

    Attributes:
        firm: whose agreement it is; "" = not said.
        cadence: by kind of review (:data:`REVIEWS`) a key of :data:`DAYS`.
        signatories: by team; a team that names nobody is absent.
        contacts: for what → whom to ask.
        meanings: by stage, what both teams mean by it.
    """

    firm: str = ""
    cadence: Mapping[str, str] = field(default_factory=dict)
    signatories: Mapping[str, Signatory] = field(default_factory=dict)
    contacts: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)

    def due(self, kind: str, last: date) -> date:
        """The day by which this review is to be held again.

        Args:
            kind: one of :data:`REVIEWS`.
            last: when it was held last, or the agreement was signed.
        """
        return last + timedelta(days=DAYS[self.cadence[kind]])

    def overdue(self, held: Mapping[str, date], today: date) -> tuple[tuple[str, date], ...]:
        """Reviews that were to be held more than a week ago.

        Args:
            held: by kind the day of the last one; a kind that is absent has no clock yet.
            today: in the zone of those who ask.

        Returns:
            Kind and day it was due, in the order of :data:`REVIEWS`.
        """
        due = {
            kind: self.due(kind, held[kind])
            for kind in REVIEWS
            if kind in held and kind in self.cadence
        }
        return tuple((kind, day) for kind, day in due.items() if day + GRACE < today)
