"""Tasks that announce a contact to its owner, each made once (facts §6 "SDR hand-off", DESIGN §4 *announce*).

A task's key stands in its last line. Search is late (R1), so a repeat is found by the contact's associations, which are
consistent, and by the bodies of its tasks.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from leadpact.errors import SetAside
from leadpact.ports.connector import TASK_FIELDS, WriteRow
from leadpact_hubspot.associations import linked_ids
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.objects import CONTACTS, READ_BATCH, TASKS, Json, epoch_ms

CONTACT_OF_TASK: Final = 204
"""Association type task → contact (facts §6)."""
LONGEST_BODY: Final = 65_000
LONGEST_SUBJECT: Final = 250


def fault(row: WriteRow) -> SetAside | None:
    """Why this row can be no task."""
    if not row.external_id or not row.external_id.isascii() or len(row.external_id) > 64:
        return SetAside("A task needs a key, by which a repeat is known.", code="bad_id")
    for name in row.fields:
        if name not in TASK_FIELDS:
            return SetAside("A task has no such field.", code="field_unknown", fields=(name[:80],))
    if not row.fields.get("due_at"):
        return SetAside("A task needs to be due.", code="value_refused", fields=("due_at",))
    return None


def known(client: HubSpotClient, rows: Sequence[WriteRow]) -> dict[str, str]:
    """Ids of the tasks that are there already, by key."""
    tasks = linked_ids(client, CONTACTS, TASKS, [row.id for row in rows])
    ids = sorted({one for group in tasks.values() for one in group})
    keys = {mark(row.external_id): row.external_id for row in rows}
    found: dict[str, str] = {}
    for start in range(0, len(ids), READ_BATCH):
        part = ids[start : start + READ_BATCH]
        answer = client.batch_read_tasks(
            {"properties": ["hs_task_body"], "inputs": [{"id": one} for one in part]}
        )
        for each in answer.get("results") or ():
            body = _body(each)
            found.update({key: str(each["id"]) for text, key in keys.items() if text in body})
    return found


def announced(tasks: Sequence[Json], key: str) -> Json | None:
    """The task of this key, of those that an answer holds."""
    return next((each for each in tasks if mark(key) in _body(each)), None)


def _body(task: Json) -> str:
    return str((task.get("properties") or {}).get("hs_task_body") or "")


def mark(key: str) -> str:
    """The last line of a task, by which it is known again."""
    return f"[leadpact {key}]"


def task_input(number: int, row: WriteRow) -> Json:
    """The task as a batch takes it. Its body is markup there: what people typed is escaped."""
    said = {name: str(value) for name, value in row.fields.items() if value not in (None, "")}
    lines = said.get("body", "").splitlines()
    text = "<br>".join(escape(line) for line in lines)[:LONGEST_BODY]
    due = str(epoch_ms(said["due_at"]))
    properties = {
        "hs_timestamp": due,
        "hs_task_subject": said.get("subject", "")[:LONGEST_SUBJECT],
        "hs_task_body": f"{text}<br>{mark(row.external_id)}",
        "hs_task_status": "NOT_STARTED",
        "hs_task_priority": "HIGH" if row.fields.get("urgent") else "MEDIUM",
        "hs_task_type": "TODO",
    }
    if "owner" in said:
        properties["hubspot_owner_id"] = said["owner"]
    if "remind_at" in said:
        properties["hs_task_reminders"] = str(epoch_ms(said["remind_at"]))
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": CONTACT_OF_TASK}
    return {
        "properties": properties,
        "associations": [{"to": {"id": row.id}, "types": [kind]}],
        "objectWriteTraceId": str(number),
    }
