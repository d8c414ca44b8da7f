"""What sales waits for, out of all that changed: tracked changes of status, owner and reason, and meetings (R19).

LeadHistory and ContactHistory have a row for each change of a tracked field, so a query for those rows finds what a
mass change of other fields hides; our own rows are left out. Meetings are Events. An org that tracks nothing shows
nothing here, so there the latest changes are looked at, whatever they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from leadpact.errors import FixSettings, SignIn
from leadpact.model.record import Change, ChangePage, RecordRef
from leadpact.ports.clock import Clock
from leadpact_salesforce import soql
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.errors import ADDRESS_UNKNOWN, FIELD_UNKNOWN, RIGHTS_MISSING
from leadpact_salesforce.history import CREATED, TRACKED_IN
from leadpact_salesforce.keyset import Cursor
from leadpact_salesforce.objects import CONTACT, LEAD, id18, instant, stamp_text, version_of

HOT_FIELDS: Final = ("Status", "Owner", "leadConverted", CREATED)
LOOK_BACK: Final = timedelta(minutes=3)
"""Most rows are there within seconds; one of a longer transaction comes with the change feed."""
_MOST: Final = 2_000
NEWEST: Final = 200
"""Records looked at where nothing is tracked: a mass change may hide one there until the change feed brings it."""
_EVENTS: Final = "Event"
_PREFIXES: Final = {LEAD: "00Q", CONTACT: "003"}
_HIDDEN: Final = (RIGHTS_MISSING, FIELD_UNKNOWN, ADDRESS_UNKNOWN)


class HotFeed:
    """The hot feeds of one org.

    Args:
        own_id: as whom leadpact writes; its rows are no news.
    """

    def __init__(
        self,
        client: SalesforceClient,
        clock: Clock,
        crm: str,
        own_id: Callable[[], str],
    ) -> None:
        self._client = client
        self._clock = clock
        self._crm = crm
        self._own_id = own_id
        self._hidden: set[str] = set()
        self._keeping: dict[str, bool] = {}

    def page(self, kind: str, since: str, fields: Sequence[str]) -> ChangePage:
        """What is hot since the cursor; two calls.

        Args:
            fields: those whose tracked changes count, besides status and owner.

        Raises:
            Stop: ``bad_cursor``.
        """
        cursor = Cursor.load(since)
        if not cursor.seen:
            return ChangePage((), Cursor(seen=stamp_text(self._clock.now())).dump(), done=True)
        floor = stamp_text(instant(cursor.seen) - LOOK_BACK)
        newest = cursor.seen
        found: dict[str, str] = {}
        kept = self._keeps_history(kind)
        changed = self._tracked(kind, floor, fields) if kept else self._newest(kind, floor)
        for record_id, at in (*changed, *self._meetings(kind, floor)):
            found[record_id] = max(at, found.get(record_id, ""))
            newest = max(newest, at)
        changes = tuple(
            Change(RecordRef(self._crm, kind, each), "changed", at) for each, at in found.items()
        )
        return ChangePage(changes, Cursor(seen=newest).dump(), done=True)

    def _keeps_history(self, kind: str) -> bool:
        """Whether the org tracks any field of this kind; asked once, since tracking is switched by admins."""
        if kind not in self._keeping:
            table, _key = TRACKED_IN[kind]
            self._keeping[kind] = bool(self._ask(table, f"{soql.select(('Id',), table)} LIMIT 1"))
        return self._keeping[kind]

    def _newest(self, kind: str, floor: str) -> list[tuple[str, str]]:
        where = f"SystemModstamp >= {floor} AND LastModifiedById != {self._own()}"
        rows = self._rows(kind, ("Id", "SystemModstamp"), where, "SystemModstamp", NEWEST)
        return [(id18(row["Id"]), version_of(row["SystemModstamp"])) for row in rows]

    def _own(self) -> str:
        return soql.ids([self._own_id()])[0]

    def _tracked(self, kind: str, floor: str, fields: Sequence[str]) -> list[tuple[str, str]]:
        table, key = TRACKED_IN[kind]
        words = ",".join(soql.text(name) for name in dict.fromkeys((*HOT_FIELDS, *fields)))
        where = f"CreatedDate >= {floor} AND Field IN ({words}) AND CreatedById != {self._own()}"
        rows = self._rows(table, (key, "CreatedDate"), where, "CreatedDate")
        return [(id18(row[key]), version_of(row["CreatedDate"])) for row in rows]

    def _meetings(self, kind: str, floor: str) -> list[tuple[str, str]]:
        where = f"SystemModstamp >= {floor} AND WhoId != null"
        rows = self._rows(_EVENTS, ("WhoId", "SystemModstamp"), where, "SystemModstamp")
        return [
            (id18(row["WhoId"]), version_of(row["SystemModstamp"]))
            for row in rows
            if str(row["WhoId"]).startswith(_PREFIXES[kind])
        ]

    def _rows(
        self, table: str, fields: Sequence[str], where: str, order: str, most: int = _MOST
    ) -> Sequence[dict[str, Any]]:
        select = soql.select(fields, table)
        return self._ask(table, f"{select} WHERE {where} ORDER BY {order} DESC LIMIT {most}")

    def _ask(self, table: str, statement: str) -> Sequence[dict[str, Any]]:
        """The rows; none of what this sign-in may not see, which is asked for once."""
        if table in self._hidden:
            return ()
        try:
            return list(self._client.rows(statement))
        except (SignIn, FixSettings) as refused:
            if refused.code not in _HIDDEN:
                raise
            self._hidden.add(table)
            return ()
