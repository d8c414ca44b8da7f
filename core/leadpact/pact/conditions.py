"""Conditions over a lead's facts: a closed set of tests, whatever form they were written in.

Three-valued: a test of an unknown or blank fact is neither true nor false, and so is its negation; only
``is_known`` always answers. Numbers are integers, text is compared after NFKC and case folding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from leadpact.model.terms import Scalar

FactType: TypeAlias = Literal["text", "integer", "boolean"]
Operation: TypeAlias = Literal[
    "is", "above", "at_least", "below", "at_most", "one_of", "contains_word", "starts_with",
    "domain_is", "is_known",
]  # fmt: skip
Plain: TypeAlias = str | int | bool

LARGEST: Final = 2**53
"""The largest whole number that every engine and file format counts exactly."""

FACTS: Final[Mapping[str, FactType]] = {
    "email": "text",
    "first_name": "text",
    "last_name": "text",
    "company": "text",
    "title": "text",
    "role": "text",
    "seniority": "text",
    "authority": "text",
    "website": "text",
    "employees": "integer",
    "industry": "text",
    "country": "text",
    "city": "text",
    "phone": "text",
    "lead_source": "text",
    "email_opt_out": "boolean",
    "suspect": "text",
}
"""The canonical facts that every mapping may provide (``suspect`` is leadpact's own, S45; ``authority`` is what sales
found out, S22); a pact may name more."""

DERIVED: Final[Mapping[str, FactType]] = {
    "email_domain": "text",
    "is_free_mail": "boolean",
    "is_disposable_mail": "boolean",
}
"""Facts that scoring makes of the e-mail address."""

_WORD: Final = re.compile(r"\w+")
_BARE = re.compile(r"[^/?#:\s]*")
_NO_TEXT: Final = re.compile("[\0\ud800-\udfff]")
_TEXT: Final = frozenset({"is", "one_of", "contains_word", "starts_with", "domain_is", "is_known"})
_INTEGER: Final = frozenset(
    {"is", "above", "at_least", "below", "at_most", "one_of", "is_known"}
)  # fmt: skip
OPERATIONS: Final[Mapping[FactType, frozenset[str]]] = {
    "text": _TEXT,
    "integer": _INTEGER,
    "boolean": frozenset({"is", "is_known"}),
}
"""What may be asked of a fact of each type."""


@dataclass(frozen=True, slots=True)
class FactTest:
    """One test of one fact; for several values any of them is enough."""

    field: str
    operation: Operation
    values: tuple[Plain, ...] = ()


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """The part is known not to hold."""

    part: Condition


Condition: TypeAlias = FactTest | Every | Either | Negated


def folded(text: str) -> str:
    """Text as it is compared: NFKC, case-folded, trimmed."""
    if text.isascii():
        return text.lower().strip()
    return unicodedata.normalize("NFKC", text).casefold().strip()


def words(text: str) -> list[str]:
    """The words of a text as they are compared; what is no letter, digit or underscore parts them."""
    return _WORD.findall(folded(text))


def domain_of(text: str) -> str:
    """The host in an e-mail address, a web address or a bare domain; "" where there is none."""
    host = folded(text).rpartition("@")[2].partition("://")
    bare = _BARE.match(host[2] or host[0])
    return (bare[0] if bare else "").removeprefix("*.").removeprefix("www.").strip(".")


def tests_of(condition: Condition) -> Iterator[FactTest]:
    """Every test in a condition, left to right."""
    if isinstance(condition, FactTest):
        yield condition
    elif isinstance(condition, Negated):
        yield from tests_of(condition.part)
    else:
        for part in condition.parts:
            yield from tests_of(part)


def fields_of(condition: Condition) -> frozenset[str]:
    """The facts that a condition asks for."""
    return frozenset(test.field for test in tests_of(condition))


def checked_test(
    field: str, operation: Operation, values: Sequence[Scalar], facts: Mapping[str, FactType]
) -> FactTest:
    """A test whose operation and values fit its fact.

    Args:
        field: a name in ``facts``.
        operation: what is asked.
        values: as written.
        facts: type of each fact.

    Raises:
        ValueError: a sentence for the author of the pact.
    """
    kind = facts[field]
    if operation not in OPERATIONS[kind]:
        able = ", ".join(sorted(OPERATIONS[kind]))
        raise ValueError(f'"{operation}" cannot be asked of {field} ({kind}); possible are: {able}')
    if operation == "is_known":
        return FactTest(field, operation)
    if not values:
        raise ValueError(f'"{operation}" of {field} needs a value')
    wanted: type = {"text": str, "integer": int, "boolean": bool}[kind]
    kept: list[Plain] = []
    for value in values:
        if type(value) is not wanted or value is None:
            raise ValueError(f"{field} is {kind}, but {value!r} is not")
        if isinstance(value, int) and abs(value) > LARGEST:
            raise ValueError(f"{value} is more than any engine counts exactly")
        if isinstance(value, str) and _NO_TEXT.search(value):
            raise ValueError(f"{field}: {value!r} holds a character that no engine keeps in text")
        kept.append(_as_compared(operation, value) if isinstance(value, str) else value)
    if operation in {"contains_word", "starts_with", "domain_is"} and "" in kept:
        raise ValueError(f'"{operation}" of {field} needs text that is not empty')
    return FactTest(field, operation, tuple(sorted(set(kept), key=str)))


def _as_compared(operation: Operation, text: str) -> str:
    if operation == "contains_word":
        return " ".join(words(text))
    return domain_of(text) if operation == "domain_is" else folded(text)
