"""What the tables of the state are made of: columns by sort, and keys that begin with the pair."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, Table, Text

metadata = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"}
)

# Ids sort by code point on both databases, as they do in Python.
ID = Text().with_variant(Text(collation="C"), "postgresql")


def insert_for(dialect: str, into: Table) -> Any:
    """An insert that knows what to do on conflict; the other database's dialect is never imported, which is dear."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as into_postgresql  # noqa: PLC0415

        return into_postgresql(into)
    from sqlalchemy.dialects.sqlite import insert as into_sqlite  # noqa: PLC0415

    return into_sqlite(into)


def key(name: str) -> Column[Any]:
    """A text that is part of the key."""
    return Column(name, ID, primary_key=True)


def word(name: str) -> Column[Any]:
    """A text that is searched for."""
    return Column(name, ID, nullable=False)


def body(name: str = "body") -> Column[Any]:
    """A text that is only kept."""
    return Column(name, Text, nullable=False)


def packed(name: str, *, nullable: bool = False) -> Column[Any]:
    """Bytes that are only kept: compressed text."""
    return Column(name, LargeBinary, nullable=nullable)


def instant(name: str, *, nullable: bool = False) -> Column[Any]:
    """Whole microseconds since 1970, UTC."""
    return Column(name, BigInteger, nullable=nullable)


def table(name: str, *columns: Column[Any], wide: bool = True) -> Table:
    """A table whose key begins with the pair.

    Wide rows stand in the order they came, so that one commit touches few pages of SQLite's; narrow
    ones stand in their key's own tree, which saves them a second one.
    """
    pair = Column("pair_id", ID, primary_key=True)
    return Table(name, metadata, pair, *columns, sqlite_with_rowid=wide)
