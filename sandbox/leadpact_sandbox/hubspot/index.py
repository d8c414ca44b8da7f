"""The copy of the records that search answers from: it follows the truth after a lag (facts §2)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from leadpact_sandbox.hubspot.history import Record

FEW = 32
"""Up to so many changes are put in one by one, more are merged in one pass over the whole order."""
ADDRESSES = "hs_additional_emails"
MOST_PENDING = 20_000
"""Changes wait for the next search, but not more than so many."""
_LAST = 2**62
Stamped: TypeAlias = "Callable[[Entry], int | None]"


class Entry(NamedTuple):
    """A record as search sees it."""

    id: int
    values: Mapping[str, str]
    created_ms: int
    updated_ms: int


class Span:
    """A run of one of the kept orders: how many ids it has, and any page of them."""

    def __init__(self, order: list[tuple[int, int]], low: int, high: int) -> None:
        self._order = order
        self._low = low
        self.total = max(0, high - low)

    def page(self, start: int, end: int, *, backward: bool) -> list[int]:
        """Ids from place ``start`` to before ``end``, counted from the other end if backward."""
        end = min(end, self.total)
        if backward:
            start, end = self.total - end, max(0, self.total - start)
        found = [number for _, number in self._order[self._low + start : self._low + end]]
        return found[::-1] if backward else found


class SearchIndex:
    """Entries by id, by time of change and by unique value.

    Args:
        monotonic: the sandbox's seconds, moved on by ``/advance`` too.
        lag_s: how long a change stays unseen.
        frozen: whether the index stands still now (fault ``stale_index``).
        modified: the property that every effective write moves.
    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        lag_s: float,
        frozen: Callable[[], bool],
        modified: str = "lastmodifieddate",
    ) -> None:
        self.modified = modified
        self._monotonic = monotonic
        self._frozen = frozen
        self.lag_s = lag_s
        self.generation = 0
        self._pending: deque[tuple[float, Mapping[int, Entry | None]]] = deque()
        self._waiting = 0
        self._full_at = MOST_PENDING
        self.entries: dict[int, Entry] = {}
        self._by_change: list[tuple[int, int]] = []
        self._by_creation: list[tuple[int, int]] = []
        self._ids: list[int] = []
        self._equal: dict[str, dict[str, set[int]]] = {}
        self._with_more_addresses: set[int] = set()
        self._by_date: dict[str, tuple[list[tuple[int, int]], Stamped]] = {}

    def feed(self, record: Record, shown: bool) -> None:
        """Take note of an effective change; it is seen once the lag is over."""
        entry = Entry(record.id, record.values, record.created_ms, record.updated_ms)
        self.feed_all({record.id: entry if shown else None})

    def feed_all(self, news: Mapping[int, Entry | None]) -> None:
        """Take note of what became of records, by id; None for what is gone."""
        if not news:
            return
        self._pending.append((self._monotonic() + self.lag_s, news))
        self._waiting += len(news)
        if self._waiting > self._full_at:
            self._make_room()

    def _make_room(self) -> None:
        """Take in what is due; what is not waits for the next time, however often it is asked."""
        self.catch_up()
        self._full_at = self._waiting + MOST_PENDING

    def catch_up(self, *, all_of_it: bool = False) -> None:
        """Let in every change whose lag is over, or all of them (after a load)."""
        pending = self._pending
        if not pending or (self._frozen() and not all_of_it):
            return
        now = self._monotonic()
        news: dict[int, Entry | None] = {}
        while pending and (all_of_it or pending[0][0] <= now):
            _, part = pending.popleft()
            self._waiting -= len(part)
            news.update(part)
        if news:
            self._take(news)
            self.generation += 1

    def _take(self, news: Mapping[int, Entry | None]) -> None:
        gone = [self.entries[number] for number in news if number in self.entries]
        come = [entry for entry in news.values() if entry is not None]
        _replace(
            self._by_change,
            [(entry.updated_ms, entry.id) for entry in gone],
            [(entry.updated_ms, entry.id) for entry in come],
        )
        born = {entry.id: entry for entry in come}
        dead = {entry.id: entry for entry in gone}
        moved = [n for n, e in dead.items() if n not in born or born[n].created_ms != e.created_ms]
        fresh = [n for n, e in born.items() if n not in dead or dead[n].created_ms != e.created_ms]
        _replace(
            self._by_creation,
            [(dead[number].created_ms, number) for number in moved],
            [(born[number].created_ms, number) for number in fresh],
        )
        _replace(
            self._ids,
            [number for number in dead if number not in born],
            [number for number in born if number not in dead],
        )
        for name, values in self._equal.items():
            _reindex(values, name, gone, come)
        for order, read in self._by_date.values():
            _replace(order, _dated(gone, read), _dated(come, read))
        for entry in gone:
            self._with_more_addresses.discard(entry.id)
            del self.entries[entry.id]
        for entry in come:
            self.entries[entry.id] = entry
            if entry.values.get(ADDRESSES):
                self._with_more_addresses.add(entry.id)

    def changed(self, first: tuple[int, int], last: tuple[int, int]) -> list[int]:
        """Ids whose (time of change, id) lies in the closed range, in that order."""
        low = bisect_left(self._by_change, first)
        high = bisect_right(self._by_change, last)
        return [number for _, number in self._by_change[low:high]]

    def numbered(self, first: int, last: int) -> list[int]:
        """Ids in the closed range, ascending."""
        return self._ids[bisect_left(self._ids, first) : bisect_right(self._ids, last)]

    def span(self, name: str, low: int, high: int) -> Span | None:
        """The run of a kept order with ``low <= value <= high``; None if no such order is kept."""
        orders = {self.modified: self._by_change, "createdate": self._by_creation}
        order = orders.get(name)
        if order is None:
            return None
        return Span(order, bisect_left(order, (low, -1)), bisect_right(order, (high, _LAST)))

    def dated(self, name: str, read: Stamped, low: int, high: int) -> Span:
        """The run of those whose date lies in the closed range; its order is kept once it was asked for.

        Args:
            read: the date of an entry in milliseconds; None where it has none.
        """
        if name not in self._by_date:
            self._by_date[name] = sorted(_dated(self.entries.values(), read)), read
        order, _read = self._by_date[name]
        return Span(order, bisect_left(order, (low, -1)), bisect_right(order, (high, _LAST)))

    def oldest_first(self) -> list[int]:
        """All ids in order of creation: the default order of search (facts §2)."""
        return [number for _, number in self._by_creation]

    def holding(self, name: str, values: Iterable[str]) -> set[int]:
        """Ids whose value of a text property equals one of these, in any case."""
        found = self._equal.get(name)
        if found is None:
            found = self._equal[name] = {}
            _reindex(found, name, (), self.entries.values())
        ids: set[int] = set()
        for value in values:
            ids |= found.get(value.lower(), frozenset())
        return ids

    def with_more_addresses(self) -> set[int]:
        """Ids of the records that have second e-mail addresses."""
        return set(self._with_more_addresses)


def _dated(entries: Iterable[Entry], read: Stamped) -> list[tuple[int, int]]:
    """(date, id) of those that have the date."""
    return [(at, entry.id) for entry in entries if (at := read(entry)) is not None]


def _reindex(
    found: dict[str, set[int]], name: str, gone: Iterable[Entry], come: Iterable[Entry]
) -> None:
    for entry in gone:
        value = entry.values.get(name)
        if value:
            found[value.lower()].discard(entry.id)
    for entry in come:
        value = entry.values.get(name)
        if value:
            found.setdefault(value.lower(), set()).add(entry.id)


def _replace(order: list, gone: list, come: list) -> None:  # type: ignore[type-arg]
    """Take ``gone`` out of a sorted list and put ``come`` in."""
    if len(gone) + len(come) <= FEW:
        for key in gone:
            del order[bisect_left(order, key)]
        for key in come:
            insort(order, key)
        return
    if gone:
        out = set(gone)
        order[:] = [key for key in order if key not in out]
    order.extend(sorted(come))
    order.sort()
