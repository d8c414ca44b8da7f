"""Bulk 2.0: uploads as a stream, results told by key, queries read in pages (facts §4).

Worth its while above some 2,000 rows (limits.BULK_FROM). Nothing here waits long: a job that still
runs is raised as WaitUntil. A job is plain data, so that a run that dies goes on from its journal::

    for job in bulk.upload("Lead", "set", fields, rows, refused=...):
        journal(job)      # from here on the job can be found again
        bulk.close(job)   # until here Salesforce does nothing
    bulk.finished(job)    # WaitUntil while it runs
    for key, result in bulk.outcomes(job): ...

Jobs run on several rows of one Account at once, and lock each other's: rows that share an Account
belong together in the iterable, and rows that fail with ``row_locked`` are sent again.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Final, Literal, TypeAlias

from leadpact.errors import FixSettings, LeadpactError, SetAside, Stop, WaitUntil
from leadpact.ports.clock import Clock
from leadpact.ports.connector import Refused, WriteResult, WriteRow, Written
from leadpact_salesforce import errors, transfer
from leadpact_salesforce.bulk_csv import RowWriter, blocks, read_rows
from leadpact_salesforce.bulk_job import (
    FINAL,
    BulkJob,
    Progress,
    Upload,
    count,
    error_of,
    error_of_row,
    id_in,
    path_of,
)
from leadpact_salesforce.client import SalesforceClient
from leadpact_salesforce.limits import BULK_BYTES, BULK_PAGE
from leadpact_salesforce.objects import (
    EXTERNAL_ID_FIELD,
    LEAD,
    PEOPLE,
    id18,
    is_field_name,
)
from leadpact_salesforce.schema import STATUS, LiveSchema
from leadpact_webapi.retry import ANSWER_LOST

RUNNING: Final = "bulk_running"
BulkOp: TypeAlias = Literal["set", "make"]
_CSV: Final = "text/csv; charset=UTF-8"
_CHUNK_BYTES: Final = 65_536
_FIRST_WAIT_S: Final = 1.0
_LONGEST_EXTERNAL_ID: Final = 255
_COLUMNS: Final = {"set": "Id", "make": EXTERNAL_ID_FIELD}
"""Operation → the column by which results are told apart."""


class Bulk:
    """Bulk 2.0 through the connector's own session.

    Args:
        clock: waits a second at most per poll.
        job_bytes: most bytes of one upload; what is beyond goes into a further job.
    """

    def __init__(
        self,
        client: SalesforceClient,
        schema: LiveSchema,
        clock: Clock,
        *,
        job_bytes: int = BULK_BYTES,
    ) -> None:
        self._client = client
        self._schema = schema
        self._clock = clock
        self._job_bytes = job_bytes

    # -- writing -------------------------------------------------------------------------------

    def upload(
        self,
        kind: str,
        op: BulkOp,
        fields: Sequence[str],
        rows: Iterable[WriteRow],
        *,
        refused: Callable[[WriteRow, Refused], None],
    ) -> Iterator[BulkJob]:
        """Upload rows as they come; each job is yielded when its data is there, not yet begun.

        Args:
            op: ``set`` updates by id, ``make`` upserts on our external id.
            fields: the columns; a field that a row leaves out is left alone.
            refused: told of each row that is not sent, and why.

        Raises:
            FixSettings: a field that the org does not show to this sign-in.
            WaitUntil, SignIn, Stop: nothing of the job that failed is done; it is aborted.
        """
        self._check(kind, op, fields)
        writer = RowWriter(_COLUMNS[op], fields)
        ready = self._ready(kind, op, writer, rows, refused)
        held = next(ready, None)
        while held is not None:
            job = self._create(kind, op)
            upload = Upload(ready, held, writer.header, self._job_bytes)
            try:
                path = f"jobs/ingest/{job.id}/batches"
                transfer.upload(self._client, path, blocks(upload.lines()), _CSV)
            except BaseException:
                self._abandon(job)
                raise
            held = upload.left
            yield replace(job, rows=upload.rows, size=upload.size)

    def _check(self, kind: str, op: str, fields: Sequence[str]) -> None:
        if kind not in PEOPLE or op not in _COLUMNS:
            raise Stop(f"{kind[:40]!r} is not written in bulk.", code="kind_unknown")
        for name in fields:
            if not is_field_name(name) or "." in name or name.lower() in ("id", EXTERNAL_ID_FIELD):
                raise Stop(f"{name[:80]!r} is no column of a bulk job.", code="field_name_invalid")
        hidden = self._schema.hidden(kind, [*fields, _COLUMNS[op]])
        if hidden:
            unknown = errors.unknown_fields(hidden)
            raise FixSettings(unknown.message, code=unknown.code)

    def _ready(
        self,
        kind: str,
        op: BulkOp,
        writer: RowWriter,
        rows: Iterable[WriteRow],
        refused: Callable[[WriteRow, Refused], None],
    ) -> Iterator[bytes]:
        """Lines of the rows that may be sent; each key once, since a second one fails both."""
        seen: set[str] = set()
        known = self._schema.statuses() if kind == LEAD else None
        for row in rows:
            try:
                if row.op != op:
                    raise SetAside(f"This job does no {row.op}.", code="op_not_offered")
                key = id18(row.id) if op == "set" else row.external_id
                if op == "make" and not 0 < len(key.strip()) <= _LONGEST_EXTERNAL_ID:
                    raise SetAside(
                        "A new record needs our external id.", code="external_id_missing"
                    )
                if key in seen:
                    raise SetAside(
                        "The record is in this upload already.", transient=True, code="row_repeated"
                    )
                status = row.fields.get(STATUS)
                if known is not None and status is not None and status not in known.usable:
                    raise errors.status_refused(str(status), known.usable, known.converted)
                line = writer.row(key, row.fields)
            except SetAside as error:
                refused(row, Refused(error))
            else:
                seen.add(key)
                yield line

    def _create(self, kind: str, op: BulkOp) -> BulkJob:
        body = {
            "object": kind,
            "operation": "update" if op == "set" else "upsert",
            "contentType": "CSV",
            "lineEnding": "CRLF",
            "columnDelimiter": "COMMA",
        }
        if op == "make":
            body["externalIdFieldName"] = EXTERNAL_ID_FIELD
        return BulkJob(id_in(self._client.make("jobs/ingest", body)), kind, op)

    def close(self, job: BulkJob) -> None:
        """Let Salesforce begin; does nothing where it has begun."""
        try:
            self._client.change(path_of(job), {"state": "UploadComplete"})
        except (SetAside, Stop):
            if self._state(job)["state"] in ("Open", "Aborted"):
                raise
        except WaitUntil as lost:
            if lost.code != ANSWER_LOST or self._state(job)["state"] == "Open":
                raise

    def abort(self, job: BulkJob) -> None:
        """Stop a job; what it has done stays. Does nothing where it has ended."""
        try:
            self._client.change(path_of(job), {"state": "Aborted"})
        except (SetAside, Stop, WaitUntil):
            if self._state(job)["state"] not in FINAL:
                raise

    def forget(self, job: BulkJob) -> None:
        """Delete a job that has ended, with its data; Salesforce does so after seven days."""
        self._client.remove(path_of(job))

    def _abandon(self, job: BulkJob) -> None:
        """Abort after a failure; the failure counts, and an open job without data does no harm."""
        try:
            self.abort(job)
        except LeadpactError:
            return

    # -- how it goes ---------------------------------------------------------------------------

    def finished(self, job: BulkJob) -> Progress:
        """How the job ended.

        Raises:
            WaitUntil: ``bulk_running``; ask again after ``seconds``.
        """
        for wait in (_FIRST_WAIT_S, 0.0):
            told = self._state(job)
            if told["state"] in FINAL:
                return Progress(
                    str(told["state"]),
                    count(told, "numberRecordsProcessed"),
                    count(told, "numberRecordsFailed"),
                    error_of(told),
                )
            if wait:
                self._clock.sleep(wait)
        left = max(0, job.rows - count(told, "numberRecordsProcessed"))
        raise WaitUntil(
            "Salesforce still works on a bulk job.",
            seconds=min(60.0, 5 + left / 2_000),
            code=RUNNING,
        )

    def _state(self, job: BulkJob) -> dict[str, Any]:
        told = self._client.read(path_of(job))
        if not isinstance(told, dict) or not isinstance(told.get("state"), str):
            raise WaitUntil("Salesforce's answer about a bulk job is cut.", code=ANSWER_LOST)
        return told

    def outcomes(self, job: BulkJob) -> Iterator[tuple[str, WriteResult]]:
        """(id or external id, what came of it) of each row, in any order, as the results come.

        Raises:
            WaitUntil: ``answer_lost``; start again, all come again.
        """
        error = error_of(self._state(job)) or SetAside(
            "The bulk job ended before this record; it waits for the next.",
            transient=True,
            code="bulk_not_processed",
        )
        column = _COLUMNS[job.op]
        for row in self._results(job, "failedResults"):
            yield row.get(column, ""), Refused(error_of_row(row.get("sf__Error", "")))
        for row in self._results(job, "successfulResults"):
            done = Written(id18(row["sf__Id"]), created=row.get("sf__Created") == "true")
            yield row.get(column, ""), done
        for row in self._results(job, "unprocessedrecords"):
            yield row.get(column, ""), Refused(error)

    def _results(self, job: BulkJob, which: str) -> Iterator[dict[str, str]]:
        found, _ = self._table(f"{path_of(job)}/{which}", None)
        return found

    # -- reading -------------------------------------------------------------------------------

    def ask(self, soql: str, *, with_deleted: bool = False) -> BulkJob:
        """Begin a query; ``soql`` holds checked names and escaped texts only (soql.py)."""
        operation = "queryAll" if with_deleted else "query"
        told = self._client.make("jobs/query", {"operation": operation, "query": soql})
        return BulkJob(id_in(told), str(told.get("object") or ""), "query")

    def rows(self, job: BulkJob) -> Iterator[dict[str, str]]:
        """All rows of a query that has finished: texts by column, "" for null.

        Raises:
            WaitUntil: ``answer_lost``; start again.
        """
        locator = ""
        while locator != "null":
            params = {"maxRecords": str(BULK_PAGE)}
            if locator:
                params["locator"] = locator
            found, headers = self._table(f"{path_of(job)}/results", params)
            yield from found
            # Absent would mean an endless walk over the first page.
            locator = headers.get("Sforce-Locator") or "null"

    def _table(
        self, path: str, params: dict[str, str] | None
    ) -> tuple[Iterator[dict[str, str]], Any]:
        response = transfer.stream(self._client, path, params)

        def found() -> Iterator[dict[str, str]]:
            with closing(response):
                try:
                    table = read_rows(response.iter_content(_CHUNK_BYTES))
                    header = next(table, [])
                    for row in table:
                        yield dict(zip(header, row, strict=True))
                except errors.NETWORK_ERRORS as error:
                    raise errors.of_network(error) from error
                except (csv.Error, ValueError) as error:
                    raise WaitUntil(
                        "Salesforce's bulk results are cut.", code=ANSWER_LOST, detail=str(error)
                    ) from error

        return found(), response.headers
