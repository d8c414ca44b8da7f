"""One search filter, read strictly and made into a test on an entry (facts §2)."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from leadpact_sandbox.hubspot.definitions import Definition
from leadpact_sandbox.hubspot.errors import invalid
from leadpact_sandbox.hubspot.index import Entry
from leadpact_sandbox.hubspot.stamp import parse_instant

OPERATORS = (
    "EQ",
    "NEQ",
    "LT",
    "LTE",
    "GT",
    "GTE",
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
)
Key: TypeAlias = int | float | str
Test: TypeAlias = Callable[[Entry], bool]
TIMES = {
    "createdate": "created_ms",
    "lastmodifieddate": "updated_ms",
    "hs_lastmodifieddate": "updated_ms",
}
_WORD = re.compile(r"[\w]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter with its values in comparable form.

    Attributes:
        low, high: the closed range that an ordering operator means; None = open on that side.
        exact: whether ``low`` to ``high`` is all that the filter says.
        unique: whether the property's values are unique, so that an equality index is worth it.
    """

    name: str
    operator: str
    values: tuple[Key, ...]
    test: Test
    low: Key | None = None
    high: Key | None = None
    exact: bool = False
    unique: bool = False


Linked: TypeAlias = Callable[[str, str], frozenset[int]]
"""Takes an object type's name and an id; answers the ids of the searched type linked to it."""


def read_filter(
    sent: object,
    definitions: Mapping[str, Definition],
    *,
    blank_differs: bool,
    linked: Linked | None = None,
) -> Filter:
    """Read one filter of a request.

    Args:
        sent: the JSON value.
        definitions: the live properties; a filter on any other is refused.
        blank_differs: whether NEQ and NOT_IN also match records without a value.
        linked: who is associated with a record, for the pseudo property ``associations.{type}``.

    Raises:
        ApiError: 400 ``VALIDATION_ERROR``.
    """
    if not isinstance(sent, dict):
        raise invalid("Invalid input JSON: a filter must be an object")
    name, operator = sent.get("propertyName"), sent.get("operator")
    if isinstance(name, str) and name.startswith("associations.") and linked is not None:
        return _linked_filter(name, sent, linked)
    if not isinstance(name, str) or name not in definitions:
        raise invalid(f"There was a problem with the request: property {name!r} does not exist")
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise invalid(f"Invalid input JSON: {operator!r} is not one of {', '.join(OPERATORS)}")
    definition = definitions[name]
    values = _values(sent, operator, definition)
    if operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
        wanted = operator == "HAS_PROPERTY"
        return Filter(name, operator, (), lambda entry: bool(entry.values.get(name)) is wanted)
    if operator.endswith("CONTAINS_TOKEN"):
        return _token_filter(name, operator, str(values[0]))
    read = reader(definition)
    if operator in {"EQ", "NEQ", "IN", "NOT_IN"}:
        several = definition.type == "enumeration" and definition.field_type == "checkbox"
        made = _equal_filter(
            name, operator, values, read, blank_differs=blank_differs, several=several
        )
        return replace(made, unique=definition.unique)
    return _range_filter(name, operator, values, read)


def _values(sent: Mapping[str, object], operator: str, definition: Definition) -> tuple[Key, ...]:
    if operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
        return ()
    if operator in {"IN", "NOT_IN"}:
        several = sent.get("values")
        if not isinstance(several, list) or not several:
            raise invalid(f"operator {operator} requires values on property {definition.name}")
        return tuple(_value(one, definition, operator) for one in several)
    if operator == "BETWEEN":
        return tuple(
            _value(sent.get(part), definition, operator) for part in ("value", "highValue")
        )
    return (_value(sent.get("value"), definition, operator),)


def _value(sent: object, definition: Definition, operator: str) -> Key:
    if isinstance(sent, bool):
        sent = "true" if sent else "false"
    if not isinstance(sent, (str, int, float)) or sent == "":
        raise invalid(f"operator {operator} requires a value on property {definition.name}")
    text = str(sent)
    if operator.endswith("CONTAINS_TOKEN"):
        return text
    if operator in {"IN", "NOT_IN"} and definition.type in {"string", "phone_number"}:
        # Compared as sent with the lower-case stored value: capitals never match (facts §2).
        return text
    made = comparable(text, definition)
    if made is None:
        raise invalid(f"{text[:300]} is not a valid {definition.type} for {definition.name}")
    return made


def comparable(text: str, definition: Definition) -> Key | None:
    """A stored or sent value in the form that filters and sorts compare; None if it has none."""
    if definition.type in {"datetime", "date"}:
        return parse_instant(text)
    if definition.type == "number":
        try:
            return int(text) if text.lstrip("-").isdigit() else float(text)
        except ValueError:
            return None
    return text if definition.type == "enumeration" else text.lower()


