"""Which records changed: deletes, merges and conversions come in the same query (facts §3, R1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Literal

from leadpact.errors import Stop
from leadpact.model.record import Change, ChangePage, RecordRef
from leadpact.ports.clock import Clock
from leadpact_salesforce import soql
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.errors import CURSOR_LOST
from leadpact_salesforce.keyset import Cursor, Keyset
from leadpact_salesforce.limits import UPDATED_WINDOW_DAYS
from leadpact_salesforce.objects import (
    ACCOUNT,
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
    ACCOUNT: ("Id", "SystemModstamp", "IsDeleted"),
}


class ChangeFeed:
    """The change feeds of one org.

    Args:
        crm: the side's name, for refs.
    """

    def __init__(self, client: SalesforceClient, clock: Clock, crm: str) -> None:
        self._client = client
        self._clock = clock
        self._crm = crm
        self._keyset = Keyset(client, clock)

    def page(self, kind: str, since: str) -> ChangePage:
        """One page (:meth:`leadpact.ports.connector.Connector.changes`)."""
        if kind not in _SELECT:
            raise Stop(f"{kind[:40]!r} has no change feed in this connector.", code="kind_unknown")
        cursor = Cursor.load(since)
        if kind == ACCOUNT and not (cursor.seen or cursor.more):
            # Accounts are read with their contacts; only later changes matter.
            began = stamp_text(self._clock.now())
            return ChangePage((), Cursor(seen=began).dump(), done=True)
        if kind == OPPORTUNITY and not cursor.more:
            now = self._clock.now()
            if not cursor.seen:
                # Opportunities are found by their contacts when needed; only later changes matter.
                return ChangePage((), Cursor(seen=stamp_text(now)).dump(), done=True)
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
        return ChangePage(changes, Cursor(seen=version).dump(), done=True)

    def _walk(self, kind: str, cursor: Cursor) -> ChangePage:
        """``queryAll`` in order of (SystemModstamp, Id)."""
        # The first full read: what was deleted before it was never known here.
        page = self._keyset.page(
            soql.select(_SELECT[kind], kind), cursor, at_first=("IsDeleted = false",)
        )
        changes = tuple(self._change(kind, row) for row in page.rows)
        return ChangePage(changes, page.cursor.dump(), done=page.done)

    def _change(self, kind: str, row: dict[str, Any]) -> Change:
        how: Literal["changed", "deleted", "merged", "converted"] = "changed"
        if row["IsDeleted"]:
            how = "merged" if row.get("MasterRecordId") else "deleted"
        elif row.get("IsConverted"):
            how = "converted"
        return Change(RecordRef(self._crm, kind, row["Id"]), how, version_of(row["SystemModstamp"]))
