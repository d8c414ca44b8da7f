"""All bulk jobs of the org, kept seven days (facts salesforce §4)."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from leadpact_sandbox.salesforce import ids
from leadpact_sandbox.salesforce.api import Api
from leadpact_sandbox.salesforce.bulk.ingest import IngestJob
from leadpact_sandbox.salesforce.bulk.query import QueryJob
from leadpact_sandbox.salesforce.errors import not_found

KEPT = timedelta(days=7)
Job = TypeVar("Job", IngestJob, QueryJob)


class Jobs:
    """Jobs by id; a reset of the org forgets them.

    Args:
        api: whose org, clock and day they share.
    """

    def __init__(self, api: Api) -> None:
        self.api = api
        self._org = api.org
        self._ingest: dict[str, IngestJob] = {}
        self._query: dict[str, QueryJob] = {}
        api.before_each_call(self.settle)

    def settle(self) -> None:
        """Do what is due, and forget what is too old."""
        org, now = self.api.org, self.api.world.clock.now()
        if org is not self._org:
            self._org = org
            self._ingest.clear()
            self._query.clear()
        if not (self._ingest or self._query):
            return
        for ingest in list(self._ingest.values()):
            if now - ingest.created > KEPT:
                del self._ingest[ingest.id]
            else:
                ingest.settle(org, now, self.api.bulk_batches.take)
        for query in list(self._query.values()):
            if now - query.created > KEPT:
                del self._query[query.id]
            else:
                query.settle(org, now)

    def new_id(self) -> str:
        """An id for a job."""
        return self.api.org.mint_prefix("750")

    def add(self, job: IngestJob | QueryJob) -> None:
        """Keep a new job."""
        if isinstance(job, IngestJob):
            self._ingest[job.id] = job
        else:
            self._query[job.id] = job

    def ingest(self, text: str) -> IngestJob:
        """The ingest job of an id.

        Raises:
            ApiError: 404.
        """
        return _known(self._ingest, text)

    def query(self, text: str) -> QueryJob:
        """The query job of an id.

        Raises:
            ApiError: 404.
        """
        return _known(self._query, text)

    def all_ingest(self) -> list[IngestJob]:
        """Every ingest job, oldest first."""
        return list(self._ingest.values())

    def all_query(self) -> list[QueryJob]:
        """Every query job, oldest first."""
        return list(self._query.values())

    def forget(self, job: IngestJob | QueryJob) -> None:
        """Delete a job."""
        self._ingest.pop(job.id, None)
        self._query.pop(job.id, None)


def _known(jobs: dict[str, Job], text: str) -> Job:
    record_id = ids.normalised(text)
    job = None if record_id is None else jobs.get(record_id)
    if job is None:
        raise not_found()
    return job
