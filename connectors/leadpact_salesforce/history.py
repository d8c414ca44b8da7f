"""Who changed a record last: all that is read of its past in this release (R12, facts §6)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from leadpact.model.record import Author, AuthorKind, FieldChange
from leadpact_salesforce import soql
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.limits import FETCH_BATCH
from leadpact_salesforce.objects import AUTOMATION_BY_TYPE, each_once, id18, instant, is_id
from leadpact_salesforce.reader import Reader
from leadpact_salesforce.settings import SalesforceSettings

_MODIFIED = ("LastModifiedDate", "LastModifiedById")
_PEOPLE = ("Id", "UserType", "Department", "Username")


class Authors:
    """Who stands behind an id of ``User``; asked once for each, for as long as the process lives.

    Args:
        ours: tells the ids under which leadpact itself writes.
    """

    def __init__(
        self,
        client: SalesforceClient,
        settings: SalesforceSettings,
        ours: Callable[[], frozenset[str]],
    ) -> None:
        self._client = client
        self._ours = ours
        self._named: dict[str, AuthorKind] = {}
        lists: tuple[tuple[AuthorKind, tuple[str, ...]], ...] = (
            ("integration", settings.integration_users),
            ("import", settings.import_users),
            ("workflow", settings.workflow_users),
        )
        for kind, users in lists:
            for user in users:
                self._named[id18(user) if is_id(user) else user.lower()] = kind
        self._lock = threading.Lock()
        self._known: dict[str, Author] = {}

    def of(self, ids: Sequence[str]) -> Mapping[str, Author]:
        """Authors by id."""
        with self._lock:
            unknown = [each for each in each_once(ids) if each not in self._known]
            if unknown:
                self._ask(unknown)
            return {each: self._known[each] for each in ids}

    def _ask(self, ids: Sequence[str]) -> None:
        ours = self._ours()
        others = [each for each in ids if each not in ours]
        rows: dict[str, dict[str, Any]] = {}
        head = f"{soql.select(_PEOPLE, 'User')} WHERE Id"
        for statement in soql.in_groups(head, soql.ids(others)):
            rows |= {row["Id"]: row for row in self._client.rows(statement)}
        for each in ids:
            self._known[each] = Author("ours", each) if each in ours else self._judge(each, rows)

    def _judge(self, user_id: str, rows: Mapping[str, Mapping[str, Any]]) -> Author:
        row = rows.get(user_id)
        named = self._named.get(user_id)
        if row is None:
            return Author(named or "unknown", user_id)
        named = named or self._named.get(str(row.get("Username") or "").lower())
        automation = AUTOMATION_BY_TYPE.get(str(row.get("UserType") or ""))
        kind = named or cast("AuthorKind | None", automation)
        if kind is not None:
            return Author(kind, user_id)
        return Author("person", user_id, row.get("Department") or None)


@dataclass(frozen=True, slots=True)
class LastModified:
    """History where none is read: one change per field, by whoever touched the record last.

    ``LeadHistory`` keeps only fields that the org tracks, by rights of its own; reading it comes
    with a later release, and ``Capabilities.field_history`` says that it is not read.
    """

    reader: Reader
    authors: Authors

    def of(
        self, kind: str, ids: Sequence[str], fields: Sequence[str]
    ) -> dict[str, tuple[FieldChange, ...]]:
        """Changes per id; ids that are gone have none."""
        wanted = each_once(id18(each) for each in ids if is_id(each))
        rows: dict[str, dict[str, Any]] = {}
        for start in range(0, len(wanted), FETCH_BATCH):
            rows |= self.reader.rows_by_id(
                kind, wanted[start : start + FETCH_BATCH], (*_MODIFIED, *fields)
            )
        by_whom = {each: str(row["LastModifiedById"]) for each, row in rows.items()}
        authors = self.authors.of(list(by_whom.values()))
        changes: dict[str, tuple[FieldChange, ...]] = {}
        for given in ids:
            row = rows.get(id18(given)) if is_id(given) else None
            changes[given] = () if row is None else self._changes(row, fields, authors)
        return changes

    def _changes(
        self, row: Mapping[str, Any], fields: Sequence[str], authors: Mapping[str, Author]
    ) -> tuple[FieldChange, ...]:
        at = instant(row["LastModifiedDate"])
        author = authors[str(row["LastModifiedById"])]
        return tuple(FieldChange(name, row[name], at, author) for name in fields if name in row)
