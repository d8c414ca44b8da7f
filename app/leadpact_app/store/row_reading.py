"""How rows of one pair are read: what every group of reading verbs stands on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeVar

from leadpact_app.store.core_sql import sa
from leadpact_app.store.driver import sqlite_of
from leadpact_app.store.name_lists import NameLists
from leadpact_app.store.reading_texts import InList, Query, ReadTexts, padded_chunks
from leadpact_app.store.rows import Row

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select, Table

T = TypeVar("T")


class RowReader(ABC):
    """Rows of one pair, each question on one snapshot.

    Args:
        pair_id: whose rows are read.
        texts: of what is read, for the database.
    """

    def __init__(self, pair_id: str, texts: ReadTexts) -> None:
        self._pair = pair_id
        self._texts = texts
        self._names = NameLists()

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]:
        """A connection in a transaction, its errors told by remedy."""

    def _of(self, table: Table, *conditions: ColumnElement[bool]) -> Select[Any]:
        return sa.select(table).where(table.c.pair_id == self._pair, *conditions)

    def _list(self, query: Select[Any], read: Callable[[Row], T]) -> list[T]:
        with self._reading() as connection:
            return [read(row) for row in all_rows(connection, query)]

    def _asked(self, name: Query, *asked: Any) -> Sequence[Row]:
        """Rows of a query by name, on a snapshot of their own."""
        with self._reading() as connection:
            return self._found(connection, name, *asked)

    def _found(self, connection: Connection, name: Query, *asked: Any) -> Sequence[Row]:
        return fetched(connection, self._texts.text(name), (self._pair, *asked))

    def _list_within(
        self, name: InList, link_ids: Sequence[str], read: Callable[[Row], T]
    ) -> list[T]:
        with self._reading() as connection:
            wanted = list(dict.fromkeys(link_ids))
            return [read(row) for row in self._within(connection, name, wanted)]

    def _within(
        self, connection: Connection, name: InList, values: Sequence[Any], *more: Any
    ) -> Iterator[Row]:
        for piece in padded_chunks(values):
            statement = self._texts.within(name, len(piece))
            yield from fetched(connection, statement, (self._pair, *piece, *more))


def fetched(connection: Connection, statement: str, parameters: Row) -> Sequence[Row]:
    """Rows as the driver gives them: nothing of theirs needs converting."""
    driver = sqlite_of(connection)
    if driver is not None:
        return driver.execute(statement, parameters).fetchall()
    result = connection.exec_driver_sql(statement, parameters)
    found: Sequence[Row] = result.cursor.fetchall()
    result.close()
    return found


def all_rows(connection: Connection, query: Select[Any]) -> Sequence[Any]:
    """Rows with their columns' types applied."""
    return connection.execute(query).all()


def given(table: Table, **values: str) -> list[ColumnElement[bool]]:
    """The columns that must equal a value; an empty one asks nothing."""
    return [table.c[name] == value for name, value in values.items() if value]
