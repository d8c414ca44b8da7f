"""Records by id, and in order of id: how reads and lists find them (facts §1, §6)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from leadpact_sandbox.hubspot.history import Record

FIRST_ID = 101


class RecordTable:
    """The records of one object type, archived ones too.

    Attributes:
        records: by id.
        order: their ids, ascending.
        aliases: ids that were merged away, and the ids that answer them.
        next_id: the id that the next new record gets.
    """

    def __init__(self) -> None:
        self.records: dict[int, Record] = {}
        self.order: list[int] = []
        self.aliases: dict[int, int] = {}
        self.next_id = FIRST_ID

    def resolve(self, asked: str) -> Record | None:
        """The record of an id, archived or not; an id merged away answers its successor."""
        if not (asked.isascii() and asked.isdigit()):
            return None
        number = int(asked) if len(asked) < 19 else 0
        found = self.records.get(number)
        return self.records.get(self.aliases.get(number, number)) if found is None else found

    def is_alias(self, asked: str) -> bool:
        """Whether this id was merged away (facts §6: batch update drops those)."""
        if not self.aliases or not (asked.isascii() and asked.isdigit() and len(asked) < 19):
            return False
        return int(asked) in self.aliases

    def page(self, start: int, limit: int, *, archived: bool) -> tuple[list[Record], int | None]:
        """Records from id ``start`` on in order of id, and the id that the next page starts at."""
        found: list[Record] = []
        for place in range(bisect_left(self.order, start), len(self.order)):
            record = self.records[self.order[place]]
            if (record.archived_ms is not None) is not archived:
                continue
            if len(found) == limit:
                return found, record.id
            found.append(record)
        return found, None

    def live(self) -> Iterable[Record]:
        """All records that are not archived, in order of id."""
        every = (self.records[number] for number in self.order)
        return (record for record in every if record.archived_ms is None)
