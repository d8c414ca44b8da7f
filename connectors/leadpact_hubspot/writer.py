"""Writes contacts in batches, one result per row (facts §1, §4).

A refusal of one row must not cost the other ninety-nine: HubSpot answers a batch row by row where each input has
its ``objectWriteTraceId``, else it refuses the whole; then the batch is split by what the refusal
names, and halved where it names nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from leadpact.errors import LeadpactError, SetAside, WaitUntil
from leadpact.ports.connector import Refused, WriteResult, WriteRow, Written
from leadpact_hubspot import tasks
from leadpact_hubspot.client import HubSpotClient
from leadpact_hubspot.errors import (
    RECORD_MISSING,
    RECORD_MOVED,
    Refusal,
    bad_values,
    from_row,
    told_rows,
)
from leadpact_hubspot.objects import (
    COMPANIES,
    EXTERNAL_ID,
    OPS,
    WRITE_BATCH,
    Json,
    checked_properties,
    is_record_id,
    stamp,
    wire,
)
from leadpact_hubspot.reader import missing_ids
from leadpact_webapi.retry import ANSWER_LOST

_NUMBER: Final = re.compile(r"\d+", re.ASCII)
_UPDATE, _UPSERT, _ASSOCIATE, _ANNOUNCE, _ARCHIVE = range(5)

_ENDPOINTS: Final = {
    "make": _UPSERT,
    "associate": _ASSOCIATE,
    "announce": _ANNOUNCE,
    "archive": _ARCHIVE,
}

Send = Callable[[Json], Json]
Numbered = tuple[int, WriteRow]


class RecordWriter:
    """Carries out write rows: ``set`` and ``reset_blank`` update by id, ``make`` upserts on our external id,
    ``associate`` ties a contact to a company, ``announce`` leaves a task with it, ``archive`` takes it away."""

    def __init__(self, client: HubSpotClient) -> None:
        self._client = client

    def write(self, rows: Sequence[WriteRow]) -> list[WriteResult]:
        """One result per row, same order.

        Raises:
            WaitUntil, SignIn, Stop, FixSettings: nothing of the batch was tried.
        """
        batch = _Batch(len(rows))
        sends = (
            self._client.batch_update,
            self._client.batch_upsert,
            self._client.associate,
            self._client.batch_create_tasks,
            self._client.batch_archive,
        )
        for calls, by in _waves(rows, batch):
            todo = self._not_yet_announced(calls, batch) if by == _ANNOUNCE else calls
            for start in range(0, len(todo), WRITE_BATCH):
                batch.run(sends[by], todo[start : start + WRITE_BATCH], make=by == _UPSERT)
        return batch.results()

    def _not_yet_announced(self, calls: list[Numbered], batch: _Batch) -> list[Numbered]:
        """The rows whose task is not there; the others are done."""
        there = tasks.known(self._client, [row for _, row in calls])
        for number, row in calls:
            if row.external_id in there:
                batch.set(number, Written(there[row.external_id]))
        return [one for one in calls if one[1].external_id not in there]


def _waves(rows: Sequence[WriteRow], batch: _Batch) -> list[tuple[list[Numbered], int]]:
    """Rows by endpoint and in order, no record twice in one call: HubSpot keeps no order inside a batch (facts §4)."""
    waves: list[tuple[list[Numbered], int]] = []
    turns: dict[tuple[int, str], int] = {}
    by_turn: dict[tuple[int, int], list[Numbered]] = {}
    for number, row in enumerate(rows):
        fault = _fault(row)
        if fault is not None:
            batch.set(number, Refused(fault))
            continue
        by = _ENDPOINTS.get(row.op, _UPDATE)
        key = (by, row.external_id if by in (_UPSERT, _ANNOUNCE) else row.id)
        turn = turns[key] = turns.get(key, -1) + 1
        by_turn.setdefault((turn, by), []).append((number, row))
    for (_, by), numbered in sorted(by_turn.items(), key=lambda item: item[0]):
        waves.append((numbered, by))
    return waves


def _fault(row: WriteRow) -> SetAside | None:
    if row.op not in OPS:
        return SetAside(f"HubSpot contacts take no {row.op}.", code="op_not_offered")
    if row.op == "make":
        if not row.external_id or len(row.external_id) > 255:
            return SetAside("A new contact needs our external id.", code="bad_id")
        return None
    if not is_record_id(row.id):
        return SetAside("This is not a HubSpot record id.", code="bad_id")
    if row.op == "announce":
        return tasks.fault(row)
    if row.op == "associate":
        if set(row.fields) != {COMPANIES}:
            return SetAside(
                "A HubSpot contact is associated with one company.", code="op_not_offered"
            )
        if not is_record_id(str(row.fields[COMPANIES])):
            return SetAside("This is not the id of a HubSpot company.", code="bad_id")
    return None


class _Batch:
    """Results as they come in; knows whether anything was tried yet."""

    def __init__(self, size: int) -> None:
        self._results: list[WriteResult | None] = [None] * size
        self._tried = False

    def set(self, number: int, result: WriteResult) -> None:
        """Note the result of a row."""
        self._results[number] = result

    def results(self) -> list[WriteResult]:
        """All results; there is one for each row once every call was made."""
        return [result for result in self._results if result is not None]

    def run(self, send: Send, calls: list[Numbered], *, make: bool) -> None:
        """Send these rows and note what came of each; splits where the whole is refused."""
        todo = [calls]
        while todo:
            part = todo.pop()
            try:
                answer = send({"inputs": [_input(number, row) for number, row in part]})
            except Refusal as refusal:
                self._tried = True
                todo.extend(reversed(self._split(part, refusal)))
            except LeadpactError as error:
                lost = isinstance(error, WaitUntil) and error.code == ANSWER_LOST
                if not self._tried and not lost:
                    raise
                self._tried = True
                for number, _ in part:
                    self.set(number, Refused(error, unknown=lost))
                if not lost:
                    # The same would meet the rest: not tried, and said so.
                    for number, _ in (row for rest in todo for row in rest):
                        self.set(number, Refused(error))
                    return
            else:
                self._tried = True
                self._take(answer, part, make=make)

    def _split(self, part: list[Numbered], refusal: Refusal) -> list[list[Numbered]]:
        """Refuse the rows that are surely at fault, hand back the others in parts to try again."""
        if len(part) == 1:
            self.set(part[0][0], Refused(refusal))
            return []
        guilty = _guilty(part, refusal)
        if guilty:
            for number in guilty:
                self.set(number, Refused(refusal))
            rest = [one for one in part if one[0] not in guilty]
            return [rest] if rest else []
        named = set(refusal.fields)
        suspects = [one for one in part if named & one[1].fields.keys()]
        if suspects and len(suspects) < len(part):
            return [[one for one in part if one not in suspects], suspects]
        half = len(part) // 2
        return [part[:half], part[half:]]

    def _take(self, answer: Json, part: list[Numbered], *, make: bool) -> None:
        if part[0][1].op == "associate":
            self._take_pairs(answer, part)
            return
        rows = answer.get("results") or []
        by_trace = {str(row.get("objectWriteTraceId") or ""): row for row in rows}
        by_id = {str(row.get("id")): row for row in rows}
        by_external = {_external(row): row for row in rows} if make else {}
        refused, missing = _row_errors(answer), missing_ids(answer)
        for number, row in part:
            found = by_trace.get(str(number))
            if found is None and row.op == "announce":
                # The id of a task says nothing of the contact's.
                found = tasks.announced(rows, row.external_id)
            elif found is None:
                found = by_external.get(row.external_id) if make else by_id.get(row.id)
            if found is not None:
                self.set(number, _written(found, row))
            elif str(number) in refused:
                self.set(number, Refused(refused[str(number)]))
            else:
                self.set(number, Refused(_absent(row, missing, answer)))

    def _take_pairs(self, answer: Json, part: list[Numbered]) -> None:
        rows = answer.get("results") or []
        tied = {(str(one["from"]["id"]), str(one["to"]["id"])) for one in rows}
        for number, row in part:
            ends = (row.id, str(row.fields[COMPANIES]))
            if ends in tied:
                self.set(number, Written(row.id))
            else:
                self.set(number, Refused(_untied(ends, answer)))


def _untied(ends: tuple[str, str], answer: Json) -> LeadpactError:
    """Why two records were not associated; an error row names the id that is not there."""
    for error in answer.get("errors") or ():
        context = error.get("context") or {}
        told = [str(one) for ids in context.values() if isinstance(ids, list) for one in ids]
        # As ids alone, or inside a sentence of HubSpot's ("COMPANY=7 is not valid").
        if set(ends) & {number for one in told for number in _NUMBER.findall(one)}:
            return SetAside("HubSpot has no such contact or company any more.", code=RECORD_MISSING)
    return SetAside(
        "HubSpot left this association out of its answer without an error: one of the records was probably "
        "merged into another, which the next read shows.",
        code=RECORD_MOVED,
        transient=True,
    )


def _input(number: int, row: WriteRow) -> Json:
    if row.op == "announce":
        return tasks.task_input(number, row)
    if row.op == "archive":
        return {"id": row.id}
    if row.op == "associate":
        return {"from": {"id": row.id}, "to": {"id": str(row.fields[COMPANIES])}}
    blank = row.op == "reset_blank"
    names = checked_properties(list(row.fields))
    made: Json = {
        "id": row.id,
        "properties": {name: "" if blank else wire(row.fields[name]) for name in names},
        # Makes HubSpot answer row by row (facts §1).
        "objectWriteTraceId": str(number),
    }
    if row.op == "make":
        made["id"] = row.external_id
        made["idProperty"] = EXTERNAL_ID
        # Needed by name too, so that the answer carries it and rows can be told apart.
        made["properties"][EXTERNAL_ID] = row.external_id
    return made


def _written(found: Json, row: WriteRow) -> Written:
    if row.op == "announce":
        return Written(str(found["id"]), created=True)
    values = found.get("properties") or {}
    return Written(
        id=str(found["id"]),
        fields={name: values[name] for name in row.fields if name in values},
        version=stamp(found["updatedAt"]) if found.get("updatedAt") else "",
        created=bool(found.get("new")),
    )


def _external(row: Json) -> str:
    return str((row.get("properties") or {}).get(EXTERNAL_ID) or "")


def _row_errors(answer: Json) -> dict[str, LeadpactError]:
    """Errors of a 207 answer by the trace id that each names."""
    found: dict[str, LeadpactError] = {}
    for error in answer.get("errors") or ():
        made = from_row(error)
        found.update(dict.fromkeys(told_rows(error), made))
    return found


def _absent(row: WriteRow, missing: set[str], answer: Json) -> LeadpactError:
    """Why a row has neither a result nor an error of its own."""
    key = row.external_id if row.op == "make" else row.id
    if key in missing:
        return SetAside("HubSpot has no such record any more.", code=RECORD_MISSING)
    loose = [error for error in answer.get("errors") or () if not told_rows(error)]
    if loose and not missing:
        return from_row(loose[0])
    return SetAside(
        "HubSpot left this row out of its answer without an error: the record was probably merged "
        "into another, which the next read shows.",
        code=RECORD_MOVED,
        transient=True,
    )


def _guilty(part: list[Numbered], refusal: Refusal) -> set[int]:
    """Rows that the refusal blames by trace id or by quoting their very value."""
    numbers = {number for number, _ in part}
    told = {int(one) for one in told_rows(refusal.content) if one.isdigit()} & numbers
    if told:
        return told
    guilty: set[int] = set()
    for bad in bad_values(refusal.content):
        for number, row in part:
            value = wire(row.fields[bad.name]) if bad.name in row.fields else ""
            # Quoted: a short value could stand in the sentence by chance.
            if value and any(f"{q}{value}{q}" in bad.message for q in "\"'"):
                guilty.add(number)
    return guilty
