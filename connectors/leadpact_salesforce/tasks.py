"""Tasks that announce a person to the owner, each made once (facts §6, DESIGN §4 *announce*).

A task's key stands in the last line of its comments: no field of the org's own is needed, and a query, which is
consistent, finds the tasks of a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from leadpact.errors import FixSettings, LeadpactError, SetAside, SignIn, Stop, WaitUntil
from leadpact.ports.connector import TASK_FIELDS, Refused, WriteResult, WriteRow, Written
from leadpact_salesforce import errors, soql
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.limits import WRITE_BATCH
from leadpact_salesforce.objects import id18, is_id, stamp_text
from leadpact_webapi.retry import ANSWER_LOST

TASK: Final = "Task"
LONGEST_SUBJECT: Final = 255
LONGEST_COMMENT: Final = 31_900
_READ: Final = ("Id", "WhoId", "Description")


class TaskWriter:
    """Makes the tasks that are not there yet."""

    def __init__(self, client: SalesforceClient) -> None:
        self._client = client

    def announce(self, rows: Sequence[WriteRow]) -> list[WriteResult]:
        """One result per row, same order.

        Raises:
            WaitUntil, SignIn, FixSettings, Stop: nothing was tried.
        """
        results: list[WriteResult | None] = [self._fault(row) for row in rows]
        ready = [place for place, result in enumerate(results) if result is None]
        there = self._known([rows[place] for place in ready])
        todo: list[int] = []
        for place in ready:
            row = rows[place]
            if row.external_id in there:
                results[place] = Written(there[row.external_id])
            else:
                todo.append(place)
        for start in range(0, len(todo), WRITE_BATCH):
            part = todo[start : start + WRITE_BATCH]
            made = self._make([rows[place] for place in part], first=start == 0)
            for place, result in zip(part, made, strict=True):
                results[place] = result
        return [each for each in results if each is not None]

    @staticmethod
    def _fault(row: WriteRow) -> Refused | None:
        if not is_id(row.id):
            return Refused(SetAside("This is not a Salesforce record id.", code="bad_id"))
        if not row.external_id or not row.external_id.isascii() or len(row.external_id) > 64:
            return Refused(SetAside("A task needs a key.", code="external_id_missing"))
        for name in row.fields:
            if name not in TASK_FIELDS:
                told = SetAside(
                    "A task has no such field.", fields=(name[:80],), code="field_name_invalid"
                )
                return Refused(told)
        owner = row.fields.get("owner")
        if owner and not is_id(str(owner)):
            return Refused(SetAside("The owner is no id of Salesforce's.", code="owner_refused"))
        return None

    def _known(self, rows: Sequence[WriteRow]) -> dict[str, str]:
        """Ids of the tasks that are there, by key."""
        marks = {mark(row.external_id): row.external_id for row in rows}
        head = f"{soql.select(_READ, TASK)} WHERE WhoId"
        found: dict[str, str] = {}
        for statement in soql.in_groups(head, soql.ids(dict.fromkeys(row.id for row in rows))):
            for each in self._client.rows(statement):
                text = str(each.get("Description") or "")
                found |= {key: id18(each["Id"]) for line, key in marks.items() if line in text}
        return found

    def _make(self, rows: Sequence[WriteRow], *, first: bool) -> Sequence[WriteResult]:
        body = {"allOrNone": False, "records": [task_record(row) for row in rows]}
        try:
            answer = self._client.make("composite/sobjects", body)
        except SetAside as refused:
            return [Refused(refused)] * len(rows)
        except (WaitUntil, SignIn, FixSettings, Stop) as error:
            lost = isinstance(error, WaitUntil) and error.code == ANSWER_LOST
            if first and not lost:
                raise
            return [Refused(error, unknown=lost)] * len(rows)
        if not isinstance(answer, list) or len(answer) != len(rows):
            cut: LeadpactError = WaitUntil("Salesforce's answer is cut.", code=ANSWER_LOST)
            return [Refused(cut, unknown=True)] * len(rows)
        return [_result(each) for each in answer]


def mark(key: str) -> str:
    """The last line of a task, by which it is known again."""
    return f"[leadpact {key}]"


def task_record(row: WriteRow) -> dict[str, Any]:
    """The task as Salesforce takes it: its comments are plain text, never markup."""
    fields: Mapping[str, Any] = row.fields
    record: dict[str, Any] = {
        "attributes": {"type": TASK},
        "WhoId": id18(row.id),
        "Subject": str(fields.get("subject") or "")[:LONGEST_SUBJECT],
        "Description": f"{str(fields.get('body') or '')[:LONGEST_COMMENT]}\n{mark(row.external_id)}",
        "Priority": "High" if fields.get("urgent") else "Normal",
    }
    if fields.get("owner"):
        record["OwnerId"] = id18(str(fields["owner"]))
    if fields.get("due_at"):
        record["ActivityDate"] = str(fields["due_at"])[:10]
    if fields.get("remind_at"):
        record["IsReminderSet"] = True
        record["ReminderDateTime"] = stamp_text(datetime.fromisoformat(str(fields["remind_at"])))
    return record


def _result(row: Mapping[str, Any]) -> WriteResult:
    if row.get("success"):
        return Written(id18(str(row["id"])), created=True)
    return Refused(errors.of_row(row.get("errors") or ()))
