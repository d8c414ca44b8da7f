"""Who changed what, and since when: the field history that the org tracks, else the last change (R12, facts §6)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

from leadpact.errors import FixSettings, SignIn
from leadpact.model.quick import replace
from leadpact.model.record import (
    SINCE,
    Author,
    AuthorKind,
    FieldChange,
    FieldDate,
    MovedTo,
    Native,
    Observation,
    Record,
    since_text,
)
from leadpact_salesforce import soql
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.errors import FIELD_UNKNOWN, RIGHTS_MISSING
from leadpact_salesforce.limits import FETCH_BATCH
from leadpact_salesforce.objects import (
    AUTOMATION_BY_TYPE,
    CONTACT,
    CONVERTED_ON,
    LEAD,
    each_once,
    id18,
    instant,
    is_id,
)
from leadpact_salesforce.reader import Reader
from leadpact_salesforce.schema import STATUS
from leadpact_salesforce.settings import SalesforceSettings

LEAD_HISTORY: Final = "LeadHistory"
TRACKED_IN: Final = {LEAD: (LEAD_HISTORY, "LeadId"), CONTACT: ("ContactHistory", "ContactId")}
"""Kind → where an org keeps the changes of the fields that it tracks, and the field there that names the record."""
CREATED: Final = "created"
"""The value of ``Field`` in the row that tells of a record's creation, where tracking was on then."""
CREATED_BY: Final = "CreatedById"
HISTORY_IDS: Final = 200
_HISTORY = ("Field", "NewValue", "CreatedDate", "CreatedById")

_MODIFIED = ("LastModifiedDate", "LastModifiedById")
_PEOPLE = ("Id", "UserType", "Department", "Username")


class Authors:
    """Who stands behind an id of ``User``; asked once for each, for as long as the process lives.

    Args:
        ours: tells the ids under which leadpact itself writes.
    """

    def __init__(
        self,
        client: SalesforceClient,
        settings: SalesforceSettings,
        ours: Callable[[], frozenset[str]],
    ) -> None:
        self._client = client
        self._ours = ours
        self._named: dict[str, AuthorKind] = {}
        lists: tuple[tuple[AuthorKind, tuple[str, ...]], ...] = (
            ("integration", settings.integration_users),
            ("import", settings.import_users),
            ("workflow", settings.workflow_users),
        )
        for kind, users in lists:
            for user in users:
                self._named[id18(user) if is_id(user) else user.lower()] = kind
        self._lock = threading.Lock()
        self._known: dict[str, Author] = {}

    def of(self, ids: Sequence[str]) -> Mapping[str, Author]:
        """Authors by id."""
        with self._lock:
            unknown = [each for each in each_once(ids) if each not in self._known]
            if unknown:
                self._ask(unknown)
            return {each: self._known[each] for each in ids}

    def _ask(self, ids: Sequence[str]) -> None:
        ours = self._ours()
        others = [each for each in ids if each not in ours]
        rows: dict[str, dict[str, Any]] = {}
        head = f"{soql.select(_PEOPLE, 'User')} WHERE Id"
        for statement in soql.in_groups(head, soql.ids(others)):
            rows |= {row["Id"]: row for row in self._client.rows(statement)}
        for each in ids:
            self._known[each] = Author("ours", each) if each in ours else self._judge(each, rows)

    def _judge(self, user_id: str, rows: Mapping[str, Mapping[str, Any]]) -> Author:
        row = rows.get(user_id)
        named = self._named.get(user_id)
        if row is None:
            return Author(named or "unknown", user_id)
        named = named or self._named.get(str(row.get("Username") or "").lower())
        automation = AUTOMATION_BY_TYPE.get(str(row.get("UserType") or ""))
        kind = named or cast("AuthorKind | None", automation)
        if kind is not None:
            return Author(kind, user_id)
        return Author("person", user_id, row.get("Department") or None)


@dataclass(frozen=True, slots=True)
class Kept:
    """One row of a field history: ``field`` got ``value`` at this instant, by this id of ``User``."""

    field: str
    value: Native
    at: datetime
    by: str


