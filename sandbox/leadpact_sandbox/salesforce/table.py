"""Rows of one object with the indexes that keep large queries quick."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Container, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

from leadpact_sandbox.salesforce.catalog import Sobject

Row: TypeAlias = dict[str, Any]
"""API name to value as JSON shows it (stamps and dates as text); absent means null."""
Holders: TypeAlias = dict[Any, str | set[str]]
"""The ids of the rows that have a value; mostly there is one, which stands by itself."""
_SPARE = 1_000


class Table:
    """Rows by 18-character id.

    Rows are replaced, never changed in place, so that a kept reference is the former state.
    Kept beside them: ids in order, (SystemModstamp, Id) in order, and one dictionary per
    indexed field. Entries of the stamp index whose row has moved on are skipped when read and
    swept now and then.
    """

    def __init__(self, kind: Sobject) -> None:
        self.kind = kind
        self.rows: dict[str, Row] = {}
        self._ids: list[str] = []
        self._stamps: list[tuple[str, str]] = []
        self._moved = 0
        self._equal: dict[str, Holders] = {name: {} for name in kind.indexed}

    def __len__(self) -> int:
        return len(self.rows)

    def key_of(self, field: str, value: Any) -> Any:
        """The key under which a value is indexed: text folds its case unless the field says not."""
        known = self.kind.fields[field]
        if isinstance(value, str) and known.type != "reference" and not known.case_sensitive:
            return value.casefold()
        return value

    def keys_of(self, field: str, values: Sequence[Any]) -> Sequence[Any]:
        """As :meth:`key_of`, of many."""
        known = self.kind.fields[field]
        if known.type == "reference" or known.case_sensitive:
            return values
        folded = [value.casefold() if isinstance(value, str) else value for value in values]
        # What is folded already is its own key, so that no copy of it stays.
        return values if folded == values else folded

    def put(self, row: Row) -> None:
        """Insert or replace a row."""
        record_id = row["Id"]
        old = self.rows.get(record_id)
        self.rows[record_id] = row
        if old is None:
            if not self._ids or record_id > self._ids[-1]:
                self._ids.append(record_id)
            else:
                insort(self._ids, record_id)
        self._reindex(record_id, old, row)
        self._restamp(record_id, old, row)

    def add(self, ids: Sequence[str], rows: Sequence[Row], fields: Container[str]) -> None:
        """Insert rows of one stamp.

        Args:
            ids: theirs, ascending, the first higher than the highest there is, as new rows' are.
            fields: all that a row of these may have.
        """
        self.rows |= dict(zip(ids, rows, strict=True))
        self._ids += ids
        for field, index in self._equal.items():
            if field not in fields:
                continue
            keys = self.keys_of(field, [row.get(field) for row in rows])
            for record_id, key in zip(ids, keys, strict=True):
                if key is not None:
                    _hold(index, key, record_id)
        stamp = rows[0]["SystemModstamp"]
        self._enter([(stamp, record_id) for record_id in ids])

    def replace(self, rows: Sequence[Row], olds: Sequence[Row], changed: frozenset[str]) -> None:
        """Put rows in place of their former states, from which they differ in these fields and stamps."""
        self.rows.update({row["Id"]: row for row in rows})
        if not changed.isdisjoint(self._equal):
            for row, old in zip(rows, olds, strict=True):
                self._reindex(row["Id"], old, row)
        moved = [
            (row["SystemModstamp"], row["Id"])
            for row, old in zip(rows, olds, strict=True)
            if row["SystemModstamp"] != old["SystemModstamp"]
        ]
        if moved:
            self._moved += len(moved)
            self._enter(sorted(moved))

    def _enter(self, entries: list[tuple[str, str]]) -> None:
        """Put entries, ascending, into the order of stamps."""
        if not self._stamps or entries[0] > self._stamps[-1]:
            self._stamps += entries
        else:
            for entry in entries:
                insort(self._stamps, entry)
        if self._moved > len(self.rows) + _SPARE:
            self._sweep()

    def _restamp(self, record_id: str, old: Row | None, row: Row) -> None:
        stamp = row["SystemModstamp"]
        if old is None or old["SystemModstamp"] != stamp:
            self._moved += old is not None
            self._enter([(stamp, record_id)])

    def drop(self, record_id: str) -> None:
        """Take a row out for good; nothing happens if it is not there."""
        old = self.rows.pop(record_id, None)
        if old is None:
            return
        del self._ids[bisect_left(self._ids, record_id)]
        self._reindex(record_id, old, {})
        self._moved += 1

    def _reindex(self, record_id: str, old: Row | None, new: Row) -> None:
        for field, index in self._equal.items():
            after = new.get(field)
            before = None if old is None else old.get(field)
            if before is after or before == after:
                continue
            if before is not None:
                _release(index, self.key_of(field, before), record_id)
            if after is not None:
                _hold(index, self.key_of(field, after), record_id)

    def _sweep(self) -> None:
        self._stamps = sorted((row["SystemModstamp"], key) for key, row in self.rows.items())
        self._moved = 0

    def build_index(self, field: str) -> None:
        """Index a field that was added after the rows."""
        index: Holders = {}
        for record_id, row in self.rows.items():
            value = row.get(field)
            if value is not None:
                _hold(index, self.key_of(field, value), record_id)
        self._equal[field] = index

    def has_index(self, field: str) -> bool:
        """Whether equality on this field needs no scan."""
        return field in self._equal

    def equal(self, field: str, value: Any) -> AbstractSet[str]:
        """Ids of rows, deleted ones too, whose indexed field has this value."""
        held = self._equal[field].get(self.key_of(field, value))
        if held is None:
            return frozenset()
        return {held} if isinstance(held, str) else held

    def all_rows(self) -> Iterator[Row]:
        """All rows in the order of their ids."""
        rows = self.rows
        for record_id in self._ids:
            yield rows[record_id]

    def rows_from_id(self, low: str) -> Iterator[Row]:
        """Rows whose id is at least ``low``, in the order of their ids."""
        rows, ids = self.rows, self._ids
        for position in range(bisect_left(ids, low), len(ids)):
            yield rows[ids[position]]

    def rows_by_stamp(self, low: str, high: str | None) -> Iterator[Row]:
        """Rows with ``low`` <= SystemModstamp <= ``high``, in the order of stamp and id."""
        rows, stamps = self.rows, self._stamps
        last: tuple[str, str] | None = None
        for position in range(bisect_left(stamps, (low, "")), len(stamps)):
            entry = stamps[position]
            if high is not None and entry[0] > high:
                return
            row = rows.get(entry[1])
            if entry == last or row is None or row["SystemModstamp"] != entry[0]:
                continue
            last = entry
            yield row


def _hold(index: Holders, key: Any, record_id: str) -> None:
    held = index.get(key)
    if held is None:
        index[key] = record_id
    elif isinstance(held, str):
        index[key] = {held, record_id}
    else:
        held.add(record_id)


def _release(index: Holders, key: Any, record_id: str) -> None:
    held = index.get(key)
    if held == record_id:
        del index[key]
    elif isinstance(held, set):
        held.discard(record_id)
        if len(held) == 1:
            index[key] = held.pop()
