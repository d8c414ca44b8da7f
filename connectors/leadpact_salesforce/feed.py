"""Which records changed: deletes, merges and conversions come in the same query (facts §3, R1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import orjson

from leadpact.errors import Stop
from leadpact.model.record import Change, ChangePage, RecordRef
from leadpact.ports.clock import Clock
from leadpact_salesforce import soql
from leadpact_salesforce.client import Page, SalesforceClient
from leadpact_salesforce.errors import CURSOR_LOST
from leadpact_salesforce.limits import FEED_OVERLAP_S, UPDATED_WINDOW_DAYS
from leadpact_salesforce.objects import (
    CONTACT,
    LEAD,
    OPPORTUNITY,
    id18,
    instant,
    stamp_text,
    version_of,
)

_SELECT: Final = {
    LEAD: ("Id", "SystemModstamp", "IsDeleted", "MasterRecordId", "IsConverted"),
    CONTACT: ("Id", "SystemModstamp", "IsDeleted", "MasterRecordId"),
    OPPORTUNITY: ("Id", "SystemModstamp", "IsDeleted"),
}
_ORDER: Final = " ORDER BY SystemModstamp, Id"
_EPOCH: Final = "1970-01-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a feed stands.

    Attributes:
        seen: all with a stamp before this, less the overlap, has been listed; "" = nothing yet.
        more: path of the next page, "" between cycles.
        last_stamp, last_id: last row of the pages before ``more``, should that path expire.
        began: Salesforce's instant when this cycle's first page was read, "" if it was not told.
    """

    seen: str = ""
    more: str = ""
    last_stamp: str = ""
    last_id: str = ""
    began: str = ""

    def dump(self) -> str:
        kept = {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}
        return orjson.dumps(kept).decode()

    @staticmethod
    def load(text: str) -> _Cursor:
        try:
            cursor = _Cursor(**orjson.loads(text)) if text else _Cursor()
            for stamp in (cursor.seen, cursor.last_stamp, cursor.began):
                if stamp:
                    instant(stamp)
            if text and not (cursor.seen or cursor.more):
                raise ValueError("a cursor that stands nowhere")
        except (orjson.JSONDecodeError, TypeError, ValueError) as error:
            raise Stop(
                "The stored place in Salesforce's change feed cannot be read.",
                code="bad_cursor",
            ) from error
        return cursor


class ChangeFeed:
    """The change feeds of one org.

    Args:
        crm: the side's name, for refs.
    """

    def __init__(self, client: SalesforceClient, clock: Clock, crm: str) -> None:
        self._client = client
        self._clock = clock
        self._crm = crm

    def page(self, kind: str, since: str) -> ChangePage:
        """One page (:meth:`leadpact.ports.connector.Connector.changes`)."""
        if kind not in _SELECT:
            raise Stop(f"{kind[:40]!r} has no change feed in this connector.", code="kind_unknown")
        cursor = _Cursor.load(since)
        if kind == OPPORTUNITY and not cursor.more:
            now = self._clock.now()
            if not cursor.seen:
                # Opportunities are found by their contacts when needed; only later changes matter.
                return ChangePage((), _Cursor(seen=stamp_text(now)).dump(), done=True)
            if now - instant(cursor.seen) < timedelta(days=UPDATED_WINDOW_DAYS):
                try:
                    return self._updated(instant(cursor.seen), now)
                except Stop as uncovered:
                    if uncovered.code != CURSOR_LOST:
                        raise
        return self._walk(kind, cursor)

    def _updated(self, seen: datetime, now: datetime) -> ChangePage:
        """``getUpdated``: knows how far it is complete, but not beyond 30 days (facts §3)."""
        # Seconds are cut off on both ends, and the end is not included.
        start = seen.replace(second=0, microsecond=0)
        end = max(now, seen).replace(second=0, microsecond=0) + timedelta(minutes=1)
        found = self._client.updated(OPPORTUNITY, start, end)
        covered = min(instant(str(found["latestDateCovered"])), max(now, seen))
        version = stamp_text(covered)
        changes = tuple(
            Change(RecordRef(self._crm, OPPORTUNITY, id18(record_id)), "changed", version)
            for record_id in found["ids"]
        )
        return ChangePage(changes, _Cursor(seen=version).dump(), done=True)

    def _walk(self, kind: str, cursor: _Cursor) -> ChangePage:
        """``queryAll`` in order of (SystemModstamp, Id), 2,000 a page."""
        before = self._clock.now()
        page = self._next(kind, cursor)
        began = cursor.began
        if not began and page.at is not None:
            # The earlier of both: a clock of ours that runs fast must not skip what comes late.
            began = stamp_text(min(before, page.at))
        last_stamp, last_id = cursor.last_stamp, cursor.last_id
        if page.rows:
            last_stamp = version_of(page.rows[-1]["SystemModstamp"])
            last_id = page.rows[-1]["Id"]
        changes = tuple(self._change(kind, row) for row in page.rows)
        if page.more:
            onward = _Cursor(cursor.seen, page.more, last_stamp, last_id, began)
            return ChangePage(changes, onward.dump(), done=False)
        seen = max(last_stamp, began, cursor.seen, _EPOCH)
        return ChangePage(changes, _Cursor(seen=seen).dump(), done=True)

    def _next(self, kind: str, cursor: _Cursor) -> Page:
        if not cursor.more:
            return self._client.query(_statement(kind, cursor), with_deleted=True)
        try:
            return self._client.query_more(cursor.more)
        except Stop as lost:
            if lost.code != CURSOR_LOST:
                raise
        return self._client.query(_statement(kind, cursor), with_deleted=True)

    def _change(self, kind: str, row: dict[str, Any]) -> Change:
        how: Literal["changed", "deleted", "merged", "converted"] = "changed"
        if row["IsDeleted"]:
            how = "merged" if row.get("MasterRecordId") else "deleted"
        elif row.get("IsConverted"):
            how = "converted"
        return Change(RecordRef(self._crm, kind, row["Id"]), how, version_of(row["SystemModstamp"]))


def _statement(kind: str, cursor: _Cursor) -> str:
    where = []
    if cursor.last_stamp:
        # Keyset: rows that share one stamp come by id, however many they are.
        last = soql.stamp(cursor.last_stamp)
        past = soql.ids([cursor.last_id])[0]
        where.append(f"((SystemModstamp = {last} AND Id > {past}) OR SystemModstamp > {last})")
    elif cursor.seen:
        floor = instant(cursor.seen) - timedelta(seconds=FEED_OVERLAP_S)
        where.append(f"SystemModstamp >= {stamp_text(floor)}")
    if not cursor.seen:
        # The first full read: what was deleted before it was never known here.
        where.append("IsDeleted = false")
    return f"{soql.select(_SELECT[kind], kind)} WHERE {' AND '.join(where)}{_ORDER}"
