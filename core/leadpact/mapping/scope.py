"""Who is in: declarative conditions per CRM and kind, and why a record is not (R37). Pure.

The tests are those of the pact (:mod:`leadpact.pact.conditions`), asked of what a record shows. A blank value is one
that matches nothing, so that `not` of a test of it holds; what is not in the answer is unknown (R4), and so is every
test of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal, cast

from leadpact.errors import Place
from leadpact.mapping.rules import FieldRule
from leadpact.model.record import UNKNOWN, Known, Native, Unknown
from leadpact.model.terms import FieldType, Scalar
from leadpact.pact.checked import did_you_mean
from leadpact.pact.conditions import (
    OPERATIONS,
    Condition,
    Either,
    Every,
    FactTest,
    FactType,
    Negated,
    Operation,
    checked_test,
    domain_of,
    fields_of,
    folded,
    words,
)
from leadpact.pact.document.conditions import ConditionPart
from leadpact.pact.yaml_text import Marks, Path, Problem

_TYPES: Final[Mapping[FieldType, FactType]] = {"integer": "integer", "boolean": "boolean"}
_NEGATED: Final[Mapping[str, Operation]] = {
    "is_not": "is",
    "none_of": "one_of",
    "is_unknown": "is_known",
}
_KNOWN: Final = frozenset[str]().union(*OPERATIONS.values()) | {*_NEGATED, "between"}
_NEVER: Final = FactTest("", "one_of", ())
_SAYS: Final[Mapping[str, str]] = {
    "is": "is",
    "above": "is above",
    "at_least": "is at least",
    "below": "is below",
    "at_most": "is at most",
    "one_of": "is one of",
    "contains_word": "has the word",
    "starts_with": "starts with",
    "domain_is": "has the domain",
    "is_known": "is known",
}


@dataclass(frozen=True, slots=True)
class ScopeRule:
    """Which records of one kind take part.

    Attributes:
        parts: all must hold; each is told apart in the answer to "why not?".
        native: fields of the CRM itself that are asked, beside those of the mapping.
    """

    crm: str
    kind: str
    parts: tuple[Condition, ...]
    place: Place
    native: frozenset[str] = frozenset()
    canonical: frozenset[str] = field(default=frozenset())

    def failing(
        self, values: Mapping[str, Known], fields: Mapping[str, Native], *, absent_is_unknown: bool
    ) -> tuple[bool | None, str]:
        """Whether a record is in, and the first condition that keeps it out, or cannot be told, in words.

        Args:
            values: canonical values by name.
            fields: as the CRM shows them.
            absent_is_unknown: False: a field that is not in ``fields`` hinders nothing (a record yet to be made).
        """
        unclear = ""
        for part in self.parts:
            held = self._holds(part, values, fields)
            if held is False:
                return False, condition_words(part)
            if held is None and not unclear:
                unclear = condition_words(part)
        return (None, unclear) if unclear and absent_is_unknown else (True, "")

    def _holds(
        self, condition: Condition, values: Mapping[str, Known], fields: Mapping[str, Native]
    ) -> bool | None:
        if isinstance(condition, FactTest):
            name = condition.field
            shown: Known = UNKNOWN
            if name in self.native:
                shown = cast("Known", fields[name]) if name in fields else UNKNOWN
            else:
                shown = values.get(name, UNKNOWN)
            return None if isinstance(shown, Unknown) else _passes(condition, shown)
        if isinstance(condition, Negated):
            held = self._holds(condition.part, values, fields)
            return None if held is None else not held
        found = [self._holds(part, values, fields) for part in condition.parts]
        decisive = isinstance(condition, Either)
        if decisive in found:
            return decisive
        return None if None in found else not decisive


def _passes(test: FactTest, shown: Scalar) -> bool:
    blank = shown is None or shown == ""
    if test.operation == "is_known" or blank:
        return test.operation == "is_known" and not blank
    wanted = test.values
    if any(isinstance(value, bool) for value in wanted):
        return (str(shown).strip().lower() == "true") in wanted
    if any(isinstance(value, int) for value in wanted):
        try:
            number = float(str(shown))
        except ValueError:
            return False
        bounds = [float(value) for value in wanted]
        return {
            "above": number > min(bounds),
            "at_least": number >= min(bounds),
            "below": number < max(bounds),
            "at_most": number <= max(bounds),
        }.get(test.operation, number in bounds)
    text, asked = folded(str(shown)), [str(value) for value in wanted]
    if test.operation == "contains_word":
        said = f" {' '.join(words(text))} "
        return any(f" {value} " in said for value in asked)
    if test.operation == "starts_with":
        return text.startswith(tuple(asked))
    if test.operation == "domain_is":
        host = domain_of(text)
        return any(host == value or host.endswith(f".{value}") for value in asked)
    return text in asked


def condition_words(condition: Condition) -> str:
    """A condition as people say it: "country is one of de, at"."""
    if isinstance(condition, FactTest):
        said = ", ".join(
            "yes" if v is True else "no" if v is False else str(v) for v in condition.values
        )
        return " ".join(filter(None, (condition.field, _SAYS[condition.operation], said)))
    if isinstance(condition, Negated):
        return f"not ({condition_words(condition.part)})"
    word = " and " if isinstance(condition, Every) else " or "
    return f"({word.join(condition_words(part) for part in condition.parts)})"


class ScopeCompiler:
    """Compiles the scopes of one document and notes every problem.

    Args:
        fields: the merge fields of the mapping, by canonical name.
        marks: where what stands.
        problems: takes what is wrong.
    """

    def __init__(
        self, fields: Mapping[str, FieldRule], marks: Marks, problems: list[Problem]
    ) -> None:
        self._fields = fields
        self._marks = marks
        self._problems = problems

    def rule(self, crm: str, kind: str, written: Mapping[Path, ConditionPart]) -> ScopeRule:
        """The scope of one kind, of the CRM's own condition and the kind's."""
        parts: list[Condition] = []
        for path, part in written.items():
            compiled = self._condition(part, path, crm, kind)
            parts.extend(compiled.parts if isinstance(compiled, Every) else (compiled,))
        names = frozenset[str]().union(*(fields_of(part) for part in parts))
        native = names - self._fields.keys()
        place = self._marks.place(next(iter(written)), key=True)
        return ScopeRule(crm, kind, tuple(parts), place, native, names - native)

    def _condition(self, part: ConditionPart, path: Path, crm: str, kind: str) -> Condition:
        if part.query is not None:
            from leadpact.pact.query_text import parse_condition  # noqa: PLC0415

            types = {name: self._type(name) for name in self._fields}
            with self._noting((*path, "query")):
                found = parse_condition(part.query, types)
                for name in sorted(fields_of(found)):
                    self._kept(name, path, crm, kind)
                return found
            return _NEVER
        if part.not_ is not None:
            return Negated(self._condition(part.not_, (*path, "not"), crm, kind))
        for key, parts, every in (("all", part.all_, True), ("any", part.any_, False)):
            if parts is not None:
                inner = tuple(
                    self._condition(each, (*path, key, at), crm, kind)
                    for at, each in enumerate(parts)
                )
                return Every(inner) if every else Either(inner)
        return self._plain(part, path, crm, kind)

    def _plain(self, part: ConditionPart, path: Path, crm: str, kind: str) -> Condition:
        name, operation = str(part.field), str(part.op)
        if part.list_ is not None:
            self._note((*path, "list"), "lists belong to the pact; give the values here")
            return _NEVER
        if operation not in _KNOWN:
            hint = did_you_mean(operation, _KNOWN)
            self._note((*path, "op"), f'there is no operation "{operation}"; {hint}')
            return _NEVER
        given = part.value if isinstance(part.value, list) else [part.value]
        values = [value for value in given if value is not None]
        if name in self._fields:
            self._kept(name, (*path, "field"), crm, kind)
            types = {name: self._type(name)}
        else:
            types = {name: _type_of(operation, values)}
        with self._noting(path):
            if operation == "between":
                if len(values) != 2:
                    raise ValueError("`between` needs two values, such as [50, 500]")
                return Every(
                    (
                        checked_test(name, "at_least", values[:1], types),
                        checked_test(name, "at_most", values[1:], types),
                    )
                )
            if operation in _NEGATED:
                return Negated(checked_test(name, _NEGATED[operation], values, types))
            return checked_test(name, cast("Operation", operation), values, types)
        return _NEVER

    def _type(self, name: str) -> FactType:
        return _TYPES.get(self._fields[name].type, "text")

    def _kept(self, name: str, path: Path, crm: str, kind: str) -> None:
        if (crm, kind) not in self._fields[name].sides:
            self._note(
                path,
                f"{name} is not mapped for {crm} {kind}, so nobody can say who is in; name a field of the CRM, or "
                "give the kinds a `scope` each",
            )

    @contextmanager
    def _noting(self, path: Path) -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            self._note(path, str(error))

    def _note(self, path: Path, message: str) -> None:
        self._problems.append(Problem(self._marks.place(path), message))


def _type_of(operation: str, values: Sequence[Scalar]) -> Literal["text", "integer", "boolean"]:
    """Of a field of the CRM itself, the type that it is compared as."""
    if any(isinstance(value, bool) for value in values):
        return "boolean"
    numeric = operation in ("above", "at_least", "below", "at_most", "between")
    return "integer" if numeric or any(isinstance(value, int) for value in values) else "text"
