"""Evidence to a scorecard: totals, grade, verdict, what is missing, when time alone changes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Final, Literal, TypeAlias

from leadpact.model.quick import quick
from leadpact.model.scorecard import Evidence, Scorecard, ScoringInput, Signal, Verdict, points_text
from leadpact.model.terms import Intent
from leadpact.pact.conditions import DERIVED
from leadpact.pact.reachable import most_points
from leadpact.pact.score_rules import (
    INTENTS,
    Action,
    EngagementRule,
    FitRule,
    Gate,
    MustHave,
    Scoring,
)
from leadpact.scoring.windows import next_steps, window_of

Row = tuple[int, str, int]
"""Of one lead: rule number, signal id ("" for facts), points in hundredths."""

_EVER: Final = datetime.min.replace(tzinfo=UTC)
_LONG: Final = 1_000
_DAYS: Final = tuple(timedelta(days) for days in range(_LONG))
_PLACE: Final = itemgetter(0, 1, 2)

Makes: TypeAlias = Literal["mql", "pql", "sql", ""]


@dataclass(slots=True)
class Acts:
    """What one lead did and the pact knows by name.

    Attributes:
        by_id: the acts that count, each once.
        latest: the last of each kind.
        ahead: when the first act that is dated ahead comes due; None = none is.
    """

    by_id: Mapping[str, Signal]
    latest: Mapping[str, Signal]
    ahead: datetime | None = None


@quick
@dataclass(frozen=True, slots=True)
class Standing:
    """What the numbers alone say of a lead."""

    verdict: Verdict
    makes: Makes
    grade: str


class Assessor:
    """Makes scorecards by one pact's scoring.

    Args:
        scoring: rules, thresholds, grades and lanes.
    """

    def __init__(self, scoring: Scoring) -> None:
        self._scoring = scoring
        self._rules = scoring.numbered
        self._first_must = len(scoring.fit) + len(scoring.engagement) + len(scoring.gates)
        self._tables: dict[int, tuple[int, ...]] = {}
        self._steps: dict[int, tuple[int, ...]] = {}
        self._of_facts: dict[tuple[int, int], Evidence] = {}
        for number, each in enumerate(self._rules):
            if isinstance(each, EngagementRule):
                self._tables[number] = each.points_at
                self._steps[number] = next_steps(each.points_at)
        first_action = len(self._rules) - len(scoring.actions)
        self._by_rule: dict[str, list[tuple[int, Action]]] = {}
        for number, action in enumerate(scoring.actions, first_action):
            if action.of:
                self._by_rule.setdefault(action.of, []).append((number, action))
        self._lanes = {
            lane.signal: (place, timedelta(days=lane.window_days))
            for place, lane in enumerate(scoring.lanes)
        }
        self._ranks = {
            name: (INTENTS.index(intent), timedelta(days=window_of(name, scoring)))
            for name, intent in scoring.intents.items()
        }
        self._maximum = most_points(scoring)
        self._unreadable = scoring.unreadable

    def card(
        self,
        lead: ScoringInput,
        rows: Iterable[Row],
        undecided: Sequence[int],
        acts: Acts,
        as_of: datetime,
    ) -> Scorecard:
        """The scorecard of one lead.

        Args:
            lead: what was scored.
            rows: its evidence.
            undecided: numbers of fit rules and must-have criteria that lack a fact.
            acts: its acts.
            as_of: the instant that ages were computed for.
        """
        scoring = self._scoring
        signals = acts.by_id
        fit = engagement = 0
        evidence: list[tuple[int, datetime, str, Evidence]] = []
        done: list[tuple[int, Evidence]] = []
        by_rule: dict[str, Evidence] = {}
        held: list[int] = []
        changes: list[datetime] = []
        for number, signal_id, points in rows:
            rule = self._rules[number]
            if isinstance(rule, FitRule):
                fit += points
                evidence.append((number, as_of, signal_id, self._of_fact(number, rule, points)))
                continue
            if isinstance(rule, EngagementRule):
                engagement += points
                at = signals[signal_id].at
                item = Evidence(rule.key, points, signal_id, at, rule.label)
                changes.append(at + _days(self._falls(number, (as_of - at).days, points)))
                evidence.append((number, at, signal_id, item))
                if rule.key in self._by_rule:
                    first = by_rule.get(rule.key)
                    if first is None or _when(item) < _when(first):
                        by_rule[rule.key] = item
                continue
            held.append(number)
            if isinstance(rule, Action):
                at = signals[signal_id].at
                done.append((number, Evidence(rule.key, 0, signal_id, at, rule.label)))
                changes.append(at + timedelta(days=len(rule.rule.points_at)))
        for key, item in by_rule.items():
            for number, action in self._by_rule[key]:
                held.append(number)
                done.append(
                    (number, Evidence(action.key, 0, item.signal_id, item.at, action.label))
                )
        done.sort(key=_number)
        if len(evidence) > 1:
            evidence.sort(key=_PLACE)
        gates = self._gates(held) if held else []
        told = tuple([each[3] for each in evidence])
        actions = tuple([item for _, item in done])
        lane, intent, by_lane = self._open(acts.latest, as_of, changes)
        if acts.ahead is not None:
            changes.append(acts.ahead)
        standing = self.standing(fit, engagement, undecided, held)
        lane = "" if gates else lane
        trigger = by_lane if lane else ""
        if not trigger and standing.makes:
            trigger = self._trigger(standing.makes, fit, told, actions)
        return Scorecard(
            link_id=lead.link_id,
            as_of=as_of,
            pact_hash=scoring.pact_hash,
            fit=fit,
            engagement=engagement,
            total=fit + engagement,
            grade=standing.grade,
            verdict=standing.verdict,
            evidence=told,
            disqualifiers=tuple([f"{gate.key}: {gate.label}" for gate in gates]),
            fast_lane=lane,
            missing=() if gates else self._missing(fit, engagement, undecided, held, standing),
            next_change_at=min(changes) if changes else None,
            makes=standing.makes,
            intent=intent,
            trigger=trigger,
            actions=actions,
            unknown=tuple([self._rules[number].key for number in undecided]),
            maximum=self._maximum,
            unreadable=self._unreadable,
        )

    def _of_fact(self, number: int, rule: FitRule, points: int) -> Evidence:
        """The same for every lead of whom the rule holds."""
        known = self._of_facts.get((number, points))
        if known is None:
            known = Evidence(rule.key, points, text=rule.label)
            self._of_facts[number, points] = known
        return known

    def _gates(self, held: Collection[int]) -> list[Gate]:
        """What disqualifies, else what excludes: a label that a disqualifier gave (S45) is no further reason."""
        gates = [rule for n in sorted(held) if isinstance(rule := self._rules[n], Gate)]
        return [gate for gate in gates if gate.kind == "disqualify"] or gates

    def disqualified_by(self, held: Collection[int]) -> str:
        """Keys of the gates that disqualify, joined by commas; "" = none does."""
        return ",".join(gate.key for gate in self._gates(held) if gate.kind == "disqualify")

    def standing(
        self, fit: int, engagement: int, undecided: Collection[int], held: Collection[int]
    ) -> Standing:
        """Verdict, asserted stage and grade of a lead of whom only the sums are known.

        Args:
            fit: hundredths.
            engagement: hundredths.
            undecided: numbers of fit rules and must-have criteria that lack a fact.
            held: numbers of the gates, must-have criteria and qualifying actions that hold.
        """
        verdict, makes = self._verdict(fit, engagement, undecided, held)
        return Standing(verdict, makes, self._grade(fit, engagement))

    def _verdict(
        self, fit: int, engagement: int, undecided: Collection[int], held: Collection[int]
    ) -> tuple[Verdict, Makes]:
        scoring = self._scoring
        kinds: list[str] = []
        actions: list[Action] = []
        for number in held:
            rule = self._rules[number]
            if isinstance(rule, Gate):
                kinds.append(rule.kind)
            elif isinstance(rule, Action):
                actions.append(rule)
        if kinds:
            return ("disqualified" if "disqualify" in kinds else "excluded"), ""
        unmet, open_criteria = self._criteria(undecided, held) if scoring.must else ([], [])
        floors = scoring.floors
        fits = not floors or fit >= scoring.fit_floor
        interested = not floors or engagement >= scoring.engagement_floor
        total = fit + engagement
        enough = bool(scoring.enough) and len(actions) >= scoring.enough
        spoken = enough or any(action.makes for action in actions)
        met = not unmet and not open_criteria
        if met and any(action.makes == "pql" for action in actions):
            return "qualified", "pql"
        if met and fits:
            by_points = interested and total >= scoring.mql and len(actions) >= scoring.required
            if by_points or enough or any(action.makes == "mql" for action in actions):
                sql = by_points and scoring.sql is not None and total >= scoring.sql
                return "qualified", "sql" if sql else "mql"
        if unmet or not (interested or spoken):
            return "not_yet", ""
        possible = fit + self.open_points(undecided)
        if floors:
            lacking = possible >= scoring.fit_floor and (not fits or bool(open_criteria))
        else:
            lacking = possible + engagement >= scoring.mql and (total < scoring.mql or not met)
        return ("needs_data" if lacking else "not_yet"), ""

    def _criteria(
        self, undecided: Collection[int], held: Collection[int]
    ) -> tuple[list[MustHave], list[MustHave]]:
        """Must-have criteria that are known not to be met, and those that are unknown."""
        unmet, unknown = [], []
        for number, criterion in enumerate(self._scoring.must, self._first_must):
            if number in undecided:
                unknown.append(criterion)
            elif number not in held:
                unmet.append(criterion)
        return unmet, unknown

    def open_points(self, undecided: Collection[int]) -> int:
        """What fit rules that lack a fact could still give (hundredths)."""
        fit = self._scoring.fit
        return sum(fit[number].points for number in undecided if number < len(fit))

    def _grade(self, fit: int, engagement: int) -> str:
        scoring = self._scoring
        letter = number = 0
        for least in scoring.fit_grades:
            letter += fit < least
        for least in scoring.engagement_grades:
            number += engagement < least
        return f"{'ABCD'[letter]}{number + 1}"

    def _falls(self, number: int, age: int, given: int) -> int:
        """The age at which an act of this age next earns less than it is given now."""
        table, steps = self._tables[number], self._steps[number]
        later = steps[age]
        while later < len(table) and table[later] >= abs(given):
            later = steps[later]
        return later

    def _missing(
        self,
        fit: int,
        engagement: int,
        undecided: Sequence[int],
        held: Collection[int],
        standing: Standing,
    ) -> tuple[str, ...]:
        """What keeps the lead from the threshold, as a rep says it (R36)."""
        if standing.makes:
            return ()
        scoring = self._scoring
        said: list[str] = []
        if scoring.must:
            unmet, unknown = self._criteria(undecided, held)
            said += [f"{each.label} (a must)" for each in unmet]
            said += [f"{each.ask or _asked(each.needs)} (a must: {each.label})" for each in unknown]
        for number in undecided:
            if number < len(scoring.fit):
                rule = scoring.fit[number]
                most = points_text(rule.points)
                said.append(f"{_asked(rule.needs)} (up to {most} points: {rule.label})")
        total = fit + engagement
        if total < scoring.mql:
            more = points_text(scoring.mql - total)
            said.append(f"{more} more points to reach {points_text(scoring.mql)}")
        if scoring.floors:
            for name, has, floor in (
                ("fit", fit, scoring.fit_floor),
                ("engagement", engagement, scoring.engagement_floor),
            ):
                if has < floor:
                    said.append(
                        f"{name} of at least {points_text(floor)} (it is {points_text(has)})"
                    )
        if scoring.required:
            first = self._first_must + len(scoring.must)
            actions = sum(number >= first for number in held)
            if actions < scoring.required:
                more = str(scoring.required - actions)
                said.append(f"{more} more qualifying action{'s' if more != '1' else ''}")
        return tuple(said)

    def _open(
        self, latest: Mapping[str, Signal], as_of: datetime, changes: list[datetime]
    ) -> tuple[str, Intent | Literal[""], str]:
        """The most urgent open lane, the highest class of intent, the lane's act; notes when these end."""
        lane = trigger = ""
        place = len(self._lanes)
        best = len(INTENTS)
        ends: datetime | None = None
        for name, act in latest.items():
            open_for = self._lanes.get(name)
            if open_for is not None:
                end = act.at + open_for[1]
                if end > as_of:
                    changes.append(end)
                    if open_for[0] < place:
                        place, lane, trigger = open_for[0], name, act.id
            ranked = self._ranks.get(name)
            if ranked is not None and ranked[0] <= best:
                end = act.at + ranked[1]
                if end > as_of:
                    ends = end if ranked[0] < best or ends is None else max(ends, end)
                    best = ranked[0]
        if ends is None:
            return lane, "", trigger
        changes.append(ends)
        return lane, INTENTS[best], trigger

    def _trigger(
        self, makes: Makes, fit: int, evidence: Sequence[Evidence], done: Sequence[Evidence]
    ) -> str:
        """The act that completed the case, seen from what counts now."""
        scoring = self._scoring
        alone = {action.key for action in scoring.actions if action.makes == makes}
        by_itself = [each for each in done if each.rule in alone]
        if by_itself:
            return min(by_itself, key=_when).signal_id
        acts = sorted((each for each in evidence if each.at is not None), key=_when)
        floor = scoring.engagement_floor if scoring.floors else 0
        least = scoring.mql if makes != "sql" or scoring.sql is None else scoring.sql
        sum_ = 0
        for each in acts:
            sum_ += each.points
            if sum_ >= floor and fit + sum_ >= least:
                return each.signal_id
        last = max((*acts, *done), key=_when, default=None)
        return last.signal_id if last is not None else ""


def _days(number: int) -> timedelta:
    return _DAYS[number] if number < _LONG else timedelta(number)


def _number(pair: tuple[int, Evidence]) -> int:
    return pair[0]


def _when(item: Evidence) -> tuple[datetime, str]:
    return item.at or _EVER, item.signal_id


def _asked(facts: Collection[str]) -> str:
    """Facts as a rep asks for them."""
    named = sorted({"email" if fact in DERIVED else fact for fact in facts})
    return ", ".join(fact.replace("_", " ") for fact in named)
