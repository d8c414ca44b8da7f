"""``/jobs/ingest``: create, upload, close, poll, read the results (facts salesforce §4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from starlette.responses import Response

from leadpact_sandbox.salesforce import ids
from leadpact_sandbox.salesforce.api import Call, empty_answer, json_answer, parsed_json
from leadpact_sandbox.salesforce.bulk.csv_rows import written
from leadpact_sandbox.salesforce.bulk.ingest import FINAL, IngestJob
from leadpact_sandbox.salesforce.bulk.jobs import Jobs
from leadpact_sandbox.salesforce.bulk.row_work import Done
from leadpact_sandbox.salesforce.bulk.shapes import (
    choice,
    csv_answer,
    csv_options,
    job_error,
    job_list,
    only,
)
from leadpact_sandbox.salesforce.errors import ApiError, not_covered
from leadpact_sandbox.salesforce.org import stamp_of
from leadpact_sandbox.salesforce.rows import allow

MAX_UPLOAD_BYTES = 100_000_000
OPERATIONS = {
    "insert": "create",
    "update": "update",
    "upsert": "update",
    "delete": "delete",
    "hardDelete": "delete",
}
"""Operations and what the object must support for them."""
_KEYS = frozenset(
    {
        "object",
        "operation",
        "externalIdFieldName",
        "contentType",
        "lineEnding",
        "columnDelimiter",
        "assignmentRuleId",
    }
)


def shown(job: IngestJob, *, whole: bool) -> dict[str, Any]:
    """A job's JSON; ``whole`` adds what a poll tells."""
    about: dict[str, Any] = {
        "id": job.id,
        "operation": job.operation,
        "object": job.owner.name,
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
    if job.external_field:
        about["externalIdFieldName"] = job.external_field
    if job.assignment_rule:
        about["assignmentRuleId"] = job.assignment_rule
    if job.state == "Open":
        about["contentUrl"] = f"services/data/v{job.version}/jobs/ingest/{job.id}/batches"
    if whole:
        begun = job.closed or job.created
        took = int((job.changed - begun).total_seconds() * 1000) if job.state in FINAL else 0
        about |= {
            "jobType": "V2Ingest",
            "retries": 0,
            "totalProcessingTime": took,
            "apiActiveProcessingTime": took,
            "apexProcessingTime": 0,
        }
        if job.error:
            about["errorMessage"] = job.error
    return about


class IngestCalls:
    """The handlers."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def _whole(self, call: Call, job: IngestJob) -> dict[str, Any]:
        about = shown(job, whole=True)
        failed = job.failed_rows
        counts_failures = call.org.world.switch("salesforce.4.processed_counts_failures", True)
        about["numberRecordsProcessed"] = len(job.outcomes) - (0 if counts_failures else failed)
        about["numberRecordsFailed"] = failed
        return about

    def create(self, call: Call) -> Response:
        """``POST``: 200 with the job, ``Open``."""
        if call.request.headers.get("content-type", "").startswith("multipart/"):
            raise not_covered("jobs created and filled in one multipart call")
        body = parsed_json(call.body)
        if not isinstance(body, dict):
            raise ApiError(400, "JSON_PARSER_ERROR", "The HTTP entity body is required")
        only(body, _KEYS)
        operation = choice(body, "operation", tuple(OPERATIONS), None)
        name = body.get("object")
        owner = call.org.catalog.get(name) if isinstance(name, str) else None
        if owner is None or owner.tooling:
            raise job_error(
                "InvalidEntity", f"Entity '{str(name)[:80]}' is not supported by the Bulk API."
            )
        allow(owner, OPERATIONS[operation])
        if operation == "hardDelete" and not call.org.world.switch(
            "salesforce.4.hard_delete_granted", False
        ):
            raise job_error(
                "FeatureNotEnabled",
                "hardDelete needs the permission Bulk API Hard Delete",
            )
        delimiter, line_ending = csv_options(body)
        key = body.get("externalIdFieldName") or ""
        if operation == "upsert":
            field = owner.field(key) if isinstance(key, str) and key else None
            if field is None or not (field.external_id or field.name == "Id"):
                raise job_error(
                    "InvalidJob",
                    f"Field name provided, {str(key)[:80]} does not match an External ID, Salesforce "
                    f"Id, or indexed field for {owner.name}",
                )
            key = field.name
        elif key:
            raise job_error("InvalidJob", "externalIdFieldName belongs to upsert alone")
        rule = body.get("assignmentRuleId") or ""
        if rule and (not isinstance(rule, str) or ids.normalised(rule) is None):
            raise job_error("InvalidJob", "assignmentRuleId is not an id")
        now = call.org.world.clock.now()
        job = IngestJob(
            self._jobs.new_id(),
            owner,
            operation,
            key,
            delimiter,
            line_ending,
            rule,
            call.version,
            call.caller.user_id,
            now,
            now,
        )
        self._jobs.add(job)
        return json_answer(shown(job, whole=False))

    def _job(self, call: Call) -> IngestJob:
        return self._jobs.ingest(call.path["id"])

    def upload(self, call: Call) -> Response:
        """``PUT …/batches``: 201, once per job."""
        job = self._job(call)
        headers = call.request.headers
        kind, _, parameter = headers.get("content-type", "").lower().partition(";")
        charset = parameter.partition("charset=")[2].strip(' "')
        if kind.strip() != "text/csv" or charset not in ("", "utf-8", "utf8"):
            raise ApiError(
                415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be text/csv; charset=UTF-8"
            )
        if headers.get("content-encoding", "identity") != "identity":
            raise not_covered("compressed uploads")
        if job.state != "Open":
            raise job_error("InvalidJobState", f"Job in state {job.state} takes no data")
        once = call.org.world.switch("salesforce.4.one_upload_per_job", True)
        if job.content is not None and once:
            raise job_error(
                "ClientInputError",
                f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' "
                "the current Job then create a new Job and make sure you only do 'PUT' once on a "
                "given Job.",
            )
        job.content = call.body
        return empty_answer(201)

    def change(self, call: Call) -> Response:
        """``PATCH {"state"}``: close or abort."""
        job = self._job(call)
        body = call.object_body()
        only(body, frozenset({"state"}))
        wanted = choice(body, "state", ("UploadComplete", "Aborted"), None)
        now = call.org.world.clock.now()
        if job.state in FINAL or (wanted == "UploadComplete" and job.state != "Open"):
            raise job_error("InvalidJobState", f"Job in state {job.state} cannot become {wanted}")
        if wanted == "Aborted":
            job.abort(now)
        else:
            job.close(now, locked=call.locked)
        return json_answer(shown(job, whole=False))

    def read(self, call: Call) -> Response:
        """``GET``: the job with its counts."""
        return json_answer(self._whole(call, self._job(call)))

    def listed(self, call: Call) -> Response:
        """``GET /jobs/ingest``."""
        records = [shown(job, whole=False) for job in self._jobs.all_ingest()]
        return job_list(call, [{**each, "jobType": "V2Ingest"} for each in records], "jobs/ingest")

    def delete(self, call: Call) -> Response:
        """``DELETE``: 204, for a job that is not being worked on."""
        job = self._job(call)
        if job.state in ("Open", "InProgress"):
            raise job_error("InvalidJobState", f"Job in state {job.state} cannot be deleted")
        self._jobs.forget(job)
        return empty_answer()

    def successful(self, call: Call) -> Response:
        """``GET …/successfulResults``."""
        return self._results(
            call,
            ["sf__Id", "sf__Created"],
            lambda done: (
                None
                if done is None or done.error
                else [done.id, "true" if done.created else "false"]
            ),
        )

    def failed(self, call: Call) -> Response:
        """``GET …/failedResults``."""
        return self._results(
            call,
            ["sf__Id", "sf__Error"],
            lambda done: [done.id, done.error] if done is not None and done.error else None,
        )

    def unprocessed(self, call: Call) -> Response:
        """``GET …/unprocessedrecords``: the input of what was never begun."""
        return self._results(call, [], lambda done: [] if done is None else None)

    def _results(
        self, call: Call, extra: list[str], pick: Callable[[Done | None], list[str] | None]
    ) -> Response:
        job = self._job(call)
        if job.state not in FINAL:
            raise job_error("InvalidJobState", f"Job in state {job.state} has no results yet")

        def blocks() -> Iterator[bytes]:
            yield written([[*extra, *job.header()]], job.delimiter, job.line_ending)
            for window in job.found():
                picked = ((row, pick(done)) for row, done in window)
                rows = [[*first, *job.cells(row)] for row, first in picked if first is not None]
                if rows:
                    yield written(rows, job.delimiter, job.line_ending)

        return csv_answer(blocks())
