"""SQLAlchemy and our tables for readers that seldom build a statement: loaded when the first one is built.

A command that reads one lead carries out texts alone (``reading_texts.py``), and to import SQLAlchemy would cost it a
third of its time.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy import ColumnElement

    from leadpact_app.store import tables
else:

    class _Later:
        """A module that is imported when something of it is asked for."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, name: str) -> Any:
            return getattr(import_module(self._name), name)

    sa, tables = _Later("sqlalchemy"), _Later("leadpact_app.store.tables")

__all__ = ["sa", "tables", "word"]


def word(text: str) -> ColumnElement[str]:
    """A word of ours written into a statement itself, so that a partial index serves it."""
    return sa.literal_column(f"'{text}'")
