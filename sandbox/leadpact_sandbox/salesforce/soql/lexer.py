"""SOQL text to SQL that sqlglot parses: quote-aware, literals lifted out (LIBRARIES §14).

Every literal, and every list of literals, becomes one parameter, so that queries of the same
shape share one parse; every name is quoted, so that no SOQL name collides with an SQL keyword;
whatever SQL knows and SOQL does not is refused here or by :mod:`.parser`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from leadpact_sandbox.salesforce.errors import ApiError, malformed_query, not_covered
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
_KEYWORDS = frozenset(
    "SELECT FROM WHERE AND OR NOT IN LIKE ORDER GROUP BY LIMIT OFFSET ASC DESC NULLS FIRST LAST".split()
)
_FUNCTIONS = frozenset("COUNT COUNT_DISTINCT MIN MAX SUM AVG FIELDS".split())
_UNCOVERED_FUNCTIONS = frozenset(
    """TOLABEL FORMAT CONVERTCURRENCY CONVERTTIMEZONE DISTANCE GEOLOCATION CALENDAR_YEAR
    CALENDAR_MONTH CALENDAR_QUARTER DAY_IN_MONTH DAY_IN_WEEK DAY_IN_YEAR DAY_ONLY FISCAL_MONTH
    FISCAL_QUARTER FISCAL_YEAR HOUR_IN_DAY WEEK_IN_MONTH WEEK_IN_YEAR GROUPING ROLLUP CUBE""".split()
)
_UNCOVERED_WORDS = frozenset("TYPEOF HAVING USING WITH INCLUDES EXCLUDES".split())
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
_MAX_STATEMENT = 100_000
_MAX_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Literal:
    """One literal of a query.

    Attributes:
        kind: ``text``, ``datetime``, ``date``, ``number``, ``boolean``, ``null``, ``span`` (relative
            date; value is name and count) or ``list`` (value is a tuple of literals).
        value: text unescaped, others as written.
    """

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Lexed:
    """SQL with parameters ``:v0`` ..., and their literals."""

    sql: str
    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class _Token:
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


def _unescape(soql: str, token: _Token) -> str:
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


def _tokens(soql: str) -> list[_Token]:
    found: list[_Token] = []
    position = 0
    while position < len(soql):
        match = _TOKEN.match(soql, position)
        if match is None or match.lastgroup is None:
            raise malformed_query(at_place(soql, position, f"unexpected token: '{soql[position]}'"))
        if match.lastgroup != "space":
            found.append(_Token(match.lastgroup, match.group(), position))
        position = match.end()
    return found


def _literal(soql: str, token: _Token) -> Literal | None:
    if token.kind == "text":
        return Literal("text", _unescape(soql, token))
    if token.kind in ("datetime", "date", "number"):
        return Literal(token.kind, token.text)
    if token.upper in ("TRUE", "FALSE"):
        return Literal("boolean", token.upper == "TRUE")
    if token.upper == "NULL":
        return Literal("null", None)
    return None


def _is_count(text: str) -> bool:
    return text.isdigit() and len(text) <= _MAX_DIGITS


def _span(soql: str, tokens: list[_Token], index: int) -> Literal | None:
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
        and _is_count(tokens[index + 2].text)
    ):
        return Literal("span", (name, int(tokens[index + 2].text)))
    raise malformed_query(at_place(soql, tokens[index].at, f"{name} needs a number: {name}:n"))


class _Rewriter:
    def __init__(self, soql: str) -> None:
        self.soql = soql
        self.tokens = _without_trailer(soql, _tokens(soql))
        self.literals: list[Literal] = []
        self.out: list[str] = []

    def refuse(self, index: int) -> ApiError:
        token = self.tokens[index]
        return malformed_query(at_place(self.soql, token.at, f"unexpected token: '{token.text}'"))

    def lift(self, literal: Literal) -> None:
        self.out.append(f":v{len(self.literals)}")
        self.literals.append(literal)

    def value(self, index: int) -> tuple[Literal, int] | None:
        """The literal that begins here and the index after it."""
        literal = _literal(self.soql, self.tokens[index])
        if literal is not None:
            return literal, index + 1
        literal = _span(self.soql, self.tokens, index)
        if literal is not None:
            return literal, index + (3 if literal.value[0] in COUNTED else 1)
        return None

    def list_of_values(self, index: int) -> int:
        """Lift ``( literal, ... )`` after IN as one literal; 0 if it is a sub-select."""
        tokens = self.tokens
        if index + 1 < len(tokens) and tokens[index + 1].upper == "SELECT":
            return 0
        items: list[Literal] = []
        position = index + 1
        while position < len(tokens):
            got = self.value(position)
            if got is None:
                raise self.refuse(position)
            items.append(got[0])
            position = got[1]
            if position < len(tokens) and tokens[position].text == ")":
                self.out.append("(")
                self.lift(Literal("list", tuple(items)))
                self.out.append(")")
                return position + 1
            if position >= len(tokens) or tokens[position].text != ",":
                break
            position += 1
        raise malformed_query(at_place(self.soql, len(self.soql), "unexpected token: '<EOF>'"))

    def word(self, index: int) -> None:
        tokens = self.tokens
        token = tokens[index]
        upper = token.upper
        following = tokens[index + 1].upper if index + 1 < len(tokens) else ""
        previous = tokens[index - 1].upper if index else ""
        named = previous == "FROM" or (upper in ("GROUP", "ORDER") and following != "BY")
        if upper == "NOT" and following == "LIKE":
            raise self.refuse(index + 1)
        if upper in _KEYWORDS and not named:
            if upper in ("LIMIT", "OFFSET") and not _is_count(following):
                raise self.refuse(min(index + 1, len(tokens) - 1))
            # SOQL puts nulls first in both directions; sqlglot would put them last after DESC.
            self.out.append(
                "DESC NULLS FIRST" if upper == "DESC" and following != "NULLS" else upper
            )
        elif upper in _UNCOVERED_WORDS and not named:
            raise not_covered(f"SOQL {upper}")
        elif following == "(" and upper in _UNCOVERED_FUNCTIONS:
            raise not_covered(f"the SOQL function {token.text}()")
        elif following == "(" and upper in _FUNCTIONS:
            self.out.append(upper)
        elif following == "(":
            raise self.refuse(index + 1)
        else:
            parts = [part.strip() for part in token.text.split(".")]
            self.out.append(".".join(f'"{part}"' for part in parts))

    def run(self) -> Lexed:
        index, tokens = 0, self.tokens
        while index < len(tokens):
            token = tokens[index]
            previous = tokens[index - 1].upper if index else ""
            if token.text == "(" and previous == "IN":
                after = self.list_of_values(index)
                if after:
                    index = after
                    continue
            if token.kind == "number" and previous in ("LIMIT", "OFFSET"):
                self.out.append(token.text)
                index += 1
                continue
            got = self.value(index)
            if got is not None:
                self.lift(got[0])
                index = got[1]
            elif token.kind == "word":
                self.word(index)
                index += 1
            elif token.text == ":":
                raise self.refuse(index)
            else:
                self.out.append(token.text)
                index += 1
        return Lexed(" ".join(self.out), tuple(self.literals))


def _without_trailer(soql: str, tokens: list[_Token]) -> list[_Token]:
    """Drop ``FOR VIEW`` and its like at the end; refuse ``ALL ROWS``, which only Apex has."""
    last = [token.upper for token in tokens[-2:]]
    if len(last) == 2 and last[0] == "FOR" and last[1] in ("VIEW", "REFERENCE", "UPDATE"):
        return tokens[:-2]
    if last == ["ALL", "ROWS"]:
        raise malformed_query(at_place(soql, tokens[-2].at, "ALL ROWS not allowed in this context"))
    return tokens


def lex(soql: str) -> Lexed:
    """Rewrite a SOQL statement for sqlglot.

    Raises:
        ApiError: 400 MALFORMED_QUERY for what SOQL does not allow, 501 for SOQL that the sandbox
            does not cover.
    """
    if len(soql) > _MAX_STATEMENT:
        raise malformed_query("SOQL statements cannot be longer than 100000 characters.")
    if not soql.strip():
        raise malformed_query("A query string has to be specified")
    return _Rewriter(soql).run()
