"""The records of one object type: identity, writes, archive and merge (facts §1, §4, §6)."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from leadpact_sandbox.hubspot.catalog import Catalog
from leadpact_sandbox.hubspot.deriving import EMAIL_DOMAIN, OWNER, Derive, domain_of
from leadpact_sandbox.hubspot.errors import ApiError, error
from leadpact_sandbox.hubspot.history import CALCULATED, Event, Record, Source
from leadpact_sandbox.hubspot.index import Entry, SearchIndex
from leadpact_sandbox.hubspot.lifecycle import STAGE, is_backward
from leadpact_sandbox.hubspot.merging import merged_log, merged_values
from leadpact_sandbox.hubspot.record_table import RecordTable
from leadpact_sandbox.hubspot.stamp import iso
from leadpact_sandbox.hubspot.uniqueness import UniqueValues

CALCULATION = "calculatedChange"
"""What a change is that HubSpot made by itself."""


class Change(NamedTuple):
    """What happened to a record: ``creation``, ``propertyChange``, ``deletion`` ..."""

    kind: str
    record: Record
    what: str
    changes: Mapping[str, str]
    source: Source
    ms: int


Told: TypeAlias = Callable[[Change], None]


class ObjectStore(RecordTable):
    """Records by id, with the unique values they hold and the old ids that merges left behind.

    Args:
        catalog: the object type's properties.
        index: what search answers from, told of every effective change.
        derive: what follows from a write.
        triggers: the properties that something follows from.
        told: hears of every effective change once it is made; None while nobody listens.
        keep_cleared: cleared properties read ``""`` instead of null
            (switch ``hubspot.1.cleared_reads_empty``).
        default_stage: the lifecycle stage of a new record that names none (facts §4), or None.
    """

    def __init__(
        self,
        catalog: Catalog,
        index: SearchIndex,
        derive: Derive,
        triggers: frozenset[str],
        told: Callable[[], Told | None],
        *,
        keep_cleared: bool = False,
        default_stage: str | None = None,
    ) -> None:
        super().__init__()
        self.kind = catalog.kind
        self.catalog = catalog
        self.unique = UniqueValues(catalog)
        self._index = index
        self._derive = derive
        self._triggers = triggers
        self._told = told
        self._modified = catalog.kind.modified
        self._twin_date = "hs_createdate" in catalog.live
        self._keep_cleared = keep_cleared
        self._default_stage = default_stage

    # -- finding ------------------------------------------------------------------------------

    def holder(self, name: str, value: str) -> Record | None:
        """The live record that holds a unique value."""
        found = self.unique.holder(name, value)
        return None if found is None else self.records[found]

    def check_free(self, values: Mapping[str, str], record: Record | None) -> None:
        """Refuse unique values that another live record holds (facts §1, both forms).

        Raises:
            ApiError: 409 or 400.
        """
        if self.unique.any_among(values):
            self.unique.check_free(values, None if record is None else record.id, self.next_id)

    # -- writing ------------------------------------------------------------------------------

    def create(self, values: Mapping[str, str], source: Source, now_ms: int) -> Record:
        """Make a record of checked values; it starts as ``lead`` unless a stage is set (facts §4).

        Raises:
            ApiError: 409 or 400 for a unique value that is taken.
        """
        given = {name: value for name, value in values.items() if value and value[0] != ";"}
        if len(given) < len(values):
            given = {name: self._first(name, value) for name, value in values.items() if value}
            given = {name: value for name, value in given.items() if value}
        if self._default_stage in self.catalog.stages and not given.get(STAGE):
            given[STAGE] = str(self._default_stage)
        self.check_free(given, None)
        now = iso(now_ms)
        if not self._triggers.isdisjoint(given):
            derived = self._derive(given, {}, now)
            given |= {name: value for name, value in derived.items() if value}
        number = self.next_id
        self.next_id += 1
        given["hs_object_id"] = str(number)
        given["createdate"] = given[self._modified] = now
        if self._twin_date:
            given["hs_createdate"] = now
        record = Record(number, given, source, now_ms, now_ms, first=given)
        self.put(record)
        told = self._told()
        if told is not None:
            told(Change(self.kind.name, record, "creation", given, source, now_ms))
        return record

    def makes_plain(self) -> bool:
        """Whether a new record needs nothing but what :meth:`create_many` gives it."""
        return not self.kind.required and self.kind.pipeline is None

    def is_heard(self) -> bool:
        """Whether somebody hears of changes now."""
        return self._told() is not None

    def create_many(
        self,
        planned: Iterable[dict[str, str]],
        claimed: Mapping[str, Mapping[str, int]],
        source: Source,
        now_ms: int,
    ) -> list[Record]:
        """As :meth:`create` of many, whose checked values hold no blanks and nothing to append.

        Args:
            planned: the values of each; the dicts become the records' own.
            claimed: their unique values, known to be free, with the ids that they will have.
        """
        now, told = iso(now_ms), self._told()
        domains = self.kind.name == "contacts"
        begun: dict[tuple[str | None, str | None], dict[str, str]] = {}
        number = self.next_id
        made: list[Record] = []
        news: dict[int, Entry | None] = {}
        make = tuple.__new__
        for given in planned:
            key = (given.get(STAGE), given.get(OWNER))
            start = begun.get(key)
            if start is None:
                start = begun[key] = self._start(*key, now)
            values = start | given
            values["hs_object_id"] = str(number)
            if domains and "email" in given:
                values[EMAIL_DOMAIN] = domain_of(given["email"])
            record = Record(number, values, source, now_ms, now_ms, values)
            self.records[number] = record
            # As Entry(...) does, without its Python-level constructor.
            news[number] = make(Entry, (number, values, now_ms, now_ms))
            made.append(record)
            number += 1
        self.order.extend(range(self.next_id, number))
        self.next_id = number
        self.unique.take_all(claimed)
        self._index.feed_all(news)
        if told is not None:
            for record in made:
                told(Change(self.kind.name, record, "creation", record.values, source, now_ms))
        return made

    def _start(self, stage: str | None, owner: str | None, now: str) -> dict[str, str]:
        """What new records of one stage and owner have in common."""
        if not stage and self._default_stage in self.catalog.stages:
            stage = self._default_stage
        given = {name: value for name, value in ((STAGE, stage), (OWNER, owner)) if value}
        derived = self._derive(given, {}, now)
        given |= {name: value for name, value in derived.items() if value}
        given["createdate"] = given[self._modified] = now
        if self._twin_date:
            given["hs_createdate"] = now
        return given

    def _first(self, name: str, value: str) -> str:
        """What is appended to nothing stands alone (facts §1 "Multi-checkbox append")."""
        appended = value[:1] == ";" and self.catalog.live[name].field_type == "checkbox"
        return value.strip(";") if appended else value

    def put(self, record: Record) -> None:
        """Take in a finished record (create, merge, seed, restore)."""
        self.records[record.id] = record
        if not self.order or self.order[-1] < record.id:
            self.order.append(record.id)
        else:
            insort(self.order, record.id)
        self.next_id = max(self.next_id, record.id + 1)
        if record.archived_ms is None:
            self.unique.take(record)
            self._index.feed(record, True)

    def update(
        self,
        record: Record,
        changes: Mapping[str, str],
        source: Source,
        now_ms: int,
        *,
        may_go_back: bool = False,
    ) -> bool:
        """Apply checked values; answers whether anything changed.

        A backward lifecycle stage is left out without a word unless ``may_go_back`` (facts §4). A
        write that changes nothing leaves the modified property alone.

        Raises:
            ApiError: 400 naming two ids for a unique value that is taken.
        """
        old = record.values
        get = old.get
        effective = {name: value for name, value in changes.items() if get(name, "") != value}
        if not self.catalog.special.isdisjoint(effective):
            return self._update_special(record, effective, source, now_ms, may_go_back)
        self.update_many([(record, effective)], source, now_ms)
        return bool(effective)

    def update_many(
        self, planned: Iterable[tuple[Record, dict[str, str]]], source: Source, now_ms: int
    ) -> None:
        """As :meth:`update` of many by an author whose stages do not go back."""
        now, modified, told = iso(now_ms), self._modified, self._told()
        news: dict[int, Entry | None] = {}
        make = tuple.__new__
        special = self.catalog.special
        for record, changes in planned:
            old = record.values
            get = old.get
            effective, blank = changes, False
            for name, value in changes.items():
                if get(name, "") == value:
                    effective = {n: v for n, v in changes.items() if get(n, "") != v}
                    blank = "" in effective.values()
                    break
                if not value:
                    blank = True
            if not effective:
                continue
            if not special.isdisjoint(effective):
                self._update_special(record, effective, source, now_ms, False)
                continue
            values = old | effective
            values[modified] = now
            if blank and not self._keep_cleared:
                values = {name: value for name, value in values.items() if value}
            # As Event(...) and Entry(...) do, without their Python-level constructors.
            record.log.append(make(Event, (now_ms, source, effective)))
            record.values = values
            record.updated_ms = now_ms
            news[record.id] = make(Entry, (record.id, values, record.created_ms, now_ms))
            if told is not None:
                told(Change(self.kind.name, record, "propertyChange", effective, source, now_ms))
        self._index.feed_all(news)

    def _update_special(
        self,
        record: Record,
        changes: Mapping[str, str],
        source: Source,
        now_ms: int,
        may_go_back: bool,
    ) -> bool:
        old = record.values
        effective: dict[str, str] = {}
        for name, value in changes.items():
            if value[:1] == ";" and self.catalog.live[name].field_type == "checkbox":
                value = _appended(old.get(name, ""), value)  # noqa: PLW2901
            if old.get(name, "") != value:
                effective[name] = value
        stage = effective.get(STAGE)
        if stage and not may_go_back and is_backward(self.catalog.stages, old.get(STAGE), stage):
            del effective[STAGE]
        if not effective:
            return False
        unique = self.unique.any_among(effective)
        if unique:
            self.unique.check_free(effective, record.id, self.next_id)
            self.unique.release(old)
        self.set(record, effective, source, now_ms)
        if unique:
            self.unique.take(record)
        return True

    def set(self, record: Record, effective: dict[str, str], source: Source, now_ms: int) -> None:
        """Store values that differ from the record's, and what follows from them, unasked."""
        now = iso(now_ms)
        old = record.values
        values = {**old, **effective, self._modified: now}
        record.log.append(Event(now_ms, source, effective))
        derived: dict[str, str] = {}
        if not self._triggers.isdisjoint(effective):
            derived = self._derive(effective, old, now)
            record.log.append(Event(now_ms, CALCULATED, derived))
            values |= derived
        if not self._keep_cleared:
            values = {name: value for name, value in values.items() if value}
        record.values = values
        record.updated_ms = now_ms
        self._index.feed(record, True)
        told = self._told()
        if told is not None:
            told(Change(self.kind.name, record, "propertyChange", effective, source, now_ms))
            if derived:
                told(Change(self.kind.name, record, CALCULATION, derived, CALCULATED, now_ms))

    def archive(self, record: Record, source: Source, now_ms: int, what: str = "deletion") -> None:
        """Archive a live record: its unique values are free again, search forgets it."""
        if record.archived_ms is not None:
            return
        record.archived_ms = now_ms
        self.unique.release(record.values)
        self._index.feed(record, False)
        told = self._told()
        if told is not None:
            told(Change(self.kind.name, record, what, {}, source, now_ms))

    def forget_values(self, name: str) -> None:
        """Drop a property's values everywhere, since the property was archived (facts §5)."""
        self.unique.forget(name)
        for record in self.records.values():
            record.forget(name)

    def merge(self, primary: Record, other: Record, source: Source, now_ms: int) -> Record:
        """Merge two live records into a NEW one; both old ids answer it from now on (facts §6).

        Raises:
            ApiError: 400 when both are one record or one of them is archived.
        """
        if primary is other or primary.archived_ms is not None or other.archived_ms is not None:
            raise _unmergeable(primary, other)
        number = self.next_id
        values = merged_values(self.kind, primary, other, number, now_ms)
        created_ms = min(primary.created_ms, other.created_ms)
        made = Record(number, values, primary.origin, created_ms, now_ms)
        made.log = merged_log(primary, other, values, source, now_ms)
        for old in (primary, other):
            self.drop(old)
            self.aliases[old.id] = number
        for alias, target in self.aliases.items():
            if target in {primary.id, other.id}:
                self.aliases[alias] = number
        self.put(made)
        return made

    def drop(self, record: Record) -> None:
        """Remove a record without a trace (merge, GDPR deletion)."""
        if record.archived_ms is None:
            self.unique.release(record.values)
        del self.records[record.id]
        del self.order[bisect_left(self.order, record.id)]
        self._index.feed(record, False)


def _appended(old: str, more: str) -> str:
    parts = [part for part in f"{old};{more}".split(";") if part]
    return ";".join(dict.fromkeys(parts))


def _unmergeable(primary: Record, other: Record) -> ApiError:
    return error(
        400,
        f"Objects {primary.id} and {other.id} cannot be merged: both must be live and different.",
        "VALIDATION_ERROR",
    )
