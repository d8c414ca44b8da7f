"""The words of a SOQL statement: tokens, literals with their escapes, where an error stands (facts §3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from leadpact_sandbox.salesforce.errors import malformed_query
from leadpact_sandbox.salesforce.soql.dates import COUNTED, FIXED

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>'(?:[^'\\]|\\.)*')
    |(?P<datetime>\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d))
    |(?P<date>\d{4}-\d\d-\d\d(?![\dT:]))
    |(?P<number>[+-]?\d+(?:\.\d+)?(?![\w.-]))
    |(?P<word>[A-Za-z]\w*(?:\s*\.\s*[A-Za-z]\w*)*)
    |(?P<op><=|>=|!=|<>|[=<>,():])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
LIKE_UNDERSCORE, LIKE_PERCENT = "\ue000", "\ue001"
"""What ``\\_`` and ``\\%`` become in an unescaped text, so that LIKE knows them from wildcards."""
_ESCAPES = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "b": "\b",
    "f": "\f",
    '"': '"',
    "'": "'",
    "\\": "\\",
    "_": LIKE_UNDERSCORE,
    "%": LIKE_PERCENT,
}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MAX_TEXT = 4_000
_MAX_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Literal:
    """One literal of a query.

    Attributes:
        kind: ``text``, ``datetime``, ``date``, ``number``, ``boolean``, ``null``, ``span`` (relative
            date; value is name and count), ``list`` (value is a tuple of literals) or ``typeof``
            (value is a :class:`TypeOf`).
        value: text unescaped, others as written.
    """

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class TypeOf:
    """``TYPEOF relationship WHEN object THEN fields ... ELSE fields END``.

    Attributes:
        relationship: the polymorphic relationship.
        cases: object names with the names of their fields, as written.
        otherwise: fields of the Name object for all other objects.
    """

    relationship: str
    cases: tuple[tuple[str, tuple[str, ...]], ...]
    otherwise: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """One word, sign or literal, and where it begins."""

    kind: str
    text: str
    at: int

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind == "word" else self.text


def at_place(soql: str, position: int, complaint: str) -> str:
    """Salesforce's way to show where: the line, a caret, ``ERROR at Row:1:Column:n``."""
    before = soql[:position]
    row = before.count("\n") + 1
    column = position - (before.rfind("\n") + 1) + 1
    start = max(0, position - 40)
    around = soql[start : position + 40].replace("\n", " ")
    caret = " " * (position - start) + "^"
    return f"\n{around}\n{caret}\nERROR at Row:{row}:Column:{column}\n{complaint}"


def unescaped(soql: str, token: Token) -> str:
    """A quoted text without its quotes and escapes.

    Raises:
        ApiError: 400 MALFORMED_QUERY for an unknown escape or more than 4,000 characters.
    """

    def one(match: re.Match[str]) -> str:
        known = _ESCAPES.get(match.group(1))
        if known is None:
            raise malformed_query(
                at_place(
                    soql,
                    token.at,
                    f"Invalid string literal '{token.text[1:-1]}'. Illegal "
                    f"character sequence '\\{match.group(1)}' in string literal",
                )
            )
        return known

    text = _ESCAPE.sub(one, token.text[1:-1])
    if len(text) > _MAX_TEXT:
        raise malformed_query("a string in WHERE is longer than 4000 characters")
    return text


def tokens_of(soql: str) -> list[Token]:
    """All tokens.

    Raises:
        ApiError: 400 MALFORMED_QUERY where none begins.
    """
    found: list[Token] = []
    position = 0
    while position < len(soql):
        match = _TOKEN.match(soql, position)
        if match is None or match.lastgroup is None:
            raise malformed_query(at_place(soql, position, f"unexpected token: '{soql[position]}'"))
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup, match.group(), position))
        position = match.end()
    return found


def literal_at(soql: str, token: Token) -> Literal | None:
    """The literal that a single token is, else None."""
    if token.kind == "text":
        return Literal("text", unescaped(soql, token))
    if token.kind in ("datetime", "date", "number"):
        return Literal(token.kind, token.text)
    if token.upper in ("TRUE", "FALSE"):
        return Literal("boolean", token.upper == "TRUE")
    if token.upper == "NULL":
        return Literal("null", None)
    return None


def is_count(text: str) -> bool:
    """Whether the text counts something: digits, not too many."""
    return text.isdigit() and len(text) <= _MAX_DIGITS


def span_at(soql: str, tokens: list[Token], index: int) -> Literal | None:
    """A relative date in value position, else None; counted ones take their ``:n``."""
    name = tokens[index].upper
    if tokens[index].kind != "word" or index == 0 or tokens[index - 1].kind != "op":
        return None
    if tokens[index - 1].text in ("(", ")", ":") and name not in COUNTED | FIXED:
        return None
    if name in FIXED:
        return Literal("span", (name, 0))
    if name not in COUNTED:
        return None
    if (
        index + 2 < len(tokens)
        and tokens[index + 1].text == ":"
        and is_count(tokens[index + 2].text)
    ):
        return Literal("span", (name, int(tokens[index + 2].text)))
    raise malformed_query(at_place(soql, tokens[index].at, f"{name} needs a number: {name}:n"))
