"""Lists of field names that rows refer to by number: 25 names on every lead would be most of what it takes.

A list is kept once per pair, and never changes; a new one is made in the transaction that first needs it, and its
number is believed only once that has ended well. Beside it stands of which of its fields some lead has ever had a
value, so that a field nobody knows anything of is told without a look at the leads (R4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import orjson

from leadpact_app.store.reading_texts import ReadTexts

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from leadpact_app.store.statements import Statements

Names: TypeAlias = tuple[str, ...]
Named: TypeAlias = Callable[[int], Names]
"""The names of a list by its number."""
Code: TypeAlias = tuple[int, str]
"""A list's number, and in hexadecimal which of its fields have a value, the first one the lowest bit."""
_Pattern: TypeAlias = tuple[Names, tuple[bool, ...]]
IN_FULL: Final = 0
"""The number that stands for leads that name their fields themselves: in a state of an earlier version, and where
there would be too many lists."""
_MOST: Final = 2_000


class NameLists:
    """The lists of one pair as they are known to this process: names, numbers, and which fields were ever known."""

    def __init__(self) -> None:
        self.numbers: dict[Names, int] = {}
        self.names: dict[int, Names] = {}
        self.known: dict[int, int] = {}
        self.codes: dict[_Pattern, Code] = {}

    def load(self, connection: Connection, texts: ReadTexts, pair: str) -> None:
        """Read all lists."""
        for _pair, number, text, known in connection.exec_driver_sql(
            texts.text("name_lists"), (pair,)
        ).fetchall():
            self.put(number, tuple(orjson.loads(text)), int(known, 16))

    def put(self, number: int, names: Names, known: int) -> None:
        """Know this list."""
        self.names[number] = names
        self.known[number] = known
        if number != IN_FULL:
            self.numbers[names] = number

    def named(self, connection: Connection, texts: ReadTexts, pair: str) -> Named:
        """The lists for rows that are read on this connection."""

        def names_of(number: int) -> Names:
            if number not in self.names:
                self.load(connection, texts, pair)
            return self.names[number]

        return names_of

    def ever_known(self, field: str) -> bool:
        """Whether some lead may have, or have had, a value of this field."""
        return IN_FULL in self.names or any(
            field in names and self.known[number] >> names.index(field) & 1
            for number, names in self.names.items()
        )

    def counted(self, field: str, codes: Iterable[tuple[int, str, int]]) -> int:
        """How many leads have a value of the field, of how many each number and code stands for."""
        places = {
            number: names.index(field) for number, names in self.names.items() if field in names
        }
        return sum(
            leads
            for number, known, leads in codes
            if number in places and int(known, 16) >> places[number] & 1
        )


class NamesWritten:
    """The lists as one transaction needs them; what it adds is believed by :meth:`keep` alone.

    Args:
        lists: what this process knows.
    """

    def __init__(
        self, lists: NameLists, connection: Connection, statements: Statements, pair: str
    ) -> None:
        self._lists = lists
        self._connection = connection
        self._statements = statements
        self._pair = pair
        self._looked = False
        self._numbers: dict[Names, int] = {}
        self._known: dict[int, int] = {}
        self._codes: dict[_Pattern, Code] = {}

    def code(self, base: Mapping[str, Any]) -> Code:
        """The number of the list of these fields, and which of them have a value."""
        pattern = (tuple(base), tuple([value is None for value in base.values()]))
        found = self._lists.codes.get(pattern) or self._codes.get(pattern)
        if found is None:
            known = sum(1 << at for at, blank in enumerate(pattern[1]) if not blank)
            found = self._codes[pattern] = (self._listed(pattern[0], known), f"{known:x}")
        return found

    def number(self, names: Names) -> int:
        """The number of the list of these names."""
        found = self._lists.numbers.get(names) or self._numbers.get(names)
        return self._listed(names, 0) if found is None else found

    def keep(self) -> None:
        """Believe it: the transaction has ended well."""
        for names, number in self._numbers.items():
            self._lists.put(number, names, self._known[number])
        if len(self._lists.codes) > 10 * _MOST:
            self._lists.codes.clear()
        self._lists.codes.update(self._codes)

    def _listed(self, names: Names, known: int) -> int:
        if not self._looked:
            # Others may have added to them; nobody does until this transaction ends.
            self._lists.load(self._connection, self._statements, self._pair)
            self._looked = True
        number = self._lists.numbers.get(names) or self._numbers.get(names)
        if number is None:
            # Numbers are given in order, and no list ever goes.
            number = len(self._lists.names.keys() | self._known.keys()) + 1
            if number > _MOST:
                names, number, known = (), IN_FULL, 0
        before = self._known.get(number, self._lists.known.get(number))
        if before is None or known | before != before:
            self._numbers[names] = number
            self._known[number] = known | (before or 0)
            row = (self._pair, number, orjson.dumps(names).decode(), f"{self._known[number]:x}")
            self._connection.exec_driver_sql(self._statements.put_names, row)
        return number
