"""The change feed: which records of a kind changed since a cursor (R1, facts §2).

Search is the only feed, and it is stale, capped and paged by offset. So:

- **Start.** ``since=""`` lists all records by id (no wall). The feed then starts from the newest stamp seen by
  HubSpot before the listing began, less the look-back: no clock of ours is compared with HubSpot's.
- **Small cycle** (at most 1,000 rows): offset pages read in one go. A row that changes meanwhile moves to the end
  and shifts the others over a page boundary; a repeated id or a changed total shows it, and the rest is
  read by key instead.
- **Large cycle**: every page starts at the last stamp of the one before, so nothing shifts and no wall is near. Where a
  page is of one stamp alone, that stamp is read by id to its end.
- **End.** A cycle reads as many rows as there were when it began; what changes meanwhile is the next cycle's.
- **Nothing new?** Within the look-back the rows of the last cycle show again. Where they fill more than a page, the
  newest page is read first: the same newest stamp and the same total mean that nothing came, in one call. The
  cycle that ends the look-back reads them all, so that a late row beside an archived one is not missed.
- **Next start.** The look-back before the newest stamp seen, so a row that surfaces late is found as long as it
  is late by less than that. Once the look-back has passed since that stamp was first seen, and nothing newer
  came, the next cycle starts right behind it: a quiet cycle is one call that finds nothing. Stamps are compared
  with stamps and our clock with itself, so it does not matter how far the two clocks are apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from leadpact.errors import Stop
from leadpact.model.record import Change, ChangePage, RecordRef
from leadpact.ports.clock import Clock
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.objects import (
    CONTACTS,
    LINEAGE,
    MODIFIED_OF,
    OBJECT_ID,
    SEARCH_PAGE,
    Json,
    epoch_ms,
    instant,
    stamp,
    stamp_of,
)

IN_ONE_GO: Final = 1_000
"""Rows of a cycle that are read by offset; ten times below the wall (facts §2)."""
_EPOCH: Final = "1970-01-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a feed stands; travels as JSON.

    Attributes:
        start: lowest stamp of this cycle, look-back and all.
        after: the listing's next page; None when it is no listing.
        at: the stamp at which the next page of a large cycle starts; "" between cycles.
        above: with ``at``: read only that stamp, ids above this one; "" = read by stamp.
        left: rows of this cycle still to come.
        began: our clock when this cycle began.
        top: the newest stamp of the cycles so far.
        seen: our clock when that stamp was first seen.
        known: how many rows the next cycle finds if nothing came; 0 where that was not counted.
    """

    start: str
    after: str | None = None
    at: str = ""
    above: str = ""
    left: int = 0
    began: str = ""
    top: str = ""
    seen: str = ""
    known: int = 0

    @property
    def resting(self) -> bool:
        """Whether no cycle, and no listing, is under way."""
        return self.after is None and not self.at

    def text(self) -> str:
        """Compact JSON, defaults left out."""
        plain = Cursor(start=self.start)
        kept = {k: v for k, v in asdict(self).items() if k == "start" or v != getattr(plain, k)}
        return orjson.dumps(kept).decode()


def read_cursor(text: str) -> Cursor:
    """The cursor that an earlier page handed out.

    Raises:
        Stop: ``bad_cursor``; the stored checkpoint is damaged.
    """
    try:
        cursor = Cursor(**orjson.loads(text))
        for part in (cursor.start, cursor.at, cursor.began, cursor.top, cursor.seen):
            if part:
                datetime.fromisoformat(part)
        datetime.fromisoformat(cursor.start)
    except (TypeError, ValueError) as error:
        raise Stop(
            "The stored place in HubSpot's change feed is damaged; start it anew.",
            code="bad_cursor",
        ) from error
    return cursor


