"""What is read of leads: links, sides, work, history, signals, scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leadpact.model.decided import DecidedScore
from leadpact.model.episode import Episode
from leadpact.model.link import KnownRecord, Link, Side, WorkItem
from leadpact.model.record import RecordRef
from leadpact.model.scorecard import Signal
from leadpact.model.stage import Transition
from leadpact.ports.state_store import Counted
from leadpact_app.store import decided_rows, episode_rows, rows, run_rows
from leadpact_app.store.core_sql import sa, tables, word
from leadpact_app.store.link_body import link_of, side_of
from leadpact_app.store.name_lists import Named
from leadpact_app.store.reading_texts import Query
from leadpact_app.store.row_reading import RowReader, all_rows
from leadpact_app.store.rows import Row, stamp

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select

_BEFORE_ALL = -(1 << 62)


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
        return [rows.work_of(row) for row in self._asked("due", stamp(now), *behind, limit, 0)]

    def planned(self, link_ids: Sequence[str]) -> Set[str]:
        with self._reading() as connection:
            return {row[1] for row in self._within(connection, "planned", link_ids)}

    def known_values(self, field: str) -> int:
        with self._reading() as connection:
            self._names.load(connection, self._texts, self._pair)
            if not self._names.ever_known(field):
                return 0
            if connection.dialect.name == "postgresql":
                from sqlalchemy.dialects.postgresql import JSON  # noqa: PLC0415

                body = sa.cast(tables.links.c.body, JSON)
                number, known, named = body[0].astext, body[1].astext, body[0][field].astext
            else:
                number, known, named = (
                    sa.func.json_extract(tables.links.c.body, path)
                    for path in ("$[0]", "$[1]", f'$[0]."{field}"')
                )
            live = (tables.links.c.pair_id == self._pair, tables.links.c.status == "live")
            in_full = sa.func.substr(tables.links.c.body, 2, 1) == "{"
            coded = sa.select(number.label("number"), known.label("known"))
            each = coded.where(*live, sa.not_(in_full)).subquery()
            codes = sa.select(each.c.number, each.c.known, sa.func.count())
            found = all_rows(connection, codes.group_by(each.c.number, each.c.known))
            count = self._names.counted(
                field, ((int(number), known, leads) for number, known, leads in found)
            )
            rest = sa.select(sa.func.count()).where(*live, in_full, named.is_not(None))
            return count + int(connection.execute(rest).scalar_one())

    def transitions(self, link_id: str) -> Sequence[Transition]:
        return [rows.transition_of(row) for row in self._asked("transitions", link_id)]

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
            sa.select(tables.links.c.stage, sa.func.count())
            .where(tables.links.c.pair_id == self._pair, tables.links.c.status == "live")
            .group_by(tables.links.c.stage)
        )
        with self._reading() as connection:
            return {row[0]: row[1] for row in all_rows(connection, query)}

    def at_stages(self, stages: Sequence[str], limit: int) -> Sequence[Link]:
        query = self._of(
            tables.links, tables.links.c.status == "live", tables.links.c.stage.in_(list(stages))
        )
        return self._links(
            query.order_by(tables.links.c.stage_since, tables.links.c.id).limit(limit)
        )

    def owing(self, limit: int) -> Sequence[Link]:
        query = self._of(tables.links, tables.links.c.owed_since.is_not(None))
        return self._links(
            query.order_by(tables.links.c.owed_since, tables.links.c.id).limit(limit)
        )

    def duplicates(self, limit: int) -> Sequence[Side]:
        query = sa.select(tables.sides).where(self._spare())
        order = (tables.sides.c.link_id, tables.sides.c.crm, tables.sides.c.kind, tables.sides.c.id)
        with self._reading() as connection:
            named = self._named(connection)
            found = all_rows(connection, query.order_by(*order).limit(limit))
            return [side_of(row, named) for row in found]

    def _spare(self) -> ColumnElement[bool]:
        """The duplicates by their own small index: for a plain ``pair_id`` SQLite walks all sides."""
        return sa.and_(
            tables.sides.c.pair_id.concat(word("")) == self._pair,
            sa.literal_column(f"({tables.SPARE})"),
        )

    def joined(self, link_id: str) -> Sequence[Link]:
        found: dict[str, Link] = {}
        into = {link_id} - {""}
        while into:
            new = [link for one in sorted(into) for link in self._links_asked("joined", one)]
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
        if until is None:
            found = self._asked("decided", link_id, limit, 0)
        else:
            found = self._asked("decided_until", link_id, stamp(until), limit, 0)
        return [decided_rows.decided_of(row) for row in found]

    def _links(self, query: Select[Any]) -> list[Link]:
        with self._reading() as connection:
            return self._read(connection, all_rows(connection, query))

    def _links_asked(self, name: Query, *asked: Any) -> list[Link]:
        with self._reading() as connection:
            return self._read(connection, self._found(connection, name, *asked))

    def _read(self, connection: Connection, found: Sequence[Row]) -> list[Link]:
        named = self._named(connection)
        return [link_of(row, named) for row in found]

    def _named(self, connection: Connection) -> Named:
        return self._names.named(connection, self._texts, self._pair)

    def page_of_links(self, after: str, limit: int) -> Sequence[str]:
        return [row[0] for row in self._asked("page_of_links", after, limit, 0)]

    def count(
        self,
        what: Counted,
        now: datetime,
    ) -> int:
        table, counted = {
            "links": (tables.links, tables.links.c.status == "live"),
            "due": (tables.work, tables.work.c.due_at <= stamp(now)),
            "waiting": (
                tables.holds,
                sa.and_(
                    tables.holds.c.status == "waiting", tables.holds.c.status != word("closed")
                ),
            ),
            "failing": (tables.failures, tables.failures.c.is_open),
            "owing": (tables.links, tables.links.c.owed_since.is_not(None)),
            "duplicates": (tables.sides, self._spare()),
            "unsent": (tables.notices, tables.notices.c.state == "waiting"),
            "unsendable": (tables.notices, tables.notices.c.state == "given_up"),
            "forgotten": (tables.forgotten, sa.true()),
        }[what]
        ours = counted if what == "duplicates" else sa.and_(table.c.pair_id == self._pair, counted)
        query = sa.select(sa.func.count()).select_from(table).where(ours)
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one())


def _at(signal: Signal) -> tuple[datetime, str]:
    return signal.at, signal.id