class TrackedHistory:
    """What the org keeps of its tracked fields of Leads and Contacts; nothing where it tracks none (facts §6).

    A history that the org hides is asked once; tracking that begins is noticed at the next start.

    Attributes:
        seen: fields of which any row was seen: these the org tracks.
    """

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client
        self._hidden: set[str] = set()
        self.seen: set[str] = set()

    def of(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> dict[str, list[Kept]]:
        """Rows per record, newest first, of these fields and of its creation; one query per 200 records."""
        found: dict[str, list[Kept]] = {each: [] for each in ids}
        if kind not in TRACKED_IN or kind in self._hidden or not ids:
            return found
        table, key = TRACKED_IN[kind]
        words = ",".join(soql.text(name) for name in (*fields, CREATED))
        tail = f" AND Field IN ({words}) ORDER BY CreatedDate DESC, Id DESC"
        head = f"{soql.select((key, *_HISTORY), table)} WHERE {key}"
        try:
            for start in range(0, len(ids), HISTORY_IDS):
                # One long address, far below the 16 KB at which Salesforce refuses, costs less than four short ones.
                literals = ",".join(soql.ids(ids[start : start + HISTORY_IDS]))
                for row in self._client.rows(f"{head} IN ({literals}){tail}"):
                    kept = Kept(
                        str(row["Field"]),
                        row.get("NewValue"),
                        instant(row["CreatedDate"]),
                        str(row["CreatedById"]),
                    )
                    found.setdefault(row[key], []).append(kept)
                    self.seen.add(kept.field)
        except (SignIn, FixSettings) as refused:
            if refused.code not in (RIGHTS_MISSING, FIELD_UNKNOWN):
                raise
            self._hidden.add(kind)
        return found

    def untimed(self, kind: str, fields: Sequence[str]) -> list[str]:
        """Fields of which the history has no row at all: the org does not track them, or nobody changed them yet."""
        if kind not in TRACKED_IN or kind in self._hidden:
            return list(fields)
        table, _key = TRACKED_IN[kind]
        without = []
        for name in fields:
            head = soql.select(("Field",), table)
            try:
                if not any(self._client.rows(f"{head} WHERE Field = {soql.text(name)} LIMIT 1")):
                    without.append(name)
            except (SignIn, FixSettings) as refused:
                if refused.code not in (RIGHTS_MISSING, FIELD_UNKNOWN):
                    raise
                return list(fields)
        return without


@dataclass(frozen=True, slots=True)
class History:
    """Who set which value when: the org's history where it tracks the field, else the last modifier (R12).

    What is only known of the record's last change is marked ``inferred``.
    """

    reader: Reader
    authors: Authors
    tracked: TrackedHistory

    def of(
        self, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> dict[str, tuple[FieldChange, ...]]:
        """Changes per id, newest first; ids that are gone have none."""
        wanted = each_once(id18(each) for each in ids if is_id(each))
        rows: dict[str, dict[str, Any]] = {}
        for start in range(0, len(wanted), FETCH_BATCH):
            rows |= self.reader.rows_by_id(
                kind, wanted[start : start + FETCH_BATCH], (*_MODIFIED, *fields)
            )
        kept = self.tracked.of(kind, list(rows), fields)
        people = [str(row["LastModifiedById"]) for row in rows.values()]
        people += [one.by for group in kept.values() for one in group]
        authors = self.authors.of(people)
        changes: dict[str, tuple[FieldChange, ...]] = {}
        for given in ids:
            row = rows.get(id18(given)) if is_id(given) else None
            changes[given] = (
                ()
                if row is None
                else _changes(row, fields, kept.get(str(row["Id"]), ()), authors, self.tracked.seen)
            )
        return changes


def _changes(
    row: Mapping[str, Any],
    fields: Sequence[str],
    kept: Sequence[Kept],
    authors: Mapping[str, Author],
    tracked: Container[str],
) -> tuple[FieldChange, ...]:
    last = instant(row["LastModifiedDate"])
    last_author = authors[str(row["LastModifiedById"])]
    changes: list[FieldChange] = []
    for name in fields:
        if name not in row:
            continue
        known = [one for one in kept if one.field == name]
        if known and same_value(known[0].value, row[name]):
            pass
        elif not known and (
            (born := _born(kept)) is not None
            and (name in tracked or (last <= born.at and last_author == authors[born.by]))
        ):
            # Never changed since the record was made: the org tracks the field, or nothing was changed.
            known = [Kept(name, row[name], born.at, born.by)]
        else:
            changes.append(FieldChange(name, row[name], last, last_author, inferred=True))
        changes += [FieldChange(name, one.value, one.at, authors[one.by]) for one in known]
    changes.sort(key=lambda change: change.at, reverse=True)
    return tuple(changes)


def _born(kept: Sequence[Kept]) -> Kept | None:
    return next((one for one in kept if one.field == CREATED), None)


def same_value(one: Native, other: Native) -> bool:
    """Equal, blank in all its forms being one."""
    return ("" if one is None else str(one)) == ("" if other is None else str(other))


@dataclass(frozen=True, slots=True)
class StageDates:
    """Since when a Lead has its status: tracked history, conversion date, else the Lead's own (R6).

    Args:
        first_status: the status with which the org starts its Leads.
    """

    tracked: TrackedHistory
    first_status: Callable[[], str]

    def added(self, seen: Sequence[Observation], names: Sequence[str]) -> list[Observation]:
        """The observations, with a pseudo field for each of these fields whose date is known."""
        leads = {
            record.ref.id: record
            for one in seen
            if (record := one.record if isinstance(one, MovedTo) else one) is not None
            and isinstance(record, Record)
        }
        kept = self.tracked.of(LEAD, list(leads), names)
        dated = {
            each: replace(
                record,
                fields={**record.fields, **self.of(record, kept.get(each, ()), names)},
            )
            for each, record in leads.items()
        }
        return [
            replace(one, record=dated.get(one.ref.id))
            if isinstance(one, MovedTo)
            else dated.get(one.ref.id, one)
            for one in seen
        ]

    def of(self, record: Record, kept: Sequence[Kept], names: Sequence[str]) -> dict[str, Native]:
        """A pseudo field for each of these fields whose date is known, by what the org kept of this record."""
        found: dict[str, Native] = {}
        for name in names:
            date = self._date(record, name, kept)
            if date is not None:
                found[SINCE + name] = since_text(date)
        return found

    def by(self, record: Record, name: str, kept: Sequence[Kept]) -> str:
        """The id of ``User`` that made the value that is dated; "" where nothing tells."""
        told = next((one for one in kept if one.field == name), None) or _born(kept)
        if told is not None:
            return told.by
        return "" if record.fields.get(CONVERTED_ON) else str(record.fields.get(CREATED_BY) or "")

    def _date(self, record: Record, name: str, kept: Sequence[Kept]) -> FieldDate | None:
        known = [one for one in kept if one.field == name]
        value = record.fields.get(name)
        if known:
            return FieldDate(known[0].at) if same_value(known[0].value, value) else None
        born = _born(kept)
        if born is not None:
            return FieldDate(born.at)
        if name != STATUS:
            return None
        converted = record.fields.get(CONVERTED_ON)
        if converted:
            day = datetime.fromisoformat(str(converted)).replace(tzinfo=UTC)
            return FieldDate(day, approximate=True)
        if record.created_at is not None and value == self.first_status():
            return FieldDate(record.created_at, approximate=True)
        return None
