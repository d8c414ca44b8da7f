"""Tasks and owners of an in-memory CRM: every task that was ever made is kept, so that a second one shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from leadpact.errors import SetAside
from leadpact.model.owner import Owner
from leadpact.model.record import Native
from leadpact.ports.connector import TASK_FIELDS, Refused, WriteResult, WriteRow, Written


@dataclass
class Tasks:
    """Tasks by id, as (person, key, fields), and who can own them."""

    made: dict[str, tuple[str, str, dict[str, Native]]] = field(default_factory=dict)
    staff: dict[str, Owner] = field(default_factory=dict)

    def announce(self, row: WriteRow, person_is_there: Callable[[str], bool]) -> WriteResult:
        """Leave a task, unless it is there."""
        if not row.id.isalnum() or not row.external_id:
            return Refused(SetAside("This names nobody.", code="bad_id"))
        if not row.fields.keys() <= TASK_FIELDS:
            return Refused(SetAside("A task has no such field.", code="field_unknown"))
        if not person_is_there(row.id):
            return Refused(SetAside("There is no such record.", code="record_missing"))
        owner = self.staff.get(str(row.fields.get("owner") or ""))
        if row.fields.get("owner") and (owner is None or not owner.active):
            return Refused(SetAside("The owner has left.", code="owner_inactive"))
        for task_id, (_person, key, _fields) in self.made.items():
            if key == row.external_id:
                return Written(task_id)
        task_id = f"T{len(self.made) + 1}"
        self.made[task_id] = (row.id, row.external_id, dict(row.fields))
        return Written(task_id, created=True)

    def owners(self, ids: Collection[str], emails: Collection[str] = ()) -> Sequence[Owner]:
        """As :class:`leadpact.ports.connector.KnowsOwners` has it."""
        wanted = {email.lower() for email in emails if email}
        return [one for one in self.staff.values() if one.id in ids or one.email in wanted]
