"""Who can own records: HubSpot's owners with their teams, archived ones too (facts §6)."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from leadpact.model.owner import Owner
from leadpact.ports.clock import Clock
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.objects import Json

KEPT: Final = timedelta(minutes=15)


def owner_pages(client: HubSpotClient, *, archived: bool) -> Iterator[Json]:
    """All owners, those who left or those who did not."""
    after = ""
    while True:
        answer = client.owners_page(after, archived=archived)
        yield from answer.get("results") or ()
        after = str(((answer.get("paging") or {}).get("next") or {}).get("after") or "")
        if not after:
            return


def primary_team(owner: Json) -> str:
    """The label of the owner's primary team, "" without one."""
    named = sorted(owner.get("teams") or (), key=lambda team: not team.get("primary"))
    return str(named[0].get("name") or "") if named else ""


class OwnerList:
    """All owners, read at most every quarter of an hour."""

    def __init__(self, client: HubSpotClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: tuple[Owner, ...] = ()
        self._until: datetime | None = None

    def of(self, ids: Collection[str], emails: Collection[str]) -> Sequence[Owner]:
        """Owners with these ids or addresses."""
        with self._lock:
            now = self._clock.now()
            if self._until is None or now >= self._until:
                self._kept = tuple(
                    _owner(each, active=not archived)
                    for archived in (True, False)
                    for each in owner_pages(self._client, archived=archived)
                )
                self._until = now + KEPT
            wanted = {email.lower() for email in emails if email}
            return [one for one in self._kept if one.id in ids or one.email in wanted]


def _owner(told: Json, *, active: bool) -> Owner:
    name = " ".join(filter(None, (told.get("firstName"), told.get("lastName"))))
    email = str(told.get("email") or "").lower()
    return Owner(str(told["id"]), name or email, email, active, "person", primary_team(told))
