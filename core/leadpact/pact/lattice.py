"""Which stage can be reached from which, and by whom: the lattice that the pact states."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leadpact.model.terms import Basis, Team

FACTS: frozenset[Basis] = frozenset({"conversion", "open_opportunity", "closed_won", "closed_lost"})
"""What is so in a CRM, whoever recorded it: each is a sales act, also where an automation wrote it (R12)."""


@dataclass(frozen=True, slots=True)
class Move:
    """One step that the lattice allows.

    Attributes:
        by: who may make it; sales also covers actual conversions and opportunities, the operator may make all.
        needs_reason: refused without a reason.
        basis: what an assertion must rest on; empty = anything.
    """

    start: str
    goal: str
    by: frozenset[str]
    needs_reason: bool = False
    basis: frozenset[Basis] = frozenset()

    def allows(self, team: Team, reason: str, basis: Basis) -> bool:
        """Whether this speaker may make this move with this reason and basis."""
        if self.needs_reason and not reason:
            return False
        if team == "operator":
            return True
        if self.basis and basis not in self.basis:
            return False
        return team in self.by or (basis in FACTS and "sales" in self.by)


@dataclass(frozen=True, slots=True)
class Lattice:
    """The allowed moves between stages.

    A stage is reachable by one move of any kind, or by several that all lead forward on the main line (only
    the first may start on a side stage). So nobody gets to a stage through ``recycled``, and a backward
    move is one move with its own reason.

    Attributes:
        moves: in the order of the document.
        ranks: rank of each stage.
        sides: stages off the main line.
    """

    moves: tuple[Move, ...]
    ranks: Mapping[str, int]
    sides: frozenset[str]
    _from: Mapping[str, tuple[Move, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        grouped: dict[str, list[Move]] = {}
        for move in self.moves:
            grouped.setdefault(move.start, []).append(move)
        object.__setattr__(self, "_from", {start: tuple(some) for start, some in grouped.items()})

    def path(
        self, start: str, goal: str, team: Team, *, reason: str, basis: Basis
    ) -> tuple[str, ...] | None:
        """The stages passed from ``start`` to ``goal``, without the first and with the last.

        Args:
            start: the agreed stage.
            goal: the asserted stage.
            team: who speaks.
            reason: a rejection-reason key or any other stated reason; "" = none.
            basis: what the assertion rests on.

        Returns:
            The shortest allowed path (of equal ones the first by the document's order), or None.
        """
        if start == goal:
            return None
        waiting: deque[tuple[str, tuple[str, ...]]] = deque([(start, ())])
        seen = {start}
        while waiting:
            stage, passed = waiting.popleft()
            for move in self._from.get(stage, ()):
                if move.goal in seen or not move.allows(team, reason, basis):
                    continue
                if passed and not self._forward(move):
                    continue
                if move.goal == goal:
                    return (*passed, goal)
                if not self._forward(move):
                    continue
                seen.add(move.goal)
                waiting.append((move.goal, (*passed, move.goal)))
        return None

    def nearest(
        self, start: str, goals: Sequence[str], team: Team, *, reason: str, basis: Basis
    ) -> tuple[str, ...] | None:
        """The shortest of the paths to any of ``goals``; of equal ones to the first named (R14)."""
        paths = [self.path(start, goal, team, reason=reason, basis=basis) for goal in goals]
        reachable = [path for path in paths if path is not None]
        return min(reachable, key=len) if reachable else None

    def _forward(self, move: Move) -> bool:
        if move.goal in self.sides:
            return False
        return move.start in self.sides or self.ranks[move.goal] > self.ranks[move.start]
