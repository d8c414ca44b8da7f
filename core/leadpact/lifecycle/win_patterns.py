"""What parts wins from losses, and what that proposes; people make rules of it (S117-S119, S121). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from leadpact.model.scorecard import points_text

Kind: TypeAlias = Literal["act", "fit", "title", "size"]
"""``act``: what they did before the first talk; ``fit``: a rule on who they are; ``title``, ``size``: groups of it."""

_Z_SQUARED_TIMES_100: Final = 384
"""1.96 squared: one in twenty lies further apart by chance alone."""
LEAST_HAD: Final = 5
"""Under so many leads that had it, nothing is said against a rule."""


@dataclass(slots=True)
class Line:
    """How many wins and how many of the lost had something.

    Attributes:
        key: the rule's, ``act:`` and the name of an act without a rule, or the group's.
        points: what the agreement gives for it, hundredths; None = a group, which gives nothing by itself.
        wins_of, lost_of: of so many it is known.
    """

    kind: Kind
    key: str
    label: str
    points: int | None = None
    wins: int = 0
    wins_of: int = 0
    lost: int = 0
    lost_of: int = 0

    def take(self, *, won: bool, had: bool) -> None:
        """Count one lead of which it is known."""
        if won:
            self.wins_of += 1
            self.wins += int(had)
        else:
            self.lost_of += 1
            self.lost += int(had)

    @property
    def gap(self) -> float:
        """The share of wins that had it, less that of the lost: from -1 to 1."""
        if not self.wins_of or not self.lost_of:
            return 0.0
        return self.wins / self.wins_of - self.lost / self.lost_of

    @property
    def parts(self) -> bool:
        """Whether the shares lie further apart than chance would have them, 19 times in 20."""
        whole, had = self.wins_of + self.lost_of, self.wins + self.lost
        if not self.wins_of or not self.lost_of or had in (0, whole):
            return False
        gap = self.wins * self.lost_of - self.lost * self.wins_of
        spread = had * (whole - had) * self.wins_of * self.lost_of
        return gap * gap * whole * 100 > _Z_SQUARED_TIMES_100 * spread


def by_gap(lines: Iterable[Line]) -> list[Line]:
    """Those that part wins from losses most come first, whichever way."""
    return sorted(lines, key=lambda one: (-abs(one.gap), -one.wins, one.label, one.key))


def proposals(lines: Iterable[Line], enough: int) -> list[str]:
    """What both teams could talk about, the widest gap first; the agreement stays as it is.

    Args:
        enough: under so many wins or losses nothing is said against a rule that parts little.
    """
    said = []
    for one in by_gap(lines):
        counts = f"{told(one.wins, one.wins_of)} wins, {told(one.lost, one.lost_of)} lost"
        given = one.points
        if given is None:
            continue
        points = points_text(given)
        if not given and one.parts:
            way = "add points for" if one.gap > 0 else "take points away for"
            said.append(
                f"{one.label} parts wins from losses and gives 0 points ({counts}): talk about whether to {way} it."
            )
        elif given and one.parts and (one.gap > 0) != (given > 0):
            said.append(
                f"{one.label} gives {points} points, and it is the other way round ({counts}): look at the rule."
            )
        elif given and not one.parts and _seen(one, enough):
            said.append(
                f"{one.label} gives {points} points and does not part wins from losses ({counts}), of those who came "
                "so far: look whether it needs them."
            )
    return said


def _seen(one: Line, enough: int) -> bool:
    """Whether so many had it, and so many are known, that parting little means something."""
    return min(one.wins_of, one.lost_of) >= enough and one.wins + one.lost >= LEAST_HAD


def told(part: int, whole: int) -> str:
    """Such as ``18 of 30``."""
    return f"{part:,} of {whole:,}"
