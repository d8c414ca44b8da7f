"""What a condition needs to know of a lead, as plain columns made before the query runs.

Engines differ in case folding, word boundaries and domains, so none of that is left to them: text is folded
here, words and domains are laid out so that finding one is a search for a piece of text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from leadpact.model.record import Known
from leadpact.pact.conditions import (
    DERIVED,
    LARGEST,
    FactTest,
    FactType,
    domain_of,
    folded,
    words,
)
from leadpact.pact.score_rules import ScoringLists

Cell: TypeAlias = str | int | None
Form: TypeAlias = Literal["plain", "words", "domains"]

_FORM_OF: Final[Mapping[str, Form]] = {"contains_word": "words", "domain_is": "domains"}
_PREFIX: Final[Mapping[Form, str]] = {"plain": "fact", "words": "words", "domains": "domains"}


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """One column of the query's ``lead`` table: a fact in the form that a test reads."""

    fact: str
    form: Form
    type: FactType

    @property
    def name(self) -> str:
        """Its name in the query, such as ``words_title``."""
        return f"{_PREFIX[self.form]}_{self.fact}"


def column_of(test: FactTest, facts: Mapping[str, FactType]) -> Column:
    """The column that a test reads."""
    return Column(test.field, _FORM_OF.get(test.operation, "plain"), facts[test.field])


def cells_of(
    facts: Mapping[str, Known], columns: Sequence[Column], lists: ScoringLists
) -> list[Cell]:
    """One lead's cells, in the order of ``columns``; None = unknown or blank."""
    mail = facts.get("email")
    domain = domain_of(mail) if isinstance(mail, str) and "@" in mail else None
    cells: list[Cell] = []
    for column in columns:
        fact = column.fact
        value = _derived(fact, domain, lists) if fact in DERIVED else facts.get(fact)
        if value is None or value == "":
            cells.append(None)
        elif column.type == "text":
            cells.append(_text(value, column.form))
        elif column.type == "boolean":
            cells.append(int(value) if isinstance(value, bool) else None)
        else:
            cells.append(_whole(value))
    return cells


def _derived(fact: str, domain: str | None, lists: ScoringLists) -> Known:
    """What an address says by its domain."""
    if not domain:
        return None
    if fact == "is_free_mail":
        return _among(domain, lists.free_mail)
    if fact == "is_disposable_mail":
        return _among(domain, lists.disposable)
    return domain


def _among(domain: str, listed: frozenset[str]) -> bool:
    """Whether a list has the domain or one above it: ``eu.mail.example`` is a mail host of ``mail.example``."""
    while domain not in listed:
        _, dot, domain = domain.partition(".")
        if not dot:
            return False
    return True


@lru_cache(maxsize=4096, typed=True)
def _text(value: Known, form: Form) -> str | None:
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    # A lone surrogate or a zero byte, as broken imports leave them, is no text to any engine.
    text = str(value)
    if "\0" in text:
        text = text.replace("\0", "")
    if not text.isascii():
        text = text.encode("utf-8", "ignore").decode("utf-8")
    if form == "words":
        found = words(text)
        return f" {' '.join(found)} " if found else None
    if form == "domains":
        host = domain_of(text)
        parts = host.split(".")
        above = [".".join(parts[start:]) for start in range(len(parts))]
        return f" {' '.join(above)} " if host else None
    return folded(text) or None


def _whole(value: Known) -> int | None:
    """A whole number; a decimal's part after the point is cut, text that is none is unknown."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        number = value
    elif isinstance(value, str):
        whole = value.strip().partition(".")[0]
        if not whole.removeprefix("-").isdecimal() or len(whole) > 17:
            return None
        number = int(whole)
    else:
        return None
    return max(-LARGEST, min(LARGEST, number))
