"""Parses a formula to a function of a row; what no formula may say is refused when it is saved."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from leadpact_sandbox.salesforce.catalog import FULL_ACCESS, Sobject
from leadpact_sandbox.salesforce.errors import ApiError, not_covered
from leadpact_sandbox.salesforce.fields import ID_TYPES, Field
from leadpact_sandbox.salesforce.formula.functions import (
    LAZY,
    PICKLIST_TAKERS,
    PLAIN,
    UNCOVERED,
    blank,
    equal,
    stamp,
    text,
)
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.soql.binder import Bound, Reader, Scope, bind_path
from leadpact_sandbox.salesforce.table import Row

_TOKEN = re.compile(
    r"""(?P<space>\s+|/\*.*?\*/)
    |(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<number>\d+(?:\.\d+)?|\.\d+)
    |(?P<name>\$?[A-Za-z]\w*(?:\s*[.:]\s*[A-Za-z]\w*)*)
    |(?P<op><=|>=|<>|!=|==|&&|\|\||[-+*/&=<>!(),])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_MAX_DEPTH = 60
_MAX_CHARACTERS = 3_900


@dataclass(frozen=True, slots=True)
class Facts:
    """What a formula is evaluated on.

    Attributes:
        row: as it is to be stored.
        old: as it was; None for a new row.
        user: the row of the User who saves.
    """

    org: Org
    row: Row
    old: Row | None
    user: Row


Formula: TypeAlias = Callable[[Facts], Any]


@dataclass(frozen=True, slots=True)
class _Term:
    """A part of a formula: how it is evaluated, and its field where it is one."""

    run: Formula
    field: Field | None = None
    read: Reader | None = None


def _refused(message: str) -> ApiError:
    return ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["ErrorConditionFormula"])


def _number(value: Any) -> Any:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _arithmetic(sign: str) -> Callable[[Any, Any], Any]:
    do = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}[sign]

    def compute(left: Any, right: Any) -> Any:
        if sign == "+" and (isinstance(left, str) or isinstance(right, str)):
            return text(left) + text(right)
        first, second = _number(left), _number(right)
        if first is None or second is None or (sign == "/" and second == 0):
            return None
        return do(first, second)

    return compute


def _ordered(sign: str) -> Callable[[Any, Any], bool]:
    do = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}[sign]

    def compute(left: Any, right: Any) -> bool:
        if blank(left) or blank(right) or isinstance(left, str) != isinstance(right, str):
            return False
        return bool(do(left, right))

    return compute


