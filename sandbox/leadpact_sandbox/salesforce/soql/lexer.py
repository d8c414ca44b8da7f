"""SOQL text to SQL that sqlglot parses: quote-aware, literals lifted out (LIBRARIES §14).

Every literal, and every list of literals, becomes one parameter, so that queries of the same
shape share one parse; every name is quoted, so that no SOQL name collides with an SQL keyword;
whatever SQL knows and SOQL does not is refused here or by :mod:`.parser`.
"""

from __future__ import annotations

from dataclasses import dataclass

from leadpact_sandbox.salesforce.errors import ApiError, malformed_query, not_covered
from leadpact_sandbox.salesforce.soql.dates import COUNTED
from leadpact_sandbox.salesforce.soql.functions import DATE_FUNCTIONS, LABEL_FUNCTIONS
from leadpact_sandbox.salesforce.soql.tokens import (
    Literal,
    Token,
    TypeOf,
    at_place,
    is_count,
    literal_at,
    span_at,
    tokens_of,
)

_KEYWORDS = frozenset(
    """SELECT FROM WHERE AND OR NOT IN LIKE ORDER GROUP BY HAVING LIMIT OFFSET ASC DESC NULLS FIRST
    LAST""".split()
)
_FUNCTIONS = frozenset("COUNT COUNT_DISTINCT MIN MAX SUM AVG FIELDS".split())
_MARKED = DATE_FUNCTIONS | LABEL_FUNCTIONS
"""Functions that sqlglot is to take for unknown ones: they carry :data:`MARK` before their name."""
_UNCOVERED_FUNCTIONS = frozenset(
    "FORMAT CONVERTCURRENCY DISTANCE GEOLOCATION GROUPING ROLLUP CUBE".split()
)
_UNCOVERED_WORDS = frozenset(["WITH"])
_SCOPES = frozenset("EVERYTHING MINE".split())
_UNCOVERED_SCOPES = frozenset(
    "DELEGATED MINE_AND_MY_GROUPS MY_TERRITORY MY_TEAM_TERRITORY TEAM SCOPINGRULE".split()
)
MARK = "F_"
_MAX_STATEMENT = 100_000


@dataclass(frozen=True, slots=True)
class Lexed:
    """SQL with parameters ``:v0`` ..., their literals, and the scope of ``USING SCOPE``."""

    sql: str
    literals: tuple[Literal, ...]
    scope: str = "EVERYTHING"


class _Rewriter:
    def __init__(self, soql: str) -> None:
        self.soql = soql
        self.tokens = _without_trailer(soql, tokens_of(soql))
        self.literals: list[Literal] = []
        self.out: list[str] = []
        self.scope = "EVERYTHING"

    def refuse(self, index: int) -> ApiError:
        token = self.tokens[index]
        return malformed_query(at_place(self.soql, token.at, f"unexpected token: '{token.text}'"))

    def lift(self, literal: Literal) -> None:
        self.out.append(f":v{len(self.literals)}")
        self.literals.append(literal)

    def value(self, index: int) -> tuple[Literal, int] | None:
        """The literal that begins here and the index after it."""
        literal = literal_at(self.soql, self.tokens[index])
        if literal is not None:
            return literal, index + 1
        literal = span_at(self.soql, self.tokens, index)
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
            if upper in ("LIMIT", "OFFSET") and not is_count(following):
                raise self.refuse(min(index + 1, len(tokens) - 1))
            # SOQL puts nulls first in both directions; sqlglot would put them last after DESC.
            self.out.append(
                "DESC NULLS FIRST" if upper == "DESC" and following != "NULLS" else upper
            )
        elif upper in _UNCOVERED_WORDS and not named:
            raise not_covered(f"SOQL {upper}")
        elif following == "(" and upper in _MARKED:
            self.out.append(MARK + upper)
        elif following == "(" and upper in _UNCOVERED_FUNCTIONS:
            raise not_covered(f"the SOQL function {token.text}()")
        elif following == "(" and upper in _FUNCTIONS:
            self.out.append(upper)
        elif following == "(":
            raise self.refuse(index + 1)
        else:
            parts = [part.strip() for part in token.text.split(".")]
            self.out.append(".".join(f'"{part}"' for part in parts))

    def text(self, index: int) -> str:
        """The token's text, empty behind the end."""
        return self.tokens[index].text if index < len(self.tokens) else ""

    def special(self, index: int) -> int:
        """Take up what sqlglot is not to see: the index after it, or 0 if nothing is special."""
        upper = self.tokens[index].upper
        if upper in ("INCLUDES", "EXCLUDES") and self.text(index + 1) == "(":
            self.out.append("=" if upper == "INCLUDES" else "!=")
            self.out.append(f"{MARK}INCLUDES")
            return self.list_of_values(index + 1) or self.fail(index + 2)
        if upper == "USING" and self.text(index + 1).upper() == "SCOPE":
            name = self.text(index + 2).upper()
            if name in _UNCOVERED_SCOPES:
                raise not_covered(f"SOQL USING SCOPE {name}")
            if name not in _SCOPES:
                return self.fail(index + 2)
            self.scope = name
            return index + 3
        if upper == "TYPEOF" and self.text(index + 2).upper() == "WHEN":
            return self.typeof(index)
        return 0

    def fail(self, index: int) -> int:
        """Refuse the token at ``index``, or the end of the statement.

        Raises:
            ApiError: 400 MALFORMED_QUERY, always.
        """
        if index < len(self.tokens):
            raise self.refuse(index)
        raise malformed_query(at_place(self.soql, len(self.soql), "unexpected token: '<EOF>'"))

    def names(self, index: int) -> tuple[tuple[str, ...], int]:
        """Names with commas between them, and the index after them."""
        found: list[str] = []
        while True:
            if index >= len(self.tokens) or self.tokens[index].kind != "word":
                self.fail(index)
            found.append(self.text(index))
            index += 1
            if self.text(index) != ",":
                return tuple(found), index
            index += 1

    def typeof(self, index: int) -> int:
        """Lift ``TYPEOF ... END`` as one literal; the index after it."""
        relationship = self.text(index + 1)
        index += 2
        cases: list[tuple[str, tuple[str, ...]]] = []
        otherwise: tuple[str, ...] = ()
        while self.text(index).upper() == "WHEN":
            kind = self.text(index + 1)
            if self.text(index + 2).upper() != "THEN":
                self.fail(index + 2)
            fields, index = self.names(index + 3)
            cases.append((kind, fields))
        if self.text(index).upper() == "ELSE":
            otherwise, index = self.names(index + 1)
        if not cases or self.text(index).upper() != "END":
            self.fail(index)
        self.out.append(f"{MARK}TYPEOF(")
        self.lift(Literal("typeof", TypeOf(relationship, tuple(cases), otherwise)))
        self.out.append(")")
        return index + 1

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
            after = self.special(index)
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
        return Lexed(" ".join(self.out), tuple(self.literals), self.scope)


def _without_trailer(soql: str, tokens: list[Token]) -> list[Token]:
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
