"""Who set which value and when: property histories and their authors (R12, facts §7, §8)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from leadpact.model.record import Author, AuthorKind, FieldChange
from leadpact.ports.clock import Clock
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.objects import (
    HISTORY_BATCH,
    LINEAGE,
    Json,
    checked_ids,
    checked_properties,
    instant,
)
from leadpact_hubspot.owners import owner_pages, primary_team

TEAMS_KEPT: Final = timedelta(hours=1)
_NOBODY: Final = Author("unknown")

AUTHORS: Final[dict[str, AuthorKind]] = {
    "CRM_UI": "person",
    "CRM_UI_BULK_ACTION": "person",
    "CONTACTS_WEB": "person",
    "CONTACTS": "person",
    "MOBILE_IOS": "person",
    "MOBILE_ANDROID": "person",
    "SALES": "person",
    "AUTOMATION_PLATFORM": "workflow",
    "WORKFLOWS": "workflow",
    "WORKFLOW_CONTACT_DELETE_ACTION": "workflow",
    "CALCULATED": "workflow",
    "DEALS": "workflow",
    "COMPANIES": "workflow",
    "IMPORT": "import",
    "INTEGRATION": "integration",
    "INTEGRATIONS_PLATFORM": "integration",
    "API": "integration",
    "SALESFORCE": "integration",
    "DATA_SYNC": "integration",
}
"""HubSpot's ``sourceType`` → kind of author; any other is unknown (facts §8 names the first of each)."""


class Teams:
    """Primary team of each HubSpot user, from the owners; read once an hour.

    Owners are assignable ids; histories name users, which are not the same (facts §6).
    """

    def __init__(self, client: HubSpotClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, str] = {}
        self._until: datetime | None = None

    def of(self, user_id: str) -> str | None:
        """The label of the user's primary team, None without one."""
        with self._lock:
            now = self._clock.now()
            if self._until is None or now >= self._until:
                self._kept = {**self._read(archived=True), **self._read(archived=False)}
                self._until = now + TEAMS_KEPT
            return self._kept.get(user_id)

    def _read(self, *, archived: bool) -> dict[str, str]:
        found: dict[str, str] = {}
        for owner in owner_pages(self._client, archived=archived):
            user = owner.get("userId") or owner.get("userIdIncludingInactive")
            label = primary_team(owner)
            if user and label:
                found[str(user)] = label
        return found


class HistoryReader:
    """Reads ``propertiesWithHistory`` in batches of 50.

    Args:
        actor_ids: the app ids under which our own writes show.
    """

    def __init__(
        self, client: HubSpotClient, *, teams: Teams, actor_ids: Callable[[], frozenset[str]]
    ) -> None:
        self._client = client
        self._teams = teams
        self._actor_ids = actor_ids

    def read(self, ids: Sequence[str], fields: Sequence[str]) -> dict[str, list[FieldChange]]:
        """Changes per id, newest first; an id that answers nothing has none."""
        asked = list(dict.fromkeys(checked_ids(list(ids))))
        names = checked_properties(list(fields))
        made: dict[str, list[FieldChange]] = {one: [] for one in asked}
        if not names:
            return made
        for start in range(0, len(asked), HISTORY_BATCH):
            self._read_batch(asked[start : start + HISTORY_BATCH], names, made)
        return made

    def _read_batch(
        self, ids: list[str], names: list[str], made: dict[str, list[FieldChange]]
    ) -> None:
        answer = self._client.batch_read(
            {
                "properties": [LINEAGE],
                "propertiesWithHistory": names,
                "inputs": [{"id": one} for one in ids],
            }
        )
        for row in answer.get("results") or []:
            changes = self._changes(row, names)
            lineage = str((row.get("properties") or {}).get(LINEAGE) or "").split(";")
            for one in (str(row["id"]), *lineage):
                if one in made:
                    made[one] = changes

    def _changes(self, row: Json, names: list[str]) -> list[FieldChange]:
        return _entries(row, names, self._author)

    def unnamed(self, row: Json, names: list[str]) -> list[FieldChange]:
        """The changes of a row as read, without asking who made them; only our own are told apart."""
        return _entries(row, names, lambda entry: self._ours(entry) or _NOBODY)

    def _author(self, entry: Json) -> Author:
        source = str(entry.get("sourceType") or "")
        by = str(entry.get("sourceId") or "")
        kind = AUTHORS.get(source, "unknown")
        if kind == "person":
            user = str(entry.get("updatedByUserId") or by.removeprefix("userId:"))
            return Author("person", user or None, self._teams.of(user) if user else None)
        return self._ours(entry) or Author(kind, (source if kind == "unknown" else by) or None)

    def _ours(self, entry: Json) -> Author | None:
        """The author of a write of ours; None of any other."""
        by = str(entry.get("sourceId") or "")
        kind = AUTHORS.get(str(entry.get("sourceType") or ""))
        return Author("ours", by) if kind == "integration" and by in self._actor_ids() else None


def _entries(row: Json, names: list[str], author: Callable[[Json], Author]) -> list[FieldChange]:
    histories = row.get("propertiesWithHistory") or {}
    changes = [
        FieldChange(name, entry.get("value"), instant(entry["timestamp"]), author(entry))
        for name in names
        for entry in histories.get(name) or []
    ]
    # Stable: entries of one instant stay in HubSpot's order, which is newest first.
    changes.sort(key=attrgetter("at"), reverse=True)
    return changes