class _Parser:
    def __init__(self, org: Org, owner: Sobject, formula: str) -> None:
        self._scope = Scope(org, owner, FULL_ACCESS, None)
        self._user = Scope(org, org.catalog.objects["User"], FULL_ACCESS, None)
        self._depth = 0
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(formula):
            match = _TOKEN.match(formula, position)
            if match is None or match.lastgroup is None:
                raise _refused(f"Syntax error. Found '{formula[position]}'")
            if match.lastgroup != "space":
                self._tokens.append((match.lastgroup, match.group()))
            position = match.end()
        self._at = 0

    def whole(self) -> Formula:
        term = self._operand(self._either())
        if self._at < len(self._tokens):
            raise _refused(f"Syntax error. Extra '{self._tokens[self._at][1]}'")
        return term

    def _peek(self) -> str:
        """The next sign, or an empty text; texts and names never look like signs."""
        if self._at >= len(self._tokens):
            return ""
        kind, word = self._tokens[self._at]
        return word if kind == "op" else ""

    def _take(self, *signs: str) -> str:
        if self._peek() in signs and self._peek():
            self._at += 1
            return self._tokens[self._at - 1][1]
        return ""

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            found = self._tokens[self._at][1] if self._at < len(self._tokens) else "end"
            raise _refused(f"Syntax error. Missing '{sign}', found '{found}'")

    def _operand(self, term: _Term) -> Formula:
        """A term where no picklist may stand."""
        if term.field is not None and term.field.type in ("picklist", "multipicklist"):
            raise _refused(
                f"Field {term.field.name} is a picklist field. Picklist fields are only supported "
                "in certain functions."
            )
        return term.run

    def _either(self) -> _Term:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _refused("the formula nests too deeply")
        term = self._both()
        while self._take("||"):
            left, right = self._operand(term), self._operand(self._both())
            term = _Term(_lazily(any, (left, right)))
        self._depth -= 1
        return term

    def _both(self) -> _Term:
        term = self._comparison()
        while self._take("&&"):
            left, right = self._operand(term), self._operand(self._comparison())
            term = _Term(_lazily(all, (left, right)))
        return term

    def _comparison(self) -> _Term:
        term = self._sum()
        sign = self._take("=", "==", "<>", "!=", "<", "<=", ">", ">=")
        if not sign:
            return term
        left, right = self._operand(term), self._operand(self._sum())
        if sign in ("=", "=="):
            return _Term(lambda facts: equal(left(facts), right(facts)))
        if sign in ("<>", "!="):
            return _Term(lambda facts: not equal(left(facts), right(facts)))
        compare = _ordered(sign)
        return _Term(lambda facts: compare(left(facts), right(facts)))

    def _sum(self) -> _Term:
        term = self._product()
        while sign := self._take("+", "-", "&"):
            term = self._joined(sign, term, self._product())
        return term

    def _product(self) -> _Term:
        term = self._unary()
        while sign := self._take("*", "/"):
            term = self._joined(sign, term, self._unary())
        return term

    def _joined(self, sign: str, first: _Term, second: _Term) -> _Term:
        left, right = self._operand(first), self._operand(second)
        if sign == "&":
            return _Term(lambda facts: text(left(facts)) + text(right(facts)))
        compute = _arithmetic(sign)
        return _Term(lambda facts: compute(left(facts), right(facts)))

    def _unary(self) -> _Term:
        sign = self._take("-", "!", "+")
        if not sign:
            return self._primary()
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _refused("the formula nests too deeply")
        inner = self._operand(self._unary())
        self._depth -= 1
        if sign == "!":
            return _Term(lambda facts: not inner(facts))
        subtract = _arithmetic("-")
        return _Term(inner if sign == "+" else lambda facts: subtract(0, inner(facts)))

    def _primary(self) -> _Term:
        if self._take("("):
            term = self._either()
            self._need(")")
            return term
        if self._at >= len(self._tokens):
            raise _refused("Syntax error. The formula ends too early")
        kind, word = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            number = float(word)
            return _Term(_always(number))
        if kind == "text":
            literal = re.sub(r"\\(.)", r"\1", word[1:-1], flags=re.DOTALL)
            return _Term(_always(literal))
        if kind == "op":
            raise _refused(f"Syntax error. Found '{word}'")
        if self._take("("):
            return self._call(word.upper())
        return self._name(word)

    def _name(self, word: str) -> _Term:
        constant = {"TRUE": True, "FALSE": False, "NULL": None}
        if word.upper() in constant:
            value = constant[word.upper()]
            return _Term(_always(value))
        if ":" in word:
            raise not_covered(f"the reference {word} in a formula")
        path = tuple(part.strip() for part in word.split("."))
        if path[0].startswith("$"):
            if path[0].lower() != "$user" or len(path) != 2:
                raise not_covered(f"the global {word} in a formula")
            user_read = _short(self._bound(self._user, path[1:], word))
            return _Term(lambda facts: user_read(facts.user))
        bound = self._bound(self._scope, path, word)
        read = _short(bound)
        return _Term(lambda facts: read(facts.row), bound.field, read)

    def _bound(self, scope: Scope, path: tuple[str, ...], word: str) -> Bound:
        try:
            return bind_path(scope, path)
        except ApiError:
            raise _refused(f"Field {word} does not exist. Check spelling.") from None

    def _call(self, name: str) -> _Term:
        if name in UNCOVERED:
            raise not_covered(f"the formula function {name}()")
        if name not in LAZY and name not in PLAIN:
            raise _refused(f"Unknown function {name}. Check spelling.")
        terms: list[_Term] = []
        if not self._take(")"):
            terms.append(self._either())
            while self._take(","):
                terms.append(self._either())
            self._need(")")
        if name in PICKLIST_TAKERS:
            taken = [terms[0].run, *map(self._operand, terms[1:])] if terms else []
        else:
            taken = [self._operand(term) for term in terms]
        if name in LAZY:
            field = terms[0].field if name == "PRIORVALUE" and terms else None
            return _Term(_built(name, terms, taken), field)
        fewest, most, do = PLAIN[name]
        if not fewest <= len(taken) <= most:
            raise _count_refused(name, fewest, len(taken))
        return _Term(lambda facts: do(*(each(facts) for each in taken)))


