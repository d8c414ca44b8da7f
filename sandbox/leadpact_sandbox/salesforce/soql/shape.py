"""Rows as REST records: attributes, nested parents, nested children (facts salesforce §3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from leadpact_sandbox.salesforce.soql.binder import Bound, Hop, Reader
from leadpact_sandbox.salesforce.table import Row

Children: TypeAlias = Callable[["ChildShape", list[Row]], dict[str, Any]]
"""Makes a sub-select's own result, with a locator where it is longer than a page."""


class Maker(Protocol):
    """Shapes a row as a record."""

    def __call__(self, row: Row, children: Children | None = None) -> dict[str, Any]:
        """The record; without ``children`` a sub-select's result is whole, however long."""
        ...


@dataclass(frozen=True, slots=True)
class ChildShape:
    """A sub-select: its name, its object, its records, and the child rows of a parent's row."""

    name: str
    kind: str
    make: Maker
    rows: Callable[[Row], list[Row]]


@dataclass(frozen=True, slots=True)
class TypeShape:
    """``TYPEOF``: the step to the parent, its columns per object, and those of all others."""

    hop: Hop
    cases: dict[str, tuple[Bound, ...]]
    otherwise: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a record of a query holds."""

    kind: str
    columns: tuple[Bound | TypeShape, ...]
    children: tuple[ChildShape, ...] = ()
    name_type: bool = True

    @property
    def wide(self) -> bool:
        """Whether a long text area is among the columns."""
        return any(isinstance(each, Bound) and each.field.long_text for each in self.columns)

    @property
    def described(self) -> bool:
        """Whether Metadata or FullName is among the columns, which the Tooling API shows of one row."""
        names = ("Metadata", "FullName")
        return any(isinstance(each, Bound) and each.field.name in names for each in self.columns)


def attributes(version: str, kind: str, record_id: str, shown: str | None = None) -> dict[str, str]:
    """The ``attributes`` of a record; ``shown`` where its type is told otherwise."""
    return {
        "type": shown or kind,
        "url": f"/services/data/v{version}/sobjects/{kind}/{record_id}",
    }


class _Node:
    """One level of a record: its leaves and its parents, in the order of the SELECT."""

    def __init__(self, *, name_type: bool) -> None:
        self.leaves: list[tuple[str, Reader]] = []
        self.parents: dict[str, tuple[Hop, _Node]] = {}
        self.types: dict[str, tuple[Hop, dict[str, _Node], _Node | None]] = {}
        self.order: list[str] = []
        self._name_type = name_type

    def add(self, hops: tuple[Hop, ...], column: Bound) -> None:
        """Add a column below this level."""
        if not hops:
            self.leaves.append((column.field.name, column.leaf))
            self.order.append(column.field.name)
            return
        name = hops[0].name
        if name not in self.parents:
            self.parents[name] = (hops[0], _Node(name_type=self._name_type))
            self.order.append(name)
        self.parents[name][1].add(hops[1:], column)

    def add_type(self, shape: TypeShape) -> None:
        """Add a TYPEOF at this level."""
        cases = {kind: self._below(columns) for kind, columns in shape.cases.items()}
        otherwise = self._below(shape.otherwise) if shape.otherwise else None
        self.types[shape.hop.name] = (shape.hop, cases, otherwise)
        self.order.append(shape.hop.name)

    def _below(self, columns: tuple[Bound, ...]) -> _Node:
        node = _Node(name_type=self._name_type)
        for column in columns:
            node.add(column.hops, column)
        return node

    def fill(
        self, version: str, kind: str, row: Row, *, polymorphic: bool = False
    ) -> dict[str, Any]:
        """The record of a row at this level."""
        shown = "Name" if polymorphic and self._name_type else None
        record: dict[str, Any] = {"attributes": attributes(version, kind, row["Id"], shown)}
        if not self.parents and not self.types:
            for name, read in self.leaves:
                record[name] = read(row)
            return record
        values = {name: read(row) for name, read in self.leaves}
        for name in self.order:
            if name in self.types:
                record[name] = self._typed(version, name, row)
            elif name in self.parents:
                hop, node = self.parents[name]
                parent = hop.follow(row)
                record[name] = (
                    None
                    if parent is None
                    else node.fill(version, *parent, polymorphic=hop.polymorphic)
                )
            else:
                record[name] = values[name]
        return record

    def _typed(self, version: str, name: str, row: Row) -> dict[str, Any] | None:
        hop, cases, otherwise = self.types[name]
        parent = hop.follow(row)
        node = None if parent is None else cases.get(parent[0], otherwise)
        return None if parent is None or node is None else node.fill(version, *parent)


def whole(child: ChildShape, rows: list[Row]) -> dict[str, Any]:
    """A sub-select's result on one page."""
    return {
        "totalSize": len(rows),
        "done": True,
        "records": [child.make(each) for each in rows],
    }


def record_maker(version: str, shape: Shape) -> Maker:
    """A function that shapes rows as records of this query."""
    top = _Node(name_type=shape.name_type)
    for column in shape.columns:
        if isinstance(column, TypeShape):
            top.add_type(column)
        else:
            top.add(column.hops, column)
    kind, listed = shape.kind, shape.children

    def make(row: Row, children: Children | None = None) -> dict[str, Any]:
        record = top.fill(version, kind, row)
        for child in listed:
            rows = child.rows(row)
            record[child.name] = (children or whole)(child, rows) if rows else None
        return record

    return make
