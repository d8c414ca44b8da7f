"""The query engine inside leadpact: SQLite in memory, one connection, statements prepared once.

Every score that is written to a CRM comes from here, page by page.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from leadpact.model.scorecard import Scorecard, ScoringInput, Signal
from leadpact.pact.score_rules import Scoring
from leadpact.scoring.assess import Acts, Assessor, Row
from leadpact.scoring.columns import Cell, cells_of
from leadpact.scoring.input_rows import earlier
from leadpact.scoring.query import ScoringQuery, compile_scoring

_DIALECT = "sqlite"
_PAGE = 500
SignalRow = tuple[int, str, str, str, int, int]


@dataclass(frozen=True, slots=True)
class _Prepared:
    scoring: Scoring
    query: ScoringQuery
    assessor: Assessor
    names: frozenset[str]
    known: frozenset[str]
    connection: sqlite3.Connection
    insert_lead: str
    evidence: str
    undecided: str


class EmbeddedEngine:
    """Answers the scoring query by SQLite in memory.

    Not for two threads at once; the caller takes turns. Holds the tables of the pact it was last asked for,
    and no lead longer than the call.
    """

    def __init__(self) -> None:
        self._prepared: _Prepared | None = None

    def score(
        self, scoring: Scoring, leads: Sequence[ScoringInput], as_of: datetime
    ) -> Sequence[Scorecard]:
        """One scorecard per lead, same order.

        Args:
            scoring: ``pact.scoring``.
            leads: in any number; facts may be unknown.
            as_of: aware; ages are whole days up to it, later signals do not count yet.
        """
        prepared = self._prepare(scoring)
        moment = as_of.astimezone(UTC)
        cards: list[Scorecard] = []
        for start in range(0, len(leads), _PAGE):
            cards += _score_page(prepared, leads[start : start + _PAGE], moment)
        return cards

    def evidence(
        self, scoring: Scoring, leads: Sequence[ScoringInput], as_of: datetime
    ) -> list[tuple[int, int, str, int]]:
        """The evidence projection: (place of the lead, rule number, signal id, hundredths), at most one page.

        Raises:
            ValueError: more leads than one page holds.
        """
        prepared = self._page(scoring, leads)
        try:
            _fill(prepared, leads, as_of.astimezone(UTC))
            return list(prepared.connection.execute(prepared.evidence))
        finally:
            _empty(prepared)

    def points(
        self, scoring: Scoring, leads: Sequence[ScoringInput], as_of: datetime
    ) -> list[dict[str, int]]:
        """The points projection: hundredths by rule key, one per lead, same order (at most one page).

        Raises:
            ValueError: more leads than one page holds.
        """
        prepared = self._page(scoring, leads)
        try:
            _fill(prepared, leads, as_of.astimezone(UTC))
            rows = prepared.connection.execute(prepared.query.points.sql(dialect=_DIALECT))
            keys = prepared.query.rule_keys[: prepared.query.first_gate]
            return [dict(zip(keys, row[1:], strict=False)) for row in rows]
        finally:
            _empty(prepared)

    def _page(self, scoring: Scoring, leads: Sequence[ScoringInput]) -> _Prepared:
        if len(leads) > _PAGE:
            raise ValueError(f"at most {_PAGE} leads can be asked for at once")
        return self._prepare(scoring)

    def _prepare(self, scoring: Scoring) -> _Prepared:
        kept = self._prepared
        if kept is not None and (kept.scoring is scoring or kept.scoring == scoring):
            return kept
        if kept is not None:
            kept.connection.close()
        self._prepared = _prepare(scoring)
        return self._prepared

    def close(self) -> None:
        """Frees the memory; the next call builds it anew."""
        if self._prepared is not None:
            self._prepared.connection.close()
            self._prepared = None


def _prepare(scoring: Scoring) -> _Prepared:
    query, evidence, undecided = _statements(scoring)
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    types = {"text": "TEXT", "integer": "INTEGER", "boolean": "INTEGER"}
    columns = "".join(f", {column.name} {types[column.type]}" for column in query.columns)
    # STRICT, because SQLite otherwise compares text with numbers without a word.
    connection.execute(f"CREATE TABLE lead (lead INTEGER PRIMARY KEY{columns}) STRICT")
    connection.execute(
        "CREATE TABLE signal (lead INTEGER, signal TEXT, name TEXT, asset TEXT, day INTEGER, "
        "age INTEGER) STRICT"
    )
    connection.execute(
        "CREATE TABLE decay (rule INTEGER, age INTEGER, points INTEGER, PRIMARY KEY (rule, age)) "
        "STRICT, WITHOUT ROWID"
    )
    connection.executemany("INSERT INTO decay VALUES (?, ?, ?)", query.decay_rows())
    marks = ", ".join("?" * (len(query.columns) + 1))
    return _Prepared(
        scoring,
        query,
        Assessor(scoring),
        frozenset(name for rule in scoring.acts for name in rule.names),
        scoring.signal_names,
        connection,
        f"INSERT INTO lead VALUES ({marks})",  # noqa: S608 - question marks only
        evidence,
        undecided,
    )


def _statements(scoring: Scoring) -> tuple[ScoringQuery, str, str]:
    """The query of this scoring with its two texts; those of the last one are kept for the next engine."""
    global _last  # noqa: PLW0603 - it holds nothing but what the scoring says anyhow
    if _last is None or _last[0] != scoring:
        query = compile_scoring(scoring)
        _last = (
            scoring,
            query,
            query.evidence.sql(dialect=_DIALECT),
            query.undecided.sql(dialect=_DIALECT),
        )
    return _last[1:]


_last: tuple[Scoring, ScoringQuery, str, str] | None = None


def _score_page(
    prepared: _Prepared, leads: Sequence[ScoringInput], as_of: datetime
) -> list[Scorecard]:
    try:
        counted = _fill(prepared, leads, as_of)
        evidence: list[list[Row]] = [[] for _ in leads]
        for lead, rule, signal, points in prepared.connection.execute(prepared.evidence):
            evidence[lead].append((rule, signal, points))
        undecided: list[list[int]] = [[] for _ in leads]
        for lead, rule in prepared.connection.execute(prepared.undecided):
            undecided[lead].append(rule)
    finally:
        _empty(prepared)
    card = prepared.assessor.card
    return [
        card(lead, evidence[number], undecided[number], counted[number], as_of)
        for number, lead in enumerate(leads)
    ]


def _fill(prepared: _Prepared, leads: Sequence[ScoringInput], as_of: datetime) -> list[Acts]:
    """Loads one page; gives back per lead the acts that count.

    An act that is given twice is one (R8), the earlier of both; a baseline of a counter is none; one that is dated
    ahead counts from then on; in what order they are given says nothing.

    Raises:
        ValueError: an act or the episode is dated without a zone: sources give aware instants.
    """
    columns, lists = prepared.query.columns, prepared.scoring.lists
    lead_rows: list[list[Cell]] = []
    signal_rows: list[SignalRow] = []
    counted: list[Acts] = []
    for number, lead in enumerate(leads):
        lead_rows.append([number, *cells_of(lead.facts, columns, lists)])
        try:
            acts = _acts_of(lead, prepared.known, as_of)
        except TypeError:
            raise _without_zone(lead) from None
        counted.append(acts)
        names = prepared.names
        for signal in acts.by_id.values():
            if signal.name in names:
                at = signal.at
                day = (at if at.tzinfo is UTC else at.astimezone(UTC)).toordinal()
                signal_rows.append(
                    (number, signal.id, signal.name, signal.asset, day, (as_of - at).days)
                )
    connection = prepared.connection
    # One transaction, or each row is one of its own; it is never committed.
    connection.execute("BEGIN")
    connection.executemany(prepared.insert_lead, lead_rows)
    connection.executemany("INSERT INTO signal VALUES (?, ?, ?, ?, ?, ?)", signal_rows)
    return counted


def _acts_of(lead: ScoringInput, known: frozenset[str], as_of: datetime) -> Acts:
    by_id: dict[str, Signal] = {}
    latest: dict[str, Signal] = {}
    ahead: datetime | None = None
    since = lead.since
    for signal in lead.signals:
        at = signal.at
        if signal.precision == "counter":
            continue
        if at > as_of:
            if (ahead is None or at < ahead) and signal.name in known:
                ahead = at
            continue
        if since is not None and at < since:
            continue
        other = by_id.get(signal.id)
        if other is None or earlier(signal, other):
            by_id[signal.id] = signal
    for signal in by_id.values():
        if signal.name not in known:
            continue
        last = latest.get(signal.name)
        if last is None or signal.at > last.at or (signal.at == last.at and signal.id > last.id):
            latest[signal.name] = signal
    return Acts(by_id, latest, ahead)


def _without_zone(lead: ScoringInput) -> ValueError:
    bare = next((each for each in lead.signals if each.at.tzinfo is None), None)
    what = f"the act {bare.id} ({bare.name})" if bare is not None else "the start of the episode"
    return ValueError(f"{what} of lead {lead.link_id} is dated without a zone")


def _empty(prepared: _Prepared) -> None:
    prepared.connection.rollback()
