"""The quick way through a batch: every input plain, all checked in one pass, then written in a second.

Whatever is not plain (an error, a unique value that moves, an association ...) is left to the careful
way, with nothing written; both end alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeAlias

from leadpact_sandbox.hubspot.definitions import MAX_TEXT, Check, Refused, any_text
from leadpact_sandbox.hubspot.deriving import OWNER
from leadpact_sandbox.hubspot.history import Record, Source
from leadpact_sandbox.hubspot.lifecycle import STAGE
from leadpact_sandbox.hubspot.rows import record_body, written_names
from leadpact_sandbox.hubspot.spaces import Space

What: TypeAlias = Literal["create", "update", "upsert"]
Input: TypeAlias = Mapping[str, object]
FOLLOWED = frozenset({OWNER, STAGE})
"""Special properties that a batch may write the quick way: what follows from them is known."""
LONGEST_ID = 18


Checked: TypeAlias = tuple[Record | None, dict[str, str]]


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


class _Shape(NamedTuple):
    """What inputs with the same properties have in common.

    Attributes:
        answered: the properties that the answer tells, sorted.
        checks: those whose check is more than the length of a text.
        special: those that may be written the quick way only while nothing follows from it.
        plain: whether there are neither, so that what is sent is what is stored.
    """

    answered: tuple[str, ...]
    checks: tuple[tuple[str, Check], ...]
    special: tuple[str, ...]
    plain: bool


class _Plan:
    """What a batch will write.

    Args:
        space: the object type that it is about.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._store = space.store
        self._unique = space.catalog.unique
        self._shapes: dict[tuple[str, ...], _Shape] = {}
        self._records: list[Record | None] = []
        self._answered: list[tuple[str, ...]] = []
        self._changes: list[tuple[Record, dict[str, str]]] = []
        self._fresh: list[dict[str, str]] = []
        self._claimed: dict[str, dict[str, int]] = {}

    def update_all(self, inputs: Iterable[Input]) -> None:
        """Live records by id."""
        records = self._store.records
        found: list[Checked] = []
        for one in inputs:
            asked, sent = one.get("id"), one.get("properties")
            if not isinstance(asked, str) or not isinstance(sent, dict) or "idProperty" in one:
                raise _NotPlainError
            if not (asked.isdigit() and asked.isascii()) or len(asked) > LONGEST_ID:
                raise _NotPlainError
            record = records.get(int(asked))
            if record is None or record.archived_ms is not None:
                raise _NotPlainError
            found.append((record, sent))
        self._take(found)

    def create_all(self, inputs: Iterable[Input]) -> None:
        """New records that are linked with nothing."""
        found: list[Checked] = []
        for one in inputs:
            sent = one.get("properties")
            if not isinstance(sent, dict) or "associations" in one:
                raise _NotPlainError
            found.append((None, sent))
        self._take(found)

    def upsert_all(self, inputs: Iterable[Input]) -> None:
        """Records by a unique property's value, new ones where nobody holds it."""
        holder, unique = self._store.holder, self._unique
        found: list[Checked] = []
        for one in inputs:
            asked, sent, by = one.get("id"), one.get("properties"), one.get("idProperty")
            if not isinstance(asked, str) or not isinstance(sent, dict) or not asked:
                raise _NotPlainError
            if not isinstance(by, str) or by not in unique or "associations" in one:
                raise _NotPlainError
            record = holder(by, asked)
            found.append((record, sent if record is not None else {by: asked, **sent}))
        self._take(found)

    def _take(self, found: Iterable[Checked]) -> None:
        shapes, changes, fresh = self._shapes, self._changes, self._fresh
        for record, sent in found:
            given = tuple(sent)
            shape = shapes.get(given)
            if shape is None:
                shape = shapes[given] = self._shape(given)
            for value in sent.values():
                if value.__class__ is not str or len(value) > MAX_TEXT:
                    raise _NotPlainError
            values = sent if shape.plain else self._values(shape, record, sent)
            if record is not None:
                changes.append((record, values))
            else:
                if "" in values.values():
                    values = {name: value for name, value in values.items() if value}
                fresh.append(values)
            self._records.append(record)
            self._answered.append(shape.answered)

    def _shape(self, given: tuple[str, ...]) -> _Shape:
        checks, special = self._space.catalog.checks, self._space.catalog.special
        if not checks.keys() >= set(given):
            raise _NotPlainError
        called = tuple((name, checks[name]) for name in given if checks[name] is not any_text)
        apart = tuple(name for name in given if name in special and name not in FOLLOWED)
        answered = written_names(self._space.kind, given)
        return _Shape(answered, called, apart, not (called or apart))

    def _values(self, shape: _Shape, record: Record | None, sent: dict[str, str]) -> dict[str, str]:
        values = sent.copy()
        for name, check in shape.checks:
            value = values[name]
            if value:
                values[name] = check(value)
        for name in shape.special:
            if name not in self._unique:
                raise _NotPlainError
            if record is None:
                claimed, value = self._claimed.setdefault(name, {}), values[name]
                if value in claimed:
                    raise _NotPlainError
                if value:
                    claimed[value] = self._store.next_id + len(self._fresh)
            elif values.pop(name) != record.values.get(name, ""):
                raise _NotPlainError
        return values

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
        rows: list[dict[str, object]] = []
        for record, names, one in zip(self._records, self._answered, inputs, strict=True):
            row = record_body(kind, next(made) if record is None else record, names)
            if tell_new:
                row["new"] = record is None
            trace = one.get("objectWriteTraceId")
            if trace and isinstance(trace, str):
                row["objectWriteTraceId"] = trace
            rows.append(row)
        return rows
