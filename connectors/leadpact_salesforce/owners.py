"""Who can own records: people and queues of the org (facts §6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from leadpact.model.owner import Owner
from leadpact_salesforce import soql
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.objects import AUTOMATION_BY_TYPE, id18, is_id

_PEOPLE = (
    "Id",
    "Name",
    "Email",
    "IsActive",
    "UserType",
    "Department",
    "TimeZoneSidKey",
)
_QUEUES = ("Id", "Name", "Type")
_QUEUE = "00G"


class OwnerReader:
    """Looks people and queues up when asked; nothing is kept, since who left must show at once.

    Args:
        ours: tells the id as which leadpact is signed in.
    """

    def __init__(self, client: SalesforceClient, ours: Callable[[], str]) -> None:
        self._client = client
        self._ours = ours

    def of(self, ids: Collection[str], emails: Collection[str]) -> Sequence[Owner]:
        """Owners with these ids or addresses; texts that are no ids are of nobody."""
        known = dict.fromkeys(id18(each) for each in ids if is_id(each))
        queues = [each for each in known if each.startswith(_QUEUE)]
        people = [each for each in known if not each.startswith(_QUEUE)]
        addresses = [soql.text(each) for each in emails if soql.searchable(each)]
        found: dict[str, Owner] = {}
        for key, literals in (("Id", soql.ids(people)), ("Email", addresses)):
            head = f"{soql.select(_PEOPLE, 'User')} WHERE {key}"
            for statement in soql.in_groups(head, literals):
                for row in self._client.rows(statement):
                    found[row["Id"]] = self._person(row)
        head = f"{soql.select(_QUEUES, 'Group')} WHERE Id"
        for statement in soql.in_groups(head, soql.ids(queues)):
            for row in self._client.rows(statement):
                found[row["Id"]] = Owner(row["Id"], str(row.get("Name") or ""), kind="queue")
        return list(found.values())

    def _person(self, row: dict[str, Any]) -> Owner:
        automation = str(row.get("UserType") or "") in AUTOMATION_BY_TYPE
        return Owner(
            id=row["Id"],
            name=str(row.get("Name") or ""),
            email=str(row.get("Email") or "").lower(),
            active=bool(row.get("IsActive")) and not automation,
            team=str(row.get("Department") or ""),
            zone=str(row.get("TimeZoneSidKey") or ""),
            ours=row["Id"] == self._ours(),
        )
