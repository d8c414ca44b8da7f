"""The quick way through a batch: every input plain, all checked in one pass, then written in a second.

Inputs that follow each other and have the same properties are looked at together, property by property.
Whatever is not plain (an error, a unique value that moves, an association ...) is left to the careful
way, with nothing written; both end alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, groupby
from typing import Any, Literal, NamedTuple, TypeAlias

from leadpact_sandbox.hubspot.definitions import MAX_TEXT, Check, Refused, any_text, checked_all
from leadpact_sandbox.hubspot.deriving import OWNER
from leadpact_sandbox.hubspot.history import Record, Source
from leadpact_sandbox.hubspot.lifecycle import STAGE
from leadpact_sandbox.hubspot.rows import live_bodies, written_names
from leadpact_sandbox.hubspot.spaces import Space

What: TypeAlias = Literal["create", "update", "upsert"]
Input: TypeAlias = Mapping[str, Any]
Values: TypeAlias = dict[str, str]
FOLLOWED = frozenset({OWNER, STAGE})
"""Special properties that a batch may write the quick way: what follows from them is known."""
LONGEST_ID = 18
TRACE = "objectWriteTraceId"


class _NotPlainError(Exception):
    """An input that the careful way must look at."""


def quick_rows(
    space: Space, what: What, inputs: Sequence[Input], source: Source, now_ms: int
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
        unique: those that may be written the quick way only to new records, or as they are.
    """

    answered: tuple[str, ...]
    checks: tuple[tuple[str, Check], ...]
    unique: tuple[str, ...]


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
        self._changed: list[Record] = []
        self._changes: list[Values] = []
        self._fresh: list[Values] = []
        self._claimed: dict[str, dict[str, int]] = {}

    def update_all(self, inputs: Sequence[Input]) -> None:
        """Live records by id."""
        asked: list[Any] = [one.get("id") for one in inputs]
        if {*map(type, asked)} != {str} or "" in asked or max(map(len, asked)) > LONGEST_ID:
            raise _NotPlainError
        digits = "".join(asked)
        if not (digits.isdigit() and digits.isascii()) or _any_with("idProperty", inputs):
            raise _NotPlainError
        found = [*map(self._store.records.get, map(int, asked))]
        live = [one for one in found if one is not None and one.archived_ms is None]
        if len(live) < len(found):
            raise _NotPlainError
        self._take(live, [one.get("properties") for one in inputs])

    def create_all(self, inputs: Sequence[Input]) -> None:
        """New records that are linked with nothing."""
        if _any_with("associations", inputs):
            raise _NotPlainError
        self._take(None, [one.get("properties") for one in inputs])

    def upsert_all(self, inputs: Sequence[Input]) -> None:
        """Records by a unique property's value, new ones where nobody holds it."""
        holder, unique = self._store.holder, self._unique
        found: list[tuple[Record | None, dict[str, Any]]] = []
        for one in inputs:
            asked, sent, by = one.get("id"), one.get("properties"), one.get("idProperty")
            if not isinstance(asked, str) or not isinstance(sent, dict) or not asked:
                raise _NotPlainError
            if not isinstance(by, str) or by not in unique or "associations" in one:
                raise _NotPlainError
            record = holder(by, asked)
            found.append((record, sent if record is not None else {by: asked, **sent}))
        for new, group in groupby(found, lambda pair: pair[0] is None):
            same = [*group]
            held = [record for record, _ in same if record is not None]
            self._take(None if new else held, [sent for _, sent in same])

    def _take(self, records: Sequence[Record] | None, sent: Sequence[Any]) -> None:
        """Check what is sent for these records, or for new ones."""
        if {*map(type, sent)} != {dict}:
            raise _NotPlainError
        every = [*chain.from_iterable(map(dict.values, sent))]
        if not {*map(type, every)} <= {str} or max(map(len, every), default=0) > MAX_TEXT:
            raise _NotPlainError
        done = 0
        for given, group in groupby(sent, tuple):
            alike = [*group]
            shape = self._shapes.get(given)
            if shape is None:
                shape = self._shapes[given] = self._shape(given)
            self._answered += [shape.answered] * len(alike)
            if records is None:
                self._make(shape, alike)
            else:
                self._change(shape, records[done : done + len(alike)], alike)
                done += len(alike)
        self._records += records or [None] * len(sent)

    def _shape(self, given: tuple[str, ...]) -> _Shape:
        checks, special = self._space.catalog.checks, self._space.catalog.special
        if not checks.keys() >= set(given):
            raise _NotPlainError
        called = tuple((name, checks[name]) for name in given if checks[name] is not any_text)
        apart = tuple(name for name in given if name in special and name not in FOLLOWED)
        if not self._unique.issuperset(apart):
            raise _NotPlainError
        return _Shape(written_names(self._space.kind, given), called, apart)

    def _change(self, shape: _Shape, records: Sequence[Record], sent: list[Values]) -> None:
        values = _stored(shape, sent)
        if shape.unique:
            values = [one.copy() for one in values]
            for record, one in zip(records, values, strict=True):
                for name in shape.unique:
                    if one.pop(name) != record.values.get(name, ""):
                        raise _NotPlainError
        self._changed += records
        self._changes += values

    def _make(self, shape: _Shape, sent: list[Values]) -> None:
        values = _stored(shape, sent)
        first = self._store.next_id + len(self._fresh)
        for name in shape.unique:
            named = [one[name] for one in values]
            claims = {value: number for number, value in enumerate(named, first) if value}
            claimed = self._claimed.setdefault(name, {})
            if len(claims) + named.count("") < len(named) or not claims.keys().isdisjoint(claimed):
                raise _NotPlainError
            claimed |= claims
        if "" in chain.from_iterable(map(dict.values, values)):
            values = [{name: value for name, value in one.items() if value} for one in values]
        self._fresh += values

    def possible(self) -> bool:
        """Whether nothing stands against it that only all inputs together show."""
        changes, fresh, store = self._changes, self._fresh, self._store
        if len({*map(id, self._changed)}) < len(changes):
            return False
        if fresh and (not store.makes_plain() or (changes and store.is_heard())):
            return False
        if not self._space.backward_is_silent() and any(STAGE in values for values in changes):
            return False
        return store.unique.all_free(self._claimed)

    def written(
        self, inputs: Sequence[Input], source: Source, now_ms: int, *, tell_new: bool
    ) -> list[dict[str, object]]:
        """Write it all; answer the rows of the answer."""
        store, kind = self._store, self._space.kind
        store.update_many(zip(self._changed, self._changes, strict=True), source, now_ms)
        made = iter(store.create_many(self._fresh, self._claimed, source, now_ms))
        written = [next(made) if record is None else record for record in self._records]
        rows = live_bodies(kind, written, self._answered)
        if tell_new:
            for row, record in zip(rows, self._records, strict=True):
                row["new"] = record is None
        if _any_with(TRACE, inputs):
            for row, one in zip(rows, inputs, strict=True):
                trace = one.get(TRACE)
                if trace and isinstance(trace, str):
                    row[TRACE] = trace
        return rows


def _any_with(name: str, inputs: Sequence[Input]) -> bool:
    """Whether one of these names such a thing."""
    return bool([one for one in inputs if name in one])


def _stored(shape: _Shape, sent: list[Values]) -> list[Values]:
    """What is stored of these; the same where that is what was sent.

    Raises:
        Refused: a value is none that its property takes.
    """
    values = sent
    for name, check in shape.checks:
        given = [one[name] for one in sent]
        stored = checked_all(check, given)
        if stored != given:
            values = [{**one, name: value} for one, value in zip(values, stored, strict=True)]
    return values
