"""Where each lead stands by one agreement, computed in DuckDB; verdicts are judged where all verdicts are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from sqlglot import exp

from leadpact.scoring.assess import Assessor

if TYPE_CHECKING:
    import duckdb

    from leadpact.scoring.query import ScoringQuery


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, types: Sequence[str], columns: Sequence[Any]
) -> None:
    """Append rows given by column: as JSON text, by far the quickest way in without Arrow."""
    parts = ", ".join(f"unnest(from_json(?, '[\"{kind}\"]'))" for kind in types)
    values = [orjson.dumps(column).decode() for column in columns]
    connection.execute(f"INSERT INTO {table} SELECT {parts}", values)


def make_standings(connection: duckdb.DuckDBPyConnection, query: ScoringQuery, schema: str) -> None:
    """Make the table ``standing`` of a schema that holds ``lead``, ``signal`` and an empty ``decay``.

    Its columns: lead, fit, engagement, grade, verdict, makes, lane.

    Args:
        connection: of the database.
        query: the agreement's.
        schema: where its tables are.
    """
    connection.execute(f"SET schema = '{schema}'")
    rows = list(zip(*query.decay_rows(), strict=True))
    if rows:
        insert(connection, "decay", ("INTEGER",) * 3, rows)
    connection.execute(f"CREATE TABLE sums AS {_sums(query)}")
    kinds = "fit, engagement, held, undecided"
    connection.execute(
        f"CREATE TABLE kind AS SELECT row_number() OVER () AS kind, * FROM "
        f"(SELECT DISTINCT {kinds} FROM sums)"
    )
    found = connection.execute(f"SELECT kind, {kinds} FROM kind").fetchall()
    connection.execute(
        "CREATE TABLE judged (kind BIGINT, grade VARCHAR, verdict VARCHAR, makes VARCHAR)"
    )
    if found:
        insert(
            connection, "judged", ("BIGINT", "VARCHAR", "VARCHAR", "VARCHAR"), _judged(query, found)
        )
    lanes = _lanes(query)
    lane = (
        "CASE WHEN j.verdict IN ('disqualified', 'excluded') THEN '' ELSE coalesce(n.lane, '') END"
    )
    connection.execute(
        f"CREATE TABLE standing AS SELECT s.lead, s.fit, s.engagement, j.grade, j.verdict, j.makes, "
        f"{lane if lanes else chr(39) * 2} AS lane FROM sums s JOIN kind k USING ({kinds}) "
        f"JOIN judged j USING (kind)"
        + (f" LEFT JOIN ({lanes}) n ON n.lead = s.lead" if lanes else "")
    )
    connection.execute("DROP TABLE sums; DROP TABLE judged; DROP TABLE kind")


def _judged(query: ScoringQuery, found: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    """What is made of each kind of lead: (numbers, grades, verdicts, stages made)."""
    assessor = Assessor(query.scoring)
    first, asked = query.first_gate, list(query.undecided_marks)
    columns: list[list[Any]] = [[], [], [], []]
    for kind, fit, engagement, marks, undecided in found:
        held = [number for number, mark in enumerate(marks, first) if mark == "1"]
        lacking = [number for number, mark in zip(asked, undecided, strict=True) if mark == "1"]
        standing = assessor.standing(int(fit), int(engagement), lacking, held)
        row = (kind, standing.grade, standing.verdict, standing.makes)
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    return columns


def _sums(query: ScoringQuery) -> str:
    """One row per lead: both pillars, and marks of what else holds and of what lacks a fact."""
    points = query.points.copy()
    points.set("order", None)
    unknown = query.undecided_marks
    for number, tree in unknown.items():
        points = points.select(tree.as_(f"undecided_{number}"))
    keys = query.rule_keys
    first, last = query.first_engagement, query.first_gate
    outer = exp.select(
        exp.column("lead"),
        _added(keys[:first]).as_("fit"),
        _added(keys[first:last]).as_("engagement"),
        _joined(keys[last:]).as_("held"),
        _joined([f"undecided_{number}" for number in unknown]).as_("undecided"),
    ).from_(points.subquery("p"))
    return str(outer.sql(dialect="duckdb"))


def _added(names: Sequence[str]) -> exp.Expr:
    total: exp.Expr = exp.Literal.number(0)
    for name in names:
        total = exp.Add(this=total, expression=exp.column(name, quoted=True))
    return exp.cast(total, "BIGINT")


def _joined(names: Sequence[str]) -> exp.Expr:
    columns = [exp.column(name, quoted=True) for name in names]
    return exp.func("concat", exp.Literal.string(""), *columns)


def _lanes(query: ScoringQuery) -> str:
    """One row per lead with the most urgent open lane; "" where the agreement has none."""
    lanes = query.scoring.lanes
    if not lanes:
        return ""
    named = [exp.Literal.string(lane.signal).sql(dialect="duckdb") for lane in lanes]
    ages = ", ".join(
        f"min(age) FILTER (WHERE name = {name}) AS age_{number}"
        for number, name in enumerate(named)
    )
    cases = " ".join(
        f"WHEN age_{number} < {lane.window_days} THEN {name}"
        for number, (lane, name) in enumerate(zip(lanes, named, strict=True))
    )
    return (
        f"SELECT lead, CASE {cases} END AS lane FROM (SELECT lead, {ages} FROM signal "
        f"WHERE name IN ({', '.join(named)}) GROUP BY lead)"
    )
