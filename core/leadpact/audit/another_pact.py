"""What another agreement would change for the leads that are there: verdicts, grades, moves, load per rep (R22). Pure.

A score promotes and never demotes (R15): who is an MQL stays one though the other agreement would not make them one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from leadpact.model.link import Link
from leadpact.model.scorecard import Scorecard, ScoringInput, Signal
from leadpact.pact.agreement import Pact

MOST_EXAMPLES = 10
_DECIDED = ("excluded", "disqualified")


@dataclass(frozen=True, slots=True)
class Mover:
    """A lead that the other agreement would move if it judged anew.

    Attributes:
        total: its score under it, in hundredths; the hottest move first.
        owner: whose it is, as ``<crm>:<owner id>``; "" = not known.
    """

    link_id: str
    start: str
    goal: str
    total: int
    owner: str = ""


@dataclass(slots=True)
class Change:
    """The sum over all leads; counts by (before, after).

    Attributes:
        would: leads that would be an MQL (or PQL) by their score under each: (before, after) → leads.
        gained, lost: who qualifies under the other agreement alone, or no more, whatever their stage; ``lost_but_stay``
            of them are at MQL or beyond and stay there.
        stages: leads by agreed stage.
        movers: all that would move, in no order.
        examples: ids of some that qualify newly, and of some that do so no more.
    """

    leads: int = 0
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    grades: Counter[tuple[str, str]] = field(default_factory=Counter)
    totals_moved: int = 0
    gained: int = 0
    lost: int = 0
    lost_but_stay: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    per_owner: Counter[str] = field(default_factory=Counter)
    movers: list[Mover] = field(default_factory=list)
    examples: dict[str, list[str]] = field(default_factory=lambda: {"gained": [], "lost": []})

    def take(self, link: Link, before: Scorecard, after: Scorecard, pact: Pact) -> None:
        """Count one lead, judged under both."""
        self.leads += 1
        self.verdicts[before.verdict, after.verdict] += 1
        self.grades[before.grade, after.grade] += int(before.grade != after.grade)
        self.totals_moved += int(before.total != after.total)
        was, now = _qualifies(before), _qualifies(after)
        if now and not was:
            self.gained += 1
            self._example("gained", link.id)
        elif was and not now:
            self.lost += 1
            self._example("lost", link.id)
            self.lost_but_stay += int(_is_further(link, pact))
        goal = goal_of(link, after, pact)
        if goal and link.stage is not None:
            self.moves[link.stage.stage, goal] += 1
            self.per_owner[link.owner] += 1
            self.movers.append(Mover(link.id, link.stage.stage, goal, after.total, link.owner))

    def _example(self, kind: str, link_id: str) -> None:
        if len(self.examples[kind]) < MOST_EXAMPLES:
            self.examples[kind].append(link_id)


def goal_of(link: Link, card: Scorecard, pact: Pact) -> str:
    """Where this score would move the lead if it needed no new evidence; "" = nowhere.

    What only a cycle sees is left to it: an open opportunity, or a person who took the lead back.
    """
    stage = link.stage
    if stage is None or stage.stage not in pact.stages:
        return ""
    if card.verdict == "disqualified":
        held = {each.partition(": ")[0] for each in card.disqualifiers}
        gate = next((one for one in pact.scoring.gates if one.reason and one.key in held), None)
        if gate is None or not pact.lattice.path(
            stage.stage, "disqualified", "score", reason=gate.reason, basis="rejection"
        ):
            return ""
        return "disqualified"
    current = pact.stages[stage.stage]
    if current.side or current.rank >= pact.stages["mql"].rank or not _qualifies(card):
        return ""
    goal = "pql" if card.makes == "pql" and not card.fast_lane else "mql"
    path = pact.lattice.path(stage.stage, goal, "score", reason="", basis="score")
    return path[-1] if path else ""


def inputs_of(links: Iterable[Link], signals: Mapping[str, Sequence[Signal]]) -> list[ScoringInput]:
    """What the stored state knows of these leads, to be scored: agreed values, signals, the start of the episode."""
    return [
        ScoringInput(
            link.id,
            link.base,
            tuple(one for one in signals.get(link.id, ()) if one.precision != "counter"),
            link.stage.episode_since if link.stage is not None else None,
        )
        for link in links
    ]


def days_of(movers: Sequence[Mover], first: datetime, daily_cap: int) -> dict[str, datetime]:
    """From when on each lead may be moved: so many a day, the hottest first.

    Args:
        first: when the first of them may move.
        daily_cap: moves a day, at least 1.
    """
    ordered = sorted(movers, key=lambda one: (-one.total, one.link_id))
    return {
        one.link_id: first + timedelta(days=number // daily_cap)
        for number, one in enumerate(ordered)
    }


def _qualifies(card: Scorecard) -> bool:
    return card.verdict not in _DECIDED and bool(
        card.fast_lane or card.makes in ("mql", "pql", "sql")
    )


def _is_further(link: Link, pact: Pact) -> bool:
    stage = pact.stages.get(link.stage.stage) if link.stage is not None else None
    return stage is not None and not stage.side and stage.rank >= pact.stages["mql"].rank
