"""The quick way through a batch: every input plain, all checked in one pass, then written in a second.

Whatever is not plain (an error, a unique value that moves, an association ...) is left to the careful
way, with nothing written; both end alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from leadpact_sandbox.hubspot.definitions import MAX_TEXT, Check, Refused, any_text
from leadpact_sandbox.hubspot.deriving import OWNER
from leadpact_sandbox.hubspot.history import Record, Source
from leadpact_sandbox.hubspot.lifecycle import STAGE
from leadpact_sandbox.hubspot.rows import written_names
from leadpact_sandbox.hubspot.spaces import Space

What: TypeAlias = Literal["create", "update", "upsert"]
Input: TypeAlias = Mapping[str, object]
FOLLOWED = frozenset({OWNER, STAGE})
"""Special properties that a batch may write the quick way: what follows from them is known."""
LONGEST_ID = 18


class _NotPlainError(Exception):
    """An input that the careful way must look at."""


def quick_rows(
    space: Space, what: What, inputs: list[dict[str, object]], source: Source, now_ms: int
) -> list[dict[str, object]] | None:
    """Write a batch of plain inputs.

    Returns:
        The rows of the answer in order of the inputs, or None with nothing written when an input
        needs more than that.
    """
    plan = _Plan(space)
    try:
        if what == "update":
            plan.update_all(inputs)
        elif what == "create":
            plan.create_all(inputs)
        else:
            plan.upsert_all(inputs)
    except (_NotPlainError, Refused):
        return None
    if not plan.possible():
        return None
    return plan.written(inputs, source, now_ms, tell_new=what == "upsert")


class _Plan:
    """What a batch will write.

    Args:
        space: the object type that it is about.
    """

    def __init__(self, space: Space) -> None:
        catalog, store = space.catalog, space.store
        self._space = space
        self._store = store
        self._checks: Mapping[str, Check] = catalog.checks
        self._special = catalog.special
        self._unique = catalog.unique
        self._next = store.next_id
        self._writes: list[tuple[Record | None, tuple[str, ...]]] = []
        self._changes: list[tuple[Record, dict[str, str]]] = []
        self._fresh: list[dict[str, str]] = []
        self._claimed: dict[str, dict[str, int]] = {}

    def update_all(self, inputs: Iterable[Input]) -> None:
        """Live records by id."""
        records = self._store.records
        for one in inputs:
            asked, sent = one.get("id"), one.get("properties")
            if not isinstance(asked, str) or not isinstance(sent, dict) or "idProperty" in one:
                raise _NotPlainError
            if not (asked.isdigit() and asked.isascii()) or len(asked) > LONGEST_ID:
                raise _NotPlainError
            record = records.get(int(asked))
            if record is None or record.archived_ms is not None:
                raise _NotPlainError
            self._change(record, sent)

    def create_all(self, inputs: Iterable[Input]) -> None:
        """New records that are linked with nothing."""
        for one in inputs:
            sent = one.get("properties")
            if not isinstance(sent, dict) or "associations" in one:
                raise _NotPlainError
            self._new(sent)

    def upsert_all(self, inputs: Iterable[Input]) -> None:
        """Records by a unique property's value, new ones where nobody holds it."""
        holder, unique = self._store.holder, self._unique
        for one in inputs:
            asked, sent, by = one.get("id"), one.get("properties"), one.get("idProperty")
            if not isinstance(asked, str) or not isinstance(sent, dict) or not asked:
                raise _NotPlainError
            if not isinstance(by, str) or by not in unique or "associations" in one:
                raise _NotPlainError
            record = holder(by, asked)
            if record is None:
                self._new({by: asked, **sent})
            else:
                self._change(record, sent)

    def _change(self, record: Record, sent: Mapping[str, object]) -> None:
        checks, special = self._checks, self._special
        values: dict[str, str] = {}
        for name, value in sent.items():
            check = checks.get(name)
            if check is None or not isinstance(value, str):
                raise _NotPlainError
            text = value  # As it is, where the check would answer that.
            if value and (check is not any_text or len(value) > MAX_TEXT):
                text = check(value)
            if name in special and name not in FOLLOWED:
                if name not in self._unique or record.values.get(name, "") != text:
                    raise _NotPlainError
                continue
            values[name] = text
        self._writes.append((record, tuple(sent)))
        self._changes.append((record, values))

    def _new(self, sent: Mapping[str, object]) -> None:
        checks, special = self._checks, self._special
        values: dict[str, str] = {}
        for name, value in sent.items():
            check = checks.get(name)
            if check is None or not isinstance(value, str):
                raise _NotPlainError
            if not value:
                continue
            text = value
            if check is not any_text or len(value) > MAX_TEXT:
                text = check(value)
            values[name] = text
            if name in special and name not in FOLLOWED:
                self._claim(name, text)
        self._writes.append((None, tuple(sent)))
        self._fresh.append(values)

    def _claim(self, name: str, value: str) -> None:
        if name not in self._unique:
            raise _NotPlainError
        claimed = self._claimed.setdefault(name, {})
        if value in claimed:
            raise _NotPlainError
        claimed[value] = self._next + len(self._fresh)

    def possible(self) -> bool:
        """Whether nothing stands against it that only all inputs together show."""
        changes, fresh, store = self._changes, self._fresh, self._store
        if len({id(record) for record, _ in changes}) < len(changes):
            return False
        if fresh and (not store.makes_plain() or (changes and store.is_heard())):
            return False
        if not self._space.backward_is_silent() and any(STAGE in values for _, values in changes):
            return False
        return store.unique.all_free(self._claimed)

    def written(
        self, inputs: Iterable[Input], source: Source, now_ms: int, *, tell_new: bool
    ) -> list[dict[str, object]]:
        """Write it all; answer the rows of the answer."""
        store, kind = self._store, self._space.kind
        store.update_many(self._changes, source, now_ms)
        made = iter(store.create_many(self._fresh, self._claimed, source, now_ms))
        modified = kind.modified
        known: dict[tuple[str, ...], tuple[str, ...]] = {}
        rows: list[dict[str, object]] = []
        for (record, given), one in zip(self._writes, inputs, strict=True):
            names = known.get(given)
            if names is None:
                names = known[given] = written_names(kind, given)
            values = (next(made) if record is None else record).values
            get = values.get
            properties: dict[str, str | None] = {}
            for name in names:  # A comprehension's own function costs more than the loop.
                properties[name] = get(name)
            row: dict[str, object] = {
                "id": values["hs_object_id"],
                "properties": properties,
                "createdAt": values["createdate"],
                "updatedAt": values[modified],
                "archived": False,
            }
            if tell_new:
                row["new"] = record is None
            trace = one.get("objectWriteTraceId")
            if trace and isinstance(trace, str):
                row["objectWriteTraceId"] = trace
            rows.append(row)
        return rows
