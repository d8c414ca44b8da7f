"""Where each lead stands by one agreement, computed in DuckDB; verdicts are judged where all verdicts are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson
from sqlglot import exp

from leadpact.scoring.assess import Assessor
from leadpact.scoring.bands import cuts_of

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


def same_sums(one: ScoringQuery, other: ScoringQuery) -> bool:
    """Whether both agreements give each lead the same points and marks, so that they need summing only once.

    So it is where only thresholds, floors or grades differ: the question that is asked most.
    """
    return (
        one.columns == other.columns
        and one.scoring.lists == other.scoring.lists
        and _sums(one) == _sums(other)
        and list(one.decay_rows()) == list(other.decay_rows())
    )


def make_standings(
    connection: duckdb.DuckDBPyConnection, query: ScoringQuery, schema: str, *, sums_in: str = ""
) -> None:
    """Make the table ``standing`` of a schema that holds ``lead``, ``signal`` and an empty ``decay``.

    Its columns: lead, fit, engagement, grade, verdict, makes, gates, lane.

    Args:
        connection: of the database.
        query: the agreement's.
        schema: where its tables are.
        sums_in: a schema whose standings were made of the same sums (see ``same_sums``); "" where there is none.
    """
    connection.execute(f"SET schema = '{schema}'")
    if sums_in:
        connection.execute(f"CREATE VIEW sums AS FROM {sums_in}.sums")
    else:
        rows = list(zip(*query.decay_rows(), strict=True))
        if rows:
            insert(connection, "decay", ("INTEGER",) * 3, rows)
        connection.execute(f"CREATE TABLE sums AS {_sums(query)}")
    cases = _cases(connection, query)
    connection.execute(
        "CREATE TABLE judged (fit BIGINT, by_engagement BIGINT, by_total BIGINT, held VARCHAR, "
        "undecided VARCHAR, grade VARCHAR, verdict VARCHAR, makes VARCHAR, gates VARCHAR)"
    )
    judged = _judged(connection, query, cases)
    if judged[0]:
        insert(connection, "judged", ("BIGINT",) * 3 + ("VARCHAR",) * 6, judged)
    lanes = _lanes(query)
    lane = (
        "CASE WHEN j.verdict IN ('disqualified', 'excluded') THEN '' ELSE coalesce(n.lane, '') END"
    )
    connection.execute(
        f"CREATE TABLE standing AS SELECT s.lead, s.fit, s.engagement, j.grade, j.verdict, j.makes, j.gates, "
        f"{lane if lanes else chr(39) * 2} AS lane FROM ({cases}) s "
        f"JOIN judged j USING (fit, by_engagement, by_total, held, undecided)"
        + (f" LEFT JOIN ({lanes}) n ON n.lead = s.lead" if lanes else "")
    )
    connection.execute("DROP TABLE judged")


def _cases(connection: duckdb.DuckDBPyConnection, query: ScoringQuery) -> str:
    """The sums with the bands that they lie in: leads that no threshold tells apart share all but ``engagement``."""
    assessor = Assessor(query.scoring)
    rows = connection.execute("SELECT DISTINCT undecided FROM sums").fetchall()
    asked = tuple(query.undecided_marks)
    open_points = {assessor.open_points(_lacking(asked, marks)) for (marks,) in rows}
    cuts = cuts_of(query.scoring, open_points)
    return (
        f"SELECT *, {_band('engagement', cuts.engagement)} AS by_engagement, "
        f"{_band('fit + engagement', cuts.total)} AS by_total FROM sums"
    )


def _band(sum_: str, cuts: Sequence[int]) -> str:
    """How many of the cuts a sum has reached."""
    return " + ".join(f"({sum_} >= {int(cut)})::BIGINT" for cut in cuts) or "0"


def _judged(
    connection: duckdb.DuckDBPyConnection, query: ScoringQuery, cases: str
) -> list[list[Any]]:
    """What is made of each case, by column: what names it, then grade, verdict, stage made, what disqualifies."""
    assessor, asked = Assessor(query.scoring), tuple(query.undecided_marks)
    keys = "fit, by_engagement, by_total, held, undecided"
    found = connection.execute(
        f"SELECT {keys}, min(engagement) FROM ({cases}) GROUP BY {keys}"
    ).fetchall()
    columns: list[list[Any]] = [[] for _ in range(9)]
    for *key, engagement in found:
        fit, _, _, marks, undecided = key
        held = [number for number, mark in enumerate(marks, query.first_gate) if mark == "1"]
        standing = assessor.standing(int(fit), int(engagement), _lacking(asked, undecided), held)
        gates = assessor.disqualified_by(held)
        row = (*key, standing.grade, standing.verdict, standing.makes, gates)
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    return columns


def _lacking(asked: Sequence[int], marks: str) -> list[int]:
    """Numbers of the rules, among those asked, that lack a fact."""
    return [number for number, mark in zip(asked, marks, strict=True) if mark == "1"]


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
