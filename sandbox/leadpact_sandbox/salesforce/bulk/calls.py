"""Routes of the Bulk API 2.0, and what both kinds of jobs share (facts salesforce §4)."""

from __future__ import annotations

from leadpact_sandbox.gate import Endpoint
from leadpact_sandbox.salesforce.api import Api
from leadpact_sandbox.salesforce.bulk.ingest_calls import MAX_UPLOAD_BYTES, IngestCalls
from leadpact_sandbox.salesforce.bulk.jobs import Jobs
from leadpact_sandbox.salesforce.bulk.query_calls import QueryCalls


def bulk_routes(api: Api, base: str) -> list[tuple[str, str, Endpoint]]:
    """Rows of (method, template, endpoint) below ``…/jobs``.

    The results of unprocessed rows answer in lower case, as documented, and as simple-salesforce
    writes them.
    """
    jobs = Jobs(api)
    ingest, query = IngestCalls(jobs), QueryCalls(jobs)
    here, one = f"{base}/ingest", f"{base}/ingest/{{id}}"
    asked = f"{base}/query"
    wrap = api.endpoint
    return [
        ("POST", here, wrap(ingest.create, raw_up_to=MAX_UPLOAD_BYTES)),
        ("GET", here, wrap(ingest.listed)),
        ("GET", one, wrap(ingest.read)),
        ("PATCH", one, wrap(ingest.change)),
        ("DELETE", one, wrap(ingest.delete)),
        ("PUT", f"{one}/batches", wrap(ingest.upload, raw_up_to=MAX_UPLOAD_BYTES)),
        ("GET", f"{one}/successfulResults", wrap(ingest.successful)),
        ("GET", f"{one}/failedResults", wrap(ingest.failed)),
        ("GET", f"{one}/unprocessedrecords", wrap(ingest.unprocessed)),
        ("GET", f"{one}/unprocessedRecords", wrap(ingest.unprocessed)),
        ("POST", asked, wrap(query.create)),
        ("GET", asked, wrap(query.listed)),
        ("GET", f"{asked}/{{id}}", wrap(query.read)),
        ("PATCH", f"{asked}/{{id}}", wrap(query.change)),
        ("DELETE", f"{asked}/{{id}}", wrap(query.delete)),
        ("GET", f"{asked}/{{id}}/results", wrap(query.results)),
    ]
