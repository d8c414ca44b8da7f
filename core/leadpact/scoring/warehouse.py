"""The agreement's query as text that a warehouse, DuckDB, PostgreSQL or Spark runs as it is.

Printed from the tree that the embedded engine runs; only the table of points by age is written into it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from sqlglot import exp

from leadpact.pact.agreement import Pact
from leadpact.scoring.columns import Column
from leadpact.scoring.query import ScoringQuery, compile_scoring

Dialect: TypeAlias = Literal["duckdb", "postgres", "spark"]
Projection: TypeAlias = Literal["points", "evidence"]
DIALECTS: Final[tuple[Dialect, ...]] = get_args(Dialect)
PROJECTIONS: Final[tuple[Projection, ...]] = get_args(Projection)
_LABELS: Final[dict[Dialect, str]] = {
    "duckdb": "DuckDB",
    "postgres": "PostgreSQL",
    "spark": "Spark SQL",
}
_LINE: Final = 110
_SIGNAL: Final = (
    ("lead", "BIGINT", "the lead's number in `lead`"),
    ("signal", "TEXT", "the act's id; an act seen twice stands here once"),
    ("name", "TEXT", "what was done, by the pact's name of it"),
    ("asset", "TEXT", "what it was about, such as one e-mail sequence; '' where nothing"),
    ("day", "BIGINT", "number of its day (UTC), counted from any day"),
    ("age", "BIGINT", "whole days of 24 hours from the act to the instant asked for, 0 or more"),
)
_FORMS: Final = {
    "plain": {
        "text": "NFKC, case-folded, trimmed",
        "integer": "a whole number",
        "boolean": "1 or 0",
    },
    "words": {"text": "its words case-folded, a blank around each: ' vp of sales '"},
    "domains": {
        "text": "its domain and all above it, a blank around each: ' mail.acme.example acme.example example '"
    },
}


@dataclass(frozen=True, slots=True)
class InputColumn:
    """A column that the printed query reads."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class PrintedQuery:
    """The query of one pact, printed.

    Attributes:
        text: comments and one statement, ready to be run.
        tables: what it reads, by table name.
        columns: of each column it gives, what it says, in order.
    """

    dialect: Dialect
    projection: Projection
    text: str
    tables: dict[str, tuple[InputColumn, ...]]
    columns: dict[str, str]


def printed(pact: Pact, dialect: Dialect, projection: Projection) -> PrintedQuery:
    """The query of a pact, for people and warehouses.

    Args:
        pact: the agreement, compiled with all its lists.
        dialect: who shall run it.
        projection: ``points``, one row per lead, or ``evidence``, one row per lead, rule and act.
    """
    query = compile_scoring(pact.scoring)
    tables = {
        "lead": _lead_columns(query, dialect),
        "signal": tuple(_input(dialect, *each) for each in _SIGNAL),
    }
    columns = dict(_columns(query, projection))
    statement = statement_of(query, dialect, projection)
    head = "\n".join(f"-- {line}".rstrip() for line in _head(pact, dialect, projection, tables))
    told = "\n".join(f"-- {line}" for line in _told(columns))
    return PrintedQuery(dialect, projection, f"{head}\n{told}\n{statement};\n", tables, columns)


def statement_of(query: ScoringQuery, dialect: Dialect, projection: Projection) -> str:
    """One statement without comments: the query with its table of points by age in front."""
    tree = getattr(query, projection).copy()
    if dialect == "postgres":
        _sort_by_code_point(tree)
    if projection == "evidence":
        tree = exp.select(
            *(exp.column(name, "e") for name in ("lead", "rule", "signal", "points"))
        ).from_(tree.subquery("e"))
    body = str(tree.sql(dialect=dialect, pretty=True))
    if not query.scoring.acts:
        return body
    return f"WITH decay AS (\n{_decay(query, dialect)}\n)\n{body}"