def reader(definition: Definition) -> Callable[[Entry], Key | None]:
    """How to take a property's comparable value from an entry; None when it has none."""
    name = definition.name
    if TIMES.get(name) == "updated_ms":
        return lambda entry: entry.updated_ms
    if TIMES.get(name) == "created_ms":
        return lambda entry: entry.created_ms
    if name == "hs_object_id":
        return lambda entry: entry.id
    if definition.type in {"datetime", "date", "number"}:

        def parsed(entry: Entry) -> Key | None:
            text = entry.values.get(name)
            return comparable(text, definition) if text else None

        return parsed
    if definition.type == "enumeration":
        return lambda entry: entry.values.get(name) or None

    def lowered(entry: Entry) -> Key | None:
        text = entry.values.get(name)
        return text.lower() if text else None

    return lowered


def _equal_filter(
    name: str,
    operator: str,
    values: tuple[Key, ...],
    read: Callable[[Entry], Key | None],
    *,
    blank_differs: bool,
    several: bool = False,
) -> Filter:
    wanted = frozenset(values)
    if operator in {"EQ", "IN"} and several:
        # Of checkboxes any one counts (believed of IN, seen of EQ: facts §6 "Second emails").
        def holds(entry: Entry) -> bool:
            return any(part in wanted for part in entry.values.get(name, "").split(";") if part)

        return Filter(name, operator, values, holds)
    if operator in {"EQ", "IN"}:
        one = values[0] if operator == "EQ" else None
        exact = isinstance(one, int)
        return Filter(name, operator, values, lambda e: read(e) in wanted, one, one, exact)

    def differs(entry: Entry) -> bool:
        value = read(entry)
        return blank_differs if value is None else value not in wanted

    return Filter(name, operator, values, differs)


def _range_filter(
    name: str, operator: str, values: tuple[Key, ...], read: Callable[[Entry], Key | None]
) -> Filter:
    low = values[0] if operator in {"GT", "GTE", "BETWEEN"} else None
    high = values[-1] if operator in {"LT", "LTE", "BETWEEN"} else None
    if operator == "GT" and isinstance(low, int):
        low += 1
    if operator == "LT" and isinstance(high, int):
        high -= 1
    strict = operator in {"GT", "LT"}

    def within(entry: Entry) -> bool:
        value = read(entry)
        if value is None:
            return False
        # Values of one property are all numbers or all texts, and so is what it is compared with.
        if low is not None and value < low:  # type: ignore[operator]
            return False
        if high is not None and value > high:  # type: ignore[operator]
            return False
        return not (strict and isinstance(values[0], (str, float)) and value == values[0])

    exact = all(isinstance(value, int) for value in values)
    return Filter(name, operator, values, within, low, high, exact)


def _linked_filter(name: str, sent: Mapping[str, object], linked: Linked) -> Filter:
    """``associations.{type}`` EQ id, or IN several (facts §2 "Pseudo property")."""
    operator = sent.get("operator")
    asked = [sent.get("value")] if operator == "EQ" else sent.get("values")
    if operator not in {"EQ", "IN"} or not isinstance(asked, list) or not asked:
        raise invalid(f"{name} takes the operators EQ and IN only, with the ids of records")
    ids: set[int] = set()
    for one in asked:
        ids |= linked(name.removeprefix("associations."), str(one))
    return Filter(name, str(operator), tuple(sorted(ids)), lambda entry: entry.id in ids)


def _token_filter(name: str, operator: str, pattern: str) -> Filter:
    wanted = pattern.lower()
    match = re.compile(fnmatch.translate(wanted.replace("[", "[[]").replace("?", "[?]"))).match
    simple = "*" not in wanted

    def contains(entry: Entry) -> bool:
        text = entry.values.get(name)
        if not text:
            return False
        text = text.lower()
        if simple and wanted not in text:
            return False
        tokens = [text, *text.split(), *text.split(";"), *_WORD.findall(text)]
        return any(match(token) for token in tokens) or _has_phrase(text, wanted)

    if operator == "CONTAINS_TOKEN":
        return Filter(name, operator, (wanted,), contains)
    return Filter(name, operator, (wanted,), lambda entry: not contains(entry))


def _has_phrase(text: str, wanted: str) -> bool:
    words, phrase = _WORD.findall(text), _WORD.findall(wanted)
    if "*" in wanted or len(phrase) < 2:
        return False
    size = len(phrase)
    return any(words[at : at + size] == phrase for at in range(len(words) - size + 1))
