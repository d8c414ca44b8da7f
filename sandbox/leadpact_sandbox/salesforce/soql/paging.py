"""Pages of a query: ``nextRecordsUrl``, locators that live two days (facts salesforce §3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.soql.answer import Answer
from leadpact_sandbox.salesforce.soql.shape import ChildShape
from leadpact_sandbox.salesforce.table import Row

PAGE = 2_000
SMALLEST_PAGE = 200
WIDE_PAGE = 500
LIFE = timedelta(days=2)
_LOCATOR = re.compile(r"(01g[A-Za-z0-9]{12}(?:[A-Z0-5]{3})?)-(\d{1,9})", re.ASCII)
_BATCH = re.compile(r"batchSize\s*=\s*(\d{1,6})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A query whose further pages may be asked for."""

    answer: Answer
    opened: datetime
    size: int


def page_size(options: str | None, *, wide: bool) -> int:
    """Rows on a page: ``Sforce-Query-Options: batchSize`` within 200 to 2,000, fewer for long text."""
    match = _BATCH.search(options or "")
    size = PAGE if match is None else min(PAGE, max(SMALLEST_PAGE, int(match.group(1))))
    return min(size, WIDE_PAGE) if wide else size


class Cursors:
    """Open locators of the org."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._open: dict[str, Cursor] = {}

    def first_page(self, answer: Answer, options: str | None, version: str) -> dict[str, Any]:
        """The first page of an answer, opening a locator if there are more."""
        wide = answer.wide and self._org.world.switch("salesforce.3.long_text_shrinks_pages", True)
        size = page_size(options, wide=wide)
        return self._begin(answer, PAGE if answer.made else size, version)

    def _begin(self, answer: Answer, size: int, version: str) -> dict[str, Any]:
        cursor = Cursor(answer, self._org.world.clock.now(), size)
        if max(len(answer.found), len(answer.made)) <= size:
            return self._page(cursor, "", 0, version)
        self._forget_old()
        locator = self._org.mint_prefix("01g")
        self._open[locator] = cursor
        return self._page(cursor, locator, 0, version)

    def later_page(self, text: str, version: str) -> dict[str, Any]:
        """The page that a locator names.

        Raises:
            ApiError: 400 INVALID_QUERY_LOCATOR for one that is unknown or older than two days.
        """
        self._forget_old()
        match = _LOCATOR.fullmatch(text)
        cursor = None if match is None else self._open.get(match.group(1))
        if match is None or cursor is None or int(match.group(2)) >= cursor.answer.total:
            raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(cursor, match.group(1), int(match.group(2)), version)

    def _page(self, cursor: Cursor, locator: str, start: int, version: str) -> dict[str, Any]:
        answer = cursor.answer
        end = start + cursor.size
        if answer.kind is None:
            records = list(answer.made[start:end])
        else:
            rows = self._org.tables[answer.kind].rows

            def children(child: ChildShape, found: list[Row]) -> dict[str, Any]:
                ids = tuple(row["Id"] for row in found)
                inner = Answer(child.kind, ids, (), len(ids), child.make, False)
                return self._begin(inner, cursor.size, version)

            records = [
                answer.make(rows[each], children)
                for each in answer.found[start:end]
                if each in rows
            ]
        done = end >= max(len(answer.found), len(answer.made))
        page: dict[str, Any] = {"totalSize": answer.total, "done": done}
        if not done:
            page["nextRecordsUrl"] = f"/services/data/v{version}/query/{locator}-{end}"
        page["records"] = records
        return page

    def _forget_old(self) -> None:
        limit = self._org.world.clock.now() - LIFE
        for locator in [key for key, cursor in self._open.items() if cursor.opened < limit]:
            del self._open[locator]
