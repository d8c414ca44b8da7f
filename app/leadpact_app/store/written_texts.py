"""The texts of what is read on SQLite, compiled beforehand (``reading_sqlite.json``): no process compiles them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

import orjson

from leadpact_app.store.reading_texts import InList, Query

TEXTS: Final = "reading_sqlite.json"


class WrittenTexts:
    """The texts that are kept beside this module; a test holds them against what SQLAlchemy compiles.

    Attributes:
        revision: the schema that they are for.
    """

    def __init__(self) -> None:
        kept = orjson.loads(files(__package__).joinpath(TEXTS).read_bytes())
        self.revision: str = kept["revision"]
        self._texts: Mapping[Query, str] = kept["texts"]
        self._within: Mapping[InList, str] = kept["within"]
        self._made: dict[tuple[InList, int], str] = {}

    def text(self, name: Query) -> str:
        """The query of this name."""
        return self._texts[name]

    def within(self, name: InList, size: int) -> str:
        """The query of this name for ``size`` values."""
        made = self._made.get((name, size))
        if made is None:
            made = self._within[name].replace("(?)", f"({', '.join('?' * size)})")
            self._made[name, size] = made
        return made
