"""Contacts that were archived: search never shows them, the list of archived ones does (facts §1, R26)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Final

import orjson

from leadpact.errors import Stop
from leadpact.model.record import Change, ChangePage, RecordRef
from leadpact.ports.clock import Clock
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.objects import CONTACTS, instant, stamp, stamp_of

LOOK_BACK: Final = timedelta(hours=1)
"""Further back than our clock and HubSpot's are apart."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sweep stands; travels as JSON.

    Attributes:
        since: contacts archived before this are known of.
        after: the list's next page; "" = the first.
        began: our clock when this sweep began; "" between sweeps.
    """

    since: str
    after: str = ""
    began: str = ""

    def text(self) -> str:
        """Compact JSON."""
        return orjson.dumps({name: value for name, value in asdict(self).items() if value}).decode()


class ArchivedList:
    """Reads the list of archived contacts, which is in order of id and not of time: page by page, to its end."""

    def __init__(self, client: HubSpotClient, *, clock: Clock, crm_name: str) -> None:
        self._client = client
        self._clock = clock
        self._crm = crm_name

    def page(self, since: str) -> ChangePage:
        """One page; ``since=""`` asks nothing and starts from now.

        Raises:
            Stop: ``bad_cursor``; the stored checkpoint is damaged.
        """
        now = stamp_of(self._clock.now())
        if not since:
            return ChangePage((), Place(_earlier(now)).text(), done=True)
        place = _read(since)
        place = replace(place, began=place.began or now)
        answer = self._client.archived_page(place.after)
        rows = [
            (str(row["id"]), stamp(str(row["archivedAt"])))
            for row in answer.get("results") or []
            if row.get("archivedAt")
        ]
        changes = tuple(
            Change(RecordRef(self._crm, CONTACTS, contact), "deleted", at)
            for contact, at in rows
            if at >= place.since
        )
        following = str(((answer.get("paging") or {}).get("next") or {}).get("after") or "")
        if following:
            return ChangePage(changes, replace(place, after=following).text(), done=False)
        return ChangePage(changes, Place(_earlier(place.began)).text(), done=True)


def _read(text: str) -> Place:
    try:
        place = Place(**orjson.loads(text))
        instant(place.since)
    except (TypeError, ValueError) as error:
        raise Stop(
            "The stored place in HubSpot's list of deletions is damaged.", code="bad_cursor"
        ) from error
    return place


def _earlier(at: str) -> str:
    return stamp_of(instant(at) - LOOK_BACK)
