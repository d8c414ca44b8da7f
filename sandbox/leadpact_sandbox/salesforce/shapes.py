"""What rows of the same names have in common, learnt once for all rows of a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from leadpact_sandbox.salesforce import engagement
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.table import Row
from leadpact_sandbox.salesforce.writing import Column, Plan

ID_NAMES = ("id", "Id", "ID", "iD")
FEW = 3
"""So many values are stored one by one as fast as together."""
_MOST_SHAPES = 200
Sent: TypeAlias = Mapping[str, Any]
Columns: TypeAlias = dict[str, Sequence[Any]]
"""Values to store by API name, one for each of several rows."""


class Shape(NamedTuple):
    """What rows of the same names have in common.

    Attributes:
        columns: the name as sent, and how its values are stored.
        names: API names of what is sent.
        id_name: where the row's id stands.
        told: whether members of campaigns repeat one of these.
        start: what a new row begins with; it has every name that the row will have.
    """

    columns: tuple[tuple[str, Column], ...]
    names: frozenset[str]
    id_name: str | None
    told: bool
    start: Row

    def stored(self, org: Org, records: Sequence[Sent]) -> Columns | None:
        """What is stored of rows of this shape; None where the org refuses a value."""
        found: Columns = {}
        for name, column in self.columns:
            sent = [record[name] for record in records]
            stored = column.store_all(sent) if len(sent) > FEW else None
            if stored is None:
                try:
                    stored = [column.store(org, value) for value in sent]
                except ApiError:
                    return None
            found[column.name] = stored
        return found


class Shapes:
    """The shapes of a call's rows of one object.

    Args:
        plan: what the caller may write.
        start: what every new row begins with; empty where rows are changed.
        named: whether the object is one whose members of campaigns repeat its values.
    """

    def __init__(self, owner: Sobject, plan: Plan, start: Row, *, named: bool) -> None:
        self._required = frozenset(owner.required)
        self._plan = plan
        self._start = start
        self._named = named
        self._known: dict[tuple[str, ...], Shape | None] = {}

    def of(self, record: Sent) -> Shape | None:
        """The shape of a row; None for one that must be looked at by itself."""
        names = tuple(record)
        if names in self._known:
            return self._known[names]
        made = self._learn(record)
        if len(self._known) < _MOST_SHAPES:
            self._known[names] = made
        return made

    def _learn(self, record: Sent) -> Shape | None:
        given = [name for name in ID_NAMES if name in record]
        rest = {name: value for name, value in record.items() if name not in given}
        if any(isinstance(value, dict) for name, value in rest.items() if name != "attributes"):
            return None
        try:
            columns = self._plan.columns(rest)
        except ApiError:
            return None
        stored = [column.name for _, column in columns]
        if len(set(stored)) < len(stored):
            return None
        if self._start and not self._required <= {*stored, *self._start}:
            return None
        return Shape(
            columns,
            frozenset(stored),
            given[0] if given else None,
            self._named and not engagement.REPEATED.isdisjoint(stored),
            {**self._start, **dict.fromkeys(stored)},
        )


def split_id(record: Sent) -> tuple[Any, dict[str, Any]]:
    """The id that a record names, in any of its spellings, and the record without it."""
    rest = dict(record)
    given = None
    for name in ID_NAMES:
        if name in rest:
            found = rest.pop(name)
            given = found if given is None else given
    return given, rest
