"""A query job: what it found is kept as it was, and read in pages (facts salesforce §4)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.org import Org
from leadpact_sandbox.salesforce.soql.answer import Answer, Engine
from leadpact_sandbox.salesforce.table import Row

QUEUED = timedelta(seconds=0.2)
WORKED = timedelta(seconds=0.5)
PAGE = 50_000
"""Rows of a page unless ``maxRecords`` says; the real one decides as it likes."""
_SELECT = re.compile(r"\s*select\s+(.*?)\s+from\s+(\w+)", re.IGNORECASE | re.DOTALL)
_PATH = re.compile(r"[A-Za-z]\w*(?:\.[A-Za-z]\w*)*", re.ASCII)
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000")


@dataclass(slots=True)
class QueryJob:
    """One job.

    Attributes:
        paths: the selected fields; a relationship's fields with a point.
        found: the records, made when the job ran.
    """

    id: str
    operation: str
    query: str
    kind: str
    paths: tuple[str, ...]
    delimiter: str
    line_ending: str
    version: str
    user_id: str
    created: datetime
    changed: datetime
    state: str = "UploadComplete"
    error: str = ""
    make: Any = None
    found: Sequence[Row] = field(default_factory=tuple)

    def settle(self, org: Org, now: datetime) -> None:
        """Run it when its time has come."""
        if self.state == "UploadComplete" and now >= self.created + QUEUED:
            self.state, self.changed = "InProgress", self.created + QUEUED
        if self.state != "InProgress" or now < self.created + WORKED:
            return
        self.changed = self.created + WORKED
        try:
            answer = asked(org, self.user_id, self.version, self.query, self.operation)
        except ApiError as error:
            self.state, self.error = "Failed", f"{error.code} : {error.message}"
            return
        rows = org.tables[self.kind].rows
        # Rows are replaced when they change: to keep them is to keep what stood there.
        self.found = tuple(rows[each] for each in answer.found)
        self.make = answer.make
        self.state = "JobComplete"

    def page(self, start: int, size: int) -> list[list[str]]:
        """Rows of a page as texts."""
        names = [path.split(".") for path in self.paths]
        made = (self.make(row) for row in self.found[start : start + size])
        return [[_text(_at(record, name)) for name in names] for record in made]


def asked(org: Org, user_id: str, version: str, query: str, operation: str) -> Answer:
    """The answer to a job's query.

    Raises:
        ApiError: as SOQL is refused, or for what Bulk does not query.
    """
    engine = Engine(org, org.access(user_id), version, include_deleted=operation == "queryAll")
    answer = engine.answer(query)
    if answer.kind is None:
        raise ApiError(400, "API_ERROR", "Aggregate Relationships not supported in Bulk Query")
    return answer


def selected(org: Org, query: str) -> tuple[str, tuple[str, ...]]:
    """The object of a query and its columns, in the API's own letter case.

    Raises:
        ApiError: 400 for a query that Bulk does not take, in the words of the real one.
    """
    found = _SELECT.match(query)
    owner = None if found is None else org.catalog.get(found[2])
    if found is None or owner is None:
        raise ApiError(400, "MALFORMED_QUERY", "The query must select fields from one object")
    paths = [each.strip() for each in found[1].split(",")]
    if any(_PATH.fullmatch(each) is None for each in paths):
        raise ApiError(
            400,
            "API_ERROR",
            "Sub-selects, functions, TYPEOF and FIELDS() are not supported in Bulk Query",
        )
    if re.search(r"\boffset\s+\d+\s*$", query, re.IGNORECASE):
        raise ApiError(400, "API_ERROR", "OFFSET is not supported in Bulk Query")
    return owner.name, tuple(_proper(org, owner, each) for each in paths)


def _proper(org: Org, owner: Sobject, path: str) -> str:
    made = []
    *hops, last = path.split(".")
    if hops and hops[0].lower() == owner.name.lower():
        hops = hops[1:]
    for hop in hops:
        lookup = owner.relationship(hop)
        if lookup is None:
            return path
        made.append(str(lookup.relationship))
        owner = org.catalog.objects[lookup.reference_to[-1]]
    field_ = owner.field(last)
    return ".".join([*made, last if field_ is None else field_.name])


def _at(record: Any, path: Sequence[str]) -> Any:
    for name in path:
        if not isinstance(record, dict):
            return None
        record = record.get(name)
    return record


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value[:23] + "Z" if _STAMP.fullmatch(value) else value
    return str(value)
