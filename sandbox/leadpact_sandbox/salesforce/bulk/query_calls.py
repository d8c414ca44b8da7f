"""``/jobs/query``: create, poll, read in pages (facts salesforce §4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.responses import Response

from leadpact_sandbox.salesforce.api import Call, empty_answer, json_answer
from leadpact_sandbox.salesforce.bulk.csv_rows import written
from leadpact_sandbox.salesforce.bulk.ingest import FINAL
from leadpact_sandbox.salesforce.bulk.jobs import Jobs
from leadpact_sandbox.salesforce.bulk.query import PAGE, QueryJob, asked, selected
from leadpact_sandbox.salesforce.bulk.shapes import (
    choice,
    csv_answer,
    csv_options,
    job_error,
    job_list,
    only,
)
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import stamp_of

MAX_RECORDS = 1_000_000
_BLOCK = 5_000
_KEYS = frozenset({"operation", "query", "contentType", "lineEnding", "columnDelimiter"})


def shown(job: QueryJob, *, whole: bool) -> dict[str, Any]:
    """A job's JSON; ``whole`` adds what a poll tells."""
    about: dict[str, Any] = {
        "id": job.id,
        "operation": job.operation,
        "object": job.kind,
        "createdById": job.user_id,
        "createdDate": stamp_of(job.created),
        "systemModstamp": stamp_of(job.changed),
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.version),
        "lineEnding": job.line_ending,
        "columnDelimiter": job.delimiter,
    }
    if whole:
        about |= {
            "jobType": "V2Query",
            "numberRecordsProcessed": len(job.found),
            "retries": 0,
            "totalProcessingTime": int((job.changed - job.created).total_seconds() * 1000),
        }
        if job.error:
            about["errorMessage"] = job.error
    return about


class QueryCalls:
    """The handlers."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def create(self, call: Call) -> Response:
        """``POST``: 200 with the job, ``UploadComplete``; a wrong query is refused here."""
        body = call.object_body()
        only(body, _KEYS)
        operation = choice(body, "operation", ("query", "queryAll"), None)
        query = body.get("query")
        if not isinstance(query, str) or not query.strip():
            raise ApiError(400, "API_ERROR", "query is missing")
        delimiter, line_ending = csv_options(body)
        asked(call.org, call.caller.user_id, call.version, query, operation)
        kind, paths = selected(call.org, query)
        if not self._jobs.api.bulk_queries.take():
            raise ApiError(400, "LIMIT_EXCEEDED", "DailyBulkV2QueryJobs Limit exceeded.")
        now = call.org.world.clock.now()
        job = QueryJob(
            self._jobs.new_id(),
            operation,
            query,
            kind,
            paths,
            delimiter,
            line_ending,
            call.version,
            call.caller.user_id,
            now,
            now,
        )
        self._jobs.add(job)
        return json_answer(shown(job, whole=False))

    def _job(self, call: Call) -> QueryJob:
        return self._jobs.query(call.path["id"])

    def read(self, call: Call) -> Response:
        """``GET``: the job with its count."""
        return json_answer(shown(self._job(call), whole=True))

    def listed(self, call: Call) -> Response:
        """``GET /jobs/query``."""
        records = [shown(job, whole=False) for job in self._jobs.all_query()]
        return job_list(call, [{**each, "jobType": "V2Query"} for each in records], "jobs/query")

    def change(self, call: Call) -> Response:
        """``PATCH {"state": "Aborted"}``."""
        job = self._job(call)
        body = call.object_body()
        only(body, frozenset({"state"}))
        choice(body, "state", ("Aborted",), None)
        if job.state in FINAL:
            raise job_error("InvalidJobState", f"Job in state {job.state} cannot be aborted")
        job.state, job.changed = "Aborted", call.org.world.clock.now()
        return json_answer(shown(job, whole=False))

    def delete(self, call: Call) -> Response:
        """``DELETE``: 204, for a job that has ended."""
        job = self._job(call)
        if job.state not in FINAL:
            raise job_error("InvalidJobState", f"Job in state {job.state} cannot be deleted")
        self._jobs.forget(job)
        return empty_answer()

    def results(self, call: Call) -> Response:
        """``GET …/results?maxRecords=&locator=``: 409 on another API version."""
        job = self._job(call)
        if job.version != call.version:
            raise job_error(
                "InvalidJob", f"the job was created with API version {job.version}", 409
            )
        if job.state != "JobComplete":
            raise job_error("InvalidJobState", f"Job in state {job.state} has no results")
        size = _whole(call.query("maxRecords"), "maxRecords", PAGE, MAX_RECORDS)
        start = _whole(call.query("locator"), "locator", 0, max(len(job.found) - 1, 0))
        if not size:
            raise job_error("InvalidBatch", "maxRecords must be at least 1")
        end = min(start + size, len(job.found))

        def blocks() -> Iterator[bytes]:
            yield written([job.paths], job.delimiter, job.line_ending)
            for first in range(start, end, _BLOCK):
                rows = job.page(first, min(_BLOCK, end - first))
                yield written(rows, job.delimiter, job.line_ending)

        told = {
            "Sforce-Locator": "null" if end >= len(job.found) else _locator(end),
            "Sforce-NumberOfRecords": str(end - start),
        }
        return csv_answer(blocks(), told)


def _locator(place: int) -> str:
    """Opaque to clients; it must not look like a page number that they could count up."""
    return f"MT{place:x}"


def _whole(text: str | None, name: str, default: int, most: int) -> int:
    if text is None or text == "":
        return default
    digits, base = (text.removeprefix("MT"), 16) if name == "locator" else (text, 10)
    try:
        if not digits.isascii() or not digits.isalnum() or (base == 16 and digits == text):
            raise ValueError
        number = int(digits, base)
    except ValueError:
        number = -1
    if base == 10 and number > most:
        return most
    if not 0 <= number <= most:
        raise job_error("InvalidQueryLocator" if base == 16 else "InvalidBatch", f"invalid {name}")
    return number
