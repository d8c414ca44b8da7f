"""Rows of one object in order of (SystemModstamp, Id), page by page, none passed over (facts §3, R1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import orjson

from leadpact.errors import Stop
from leadpact.ports.clock import Clock
from leadpact_salesforce import soql
from leadpact_salesforce.calls import Page
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.errors import CURSOR_LOST
from leadpact_salesforce.limits import FEED_OVERLAP_S
from leadpact_salesforce.objects import instant, stamp_text, version_of

_ORDER: Final = " ORDER BY SystemModstamp, Id"
_EPOCH: Final = "1970-01-01T00:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a reading stands.

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
    def load(text: str) -> Cursor:
        """The cursor that an earlier page handed out.

        Raises:
            Stop: ``bad_cursor``.
        """
        try:
            cursor = Cursor(**orjson.loads(text)) if text else Cursor()
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


@dataclass(frozen=True, slots=True)
class KeysetPage:
    """One page of rows; ``done``: no further page in this cycle."""

    rows: Sequence[dict[str, Any]]
    cursor: Cursor
    done: bool


@dataclass(frozen=True, slots=True)
class Keyset:
    """Reads ``queryAll``, 2,000 rows a page."""

    client: SalesforceClient
    clock: Clock

    def page(
        self,
        select: str,
        cursor: Cursor,
        *,
        always: Sequence[str] = (),
        at_first: Sequence[str] = (),
    ) -> KeysetPage:
        """The page at the cursor.

        Args:
            select: ``SELECT … FROM …``, with Id and SystemModstamp.
            always: conditions on every row.
            at_first: conditions of the first full reading alone.
        """
        before = self.clock.now()
        page = self._next(select, cursor, always, at_first)
        began = cursor.began
        if not began and page.at is not None:
            # The earlier of both: a clock of ours that runs fast must not skip what comes late.
            began = stamp_text(min(before, page.at))
        last_stamp, last_id = cursor.last_stamp, cursor.last_id
        if page.rows:
            last_stamp = version_of(page.rows[-1]["SystemModstamp"])
            last_id = page.rows[-1]["Id"]
        if page.more:
            onward = Cursor(cursor.seen, page.more, last_stamp, last_id, began)
            return KeysetPage(page.rows, onward, done=False)
        seen = max(last_stamp, began, cursor.seen, _EPOCH)
        return KeysetPage(page.rows, Cursor(seen=seen), done=True)

    def _next(
        self, select: str, cursor: Cursor, always: Sequence[str], at_first: Sequence[str]
    ) -> Page:
        if cursor.more:
            try:
                return self.client.query_more(cursor.more)
            except Stop as lost:
                if lost.code != CURSOR_LOST:
                    raise
        return self.client.query(_statement(select, cursor, always, at_first), with_deleted=True)


def _statement(select: str, cursor: Cursor, always: Sequence[str], at_first: Sequence[str]) -> str:
    where = list(always)
    if cursor.last_stamp:
        # Keyset: rows that share one stamp come by id, however many they are.
        last = soql.stamp(cursor.last_stamp)
        past = soql.ids([cursor.last_id])[0]
        where.append(f"((SystemModstamp = {last} AND Id > {past}) OR SystemModstamp > {last})")
    elif cursor.seen:
        floor = instant(cursor.seen) - timedelta(seconds=FEED_OVERLAP_S)
        where.append(f"SystemModstamp >= {stamp_text(floor)}")
    if not cursor.seen:
        where += at_first
    return f"{select} WHERE {' AND '.join(where)}{_ORDER}" if where else f"{select}{_ORDER}"
