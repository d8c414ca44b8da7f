"""The scoring part of a pact document to compiled rules; faults are collected, not raised."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar, cast

from leadpact.pact.act_compiler import (
    check_signals,
    engagement_rule,
    how_many,
    qualifying_action,
)
from leadpact.pact.checked import did_you_mean
from leadpact.pact.conditions import (
    DERIVED,
    FACTS,
    OPERATIONS,
    Condition,
    Either,
    Every,
    FactTest,
    FactType,
    Negated,
    Operation,
    checked_test,
)
from leadpact.pact.document import PactDocument
from leadpact.pact.document.conditions import ConditionPart
from leadpact.pact.document.scoring import (
    ActionPart,
    DisqualifierPart,
    GatePart,
    MustHavePart,
    RulePart,
)
from leadpact.pact.score_rules import (
    Action,
    EngagementRule,
    FastLane,
    FitRule,
    Gate,
    MustHave,
    Scoring,
    ScoringLists,
    hundredths,
)
from leadpact.pact.yaml_text import Marks, Path, Problem

_NEGATED: Final[Mapping[str, Operation]] = {
    "is_not": "is",
    "none_of": "one_of",
    "is_unknown": "is_known",
}
_KNOWN_OPERATIONS: Final = frozenset[str]().union(*OPERATIONS.values()) | {*_NEGATED, "between"}
_NEVER: Final = FactTest("email", "one_of", ())
MAX_DEPTH: Final = 20

PartT = TypeVar("PartT")


def compile_rules(
    document: PactDocument,
    pact_hash: str,
    lists: ScoringLists,
    marks: Marks,
    found: list[Problem],
) -> Scoring:
    """Compiles rules, gates and lanes; what is wrong goes to ``found`` with its place.

    Args:
        document: the checked document.
        pact_hash: names the agreement on every scorecard.
        lists: mail domains of the app; ``lists.free_mail`` and ``lists.disposable`` of the pact are added.
        marks: places of the document.
        found: receives the problems; the result is meaningless where there are any.
    """
    part = document.scoring
    compiler = _Compiler(document, marks, found)
    thresholds = document.thresholds
    return Scoring(
        pact_hash=pact_hash,
        facts=MappingProxyType(compiler.facts),
        fit=tuple(compiler.each("rules", part.rules, compiler.fit)),
        engagement=tuple(compiler.each("rules", part.rules, compiler.engagement)),
        gates=(
            *compiler.each("disqualify", part.disqualify, compiler.disqualifier),
            *compiler.each("exclude", part.exclude, compiler.exclusion),
        ),
        lanes=tuple(
            FastLane(signal, lane.label, lane.window_days)
            for signal, lane in part.fast_lanes.items()
        ),
        lists=ScoringLists(
            lists.free_mail | _domains(document.lists.get("free_mail", [])),
            lists.disposable | _domains(document.lists.get("disposable", [])),
        ),
        mql=thresholds.mql * 100,
        fit_floor=thresholds.fit_floor * 100,
        engagement_floor=thresholds.engagement_floor * 100,
        fit_grades=tuple(step * 100 for step in part.grade.fit),
        engagement_grades=tuple(step * 100 for step in part.grade.engagement),
        floors=thresholds.floors,
        sql=None if thresholds.sql is None else thresholds.sql * 100,
        must=tuple(compiler.each("must_have", part.must_have, compiler.must_have)),
        actions=tuple(compiler.each("qualify.actions", part.qualify.actions, compiler.action)),
        required=how_many(part.qualify.required, len(part.qualify.actions)),
        enough=how_many(part.qualify.enough, len(part.qualify.actions)),
        intents=MappingProxyType({name: each.intent for name, each in part.signals.items()}),
        starts=MappingProxyType(
            {name: each.starts for name, each in part.signals.items() if each.starts}
        ),
        window_days=part.window_days,
    )


def condition_compiler(
    document: PactDocument, marks: Marks, found: list[Problem]
) -> Callable[[ConditionPart, Path], Condition]:
    """Compiles conditions that stand outside of the scoring part, over the same facts."""
    return _Compiler(document, marks, found).condition


def _domains(words: list[str]) -> frozenset[str]:
    return frozenset(word.casefold().strip().removeprefix("@") for word in words)


class _Compiler:
    def __init__(self, document: PactDocument, marks: Marks, found: list[Problem]) -> None:
        self._document = document
        self._marks = marks
        self._found = found
        self.facts: dict[str, FactType] = {**FACTS, **document.scoring.facts, **DERIVED}
        self._check_keys()

    def each(
        self,
        section: str,
        parts: Mapping[str, PartT],
        compile_one: Callable[[str, Any, Path], Any],
    ) -> Iterator[Any]:
        """What ``compile_one`` makes of each part of a section; None is left out."""
        for key, part in parts.items():
            path: Path = ("scoring", *section.split("."), key)
            with self._noting(path):
                compiled = compile_one(key, part, path)
                if compiled is not None:
                    yield compiled

    def fit(self, key: str, part: RulePart, path: Path) -> FitRule | None:
        if part.pillar != "fit" or part.when is None:
            return None
        return FitRule(
            key, part.label, hundredths(part.points), self.condition(part.when, (*path, "when"))
        )

    def engagement(self, key: str, part: RulePart, path: Path) -> EngagementRule | None:
        if part.pillar != "engagement":
            return None
        return engagement_rule(key, part, self._document.scoring.window_days, path, self._note)

    def action(self, key: str, part: ActionPart, path: Path) -> Action | None:
        return qualifying_action(key, part, self._document, path, self._note)

    def must_have(self, key: str, part: MustHavePart, path: Path) -> MustHave:
        if part.when is not None:
            return MustHave(key, part.label, self.condition(part.when, (*path, "when")), part.ask)
        bounds = ((part.minimum, "at_least"), (part.maximum, "at_most"))
        tests = tuple(
            self._plain(ConditionPart(field=part.field, op=op, value=bound), path)
            for bound, op in bounds
            if bound is not None
        )
        return MustHave(key, part.label, tests[0] if len(tests) == 1 else Every(tests), part.ask)

    def disqualifier(self, key: str, part: DisqualifierPart, path: Path) -> Gate:
        gate = self._gate(key, part, path, "disqualify")
        able = [
            name
            for name, reason in self._document.reasons.items()
            if reason.disposition == "disqualify"
        ]
        if part.reason is None:
            return replace(gate, reason=key) if key in able else gate
        if part.reason not in able:
            self._note(
                (*path, "reason"),
                f'"{part.reason}" is no reason that disqualifies; {did_you_mean(part.reason, able)}',
            )
        return replace(gate, reason=part.reason)

    def exclusion(self, key: str, part: GatePart, path: Path) -> Gate:
        return self._gate(key, part, path, "exclude")

    def _gate(
        self, key: str, part: GatePart, path: Path, kind: Literal["disqualify", "exclude"]
    ) -> Gate:
        return Gate(key, part.label, kind, self.condition(part.when, (*path, "when")))

    def condition(self, part: ConditionPart, path: Path, depth: int = 0) -> Condition:
        """The closed form of a written condition; a faulty one is noted and never holds."""
        if depth > MAX_DEPTH:
            self._note(path, f"conditions may be nested {MAX_DEPTH} deep, not more")
            return _NEVER
        if part.query is not None:
            return self._query(part.query, (*path, "query"))
        if part.not_ is not None:
            return Negated(self.condition(part.not_, (*path, "not"), depth + 1))
        for key, parts, make in (("all", part.all_, Every), ("any", part.any_, Either)):
            if parts is not None:
                inner = tuple(
                    self.condition(each, (*path, key, index), depth + 1)
                    for index, each in enumerate(parts)
                )
                return cast("Condition", make(inner))
        return self._plain(part, path)

    def _plain(self, part: ConditionPart, path: Path) -> Condition:
        field, operation = str(part.field), str(part.op)
        if field not in self.facts:
            hint = did_you_mean(field, self.facts)
            self._note((*path, "field"), f'there is no fact "{field}"; {hint}')
            return _NEVER
        if operation not in _KNOWN_OPERATIONS:
            hint = did_you_mean(operation, _KNOWN_OPERATIONS)
            self._note((*path, "op"), f'there is no operation "{operation}"; {hint}')
            return _NEVER
        values = part.value if isinstance(part.value, list) else [part.value]
        values = [value for value in values if value is not None]
        if part.list_ is not None:
            if part.list_ not in self._document.lists:
                hint = did_you_mean(part.list_, self._document.lists)
                self._note((*path, "list"), f'there is no list "{part.list_}"; {hint}')
                return _NEVER
            values = [*values, *self._document.lists[part.list_]]
            if not values:
                return Negated(_NEVER) if operation == "none_of" else _NEVER
        with self._noting(path):
            if operation == "between":
                return self._between(field, values)
            if operation in _NEGATED:
                return Negated(checked_test(field, _NEGATED[operation], values, self.facts))
            return checked_test(field, cast("Operation", operation), values, self.facts)
        return _NEVER

    def _between(self, field: str, values: list[Any]) -> Condition:
        if len(values) != 2:
            raise ValueError("`between` needs two values, such as [50, 500]")
        low = checked_test(field, "at_least", values[:1], self.facts)
        high = checked_test(field, "at_most", values[1:], self.facts)
        if int(values[0]) > int(values[1]):
            raise ValueError(f"`between` never holds: {values[0]} is above {values[1]}")
        return Every((low, high))

    def _query(self, text: str, path: Path) -> Condition:
        # sqlglot costs more to import than the rest of a check: only a pact that uses its text pays.
        from leadpact.pact.query_text import parse_condition  # noqa: PLC0415

        with self._noting(path):
            return parse_condition(text, self.facts)
        return _NEVER

    def _check_keys(self) -> None:
        part = self._document.scoring
        seen: dict[str, str] = {}
        sections: Mapping[str, Iterable[str]] = {
            "rules": part.rules,
            "must_have": part.must_have,
            "qualify.actions": part.qualify.actions,
            "disqualify": part.disqualify,
            "exclude": part.exclude,
        }
        for section, keys in sections.items():
            for key in keys:
                if key in seen:
                    message = f'"{key}" is already a name in scoring.{seen[key]}'
                    path: Path = ("scoring", *section.split("."), key)
                    place = self._marks.place(path, key=True)
                    self._found.append(Problem(place, message))
                seen[key] = section
        for name in part.facts:
            if name in DERIVED or part.facts[name] != FACTS.get(name, part.facts[name]):
                self._note(("scoring", "facts", name), "this fact is built in, with its own type")
        for at, message in check_signals(self._document):
            self._note(at, message)

    @contextmanager
    def _noting(self, path: Path) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            self._note(path, str(error))

    def _note(self, path: Path, message: str) -> None:
        name = ".".join(str(step) for step in path)
        self._found.append(Problem(self._marks.place(path), f"{name}: {message}"))
