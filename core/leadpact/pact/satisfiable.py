"""Whether a condition can ever hold, and which rules can hold together: exact for what the dialect can say.

Conditions are three-valued, so there are four things to want of one: that it is true, false, not true (false or
unknown), not false. Each becomes alternatives of plain tests; an alternative stands if, fact by fact, some value
(or none at all) passes all of its tests. Text tests are compared only where exact values or equal tests meet, so
an answer "cannot" is always right and "can" is so in all but contrived cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Final, Literal, TypeAlias

from leadpact.pact.conditions import (
    Condition,
    Every,
    FactTest,
    FactType,
    Negated,
    Plain,
    domain_of,
    words,
)

Wanted: TypeAlias = Literal["true", "false", "not_true", "not_false"]
Asked: TypeAlias = tuple[FactTest, bool]
Alternative: TypeAlias = tuple[Asked, ...]

MOST_ALTERNATIVES: Final = 2000
_OPPOSITE: Final[dict[Wanted, Wanted]] = {
    "true": "false",
    "false": "true",
    "not_true": "not_false",
    "not_false": "not_true",
}


class TooManyError(ValueError):
    """More alternatives than are worth trying."""


def can_all_be(wanted: Sequence[tuple[Condition, Wanted]], facts: Mapping[str, FactType]) -> bool:
    """Whether some lead has all these conditions as wanted.

    Args:
        wanted: conditions, each with what it should be.
        facts: type of each fact.

    Returns:
        True also where there are too many alternatives to try.
    """
    try:
        alternatives: list[Alternative] = [()]
        for condition, what in wanted:
            alternatives = [
                one for one in _joined(alternatives, _forms(condition, what)) if _stands(one, facts)
            ]
    except TooManyError:
        return True
    return bool(alternatives)


def _forms(condition: Condition, wanted: Wanted) -> list[Alternative]:
    if isinstance(condition, FactTest):
        return _test_forms(condition, wanted)
    if isinstance(condition, Negated):
        return _forms(condition.part, _OPPOSITE[wanted])
    parts = [_forms(part, wanted) for part in condition.parts]
    holds = wanted in ("true", "not_false")
    if isinstance(condition, Every) == holds:
        joined: list[Alternative] = [()]
        for part in parts:
            joined = _joined(joined, part)
        return joined
    return [one for part in parts for one in part]


def _test_forms(test: FactTest, wanted: Wanted) -> list[Alternative]:
    if test.operation == "is_known" or not test.values:
        return [((test, wanted in ("true", "not_false")),)]
    if wanted in ("true", "false"):
        return [((test, wanted == "true"),)]
    unknown = (FactTest(test.field, "is_known"), False)
    return [((test, wanted == "not_false"),), (unknown,)]


def _joined(left: Sequence[Alternative], right: Sequence[Alternative]) -> list[Alternative]:
    if len(left) * len(right) > MOST_ALTERNATIVES:
        raise TooManyError
    return [(*one, *other) for one, other in product(left, right)]


def _stands(literals: Alternative, facts: Mapping[str, FactType]) -> bool:
    by_fact: dict[str, list[Asked]] = {}
    for test, holds in literals:
        by_fact.setdefault(test.field, []).append((test, holds))
    return all(_fact_stands(some, facts[field]) for field, some in by_fact.items())


def _fact_stands(literals: list[Asked], kind: FactType) -> bool:
    asked: list[Asked] = []
    unknown = False
    for test, holds in literals:
        if test.operation == "is_known":
            unknown = unknown or not holds
            if holds:
                asked.append((test, holds))
        elif not test.values:
            if holds:
                return False
        else:
            asked.append((test, holds))
    if unknown:
        return not asked
    tests = [(test, holds) for test, holds in asked if test.operation != "is_known"]
    candidates = _exact(tests)
    if kind == "boolean" and candidates is None:
        candidates = {True, False}
    if candidates is not None:
        return any(
            all(_passes(value, test) == holds for test, holds in tests) for value in candidates
        )
    if kind == "integer":
        return _some_number(tests)
    return _some_text(tests)


def _exact(tests: Iterable[Asked]) -> set[Plain] | None:
    """The values that a fact must be one of, if any test names them."""
    allowed: set[Plain] | None = None
    for test, holds in tests:
        if holds and test.operation in ("is", "one_of"):
            allowed = set(test.values) if allowed is None else allowed & set(test.values)
    return allowed


def _some_number(tests: Sequence[Asked]) -> bool:
    """Whether any whole number passes: one beside a bound or an excluded value does, if any."""
    edges = {int(value) for test, _ in tests for value in test.values}
    tried = {edge + step for edge in edges for step in (-1, 0, 1)} or {0}
    tried |= {max(tried) + len(edges) + 1, min(tried) - len(edges) - 1}
    return any(all(_passes(value, test) == holds for test, holds in tests) for value in tried)


def _some_text(tests: Sequence[Asked]) -> bool:
    """Whether a text may pass: what is asked for is not ruled out, beginnings do not differ."""
    asked = [test for test, holds in tests if holds]
    for test in asked:
        against = [
            other for other, holds in tests if not holds and other.operation == test.operation
        ]
        if any(all(_passes(value, other) for value in test.values) for other in against):
            return False
    starts = [test.values for test in asked if test.operation == "starts_with"]
    return all(
        any(str(a).startswith(str(b)) or str(b).startswith(str(a)) for a in one for b in other)
        for one in starts
        for other in starts
    )


def _passes(value: Plain, test: FactTest) -> bool:
    return any(_passes_one(value, test.operation, asked) for asked in test.values)


def _passes_one(value: Plain, operation: str, asked: Plain) -> bool:
    if operation in ("is", "one_of"):
        return value == asked
    if isinstance(value, str):
        if operation == "starts_with":
            return value.startswith(str(asked))
        if operation == "contains_word":
            return f" {asked} " in f" {' '.join(words(value))} "
        return f".{domain_of(value)}".endswith(f".{asked}")
    number, bound = int(value), int(asked)
    return {
        "above": number > bound,
        "at_least": number >= bound,
        "below": number < bound,
        "at_most": number <= bound,
    }[operation]
