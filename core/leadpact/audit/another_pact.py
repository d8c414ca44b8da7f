"""What another agreement would change for the leads that are there: verdicts, grades, moves, load per rep (R22). Pure.

A score promotes and never demotes (R15): who is an MQL stays one though the other agreement would not make them one.
One way for `pact diff`, `pact activate` and `pact what-if`: an engine scores everybody under both agreements, and tells
of each lead that says something under either; what follows from that is decided here, whichever engine it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from leadpact.lifecycle.qualification import qualify, way_to_sql
from leadpact.model.link import Link
from leadpact.model.scorecard import ScoringInput, Signal
from leadpact.pact.agreement import Pact
from leadpact.ports.population import Comparison, Pages, PopulationEngine, Shift, Standing
from leadpact.ports.state_store import StateReader

MOST_EXAMPLES: Final = 10
BACK: Final = timedelta(days=400)
"""As far back as the sync itself looks for acts."""
PAGE: Final = 2_000
_DECIDED: Final = ("excluded", "disqualified")
_NOTHING: Final = Standing(0, 0, "", "not_yet")


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
        scores: verdicts, grades, totals of everybody, as the engine counted them.
        gained, lost: who qualifies under the other agreement alone, or no more, whatever their stage; ``lost_but_stay``
            of them are at MQL or beyond and stay there.
        moves: leads by (agreed stage, where the other agreement would move them).
        movers: all that would move, in no order.
        examples: ids of some that qualify newly, and of some that do so no more.
    """

    scores: Comparison = field(default_factory=lambda: Comparison(0, {}, {}, {}, {}, 0))
    gained: int = 0
    lost: int = 0
    lost_but_stay: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    per_owner: Counter[str] = field(default_factory=Counter)
    movers: list[Mover] = field(default_factory=list)
    examples: dict[str, list[str]] = field(default_factory=lambda: {"gained": [], "lost": []})

    @property
    def leads(self) -> int:
        """How many were judged."""
        return self.scores.leads

    @property
    def verdicts(self) -> Mapping[tuple[str, str], int]:
        """Leads by verdict before and after."""
        return self.scores.verdicts

    @property
    def grades(self) -> Mapping[tuple[str, str], int]:
        """Leads whose grade differs, by grade before and after."""
        return {pair: count for pair, count in self.scores.grades.items() if pair[0] != pair[1]}

    @property
    def totals_moved(self) -> int:
        """Leads whose total differs."""
        return self.scores.rescored

    def take(self, link: Link, before: Standing, after: Standing, pact: Pact, way: str) -> None:
        """Count one lead, judged under both; ``way``: what makes it an SQL by itself, "" = nothing."""
        was, now = qualifies(before), qualifies(after)
        if now and not was:
            self.gained += 1
            self._example("gained", link.id)
        elif was and not now:
            self.lost += 1
            self._example("lost", link.id)
            self.lost_but_stay += int(_is_further(link, pact))
        goal = goal_of(link, after, pact, way)
        if goal and link.stage is not None:
            self.moves[link.stage.stage, goal] += 1
            self.per_owner[link.owner] += 1
            self.movers.append(Mover(link.id, link.stage.stage, goal, after.total, link.owner))

    def _example(self, kind: str, link_id: str) -> None:
        self.examples[kind] = sorted([*self.examples[kind], link_id])[:MOST_EXAMPLES]


def change_of(
    reader: StateReader,
    engine: PopulationEngine,
    before: Pact,
    after: Pact,
    pages: Pages,
    now: datetime,
    *,
    examples: int = 0,
) -> Change:
    """Judge every lead of the state under both agreements; nothing is written.

    Args:
        engine: whichever is at hand; each says the same.
        pages: all leads, as :func:`inputs_of` makes them.
        now: the instant that both are asked for.
        examples: so many leads are shown one by one.
    """
    told: dict[str, Shift] = {}

    def keep(one: Shift) -> None:
        told[one.link_id] = one

    change = Change()
    change.scores = engine.compare(
        before.scoring, after.scoring, pages, now, examples=examples, tell=keep
    )
    for links in _pages(reader, told, after):
        ways = _ways(reader, links, told, after, now)
        for link_id, link in links.items():
            one = told.get(link_id)
            old, new = (one.before, one.after) if one is not None else (_NOTHING, _NOTHING)
            change.take(link, old, new, after, ways.get(link_id, ""))
    return change


def _pages(
    reader: StateReader, told: Mapping[str, Shift], pact: Pact
) -> Iterator[Mapping[str, Link]]:
    """Links that something is said of, and those that their answers alone may make an SQL."""
    ids = list(told)
    for start in range(0, len(ids), PAGE):
        yield reader.links(ids[start : start + PAGE])
    turning = pact.qualification.turns_at if pact.qualification is not None else frozenset()
    if turning:
        others = [
            one for one in reader.at_stages(sorted(turning), 1_000_000_000) if one.id not in told
        ]
        for start in range(0, len(others), PAGE):
            yield {one.id: one for one in others[start : start + PAGE]}


def _ways(
    reader: StateReader,
    links: Mapping[str, Link],
    told: Mapping[str, Shift],
    pact: Pact,
    now: datetime,
) -> dict[str, str]:
    """What makes leads SQLs by the agreement itself (K4), as a cycle judges it; a reply is left to the cycle."""
    rules = pact.qualification
    if rules is None:
        return {}
    signals = reader.signals(list(links), now - BACK)
    found = {}
    for link_id, link in links.items():
        state = link.stage
        if state is None or state.stage not in pact.stages:
            continue
        acts = signals.get(link_id, ())
        qualified = qualify(rules, dict(link.base), acts, pact, state.episode_since, now)
        card = told[link_id].after if link_id in told else None
        found[link_id] = way_to_sql(
            rules, qualified, state.stage, pact, card, answered=True, acted=True, replied=""
        )
    return found


def goal_of(link: Link, standing: Standing, pact: Pact, way: str = "") -> str:
    """Where this agreement would move the lead if it needed no new evidence; "" = nowhere.

    An open opportunity says more than any score: it is left where it is. What only a cycle sees is left to it, such as
    a person who took the lead back.

    Args:
        way: what makes it an SQL by the agreement itself, "" = nothing.
    """
    stage = link.stage
    if stage is None or stage.stage not in pact.stages or stage.deal_open:
        return ""
    if standing.verdict == "disqualified":
        held = set(standing.gates.split(","))
        gate = next((one for one in pact.scoring.gates if one.reason and one.key in held), None)
        if gate is None or not pact.lattice.path(
            stage.stage, "disqualified", "score", reason=gate.reason, basis="rejection"
        ):
            return ""
        return "disqualified"
    current = pact.stages[stage.stage]
    if current.side or current.rank >= pact.stages["sql"].rank:
        return ""
    if way:
        path = pact.lattice.path(stage.stage, "sql", "agreement", reason="", basis="qualification")
        if path:
            return path[-1]
    if current.rank >= pact.stages["mql"].rank or not qualifies(standing):
        return ""
    goal = "pql" if standing.makes == "pql" and not standing.fast_lane else "mql"
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


def qualifies(standing: Standing) -> bool:
    """Whether this standing makes an MQL or more."""
    return standing.verdict not in _DECIDED and bool(
        standing.fast_lane or standing.makes in ("mql", "pql", "sql")
    )


def _is_further(link: Link, pact: Pact) -> bool:
    stage = pact.stages.get(link.stage.stage) if link.stage is not None else None
    return stage is not None and not stage.side and stage.rank >= pact.stages["mql"].rank
