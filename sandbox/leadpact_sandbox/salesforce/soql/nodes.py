"""A SOQL statement by names, before anything is looked up in the schema (facts salesforce §3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A date function or ``toLabel`` of a field.

    Attributes:
        name: upper case.
        path: the field.
        zoned: whether the field stands in ``convertTimezone``.
    """

    name: str
    path: Path
    zoned: bool = False


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate function; ``path`` is empty for ``COUNT()``."""

    function: str
    path: Path


Operand: TypeAlias = "Path | Function | Aggregate"


@dataclass(frozen=True, slots=True)
class Compare:
    """``operand op literal``; ``op`` is one of ``= != < <= > >= like``."""

    path: Operand
    op: str
    literal: int


@dataclass(frozen=True, slots=True)
class Within:
    """``operand IN (literals)``; the literal is a list."""

    path: Operand
    literal: int


@dataclass(frozen=True, slots=True)
class Includes:
    """``path INCLUDES (literals)`` or EXCLUDES; the literal is a list."""

    path: Operand
    literal: int
    negated: bool


@dataclass(frozen=True, slots=True)
class SemiJoin:
    """``path IN (SELECT field FROM ...)``."""

    path: Operand
    query: Query


@dataclass(frozen=True, slots=True)
class Negation:
    """NOT."""

    inner: Condition


@dataclass(frozen=True, slots=True)
class Every:
    """AND."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """OR."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = "Compare | Within | Includes | SemiJoin | Negation | Every | Either"


@dataclass(frozen=True, slots=True)
class Selected:
    """One column of SELECT: a field, a function, or a TYPEOF (number of its literal)."""

    operand: Operand | int
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Sort:
    """One ORDER BY term."""

    path: Operand
    descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT by names; literals are numbers into the lexed query's literals."""

    source: str
    alias: str | None
    columns: tuple[Selected, ...]
    children: tuple[Query, ...]
    every_field: tuple[str, ...]
    where: Condition | None
    group: tuple[Operand, ...]
    having: Condition | None
    order: tuple[Sort, ...]
    limit: int | None
    offset: int

    @property
    def aggregates(self) -> bool:
        """Whether groups are answered instead of rows."""
        return bool(self.group) or any(isinstance(each.operand, Aggregate) for each in self.columns)