def _short(bound: Bound) -> Reader:
    """Formulas see ids with 15 characters; CASESAFEID makes 18 of them."""
    if bound.field.type not in ID_TYPES:
        return bound.read
    read = bound.read

    def short(row: Row) -> Any:
        held = read(row)
        return None if held is None else held[:15]

    return short


def _always(value: object) -> Formula:
    return lambda _facts: value


def _lazily(fold: Callable[[Any], bool], parts: tuple[Formula, ...]) -> Formula:
    return lambda facts: fold(bool(part(facts)) for part in parts)


def _count_refused(name: str, wanted: int, found: int) -> ApiError:
    return _refused(
        f"Incorrect number of parameters for function '{name}()'. Expected {wanted}, received "
        f"{found}"
    )


def _built(name: str, terms: list[_Term], taken: list[Formula]) -> Formula:
    """A function that does not evaluate all of its arguments, or asks for more than values."""
    counts = {"NOT": 1, "IF": 3, "ISPICKVAL": 2, "ISCHANGED": 1, "PRIORVALUE": 1}
    wanted = counts.get(name, 0 if name in ("TODAY", "NOW", "ISNEW") else len(taken))
    few = {"AND": 1, "OR": 1, "CASE": 4}.get(name, 0)
    if len(taken) != wanted or len(taken) < few or (name == "CASE" and len(taken) % 2):
        raise _count_refused(name, max(wanted, few), len(taken))
    if name in ("AND", "OR"):
        return _lazily(all if name == "AND" else any, tuple(taken))
    if name in ("TODAY", "NOW", "ISNEW"):
        return _of_nothing(name)
    first = taken[0]
    if name == "NOT":
        return lambda facts: not first(facts)
    if name == "IF":
        return lambda facts: taken[1](facts) if first(facts) else taken[2](facts)
    if name == "ISPICKVAL":
        field = terms[0].field
        if field is None or field.type not in ("picklist", "combobox"):
            raise _refused("Incorrect parameter type for function 'ISPICKVAL()'. Expected Picklist")
        return lambda facts: text(first(facts)) == text(taken[1](facts))
    if name == "CASE":
        return _case(taken)
    return _of_history(name, terms[0])


def _of_nothing(name: str) -> Formula:
    if name == "ISNEW":
        return lambda facts: facts.old is None
    if name == "TODAY":
        return lambda facts: facts.org.world.clock.now().date().isoformat()
    return lambda facts: stamp(facts.org.world.clock.now())


def _case(taken: list[Formula]) -> Formula:
    def choose(facts: Facts) -> Any:
        value = taken[0](facts)
        for place in range(1, len(taken) - 1, 2):
            if equal(value, taken[place](facts)):
                return taken[place + 1](facts)
        return taken[-1](facts)

    return choose


def _of_history(name: str, term: _Term) -> Formula:
    read = term.read
    if read is None:
        raise _refused(f"Incorrect parameter type for function '{name}()'. Expected Field")
    if name == "ISCHANGED":
        return lambda facts: facts.old is not None and read(facts.old) != read(facts.row)
    return lambda facts: read(facts.row if facts.old is None else facts.old)


def compiled(org: Org, owner: Sobject, formula: str) -> Formula:
    """A formula over rows of an object.

    Raises:
        ApiError: 400 FIELD_INTEGRITY_EXCEPTION for what Salesforce would not save, 501 for
            functions that the sandbox does not cover.
    """
    if len(formula) > _MAX_CHARACTERS:
        raise _refused("Formula is too long (maximum 3,900 characters)")
    return _Parser(org, owner, formula).whole()
