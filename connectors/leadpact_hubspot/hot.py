"""What sales waits for, out of all that changed: contacts by the dates of forms, stages, owners, meetings (R19).

HubSpot dates some changes by a property of their own: a form (``recent_conversion_date``), a stage
(``hs_v2_date_entered_current_stage``), an owner (``hubspot_owner_assigneddate``), a meeting booked
(``engagements_last_meeting_booked``). A search for those dates finds them, however many contacts changed otherwise: a
newsletter touches none of them. What has no date of its own (the lead status) is looked for among the contacts that
changed last, whatever changed of them, in one call; the engine leaves out those that show what it knows. Behind a mass
change it comes with the change feed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import orjson

from leadpact.errors import Stop
from leadpact.model.record import Change, ChangePage, Native, RecordRef
from leadpact.ports.clock import Clock
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.feed import merged_into
from leadpact_hubspot.objects import (
    CONTACTS,
    LINEAGE,
    MODIFIED,
    SEARCH_PAGE,
    Json,
    epoch_ms,
    instant,
    stamp,
    stamp_of,
)

GROUPS: Final = 3
"""Conditions of one search that stand side by side (facts §2: stay at or below 3 × 3)."""
MOST_ROWS: Final = 1_000
"""Of one search at one look, the latest changed first; the change feed brings the others."""
NEWEST: Final = 200
"""Contacts looked at for what has no date: a mass change may hide one until the change feed brings it."""
LOOK_BACK: Final = timedelta(minutes=3)
"""The search index may lag by a minute (facts §2), and computed dates behind their cause."""


class HotFeed:
    """Reads the hot feed of contacts.

    Args:
        dates: properties of type date or datetime that change with what sales waits for.
    """

    def __init__(
        self, client: HubSpotClient, *, clock: Clock, crm_name: str, dates: Sequence[str]
    ) -> None:
        self._client = client
        self._clock = clock
        self._crm = crm_name
        self._dates = tuple(dates)

    def page(self, since: str, more: Sequence[str] = (), undated: Sequence[str] = ()) -> ChangePage:
        """All that is hot since the cursor, at most ``MOST_ROWS`` of each search.

        Args:
            more: properties of type datetime that the mapping reads urgent signals from.
            undated: properties that are hot and have no date; contacts that changed last are told with them.

        Raises:
            Stop: ``bad_cursor``.
        """
        if not since:
            begin = stamp_of(self._clock.now() - LOOK_BACK)
            return ChangePage((), _cursor(begin, begin), done=True)
        start, latest = _starts(since)
        rows: dict[str, Json] = {}
        dates = tuple(dict.fromkeys((*self._dates, *more)))
        for at in range(0, len(dates), GROUPS):
            for row in self._rows(dates[at : at + GROUPS], start):
                rows[str(row["id"])] = row
        shown: dict[RecordRef, dict[str, Native]] = {}
        touched = self._newest(latest, undated) if undated else []
        for row in touched:
            if rows.setdefault(str(row["id"]), row) is row:
                values = row.get("properties") or {}
                ref = RecordRef(self._crm, CONTACTS, str(row["id"]))
                shown[ref] = {name: values[name] for name in undated if name in values}
        changes = {
            RecordRef(self._crm, CONTACTS, each): _modified(row) for each, row in rows.items()
        }
        # Compared with HubSpot's own stamps: a meeting's date may lie ahead, and our clock may be another.
        dated = [version for ref, version in changes.items() if ref not in shown]
        cursor = _cursor(
            _onward(start, dated), _onward(latest, [_modified(row) for row in touched])
        )
        told = [Change(ref, "changed", version) for ref, version in changes.items()]
        # Whom a record became is known before that record is taken for somebody new (R25).
        for row, one in zip(rows.values(), tuple(told), strict=True):
            told += merged_into(row, one)
        return ChangePage(tuple(told), cursor, done=True, shown=shown)

    def _newest(self, start: str, names: Sequence[str]) -> list[Json]:
        """The contacts that changed last, with these properties: one call."""
        answer = self._client.search(
            {
                "filterGroups": [
                    {
                        "filters": [
                            {
                                "propertyName": MODIFIED,
                                "operator": "GTE",
                                "value": str(epoch_ms(start)),
                            }
                        ]
                    }
                ],
                "sorts": [{"propertyName": MODIFIED, "direction": "DESCENDING"}],
                "properties": [MODIFIED, LINEAGE, *names],
                "limit": NEWEST,
            },
            CONTACTS,
        )
        return list(answer.get("results") or ())

    def _rows(self, dates: Sequence[str], start: str) -> list[Json]:
        query: Json = {
            "filterGroups": [
                {
                    "filters": [
                        {"propertyName": one, "operator": "GTE", "value": str(epoch_ms(start))}
                    ]
                }
                for one in dates
            ],
            "sorts": [{"propertyName": MODIFIED, "direction": "DESCENDING"}],
            "properties": [MODIFIED, LINEAGE],
            "limit": SEARCH_PAGE,
        }
        found: list[Json] = []
        while True:
            answer = self._client.search(query, CONTACTS)
            found += answer.get("results") or []
            after = ((answer.get("paging") or {}).get("next") or {}).get("after")
            if not after or len(found) >= MOST_ROWS:
                return found
            query = {**query, "after": str(after)}


def _modified(row: Json) -> str:
    return stamp(str(row.get("updatedAt") or row["properties"][MODIFIED]))


def _onward(start: str, versions: Sequence[str]) -> str:
    """Where the next look begins: a look-back before the newest that was seen."""
    return max(start, stamp_of(instant(max(versions)) - LOOK_BACK)) if versions else start


def _cursor(start: str, latest: str) -> str:
    """Where the searches for dates begin, and where that for the latest changes does."""
    return orjson.dumps({"start": start, "latest": latest}).decode()


def _starts(since: str) -> tuple[str, str]:
    try:
        told = orjson.loads(since)
        start = str(told["start"])
        latest = str(told.get("latest") or start)
        instant(start), instant(latest)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Stop(
            "The stored place in HubSpot's hot feed is damaged; start it anew.", code="bad_cursor"
        ) from error
    return start, latest
