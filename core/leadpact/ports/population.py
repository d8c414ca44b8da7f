"""The port of what compares two agreements over all leads at once: "what if"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from leadpact.model.scorecard import ScoringInput, Verdict

Pages: TypeAlias = Iterable[Sequence[ScoringInput]]
"""All leads, page by page, each lead once."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one lead stands by one agreement; points in hundredths.

    Attributes:
        makes: the stage that the score asserts (``mql``, ``pql``, ``sql``), or "".
        fast_lane: the signal of the lane that is open, or "".
        gates: keys of the rules that disqualify it, joined by commas; "" = none does.
    """

    fit: int
    engagement: int
    grade: str
    verdict: Verdict
    makes: str = ""
    fast_lane: str = ""
    gates: str = field(default="", compare=False)

    @property
    def total(self) -> int:
        """Both pillars together."""
        return self.fit + self.engagement

    @property
    def says_something(self) -> bool:
        """Whether it asserts a stage by itself: made, raised a hand, or disqualified."""
        return bool(self.makes or self.fast_lane) or self.verdict == "disqualified"


@dataclass(frozen=True, slots=True)
class Shift:
    """A lead that stands elsewhere by the other agreement."""

    link_id: str
    before: Standing
    after: Standing


Tell: TypeAlias = Callable[[Shift], None]
"""Told of one lead at a time."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What another agreement would change.

    Attributes:
        leads: how many were scored.
        verdicts: leads by (verdict before, verdict after), unchanged ones too.
        makes: leads by (stage that the score asserts before, after), unchanged ones too; "" = none.
        grades: leads by (grade before, grade after), unchanged ones too.
        lanes: leads by (fast lane before, fast lane after), unchanged ones too; "" = none is open.
        rescored: leads whose total differs.
        shifts: examples, at most as many as were asked for: those whose verdict, stage or lane differs first, then by
            how far the total moves, then by id.
    """

    leads: int
    verdicts: Mapping[tuple[str, str], int]
    makes: Mapping[tuple[str, str], int]
    grades: Mapping[tuple[str, str], int]
    lanes: Mapping[tuple[str, str], int]
    rescored: int
    shifts: tuple[Shift, ...] = ()


class PopulationEngine(Protocol):
    """Scores a whole population by two agreements. Nothing that it finds is ever written to a CRM."""

    def compare(
        self,
        before: Any,
        after: Any,
        pages: Pages,
        as_of: datetime,
        *,
        examples: int = 20,
        tell: Tell | None = None,
    ) -> Comparison:
        """What changes from one to the other; both are ``pact.scoring``.

        Args:
            tell: told of each lead that says something under either (``Standing.says_something``), in no order.
        """
        ...