class ChangeFeed:
    """Reads the feed of one kind.

    Args:
        kind: contacts, deals or companies.
        listed: a feed that starts lists all there is; else it starts with what changes from now on.
        overlap_s: the look-back in seconds.
        by: the date by which records are found; "" = that of their last change.
    """

    def __init__(
        self,
        client: HubSpotClient,
        *,
        clock: Clock,
        crm_name: str,
        overlap_s: int,
        kind: str = CONTACTS,
        listed: bool = True,
        by: str = "",
    ) -> None:
        self._client = client
        self._kind = kind
        self._modified = by or MODIFIED_OF[kind]
        self._clock = clock
        self._crm = crm_name
        self._overlap = timedelta(seconds=overlap_s)
        self._lists = listed

    @staticmethod
    def cursor_from(at: str) -> str:
        """The cursor of a feed that begins at this stamp."""
        return Cursor(start=at).text()

    def page(self, since: str, showing: Sequence[str] = ()) -> ChangePage:
        """One page of changes, oldest first within a cycle; an id may come twice.

        Args:
            showing: of a listing, who shows none of these properties is left out (blank, or a count of 0): a list
                tells what was just written, a search may not, so of a search nobody is.
        """
        if not since and not self._lists:
            return ChangePage((), replace(self._from_newest(), after=None).text(), done=True)
        if not since:
            return self._listed(self._from_newest(), showing)
        cursor = read_cursor(since)
        if cursor.after is not None:
            return self._listed(cursor, showing)
        if cursor.above:
            return self._of_one_stamp(cursor)
        if cursor.at:
            return self._by_stamp(cursor)
        return self._cycle(cursor)

    def _listed(self, cursor: Cursor, showing: Sequence[str]) -> ChangePage:
        names = [self._modified, LINEAGE, *showing]
        answer = self._client.list_page(cursor.after or "", names, self._kind)
        rows = _rows(answer)
        if showing:
            rows = [row for row in rows if any(_shown(row, name) for name in showing)]
        following = _next(answer)
        then = replace(cursor, after=following or None)
        return ChangePage(self._changes(rows), then.text(), done=not following)

    def _from_newest(self) -> Cursor:
        rows = _rows(self._search([], self._modified, limit=1, direction="DESCENDING"))
        if not rows:
            return Cursor(start=_EPOCH, after="")
        top = self._stamp(rows[0])
        return Cursor(start=self._earlier(top), after="", top=top, seen=self._now())

    def _cycle(self, cursor: Cursor) -> ChangePage:
        cursor = replace(cursor, began=self._now())
        newest_first = SEARCH_PAGE < cursor.known <= IN_ONE_GO and not self._settles(cursor)
        query = self._query(
            [_filter(self._modified, "GTE", epoch_ms(cursor.start))],
            self._modified,
            direction="DESCENDING" if newest_first else "ASCENDING",
        )
        answer = self._client.search(query, self._kind)
        rows, total = _rows(answer), int(answer.get("total") or 0)
        if not _next(answer):
            return self._finished(cursor, rows)
        if newest_first and total == cursor.known and self._stamp(rows[0]) == cursor.top:
            return ChangePage((), replace(cursor, began="").text(), done=True)
        if total <= IN_ONE_GO:
            return self._small(cursor, query, answer)
        if newest_first:
            return self._by_stamp(replace(cursor, at=cursor.start, left=total))
        return self._large(cursor, rows, total)

    def _small(self, cursor: Cursor, query: Json, answer: Json) -> ChangePage:
        first, total = _rows(answer), answer.get("total")
        rows = list(first)
        while following := _next(answer):
            answer = self._client.search({**query, "after": following}, self._kind)
            rows += _rows(answer)
            if answer.get("total") != total:
                break
        if answer.get("total") == total and len({row["id"] for row in rows}) == len(rows):
            return self._finished(cursor, rows, whole=True)
        if query["sorts"][0]["direction"] == "DESCENDING":
            return self._by_stamp(replace(cursor, at=cursor.start, left=int(total or 0)))
        return self._large(cursor, first, int(total or 0))

    def _large(self, cursor: Cursor, rows: list[Json], total: int) -> ChangePage:
        """The first page of a cycle that goes on by key."""
        return self._onward(replace(cursor, left=total), rows, len(rows))

    def _by_stamp(self, cursor: Cursor) -> ChangePage:
        answer = self._search([_filter(self._modified, "GTE", epoch_ms(cursor.at))], self._modified)
        rows = _rows(answer)
        if not _next(answer):
            return self._finished(cursor, rows)
        return self._onward(cursor, rows, sum(self._stamp(row) != cursor.at for row in rows))

    def _onward(self, cursor: Cursor, rows: list[Json], new: int) -> ChangePage:
        """A page that is not the last, ``new`` of whose rows are of no earlier page."""
        last = self._stamp(rows[-1])
        if self._stamp(rows[0]) == last:
            # Nothing but one stamp: by stamp alone the next page would be this one again.
            then = replace(cursor, at=last, above="0")
        else:
            then = replace(cursor, at=last, left=cursor.left - new)
            if then.left <= 0:
                return self._finished(cursor, rows, more=True)
        return ChangePage(self._changes(rows), then.text(), done=False)

    def _of_one_stamp(self, cursor: Cursor) -> ChangePage:
        at = epoch_ms(cursor.at)
        filters = [_filter(self._modified, "EQ", at), _filter(OBJECT_ID, "GT", cursor.above)]
        answer = self._search(filters, OBJECT_ID)
        rows = _rows(answer)
        then = replace(cursor, left=cursor.left - len(rows))
        if _next(answer):
            then = replace(then, above=str(rows[-1]["id"]))
        else:
            then = replace(then, at=_later(cursor.at), above="")
        return ChangePage(self._changes(rows), then.text(), done=False)

    def _settles(self, cursor: Cursor) -> bool:
        """Whether the look-back has passed since the newest stamp was first seen."""
        return bool(cursor.top) and instant(cursor.began) - instant(cursor.seen) >= self._overlap

    def _finished(
        self, cursor: Cursor, rows: list[Json], *, more: bool = False, whole: bool = False
    ) -> ChangePage:
        """The last page of a cycle.

        Args:
            more: rows that came meanwhile are left for the next cycle.
            whole: ``rows`` are all rows of the cycle.
        """
        last = max((self._stamp(row) for row in rows), default="") or cursor.at
        start, top, seen = cursor.start, cursor.top, cursor.seen
        if last > top:
            top, seen = last, self._now()
            start = max(start, self._earlier(top))
        elif not more and self._settles(cursor):
            start = max(start, _later(top))
        known = sum(self._stamp(row) >= start for row in rows) if whole else 0
        then = Cursor(start=start, top=top, seen=seen, known=known)
        return ChangePage(self._changes(rows), then.text(), done=True)

    def _stamp(self, row: Json) -> str:
        return stamp(str(row["properties"][self._modified]))

    def _search(self, filters: list[Json], sort: str, **more: Any) -> Json:
        return self._client.search(self._query(filters, sort, **more), self._kind)

    def _query(
        self,
        filters: list[Json],
        sort: str,
        *,
        limit: int = SEARCH_PAGE,
        direction: str = "ASCENDING",
    ) -> Json:
        return {
            "filterGroups": [{"filters": filters}] if filters else [],
            "sorts": [{"propertyName": sort, "direction": direction}],
            "properties": [self._modified, LINEAGE],
            "limit": limit,
        }

    def _now(self) -> str:
        return stamp_of(self._clock.now())

    def _earlier(self, at: str) -> str:
        return stamp_of(instant(at) - self._overlap)

    def _changes(self, rows: list[Json]) -> tuple[Change, ...]:
        crm = self._crm
        changes = [
            Change(
                RecordRef(crm, self._kind, str(row["id"])),
                "changed",
                stamp(row.get("updatedAt") or row["properties"][self._modified]),
            )
            for row in rows
        ]
        for row, change in zip(rows, tuple(changes), strict=True):
            changes += merged_into(row, change)
        return tuple(changes)


def merged_into(row: Json, change: Change) -> list[Change]:
    """Who went into this record: a merge makes a new one, and its lineage alone tells of it (facts §6)."""
    lineage = str((row.get("properties") or {}).get(LINEAGE) or "").split(";")
    return [
        Change(RecordRef(change.ref.crm, change.ref.kind, old), "merged", change.version)
        for old in lineage
        if old and old != change.ref.id
    ]


def _later(at: str) -> str:
    """The next millisecond: search stamps have no finer parts."""
    return stamp_of(instant(at) + timedelta(milliseconds=1))


def _shown(row: Json, name: str) -> bool:
    """Whether a row shows more of a property than that there is none of it."""
    return (row.get("properties") or {}).get(name) not in (None, "", "0")


def _rows(answer: Json) -> list[Json]:
    rows: list[Json] = answer.get("results") or []
    return rows


def _next(answer: Json) -> str:
    paging = answer.get("paging") or {}
    return str((paging.get("next") or {}).get("after") or "")


def _filter(name: str, operator: str, value: object) -> Json:
    return {"propertyName": name, "operator": operator, "value": str(value)}
