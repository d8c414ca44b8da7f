"""Rows as REST records: attributes, nested parents, nested children (facts salesforce §3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from leadpact_sandbox.salesforce.soql.binder import Bound, Hop, Reader
from leadpact_sandbox.salesforce.table import Row

Maker: TypeAlias = Callable[[Row], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ChildShape:
    """A sub-select: its name, its records, and the child rows of a parent's row."""

    name: str
    make: Maker
    rows: Callable[[Row], list[Row]]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a record of a query holds."""

    kind: str
    columns: tuple[Bound, ...]
    children: tuple[ChildShape, ...] = ()

    @property
    def wide(self) -> bool:
        """Whether a long text area is among the columns."""
        return any(each.field.long_text for each in self.columns)


def attributes(version: str, kind: str, record_id: str) -> dict[str, str]:
    """The ``attributes`` of a record."""
    return {"type": kind, "url": f"/services/data/v{version}/sobjects/{kind}/{record_id}"}


class _Node:
    """One level of a record: its leaves and its parents, in the order of the SELECT."""

    def __init__(self) -> None:
        self.leaves: list[tuple[str, Reader]] = []
        self.parents: dict[str, tuple[Hop, _Node]] = {}
        self.order: list[str] = []

    def add(self, hops: tuple[Hop, ...], column: Bound) -> None:
        """Add a column below this level."""
        if not hops:
            self.leaves.append((column.field.name, column.leaf))
            self.order.append(column.field.name)
            return
        name = hops[0].name
        if name not in self.parents:
            self.parents[name] = (hops[0], _Node())
            self.order.append(name)
        self.parents[name][1].add(hops[1:], column)

    def fill(self, version: str, kind: str, row: Row) -> dict[str, Any]:
        """The record of a row at this level."""
        record: dict[str, Any] = {"attributes": attributes(version, kind, row["Id"])}
        if not self.parents:
            for name, read in self.leaves:
                record[name] = read(row)
            return record
        values = {name: read(row) for name, read in self.leaves}
        for name in self.order:
            if name not in self.parents:
                record[name] = values[name]
                continue
            hop, node = self.parents[name]
            parent = hop.follow(row)
            record[name] = None if parent is None else node.fill(version, parent[0], parent[1])
        return record


def record_maker(version: str, shape: Shape) -> Maker:
    """A function that shapes rows as records of this query."""
    top = _Node()
    for column in shape.columns:
        top.add(column.hops, column)
    kind, children = shape.kind, shape.children

    def make(row: Row) -> dict[str, Any]:
        record = top.fill(version, kind, row)
        for child in children:
            rows = child.rows(row)
            record[child.name] = (
                {
                    "totalSize": len(rows),
                    "done": True,
                    "records": [child.make(each) for each in rows],
                }
                if rows
                else None
            )
        return record

    return make