def _sort_by_code_point(tree: exp.Expr) -> None:
    """Ids sort as they do in Python, whatever the database's own collation says of hyphens."""
    for ordered in list(tree.find_all(exp.Ordered)):
        if ordered.this.name == "signal":
            collation = exp.to_identifier("C", quoted=True)
            ordered.set("this", exp.Collate(this=ordered.this.copy(), expression=collation))


def _decay(query: ScoringQuery, dialect: Dialect) -> str:
    rows = list(query.decay_rows())
    names = ("rule", "age", "points")
    if not rows:
        nothing = exp.select(*(exp.Literal.number(0).as_(name) for name in names))
        return f"  {nothing.where(exp.false()).sql(dialect=dialect)}"
    tree = exp.select("*").from_(exp.values(rows, alias="d", columns=list(names)))
    lines: list[str] = []
    line = ""
    for piece in str(tree.sql(dialect=dialect)).replace("), (", "),\n(").split("\n"):
        if line and len(line) + len(piece) > _LINE:
            lines.append(line)
            line = ""
        line = f"{line} {piece}" if line else piece
    return "\n".join(f"  {each}" for each in (*lines, line))


def _lead_columns(query: ScoringQuery, dialect: Dialect) -> tuple[InputColumn, ...]:
    facts = (_input(dialect, each.name, _type(each), _meaning(each)) for each in query.columns)
    return (_input(dialect, "lead", "BIGINT", "the lead's number, any"), *facts)


def _input(dialect: Dialect, name: str, kind: str, meaning: str) -> InputColumn:
    return InputColumn(name, str(exp.DataType.build(kind).sql(dialect=dialect)), meaning)


def _type(column: Column) -> str:
    return "TEXT" if column.type == "text" else "BIGINT"


def _meaning(column: Column) -> str:
    return f"{column.fact.replace('_', ' ')}: {_FORMS[column.form][column.type]}"


def _head(
    pact: Pact,
    dialect: Dialect,
    projection: Projection,
    tables: dict[str, tuple[InputColumn, ...]],
) -> Iterator[str]:
    each = "a row per lead" if projection == "points" else "a row per lead, rule and act"
    yield f"The {projection} of pact {_one_line(pact.version)} (content {pact.hash}): {each}. For {_LABELS[dialect]}."
    yield "Points are hundredths of a point. It reads two tables; where a fact is unknown or blank stands NULL:"
    yield ""
    for table, columns in tables.items():
        yield f"  CREATE TABLE {table} ("
        for number, column in enumerate(columns, 1):
            comma = "," if number < len(columns) else ""
            yield f"    {column.name} {column.type}{comma}  -- {column.meaning}"
        yield "  );"
    yield ""
    yield "No act in `signal` is later than the instant asked for, or older than the lead's present episode."
    yield "`leadpact pact query --tables FOLDER` writes both from leadpact's state, as CSV."
    yield "`decay` in the query says what an act earns at each age, rule by rule."
    yield ""


def _told(columns: dict[str, str]) -> Iterator[str]:
    yield "It gives:"
    for name, meaning in columns.items():
        yield f"  {name}: {meaning}"


def _columns(query: ScoringQuery, projection: Projection) -> Iterator[tuple[str, str]]:
    scoring = query.scoring
    labels = [_one_line(rule.label) for rule in scoring.numbered]
    yield "lead", "the lead's number"
    if projection == "points":
        for number, (key, label) in enumerate(zip(query.rule_keys, labels, strict=True)):
            gate = number >= query.first_gate
            yield key, f"{label} (1 where it holds)" if gate else label
        return
    named = zip(query.rule_keys, labels, strict=True)
    told = "; ".join(f"{number} = {key} ({label})" for number, (key, label) in enumerate(named))
    yield "rule", told
    yield "signal", "the act that earned it; '' where a fact did"
    yield "points", "what it gives; 0 or 1 for what is no rule of points and holds"


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
