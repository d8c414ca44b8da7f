"""Writes in collections of 200, each row by itself; conversions by SOAP (facts §2, §6, R2, R14)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import quote

import orjson

from leadpact.errors import FixSettings, LeadpactError, SetAside, SignIn, Stop, WaitUntil
from leadpact.ports.connector import Refused, WriteResult, WriteRow, Written
from leadpact_salesforce import errors
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.errors import FIELD_UNKNOWN, MOVED, RECORD_NOT_FOUND
from leadpact_salesforce.lead_conversion import LeadConversion, RowsById
from leadpact_salesforce.limits import WRITE_BATCH
from leadpact_salesforce.objects import (
    EXTERNAL_ID_FIELD,
    LEAD,
    PEOPLE,
    id18,
    instant,
    is_field_name,
)
from leadpact_salesforce.schema import STATUS, LiveSchema
from leadpact_salesforce.tasks import TaskWriter
from leadpact_webapi.retry import ANSWER_LOST

HALVINGS: Final = 24
"""Most extra calls to find the rows for which Salesforce refuses a whole call."""
DUPLICATE_RULE: Final = "duplicate_rule"
MOST_DOUBLED: Final = 20
"""Most extra calls to learn which records the new ones of one batch would double."""
_LONGEST_EXTERNAL_ID: Final = 255
REMOVED: Final = "removed"
"""In place of a path: the rows' records are taken away."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A row that may be sent: its place in the batch and its record as Salesforce takes it.

    ``unchanged_since`` is the record's stamp as read, where a later change must be refused (R7).
    """

    place: int
    record: Mapping[str, Any]
    unchanged_since: str = ""


class Writer:
    """Updates people by id, upserts them on our external id, converts Leads, leaves tasks."""

    def __init__(self, client: SalesforceClient, schema: LiveSchema, rows_by_id: RowsById) -> None:
        self._client = client
        self._schema = schema
        self._conversion = LeadConversion(client, schema, rows_by_id)
        self._tasks = TaskWriter(client)

    def write(self, kind: str, rows: Sequence[WriteRow]) -> list[WriteResult]:
        """One result per row, same order; raises only where nothing was tried."""
        if kind not in PEOPLE:
            raise Stop(f"{kind[:40]!r} is not written by this connector.", code="kind_unknown")
        batch = _Batch(self._client, self._schema, kind, len(rows))
        ready: dict[str, list[_Ready]] = {"set": [], "make": [], "assigned": []}
        conversions: list[int] = []
        announced: list[int] = []
        archived: list[_Ready] = []
        for place, row in enumerate(rows):
            if row.op == "announce":
                announced.append(place)
                continue
            if row.op == "convert" and kind == LEAD:
                conversions.append(place)
                continue
            try:
                if row.op == "archive":
                    archived.append(_Ready(place, {"id": id18(row.id)}))
                    continue
                record = self._record(kind, row)
            except SetAside as refused:
                batch.results[place] = Refused(refused)
            else:
                by = "assigned" if row.op == "make" and row.assign and kind == LEAD else row.op
                ready[by].append(_Ready(place, record, row.unchanged_since))
        batch.send_guarded([each for each in ready["set"] if each.unchanged_since])
        batch.send("composite/sobjects", [one for one in ready["set"] if not one.unchanged_since])
        upserts = f"composite/sobjects/{kind}/{EXTERNAL_ID_FIELD}"
        batch.send(upserts, ready["make"])
        batch.send(upserts, ready["assigned"], assign=True)
        batch.name_doubled([*ready["make"], *ready["assigned"]])
        batch.remove(archived)
        if announced:
            batch.announce(self._tasks, [(place, rows[place]) for place in announced])
        if conversions:
            batch.convert(self._conversion, [(place, rows[place]) for place in conversions])
        return batch.done()

    def _record(self, kind: str, row: WriteRow) -> dict[str, Any]:
        """The row as a record.

        Raises:
            SetAside: Salesforce would refuse it, or take what must not be written.
        """
        record: dict[str, Any] = {"attributes": {"type": kind}}
        if row.op == "set":
            record["id"] = id18(row.id)
        elif row.op == "make":
            if not 0 < len(row.external_id.strip()) <= _LONGEST_EXTERNAL_ID:
                raise SetAside("A new record needs our external id.", code="external_id_missing")
            record[EXTERNAL_ID_FIELD] = row.external_id
        else:
            raise SetAside(f"Salesforce has no {row.op} of leadpact's.", code="op_not_offered")
        for name, value in row.fields.items():
            if not is_field_name(name) or "." in name or name.lower() in ("id", "attributes"):
                raise SetAside(
                    "This is no field that can be written.",
                    fields=(name[:80],),
                    code="field_name_invalid",
                )
            if isinstance(value, float) and not math.isfinite(value):
                raise SetAside("This is no number.", fields=(name,), code="value_refused")
            if row.op == "make" and name.lower() == EXTERNAL_ID_FIELD:
                continue
            record[name] = value
        names = [name for name in record if name not in ("id", "attributes")]
        hidden = self._schema.hidden(kind, names)
        if hidden:
            raise errors.unknown_fields(hidden)
        status = row.fields.get(STATUS)
        if kind == LEAD and status is not None:
            known = self._schema.statuses()
            if status not in known.usable:
                raise errors.status_refused(str(status), known.usable, known.converted)
        try:
            orjson.dumps(record)
        except TypeError as error:
            raise SetAside(
                "A text holds characters that are no Unicode.", code="value_refused"
            ) from error
        return record


class _Batch:
    """One batch on its way: what was sent, what came of each row."""

    def __init__(self, client: SalesforceClient, schema: LiveSchema, kind: str, size: int) -> None:
        self.results: list[WriteResult | None] = [None] * size
        self._client = client
        self._schema = schema
        self._kind = kind
        self._tried = False
        self._halvings = HALVINGS
        self._assign = False

    def done(self) -> list[WriteResult]:
        """All results."""
        return [each for each in self.results if each is not None]

    def send(self, path: str, rows: Sequence[_Ready], *, assign: bool = False) -> None:
        """Send rows of one path, 200 to a call; ``assign``: the org's assignment rules may choose owners (R31)."""
        self._assign = assign
        for start in range(0, len(rows), WRITE_BATCH):
            self._send(path, rows[start : start + WRITE_BATCH])

    def send_guarded(self, rows: Sequence[_Ready]) -> None:
        """Send rows one by one, each only if its record was not modified since it was read (facts §1).

        Salesforce compares whole seconds, as its stamps are: a change in the very second of the stamp passes.
        """
        for place, each in enumerate(rows):
            fields = {
                name: value
                for name, value in each.record.items()
                if name not in ("id", "attributes")
            }
            since = format_datetime(instant(each.unchanged_since), usegmt=True)
            try:
                self._client.change(f"sobjects/{self._kind}/{each.record['id']}", fields, since)
            except SetAside as refused:
                self._tried = True
                if refused.code == FIELD_UNKNOWN:
                    self._schema.refresh(self._kind)
                self.results[each.place] = Refused(refused, moved=refused.code == MOVED)
            except WaitUntil as wait:
                if wait.code != ANSWER_LOST:
                    self._give_up(rows[place:], wait)
                    return
                self._tried = True
                self.results[each.place] = Refused(wait, unknown=True)
            except (SignIn, FixSettings, Stop) as error:
                self._give_up(rows[place:], error)
                return
            else:
                self._tried = True
                self.results[each.place] = Written(str(each.record["id"]))

    def remove(self, rows: Sequence[_Ready]) -> None:
        """Take records away, into the recycle bin, 200 to a call."""
        for start in range(0, len(rows), WRITE_BATCH):
            self._send(REMOVED, rows[start : start + WRITE_BATCH])

    def convert(self, conversion: LeadConversion, rows: Sequence[tuple[int, WriteRow]]) -> None:
        """Convert Leads, after what else the batch does to them."""
        try:
            results = conversion.convert([row for _, row in rows])
        except (SignIn, FixSettings, Stop, WaitUntil) as error:
            self._give_up([_Ready(place, {}) for place, _ in rows], error)
            return
        self._tried = True
        for (place, _), result in zip(rows, results, strict=True):
            self.results[place] = result

    def announce(self, tasks: TaskWriter, rows: Sequence[tuple[int, WriteRow]]) -> None:
        """Leave tasks, after what else the batch does."""
        try:
            results = tasks.announce([row for _, row in rows])
        except (SignIn, FixSettings, Stop, WaitUntil) as error:
            self._give_up([_Ready(place, {}) for place, _ in rows], error)
            return
        self._tried = True
        for (place, _), result in zip(rows, results, strict=True):
            self.results[place] = result

    def name_doubled(self, rows: Sequence[_Ready]) -> None:
        """Collections do not say which record a new one would double (facts §6): those few rows go once more alone.

        Such a row was not written, and the rule that stopped it is not overridden this time either.
        """
        stopped = [
            each
            for each in rows
            if isinstance(answer := self.results[each.place], Refused)
            and answer.error.code == DUPLICATE_RULE
        ]
        for each in stopped[:MOST_DOUBLED]:
            body = {name: value for name, value in each.record.items() if name != "attributes"}
            our_id = quote(str(body.pop(EXTERNAL_ID_FIELD)), safe="")
            path = f"sobjects/{self._kind}/{EXTERNAL_ID_FIELD}/{our_id}"
            try:
                answer = self._client.change(path, body)
            except SetAside as refused:
                self.results[each.place] = Refused(refused)
            except WaitUntil as wait:
                self.results[each.place] = Refused(wait, unknown=wait.code == ANSWER_LOST)
            except LeadpactError:
                return
            else:
                made = answer if isinstance(answer, dict) else {}
                if made.get("id"):
                    self.results[each.place] = Written(
                        id18(str(made["id"])), created=bool(made.get("created"))
                    )

    def _send(self, path: str, rows: Sequence[_Ready]) -> None:
        try:
            records = [each.record for each in rows]
            if path == REMOVED:
                answer = self._client.remove_collection([str(each["id"]) for each in records])
            else:
                answer = self._client.write_collection(path, records, assign=self._assign)
        except SetAside as refused:
            self._find_culprits(path, rows, refused)
        except WaitUntil as wait:
            if wait.code == ANSWER_LOST:
                self._tried = True
                self._refuse(rows, Refused(wait, unknown=True))
            else:
                self._give_up(rows, wait)
        except (SignIn, FixSettings, Stop) as error:
            self._give_up(rows, error)
        else:
            self._tried = True
            self._take(rows, answer, gone_is_done=path == REMOVED)

    def _give_up(self, rows: Sequence[_Ready], error: LeadpactError) -> None:
        """Nothing of this call was done: raised only where nothing of the batch was."""
        if not self._tried:
            raise error
        self._refuse(rows, Refused(error))

    def _refuse(self, rows: Sequence[_Ready], result: Refused) -> None:
        for each in rows:
            self.results[each.place] = result

    def _take(self, rows: Sequence[_Ready], answer: Any, *, gone_is_done: bool) -> None:
        if not isinstance(answer, list) or len(answer) != len(rows):
            lost = WaitUntil("Salesforce's answer to a write is cut.", code=ANSWER_LOST)
            self._refuse(rows, Refused(lost, unknown=True))
            return
        for each, row in zip(rows, answer, strict=True):
            if row.get("success"):
                record_id = str(row.get("id") or each.record.get("id") or "")
                self.results[each.place] = Written(
                    id18(record_id), created=bool(row.get("created"))
                )
            else:
                refused = errors.of_row(row.get("errors") or ())
                there = not (gone_is_done and refused.code == "record_deleted")
                self.results[each.place] = (
                    Refused(refused) if there else Written(str(each.record["id"]))
                )

    def _find_culprits(self, path: str, rows: Sequence[_Ready], refused: SetAside) -> None:
        """Salesforce refused the whole call and did nothing: part the bad rows from the good."""
        if refused.code in (FIELD_UNKNOWN, RECORD_NOT_FOUND):
            # An upsert says of a missing external-id field that nothing is found (facts §1).
            self._schema.refresh(self._kind)
            good = []
            for each in rows:
                names = [name for name in each.record if name not in ("id", "attributes")]
                hidden = self._schema.hidden(self._kind, names)
                if hidden:
                    self.results[each.place] = Refused(errors.unknown_fields(hidden))
                else:
                    good.append(each)
            if len(good) < len(rows):
                if good:
                    self._send(path, good)
                return
        if len(rows) == 1:
            self._tried = True
            self.results[rows[0].place] = Refused(self._named(refused, rows[0].record))
        elif self._halvings < 2:
            late = SetAside(
                "Salesforce refuses the call for other records in it; this one waits for the next.",
                transient=True,
                code="batch_refused",
                detail=refused.detail,
            )
            self._refuse(rows, Refused(late))
        else:
            self._halvings -= 2
            middle = len(rows) // 2
            self._send(path, rows[:middle])
            self._send(path, rows[middle:])

    def _named(self, refused: SetAside, record: Mapping[str, Any]) -> SetAside:
        """A refusal of a whole call names no field; a text where a number belongs is its cause."""
        if refused.fields or refused.code != "value_refused":
            return refused
        no_texts = self._schema.no_texts(self._kind)
        wrong = tuple(
            name for name, value in record.items() if isinstance(value, str) and name in no_texts
        )
        return SetAside(refused.message, fields=wrong, code=refused.code, detail=refused.detail)
