"""Who is in: declarative conditions per CRM and kind, and why a record is not (R37). Pure.

The tests are those of the pact (:mod:`leadpact.pact.conditions`), asked of what a record shows. A blank value is one
that matches nothing, so that `not` of a test of it holds; what is not in the answer is unknown (R4), and so is every
test of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from leadpact.errors import Place
from leadpact.model.record import UNKNOWN, Known, Native, Unknown
from leadpact.model.terms import Scalar
from leadpact.pact.conditions import (
    Condition,
    Either,
    Every,
    FactTest,
    Negated,
    domain_of,
    folded,
    words,
)

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
