"""What both in-memory CRMs share: rows with their whole past, a feed that lags, reading by id and by key."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from tests.simulation.crm_activities import Activities
from tests.simulation.crm_rows import Row, Shot, without
from tests.simulation.crm_tasks import Tasks

from leadpact.errors import SetAside, Stop
from leadpact.model.record import (
    SINCE,
    Author,
    Change,
    ChangePage,
    FieldChange,
    FieldDate,
    Gone,
    MovedTo,
    Native,
    Observation,
    Record,
    RecordRef,
    since_text,
)
from leadpact.model.schema import KindSchema, Provisioned, WantedField
from leadpact.model.source_signal import SignalPage, SignalSource
from leadpact.ports.connector import (
    Capabilities,
    CrmIdentity,
    Refused,
    WriteResult,
    WriteRow,
    Written,
)

How: TypeAlias = Literal["changed", "deleted", "merged", "converted"]
OURS = Author("ours", "leadpact")
STAMP = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
NUMBER = re.compile(r"-?\d+(\.\d+)?")


class FakeCrm:
    """A CRM in memory behind the Connector port; subclasses say how it stores and what it refuses.

    Args:
        now: the simulated instant.
        lag: how late the feed shows a change.
    """

    name = ""
    capabilities: Capabilities
    kinds: tuple[str, ...] = ()
    external_id = ""
    email = ""
    lists: frozenset[str] = frozenset()
    hot_fields: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()

    def __init__(self, now: Callable[[], datetime], lag: timedelta) -> None:
        self.now = now
        self.lag = lag
        self.hidden: frozenset[str] = frozenset()
        self.rows: dict[RecordRef, Row] = {}
        self.tasks = Tasks()
        self.owners = self.tasks.owners
        self.activities = Activities(self.sources)
        self.schemas: dict[str, KindSchema] = {}
        self.erased: set[RecordRef] = set()
        self._made = 0

    # how this CRM differs from the other

    def stored(self, kind: str, name: str, value: Native) -> Native:
        """The value as the CRM keeps it."""
        raise AssertionError(f"{self.name} does not say how it stores {kind}.{name} {value}")

    def stamp(self, at: datetime) -> str:
        """A version stamp, as coarse as the CRM's."""
        raise AssertionError(f"{self.name} has no stamps at {at}")

    def refusal(self, row: Row | None, kind: str, fields: Mapping[str, Native]) -> SetAside | None:
        """Why an API write of these fields is refused; None where it is taken."""
        raise AssertionError(f"{self.name} does not say what it refuses: {row} {kind} {fields}")

    def taken(self, row: Row, fields: Mapping[str, Native]) -> dict[str, Native]:
        """What of an API write is really stored; the rest is ignored in silence."""
        return dict(fields)

    def new_id(self, kind: str) -> str:
        """The id of the next record."""
        raise AssertionError(f"{self.name} makes no {kind}")

    def defaults(self, kind: str) -> dict[str, Native]:
        """What a new record holds unless something is said."""
        return dict.fromkeys(self.schemas[kind].fields)

    # people and the API change rows through these

    def make(self, kind: str, fields: Mapping[str, Native], person: int, author: Author) -> Row:
        """A new record."""
        self._made += 1
        ref = RecordRef(self.name, kind, self.new_id(kind))
        at = self.now()
        row = Row(ref, self.defaults(kind), "", at, person, author, made_by_us=author == OURS)
        self.rows[ref] = row
        self.put(row, fields, author)
        return row

    def put(
        self,
        row: Row,
        fields: Mapping[str, Native],
        author: Author,
        *,
        begun: datetime | None = None,
    ) -> None:
        """Store values on a row, with stamp, history and snapshot; also of nothing: the row is touched.

        Args:
            begun: a transaction that began then, and bears that stamp, is committed only now.
        """
        at = self.now()
        for name, value in fields.items():
            kept = self.stored(row.ref.kind, name, value)
            if row.fields.get(name) != kept or name not in row.history:
                row.history.setdefault(name, []).insert(0, FieldChange(name, kept, at, author))
            row.fields[name] = kept
        row.author = author
        late = self.stamp(begun) if begun is not None else ""
        # Whoever writes a row holds it until the commit: nothing younger stands there by then.
        row.version = late if late > row.version else max(self.stamp(at), row.version)
        row.shots.append(Shot(at, row.version, dict(row.fields), row.gone))

    def live(self, *kinds: str) -> list[Row]:
        """Records that are there and not converted, oldest first."""
        return [
            row
            for row in self.rows.values()
            if not row.gone and not row.became and row.ref.kind in (kinds or self.kinds)
        ]

    # the Connector port

    def identity(self) -> CrmIdentity:
        return CrmIdentity(self.name, f"{self.name}-1", self.name, "UTC", False, frozenset())

    def schema(self, kinds: Sequence[str]) -> Mapping[str, KindSchema]:
        if not self.hidden:
            return {kind: self.schemas[kind] for kind in kinds}
        return {kind: without(self.schemas[kind], self.hidden) for kind in kinds}

    def changes(self, kind: str, since: str) -> ChangePage:
        """What the index shows: late by ``lag``, and from the look-back on."""
        if kind not in self.schemas:
            raise Stop(f"There is no feed of {kind!r}.", code="kind_unknown")
        if since and not STAMP.fullmatch(since):
            raise Stop("The stored place in the feed cannot be read.", code="bad_cursor")
        floor = ""
        if since:
            back = timedelta(seconds=self.capabilities.feed_overlap_s)
            floor = self.stamp(datetime.fromisoformat(since) - back)
        horizon = self.now() if not since else self.now() - self.lag
        found: list[Change] = []
        top = since or self.stamp(datetime(2020, 1, 1, tzinfo=UTC))
        for row in self.rows.values():
            if row.ref.kind != kind:
                continue
            shot = next((one for one in reversed(row.shots) if one.at <= horizon), None)
            if shot is None or shot.version < floor or (row.gone and not self.feed_shows(row)):
                continue
            if row.gone and not since:
                continue
            found.append(Change(row.ref, self.how(row), shot.version))
            top = max(top, shot.version)
        found.sort(key=lambda one: (one.version, one.ref.id))
        return ChangePage(tuple(found), top, done=True)

    def hot_changes(self, kind: str, since: str, fields: Sequence[str] = ()) -> ChangePage:
        """Rows of which one of ``hot_fields`` has changed since, at once."""
        now = self.stamp(self.now())
        found = [
            Change(row.ref, "changed", row.version)
            for row in self.rows.values()
            if since
            and row.ref.kind == kind
            and not row.gone
            and any(
                self.stamp(row.history[name][0].at) >= since and row.history[name][0].author != OURS
                for name in self.hot_fields
                if row.history.get(name)
            )
        ]
        return ChangePage(tuple(found), now, done=True)

    def archived(self, kind: str, since: str) -> ChangePage:
        """Rows deleted since the cursor, those restored since left out."""
        now = self.stamp(self.now())
        found = [
            Change(row.ref, "deleted", row.version)
            for row in self.rows.values()
            if since and row.ref.kind == kind and row.gone and row.version >= since
        ]
        return ChangePage(tuple(found), now, done=True)

    def signal_sources(self) -> Sequence[SignalSource]:
        return self.activities.offered()

    def signals(self, source: str, since: str) -> SignalPage:
        return self.activities.page(source, since, self.lives_on)

    def lives_on(self, ref: RecordRef) -> RecordRef:
        """The record that a person has now, who had this one."""
        row = self.rows.get(ref)
        while row is not None and (row.merged is not None or row.became):
            ref = row.merged if row.merged is not None else row.became[0]
            row = self.rows.get(ref)
        return ref

    def last_touched(self, kind: str, ids: Sequence[str]) -> Mapping[str, datetime]:
        found: dict[str, datetime] = {}
        for one in ids:
            row = self.rows.get(RecordRef(self.name, kind, one))
            touches = [change.at for past in row.history.values() for change in past] if row else []
            if row is not None and row.author.kind == "person" and touches:
                found[one] = max(touches)
        return found

    def additions(self, kind: str, ids: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for one in ids:
            row = self.rows.get(RecordRef(self.name, kind, one))
            for past in row.history.values() if row is not None and not row.gone else ():
                theirs = [each for each in past if each.author.kind not in ("ours", "workflow")]
                if theirs:
                    found[one] = f"{theirs[0].field}, by {theirs[0].author}"
        return found

    def feed_shows(self, row: Row) -> bool:
        """Whether a deleted row is in the feed."""
        return True

    def how(self, row: Row) -> How:
        """The feed's word for what happened to a row."""
        return "changed"

    def fetch(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> Sequence[Observation]:
        seen = [self._seen(RecordRef(self.name, kind, one), fields) for one in ids]
        asked = [name.removeprefix(SINCE) for name in fields if name.startswith(SINCE)]
        return [self._dated(one, asked) for one in seen] if asked else seen

    def _dated(self, seen: Observation, asked: Sequence[str]) -> Observation:
        """The observation with the dates of its stage fields, where this CRM has them."""
        if isinstance(seen, MovedTo) and seen.record is not None:
            dated = self._dated(seen.record, asked)
            assert isinstance(dated, Record)
            return replace(seen, record=dated)
        if not isinstance(seen, Record):
            return seen
        dates = {name: self.since(self.rows[seen.ref], name) for name in asked}
        told = {SINCE + name: since_text(date) for name, date in dates.items() if date is not None}
        return replace(seen, fields={**seen.fields, **told})

    def since(self, row: Row, name: str) -> FieldDate | None:
        """Since when a field has the value it shows, as far as this CRM tells."""
        return None

    def _seen(self, ref: RecordRef, asked: Sequence[str]) -> Observation:
        row = self.rows.get(ref)
        if row is not None and row.merged is not None:
            return MovedTo(ref, "merged", (row.merged,))
        if row is None or row.gone:
            return Gone(ref, ref in self.erased)
        if row.became:
            return MovedTo(ref, "converted", row.became, row.record(self.hidden, asked))
        return row.record(self.hidden, asked)

    def find(
        self, kind: str, key: str, values: Sequence[str], fields: Sequence[str]
    ) -> Sequence[Record]:
        wanted = {value.strip().casefold() for value in values}

        def held(row: Row) -> set[str]:
            text = str(row.fields.get(key) or "").casefold()
            return {one.strip() for one in (text.split(";") if key in self.lists else [text])}

        return [
            row.record(self.hidden, fields)
            for row in self.rows.values()
            if row.ref.kind == kind and not row.gone and wanted & held(row)
        ]

    def once_bore(self, kind: str, ids: Sequence[str]) -> Mapping[str, str]:
        """Nothing: what is gone is not looked for."""
        return {}

    def write(self, kind: str, rows: Sequence[WriteRow]) -> Sequence[WriteResult]:
        return [self._write_one(kind, row) for row in rows]

    def _write_one(self, kind: str, wanted: WriteRow) -> WriteResult:
        if wanted.op == "announce" and "announce" in self.capabilities.ops:
            there = {row.ref.id for row in self.live(kind)}
            return self.tasks.announce(wanted, there.__contains__)
        never = self.never(kind, wanted)
        if never is not None:
            return Refused(never)
        fields = dict(wanted.fields)
        if wanted.op == "make":
            fields[self.external_id] = wanted.external_id
            row = next(
                (r for r in self.live(kind) if r.fields[self.external_id] == wanted.external_id),
                None,
            )
        else:
            row = self.rows.get(RecordRef(self.name, kind, wanted.id))
            if wanted.op == "archive" and row is not None:
                return self._taken_away(row)
            if row is None or row.gone:
                return Refused(SetAside("There is no such record.", code="record_missing"))
            if wanted.unchanged_since and row.version > wanted.unchanged_since:
                return Refused(SetAside("It has changed.", code="changed_meanwhile"), moved=True)
        seen = self.schemas[kind].fields.keys() - self.hidden
        unknown = [name for name in fields if name not in seen]
        if unknown:
            return Refused(SetAside("No such field.", code="field_unknown", fields=tuple(unknown)))
        refused = self.refusal(row, kind, fields)
        if refused is not None:
            return Refused(refused)
        if row is None:
            row = self.make(kind, fields, self.person_of(wanted), OURS)
            return self.answered(row, wanted, created=True)
        if wanted.op != "reset_blank":
            fields = self.taken(row, fields)
        self.put(row, fields, OURS)
        return self.answered(row, wanted, created=False)

    def _taken_away(self, row: Row) -> WriteResult:
        if not row.gone:
            row.gone = True
            self.put(row, {}, OURS)
        return Written(row.ref.id)

    def never(self, kind: str, wanted: WriteRow) -> SetAside | None:
        """Why a row would not leave any connector."""
        if wanted.op not in self.capabilities.ops:
            return SetAside("That is not done here.", code="op_not_offered")
        if wanted.op == "make" and not wanted.external_id:
            return SetAside("A new record needs our external id.", code="external_id_missing")
        if wanted.op != "make" and not wanted.id.isalnum():
            return SetAside("This is no record id.", code="bad_id")
        for name, value in wanted.fields.items():
            schema = self.schemas[kind].fields.get(name)
            if schema is None:
                continue
            if not schema.updateable:
                return SetAside("It cannot be written.", code="field_read_only", fields=(name,))
            if value is None or value == "":
                continue
            text = str(value)
            if schema.max_length is not None and len(text) > schema.max_length:
                return SetAside("It is too long.", code="value_too_long", fields=(name,))
            if name == self.email and "@" not in text:
                return SetAside("This is no address.", code="email_invalid", fields=(name,))
            if schema.type in ("integer", "number") and not NUMBER.fullmatch(text):
                return SetAside("This is no number.", code="value_refused", fields=(name,))
        return None

    def answered(self, row: Row, wanted: WriteRow, *, created: bool) -> WriteResult:
        """What the CRM answers of a row it took."""
        raise AssertionError(f"{self.name} answers nothing to {row} {wanted} {created}")

    person_of: Callable[[WriteRow], int] = staticmethod(lambda _row: -1)
    """Who a row made by us is about; the world says it."""

    def history(
        self, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> Mapping[str, Sequence[FieldChange]]:
        found: dict[str, list[FieldChange]] = {}
        for one in ids:
            row = self.rows.get(RecordRef(self.name, kind, one))
            changes = [] if row is None else [c for f in fields for c in row.history.get(f, [])]
            found[one] = sorted(changes, key=lambda change: change.at, reverse=True)
        return found

    def provision(self, wanted: Sequence[WantedField], *, dry_run: bool) -> Sequence[Provisioned]:
        return [Provisioned(one.kind, one.name, "present") for one in wanted]

    def record_url(self, ref: RecordRef) -> str:
        return f"https://{self.name}.example/{ref.id}"

    def close(self) -> None:
        """Nothing to give back."""
