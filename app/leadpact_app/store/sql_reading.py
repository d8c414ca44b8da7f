"""What the engine and the commands read of a state, each verb on one snapshot."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import JSON

from leadpact.model.decided import Activation, DecidedScore
from leadpact.model.episode import Episode
from leadpact.model.handoff import COUNTED_STEPS, Handoff
from leadpact.model.link import (
    Failure,
    Hold,
    Intent,
    KnownRecord,
    Link,
    Outcome,
    Run,
    SavedPlan,
    Side,
    WorkItem,
)
from leadpact.model.notice import Notice, NoticeState
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import Signal
from leadpact.model.stage import Transition
from leadpact.ports.state_store import Counted
from leadpact_app.store import decided_rows, episode_rows, rows, run_rows
from leadpact_app.store.rows import Row, stamp
from leadpact_app.store.sql_clocks import ClockReader
from leadpact_app.store.sql_signals import WaitingReader
from leadpact_app.store.statements import InList, Statements, padded_chunks, word
from leadpact_app.store.tables import (
    SPARE,
    activations,
    decided_scores,
    failures,
    handoffs,
    holds,
    intents,
    links,
    notices,
    outcomes,
    plans,
    runs,
    sides,
    transitions,
    work,
)

T = TypeVar("T")

_BEFORE_ALL = -(1 << 62)
_UNDONE: ColumnElement[bool] = literal_column("(step NOT IN ('done', 'dropped'))")
_SPARE: ColumnElement[bool] = literal_column(f"({SPARE})")


class SqlReader(ClockReader, WaitingReader, ABC):
    """The reading verbs of one pair.

    Args:
        pair_id: whose rows are read.
        statements: compiled for the database.
    """

    def __init__(self, pair_id: str, statements: Statements) -> None:
        self._pair = pair_id
        self._statements = statements

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]:
        """A connection in a transaction, its errors told by remedy."""

    def links(self, link_ids: Sequence[str]) -> Mapping[str, Link]:
        found: dict[str, Link] = {}
        with self._reading() as connection:
            for row in self._within(connection, "links", link_ids):
                found[row[1]] = rows.link_of(row)
        return {link_id: found[link_id] for link_id in link_ids if link_id in found}

    def sides(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[Side]]:
        grouped: dict[str, list[Side]] = {link_id: [] for link_id in link_ids}
        with self._reading() as connection:
            for row in self._within(connection, "sides", list(grouped)):
                grouped[row[1]].append(rows.side_of(row))
        return {link_id: tuple(each) for link_id, each in grouped.items()}

    def link_ids(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, str]:
        return {ref: known.link_id for ref, known in self.known_records(refs).items()}

    def known_records(self, refs: Sequence[RecordRef]) -> Mapping[RecordRef, KnownRecord]:
        groups: dict[tuple[str, str], dict[str, RecordRef]] = {}
        for ref in refs:
            groups.setdefault((ref.crm, ref.kind), {})[ref.id] = ref
        found: dict[RecordRef, KnownRecord] = {}
        with self._reading() as connection:
            for (crm, kind), by_id in groups.items():
                for row in self._within(connection, "records", list(by_id), crm, kind):
                    found[by_id[row[0]]] = KnownRecord(row[1], row[2], row[3])
        return found

    def due(self, now: datetime, limit: int, after: WorkItem | None = None) -> Sequence[WorkItem]:
        behind = (_BEFORE_ALL, "") if after is None else (stamp(after.due_at), after.link_id)
        asked = (self._pair, stamp(now), *behind, limit, 0)
        with self._reading() as connection:
            found = _fetch(connection, self._statements.due, asked)
            return [rows.work_of(row) for row in found]

    def planned(self, link_ids: Sequence[str]) -> Set[str]:
        with self._reading() as connection:
            return {row[1] for row in self._within(connection, "planned", link_ids)}

    def count(
        self,
        what: Counted,
        now: datetime,
    ) -> int:
        table, counted = {
            "links": (links, links.c.status == "live"),
            "due": (work, work.c.due_at <= stamp(now)),
            "waiting": (holds, and_(holds.c.status == "waiting", holds.c.status != word("closed"))),
            "failing": (failures, failures.c.is_open),
            "owing": (links, links.c.owed_since.is_not(None)),
            "duplicates": (sides, _SPARE),
            "unsent": (notices, notices.c.state == "waiting"),
            "unsendable": (notices, notices.c.state == "given_up"),
        }[what]
        ours = (
            self._spare() if what == "duplicates" else and_(table.c.pair_id == self._pair, counted)
        )
        query = select(func.count()).select_from(table).where(ours)
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one())

    def _spare(self) -> ColumnElement[bool]:
        """The duplicates by their own small index: for a plain ``pair_id`` SQLite walks all sides."""
        return and_(sides.c.pair_id.concat(word("")) == self._pair, _SPARE)

    def known_values(self, field: str) -> int:
        with self._reading() as connection:
            # A link's body is a list whose first part is the base.
            value: ColumnElement[Any]
            if connection.dialect.name == "postgresql":
                value = cast(links.c.body, JSON)[0][field].astext
            else:
                value = func.json_extract(links.c.body, f'$[0]."{field}"')
            query = select(func.count()).where(
                links.c.pair_id == self._pair, links.c.status == "live", value.is_not(None)
            )
            return int(connection.execute(query).scalar_one())

    def checkpoint(self, crm: str, kind: str) -> str:
        asked = (self._pair, crm, kind)
        with self._reading() as connection:
            found = _fetch(connection, self._statements.checkpoint, asked)
            return str(found[0][0]) if found else ""

    def open_intents(self, limit: int) -> Sequence[Intent]:
        with self._reading() as connection:
            found = _fetch(connection, self._statements.open_intents, (self._pair, limit, 0))
            return [rows.intent_of(row) for row in found]

    def intents(
        self, *, link_id: str = "", run_id: str = "", limit: int = 1000
    ) -> Sequence[Intent]:
        query = self._of(intents, *_given(intents, link_id=link_id, run_id=run_id))
        return self._list(
            query.order_by(intents.c.created_at.desc(), intents.c.id).limit(limit), rows.intent_of
        )

    def transitions(self, link_id: str) -> Sequence[Transition]:
        query = self._of(transitions, transitions.c.link_id == link_id)
        return self._list(
            query.order_by(transitions.c.at, transitions.c.position, transitions.c.id),
            rows.transition_of,
        )

    def episodes(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[Episode]]:
        grouped: dict[str, list[Episode]] = {link_id: [] for link_id in link_ids}
        for episode in self._list_within("episodes", link_ids, episode_rows.episode_of):
            grouped[episode.link_id].append(episode)
        return {link_id: tuple(each) for link_id, each in grouped.items()}

    def holds(
        self, *, link_ids: Sequence[str] | None = None, waiting_only: bool = False
    ) -> Sequence[Hold]:
        if link_ids is None:
            found = self._list(self._of(holds, holds.c.status != word("closed")), run_rows.hold_of)
        else:
            found = self._list_within("holds", link_ids, run_rows.hold_of)
        if waiting_only:
            found = [hold for hold in found if hold.status == "waiting"]
        found.sort(key=lambda hold: (hold.since, hold.id))
        return found

    def failures(self, *, link_ids: Sequence[str] | None = None) -> Sequence[Failure]:
        if link_ids is None:
            found = self._list(self._of(failures, failures.c.is_open), run_rows.failure_of)
        else:
            found = self._list_within("failures", link_ids, run_rows.failure_of)
        found.sort(key=lambda failure: (failure.first_at, failure.link_id, failure.crm))
        return found

    def outcomes(
        self, *, run_id: str = "", link_id: str = "", limit: int = 1000
    ) -> Sequence[Outcome]:
        query = self._of(outcomes, *_given(outcomes, link_id=link_id, run_id=run_id))
        return self._list(
            query.order_by(outcomes.c.at.desc(), outcomes.c.link_id, outcomes.c.crm).limit(limit),
            run_rows.outcome_of,
        )

    def signals(self, link_ids: Sequence[str], since: datetime) -> Mapping[str, Sequence[Signal]]:
        grouped: dict[str, list[Signal]] = {link_id: [] for link_id in link_ids}
        with self._reading() as connection:
            for row in self._within(connection, "signals", list(grouped), stamp(since)):
                grouped[row[1]].append(run_rows.signal_of(row))
        return {link_id: tuple(sorted(each, key=_at)) for link_id, each in grouped.items()}

    def runs(self, limit: int) -> Sequence[Run]:
        query = self._of(runs).order_by(runs.c.started_at.desc(), runs.c.id).limit(limit)
        return self._list(query, run_rows.run_of)

    def run(self, run_id: str) -> Run | None:
        return next(iter(self._list(self._of(runs, runs.c.id == run_id), run_rows.run_of)), None)

    def plan(self, plan_id: str) -> SavedPlan | None:
        return next(
            iter(self._list(self._of(plans, plans.c.id == plan_id), run_rows.plan_of)), None
        )

    def plans(self, limit: int) -> Sequence[SavedPlan]:
        query = self._of(plans).order_by(plans.c.created_at.desc(), plans.c.id).limit(limit)
        return self._list(query, run_rows.plan_of)

    def stage_counts(self) -> Mapping[str, int]:
        query = (
            select(links.c.stage, func.count())
            .where(links.c.pair_id == self._pair, links.c.status == "live")
            .group_by(links.c.stage)
        )
        with self._reading() as connection:
            return {row[0]: row[1] for row in _all(connection, query)}

    def at_stages(self, stages: Sequence[str], limit: int) -> Sequence[Link]:
        query = self._of(links, links.c.status == "live", links.c.stage.in_(list(stages)))
        return self._list(
            query.order_by(links.c.stage_since, links.c.id).limit(limit), rows.link_of
        )

    def owing(self, limit: int) -> Sequence[Link]:
        query = self._of(links, links.c.owed_since.is_not(None))
        return self._list(query.order_by(links.c.owed_since, links.c.id).limit(limit), rows.link_of)

    def duplicates(self, limit: int) -> Sequence[Side]:
        query = select(sides).where(self._spare())
        order = (sides.c.link_id, sides.c.crm, sides.c.kind, sides.c.id)
        return self._list(query.order_by(*order).limit(limit), rows.side_of)

    def joined(self, link_id: str) -> Sequence[Link]:
        query = self._of(links, links.c.folded_into == link_id, links.c.folded_into != word(""))
        # Ordered here: asked for in order, SQLite would walk through all links by their id instead.
        return sorted(self._list(query, rows.link_of), key=lambda link: link.id)

    def buried(self, digests: Sequence[str]) -> Mapping[str, Link]:
        found: dict[str, Link] = {}
        with self._reading() as connection:
            for row in self._within(connection, "buried", list(dict.fromkeys(digests))):
                link = rows.link_of(row)
                known = found.get(link.buried_as)
                if known is None or link.id < known.id:
                    found[link.buried_as] = link
        return found

    def activations(self, limit: int) -> Sequence[Activation]:
        query = self._of(activations).order_by(activations.c.at.desc(), activations.c.id)
        return self._list(query.limit(limit), decided_rows.activation_of)

    def decided_scores(
        self, link_id: str, until: datetime | None = None, limit: int = 100
    ) -> Sequence[DecidedScore]:
        table = decided_scores
        query = self._of(table, table.c.link_id == link_id)
        if until is not None:
            query = query.where(table.c.at <= stamp(until))
        return self._list(query.order_by(table.c.at.desc()).limit(limit), decided_rows.decided_of)

    def handoffs(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[Handoff]]:
        grouped: dict[str, list[Handoff]] = {}
        with self._reading() as connection:
            for row in self._within(connection, "handoffs", list(dict.fromkeys(link_ids))):
                grouped.setdefault(row[2], []).append(run_rows.handoff_of(row))
        return grouped

    def due_handoffs(self, now: datetime, limit: int) -> Sequence[Handoff]:
        return self._undone(limit, handoffs.c.next_try <= stamp(now))

    def waiting_handoffs(self, limit: int) -> Sequence[Handoff]:
        return self._undone(limit)

    def _undone(self, limit: int, *more: ColumnElement[bool]) -> Sequence[Handoff]:
        query = self._of(handoffs, _UNDONE, *more)
        order = (handoffs.c.heat.desc(), handoffs.c.since, handoffs.c.id)
        return self._list(query.order_by(*order).limit(limit), run_rows.handoff_of)

    def handed_over(self, days: Sequence[str]) -> Mapping[tuple[str, str], int]:
        query = (
            select(handoffs.c.owner, handoffs.c.day, func.count())
            .where(
                handoffs.c.pair_id == self._pair,
                handoffs.c.day.in_(list(days)),
                handoffs.c.day != word(""),
                handoffs.c.step.in_(sorted(COUNTED_STEPS)),
            )
            .group_by(handoffs.c.owner, handoffs.c.day)
        )
        with self._reading() as connection:
            return {(row[0], row[1]): row[2] for row in _all(connection, query)}

    def due_notices(self, now: datetime, limit: int) -> Sequence[Notice]:
        query = self._of(notices, notices.c.next_try <= stamp(now))
        return self._list(
            query.order_by(notices.c.next_try, notices.c.id).limit(limit), run_rows.notice_of
        )

    def notices(
        self, *, state: NoticeState | None = None, link_id: str = "", limit: int = 1000
    ) -> Sequence[Notice]:
        query = self._of(notices, *_given(notices, state=state or "", link_id=link_id))
        return self._list(
            query.order_by(notices.c.created_at.desc(), notices.c.id).limit(limit),
            run_rows.notice_of,
        )

    def page_of_links(self, after: str, limit: int) -> Sequence[str]:
        query = (
            select(links.c.id)
            .where(links.c.pair_id == self._pair, links.c.id > after, links.c.status == "live")
            .order_by(links.c.id)
            .limit(limit)
        )
        with self._reading() as connection:
            return [row[0] for row in _all(connection, query)]

    def _of(self, table: Table, *conditions: ColumnElement[bool]) -> Select[Any]:
        return select(table).where(table.c.pair_id == self._pair, *conditions)

    def _list(self, query: Select[Any], read: Callable[[Row], T]) -> list[T]:
        with self._reading() as connection:
            return [read(row) for row in _all(connection, query)]

    def _list_within(
        self, name: InList, link_ids: Sequence[str], read: Callable[[Row], T]
    ) -> list[T]:
        with self._reading() as connection:
            wanted = list(dict.fromkeys(link_ids))
            return [read(row) for row in self._within(connection, name, wanted)]

    def _within(
        self, connection: Connection, name: InList, values: Sequence[str], *more: Any
    ) -> Iterator[Row]:
        for piece in padded_chunks(values):
            statement = self._statements.within(name, len(piece))
            yield from _fetch(connection, statement, (self._pair, *piece, *more))


def _at(signal: Signal) -> tuple[datetime, str]:
    return signal.at, signal.id


def _fetch(connection: Connection, statement: str, parameters: Row) -> Sequence[Row]:
    """Rows as the driver gives them: nothing of theirs needs converting."""
    result = connection.exec_driver_sql(statement, parameters)
    found: Sequence[Row] = result.cursor.fetchall()
    result.close()
    return found


def _all(connection: Connection, query: Select[Any]) -> Sequence[Any]:
    return connection.execute(query).all()


def _given(table: Table, **values: str) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in values.items() if value]
