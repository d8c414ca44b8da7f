"""What is odd in a pact's rules: rules that never hold or always do, thresholds nobody or everybody reaches."""

from __future__ import annotations

from collections.abc import Iterator, Set

from leadpact.pact.checked import did_you_mean
from leadpact.pact.conditions import Condition
from leadpact.pact.document.conditions import ConditionPart
from leadpact.pact.findings import PactFinding, ReadPact
from leadpact.pact.reachable import fit_range
from leadpact.pact.satisfiable import can_all_be
from leadpact.pact.score_rules import EngagementRule
from leadpact.pact.yaml_text import Path


def rule_findings(read: ReadPact) -> Iterator[PactFinding]:
    """Findings of the scoring section and the thresholds."""
    scoring = read.pact.scoring
    for rule in scoring.fit:
        path: Path = ("scoring", "rules", rule.key)
        part = read.document.scoring.rules[rule.key].when
        yield from _condition(read, path, rule.when, part, gate=False)
        if not rule.points:
            yield read.warn("rule_without_points", (*path, "points"), f"{rule.key} gives no points")
    for acts in scoring.engagement:
        path = ("scoring", "rules", acts.key)
        if not any(acts.points_at):
            yield read.warn("rule_without_points", (*path, "points"), f"{acts.key} gives no points")
    yield from _actions(read)
    for must in scoring.must:
        path = ("scoring", "must_have", must.key)
        if not can_all_be([(must.when, "true")], scoring.facts):
            yield read.warn(
                "rule_never_holds",
                path,
                f"{_dotted(path)} can never hold: nobody becomes an MQL by points",
            )
    sections = {"disqualify": read.document.scoring.disqualify}
    for gate in scoring.gates:
        section = "disqualify" if gate.key in sections["disqualify"] else "exclude"
        parts = read.document.scoring.disqualify | read.document.scoring.exclude
        path = ("scoring", section, gate.key)
        yield from _condition(read, path, gate.when, parts[gate.key].when, gate=True)
    yield from _thresholds(read)


def unread_signals(read: ReadPact, given: Set[str]) -> Iterator[PactFinding]:
    """Rules and lanes whose signals come from nowhere (R35).

    Args:
        read: the agreement.
        given: names of the signals that the mapping and the sources give.
    """
    scoring = read.pact.scoring
    rules: dict[Path, EngagementRule] = {
        ("scoring", "rules", rule.key): rule for rule in scoring.engagement
    }
    for action in scoring.actions:
        if not action.of:
            rules["scoring", "qualify", "actions", action.key] = action.rule
    parts: dict[Path, frozenset[str]] = {
        path: rule.signals - given if rule.all_of else rule.signals
        for path, rule in rules.items()
        if not rule.live(frozenset(given))
    }
    for lane in scoring.lanes:
        if lane.signal not in given:
            parts["scoring", "fast_lanes", lane.signal] = frozenset({lane.signal})
    for path, names in parts.items():
        several = "none of the signals" if len(names) > 1 else "the signal"
        near = [did_you_mean(name, given) for name in sorted(names)]
        hint = next((f" ({each})" for each in near if each.startswith("did")), "")
        # An action is one of several ways; a rule's points are missed in every score (R35).
        tell = read.hint if path[1] == "qualify" else read.warn
        yield tell(
            "signal_without_source",
            path,
            f"{_dotted(path)} can never count: no mapping or source gives "
            f"{several} {', '.join(sorted(names))}{hint}; map it under `signals:` or take this out",
            key=True,
        )


def _actions(read: ReadPact) -> Iterator[PactFinding]:
    scoring = read.pact.scoring
    listed = read.document.scoring.signals
    for rule in scoring.acts if listed else ():
        for name in sorted(rule.signals - listed.keys()):
            yield read.hint(
                "signal_without_intent",
                ("scoring", "signals"),
                f'"{name}" counts in {rule.key} and has no class of intent; '
                f"{did_you_mean(name, listed)}",
                key=True,
            )


def _dotted(path: Path) -> str:
    return ".".join(str(step) for step in path)


def _condition(
    read: ReadPact, path: Path, when: Condition, part: ConditionPart | None, *, gate: bool
) -> Iterator[PactFinding]:
    facts = read.pact.scoring.facts
    name = ".".join(str(step) for step in path)
    if not can_all_be([(when, "true")], facts):
        empty = sorted(set(_empty_lists(part, read)))
        if empty:
            tell = read.hint if gate else read.warn
            lists = " and ".join(empty)
            verb = "are" if len(empty) > 1 else "is"
            yield tell(
                "list_empty",
                (*path, "when"),
                f"{name} never holds while lists.{lists} {verb} empty; fill it or take this out",
            )
        else:
            yield read.warn(
                "rule_never_holds",
                (*path, "when"),
                f"{name} can never hold: its conditions contradict each other; "
                "loosen one, or write `any` where `all` stands",
            )
    elif not can_all_be([(when, "not_true")], facts):
        what = "keeps everybody out" if gate else "gives its points to everybody"
        yield read.warn("rule_always_holds", (*path, "when"), f"{name} {what}: it always holds")


def _empty_lists(part: ConditionPart | None, read: ReadPact) -> Iterator[str]:
    if part is None:
        return
    if part.list_ is not None and not read.document.lists.get(part.list_):
        yield part.list_
    for inner in (*(part.all_ or ()), *(part.any_ or ()), part.not_):
        yield from _empty_lists(inner, read)


def _thresholds(read: ReadPact) -> Iterator[PactFinding]:
    scoring = read.pact.scoring
    least_fit, most_fit = fit_range(scoring)
    most_acts = scoring.most_engagement
    for name, floor, most, rules in (
        ("fit_floor", scoring.fit_floor * scoring.floors, most_fit, "fit"),
        ("engagement_floor", scoring.engagement_floor * scoring.floors, most_acts, "engagement"),
        ("mql", scoring.mql, most_fit + most_acts, "scoring"),
        ("sql", scoring.sql or 0, most_fit + most_acts, "scoring"),
    ):
        if most < floor:
            yield read.warn(
                "threshold_out_of_reach",
                ("thresholds", name),
                f"thresholds.{name}: nobody reaches {floor / 100:g}, the {rules} rules give "
                f"{most / 100:g} at most; lower it or add rules",
            )
    free = not scoring.floors or scoring.engagement_floor <= 0
    if least_fit >= max(scoring.mql, scoring.fit_floor * scoring.floors) and free:
        yield read.warn(
            "threshold_without_effect",
            ("thresholds", "mql"),
            f"thresholds.mql: everybody reaches {scoring.mql / 100:g}, the fit rules give "
            f"{least_fit / 100:g} at least; raise it or take points off those rules",
        )
