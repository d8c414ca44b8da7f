"""The scopes of a mapping document, compiled; what is wrong is noted with its place (R37)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, Literal, cast

from leadpact.mapping.rules import FieldRule
from leadpact.mapping.scope import ScopeRule
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
    fields_of,
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
