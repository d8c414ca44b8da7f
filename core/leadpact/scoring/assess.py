"""Evidence to a scorecard: totals, grade, verdict, what is missing, when time alone changes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from leadpact.model.scorecard import Evidence, Scorecard, ScoringInput, Signal, Verdict
from leadpact.pact.conditions import DERIVED
from leadpact.pact.score_rules import EngagementRule, FitRule, Gate, Scoring

Row = tuple[int, str, int]
"""Of one lead: rule number, signal id ("" for facts), points in hundredths."""


def points_text(hundredths: int) -> str:
    """Points for people: ``15``, ``7.5``, ``−10`` with a real minus sign."""
    whole, rest = divmod(abs(hundredths), 100)
    shown = f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)
    return f"−{shown}" if hundredths < 0 else shown


class Assessor:
    """Makes scorecards by one pact's scoring.

    Args:
        scoring: rules, thresholds, grades and lanes.
    """

    def __init__(self, scoring: Scoring) -> None:
        self._scoring = scoring
        self._rules: tuple[FitRule | EngagementRule | Gate, ...] = (
            *scoring.fit,
            *scoring.engagement,
            *scoring.gates,
        )
        first = len(scoring.fit)
        self._steps = {
            number: rule.next_steps() for number, rule in enumerate(scoring.engagement, first)
        }
        self._names = {name for rule in scoring.engagement for name in rule.signals}
        self._names.update(lane.signal for lane in scoring.lanes)

    def card(
        self,
        lead: ScoringInput,
        rows: Iterable[Row],
        undecided: Sequence[int],
        signals: Mapping[str, Signal],
        as_of: datetime,
    ) -> Scorecard:
        """The scorecard of one lead.

        Args:
            lead: what was scored.
            rows: its evidence.
            undecided: numbers of fit rules that lack a fact.
            signals: the counted signals by id, future ones left out.
            as_of: the instant that ages were computed for.
        """
        scoring = self._scoring
        fit = engagement = 0
        evidence: list[tuple[int, str, Evidence]] = []
        gates: list[Gate] = []
        changes: list[datetime] = []
        for number, signal_id, points in rows:
            rule = self._rules[number]
            if isinstance(rule, Gate):
                gates.append(rule)
                continue
            if isinstance(rule, FitRule):
                fit += points
                item = Evidence(rule.key, points, text=rule.label)
            else:
                engagement += points
                at = signals[signal_id].at
                item = Evidence(rule.key, points, signal_id, at, rule.label)
                changes.append(at + timedelta(days=self._steps[number][(as_of - at).days]))
            evidence.append((number, signal_id, item))
        evidence.sort(key=lambda each: (each[0], each[2].at or as_of, each[1]))
        lane, lane_ends = self._lane(signals, as_of)
        changes += lane_ends
        changes += [
            each.at for each in lead.signals if each.at > as_of and each.name in self._names
        ]
        open_fit = (
            [rule for number, rule in enumerate(scoring.fit) if number in undecided]
            if undecided
            else []
        )
        verdict = self._verdict(fit, engagement, open_fit, gates)
        return Scorecard(
            link_id=lead.link_id,
            as_of=as_of,
            pact_hash=scoring.pact_hash,
            fit=fit,
            engagement=engagement,
            total=fit + engagement,
            grade=self._grade(fit, engagement),
            verdict=verdict,
            evidence=tuple(item for _, _, item in evidence),
            disqualifiers=tuple(f"{gate.key}: {gate.label}" for gate in gates),
            fast_lane="" if gates else lane,
            missing=() if gates else tuple(self._missing(fit, engagement, open_fit)),
            next_change_at=min(changes, default=None),
        )

    def _verdict(
        self, fit: int, engagement: int, open_fit: Sequence[FitRule], gates: Sequence[Gate]
    ) -> Verdict:
        scoring = self._scoring
        if gates:
            disqualified = any(gate.kind == "disqualify" for gate in gates)
            return "disqualified" if disqualified else "excluded"
        interested = engagement >= scoring.engagement_floor
        if interested and fit >= scoring.fit_floor and fit + engagement >= scoring.mql:
            return "qualified"
        possible = fit + sum(rule.points for rule in open_fit)
        if interested and fit < scoring.fit_floor <= possible:
            return "needs_data"
        return "not_yet"

    def _grade(self, fit: int, engagement: int) -> str:
        scoring = self._scoring
        letter = sum(fit < least for least in scoring.fit_grades)
        number = sum(engagement < least for least in scoring.engagement_grades)
        return f"{'ABCD'[letter]}{number + 1}"

    def _missing(self, fit: int, engagement: int, open_fit: Sequence[FitRule]) -> Iterable[str]:
        """What keeps the lead from the threshold, as a rep says it (R36)."""
        scoring = self._scoring
        total = fit + engagement
        floors = (
            ("fit", fit, scoring.fit_floor),
            ("engagement", engagement, scoring.engagement_floor),
        )
        if total >= scoring.mql and all(has >= floor for _, has, floor in floors):
            return
        for rule in open_fit:
            facts = sorted({"email" if fact in DERIVED else fact for fact in rule.needs})
            asked = ", ".join(fact.replace("_", " ") for fact in facts)
            yield f"{asked} (up to {points_text(rule.points)} points: {rule.label})"
        if total < scoring.mql:
            more = points_text(scoring.mql - total)
            yield f"{more} more points to reach {points_text(scoring.mql)}"
        for name, has, floor in floors:
            if has < floor:
                yield f"{name} of at least {points_text(floor)} (it is {points_text(has)})"

    def _lane(self, signals: Mapping[str, Signal], as_of: datetime) -> tuple[str, list[datetime]]:
        """The most urgent open lane, and when each open lane closes."""
        first = ""
        ends: list[datetime] = []
        for lane in self._scoring.lanes:
            dates = [each.at for each in signals.values() if each.name == lane.signal]
            if not dates:
                continue
            end = max(dates) + timedelta(days=lane.window_days)
            if end > as_of:
                first = first or lane.signal
                ends.append(end)
        return first, ends
