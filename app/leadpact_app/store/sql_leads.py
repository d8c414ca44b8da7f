"""What is read of leads: links, sides, work, history, signals, scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    cast,
    func,
    literal_column,
    not_,
    select,
    true,
)

from leadpact.model.decided import DecidedScore
from leadpact.model.episode import Episode
from leadpact.model.link import KnownRecord, Link, Side, WorkItem
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import Signal
from leadpact.model.stage import Transition
from leadpact.ports.state_store import Counted
from leadpact_app.store import decided_rows, episode_rows, rows, run_rows
from leadpact_app.store.journal_statements import word
from leadpact_app.store.link_body import link_of, side_of
from leadpact_app.store.name_lists import Named
from leadpact_app.store.row_reading import RowReader, all_rows, fetched
from leadpact_app.store.rows import stamp
from leadpact_app.store.tables import (
    SPARE,
    decided_scores,
    failures,
    forgotten,
    holds,
    links,
    notices,
    sides,
    transitions,
    work,
)

_BEFORE_ALL = -(1 << 62)
_SPARE: ColumnElement[bool] = literal_column(f"({SPARE})")


class LeadReader(RowReader):
    """The verbs of :class:`~leadpact.ports.state_store.StateReader` about leads."""

    def links(self, link_ids: Sequence[str]) -> Mapping[str, Link]:
        found: dict[str, Link] = {}
        with self._reading() as connection:
            named = self._named(connection)
            for row in self._within(connection, "links", link_ids):
                found[row[1]] = link_of(row, named)
        return {link_id: found[link_id] for link_id in link_ids if link_id in found}

    def sides(self, link_ids: Sequence[str]) -> Mapping[str, Sequence[Side]]:
        grouped: dict[str, list[Side]] = {link_id: [] for link_id in link_ids}
        with self._reading() as connection:
            named = self._named(connection)
            for row in self._within(connection, "sides", list(grouped)):
                grouped[row[1]].append(side_of(row, named))
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
            found = fetched(connection, self._statements.due, asked)
            return [rows.work_of(row) for row in found]

    def planned(self, link_ids: Sequence[str]) -> Set[str]:
        with self._reading() as connection:
            return {row[1] for row in self._within(connection, "planned", link_ids)}

    def known_values(self, field: str) -> int:
        with self._reading() as connection:
            self._names.load(connection, self._statements, self._pair)
            if not self._names.ever_known(field):
                return 0
            if connection.dialect.name == "postgresql":
                from sqlalchemy.dialects.postgresql import JSON  # noqa: PLC0415

                body = cast(links.c.body, JSON)
                number, known, named = body[0].astext, body[1].astext, body[0][field].astext
            else:
                number, known, named = (
                    func.json_extract(links.c.body, path)
                    for path in ("$[0]", "$[1]", f'$[0]."{field}"')
                )
            live = (links.c.pair_id == self._pair, links.c.status == "live")
            in_full = func.substr(links.c.body, 2, 1) == "{"
            coded = select(number.label("number"), known.label("known"))
            each = coded.where(*live, not_(in_full)).subquery()
            codes = select(each.c.number, each.c.known, func.count())
            found = all_rows(connection, codes.group_by(each.c.number, each.c.known))
            count = self._names.counted(
                field, ((int(number), known, leads) for number, known, leads in found)
            )
            rest = select(func.count()).where(*live, in_full, named.is_not(None))
            return count + int(connection.execute(rest).scalar_one())

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

    def signals(self, link_ids: Sequence[str], since: datetime) -> Mapping[str, Sequence[Signal]]:
        grouped: dict[str, list[Signal]] = {link_id: [] for link_id in link_ids}
        with self._reading() as connection:
            for row in self._within(connection, "signals", list(grouped), stamp(since)):
                grouped[row[1]].append(run_rows.signal_of(row))
        return {link_id: tuple(sorted(each, key=_at)) for link_id, each in grouped.items()}

    def stage_counts(self) -> Mapping[str, int]:
        query = (
            select(links.c.stage, func.count())
            .where(links.c.pair_id == self._pair, links.c.status == "live")
            .group_by(links.c.stage)
        )
        with self._reading() as connection:
            return {row[0]: row[1] for row in all_rows(connection, query)}

    def at_stages(self, stages: Sequence[str], limit: int) -> Sequence[Link]:
        query = self._of(links, links.c.status == "live", links.c.stage.in_(list(stages)))
        return self._links(query.order_by(links.c.stage_since, links.c.id).limit(limit))

    def owing(self, limit: int) -> Sequence[Link]:
        query = self._of(links, links.c.owed_since.is_not(None))
        return self._links(query.order_by(links.c.owed_since, links.c.id).limit(limit))

    def duplicates(self, limit: int) -> Sequence[Side]:
        query = select(sides).where(self._spare())
        order = (sides.c.link_id, sides.c.crm, sides.c.kind, sides.c.id)
        with self._reading() as connection:
            named = self._named(connection)
            found = all_rows(connection, query.order_by(*order).limit(limit))
            return [side_of(row, named) for row in found]

    def _spare(self) -> ColumnElement[bool]:
        """The duplicates by their own small index: for a plain ``pair_id`` SQLite walks all sides."""
        return and_(sides.c.pair_id.concat(word("")) == self._pair, _SPARE)

    def joined(self, link_id: str) -> Sequence[Link]:
        found: dict[str, Link] = {}
        into = {link_id} - {""}
        while into:
            # Ordered here: asked for in order, SQLite would walk through all links by their id instead.
            asked = [
                self._of(links, links.c.folded_into == one, links.c.folded_into != word(""))
                for one in sorted(into)
            ]
            new = [link for query in asked for link in self._links(query)]
            into = {one.id for one in new} - found.keys() - {link_id}
            found |= {one.id: one for one in new}
        return [found[one] for one in sorted(found.keys() - {link_id})]

    def buried(self, digests: Sequence[str]) -> Mapping[str, Link]:
        found: dict[str, Link] = {}
        with self._reading() as connection:
            named = self._named(connection)
            for row in self._within(connection, "buried", list(dict.fromkeys(digests))):
                link = link_of(row, named)
                known = found.get(link.buried_as)
                if known is None or link.id < known.id:
                    found[link.buried_as] = link
        return found

    def decided_scores(
        self, link_id: str, until: datetime | None = None, limit: int = 100
    ) -> Sequence[DecidedScore]:
        table = decided_scores
        query = self._of(table, table.c.link_id == link_id)
        if until is not None:
            query = query.where(table.c.at <= stamp(until))
        return self._list(query.order_by(table.c.at.desc()).limit(limit), decided_rows.decided_of)

    def _links(self, query: Select[Any]) -> list[Link]:
        with self._reading() as connection:
            named = self._named(connection)
            return [link_of(row, named) for row in all_rows(connection, query)]

    def _named(self, connection: Connection) -> Named:
        return self._names.named(connection, self._statements, self._pair)

    def page_of_links(self, after: str, limit: int) -> Sequence[str]:
        query = (
            select(links.c.id)
            .where(links.c.pair_id == self._pair, links.c.id > after, links.c.status == "live")
            .order_by(links.c.id)
            .limit(limit)
        )
        with self._reading() as connection:
            return [row[0] for row in all_rows(connection, query)]

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
            "forgotten": (forgotten, true()),
        }[what]
        ours = (
            self._spare() if what == "duplicates" else and_(table.c.pair_id == self._pair, counted)
        )
        query = select(func.count()).select_from(table).where(ours)
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one())


def _at(signal: Signal) -> tuple[datetime, str]:
    return signal.at, signal.id
