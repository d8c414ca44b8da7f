"""An ingest job and its states, carried out by the sandbox's clock (facts salesforce §4)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from leadpact_sandbox.salesforce.bulk.columns import Columns
from leadpact_sandbox.salesforce.bulk.csv_rows import CsvError, CsvFile
from leadpact_sandbox.salesforce.bulk.row_work import Done, RowWork
from leadpact_sandbox.salesforce.catalog import Sobject
from leadpact_sandbox.salesforce.org import Caller, Org, stamp_of

BATCH_ROWS = 10_000
"""Rows of one internal batch, which counts against the day's batches."""
QUEUED = timedelta(seconds=0.2)
PER_BATCH = timedelta(seconds=0.3)
CHUNK = 200
"""Rows of one transaction, as triggers see them."""
FINAL = frozenset({"JobComplete", "Failed", "Aborted"})
Found: TypeAlias = tuple[str, Done | None]
"""A row as it stands, and what came of it; None when it was not processed."""


@dataclass(slots=True)
class _Running:
    """What a job that has begun works with; ``rows`` are those still to do."""

    file: CsvFile
    rows: Iterator[str]
    work: RowWork


@dataclass(slots=True)
class IngestJob:
    """One job.

    Attributes:
        content: the upload; None before it.
        outcomes: one per processed row, in the order of the file.
        locked: the middle row fails for a row lock.
    """

    id: str
    owner: Sobject
    operation: str
    external_field: str
    delimiter: str
    line_ending: str
    assignment_rule: str
    version: str
    user_id: str
    created: datetime
    changed: datetime
    state: str = "Open"
    content: bytes | None = None
    error: str = ""
    closed: datetime | None = None
    outcomes: list[Done] = field(default_factory=list)
    total: int = 0
    locked: bool = False
    _running: _Running | None = None

    @property
    def failed_rows(self) -> int:
        """Processed rows that were refused."""
        return sum(1 for each in self.outcomes if each.error)

    def close(self, now: datetime, *, locked: bool) -> None:
        """``UploadComplete``: the clock decides the rest."""
        self.state, self.closed, self.changed, self.locked = "UploadComplete", now, now, locked

    def abort(self, now: datetime) -> None:
        """``Aborted``: what was processed stays."""
        self.state, self.changed = "Aborted", now

    def settle(self, org: Org, now: datetime, spend_batch: Callable[[], bool]) -> None:
        """Do all batches that are due by now; ``spend_batch`` counts one of the day's."""
        if self.closed is None or self.state in FINAL or now < self.closed + QUEUED:
            return
        if self._running is None:
            self._running = self._begun(org, self.closed + QUEUED)
        running = self._running
        while running is not None and self.state == "InProgress":
            batch = len(self.outcomes) // BATCH_ROWS + 1
            due = self.closed + QUEUED + PER_BATCH * batch
            if now < due:
                return
            if not spend_batch():
                self.state, self.changed = "Failed", due
                self.error = "ExceededQuota : ApiBatchItems Limit exceeded."
                return
            self._batch(running, due)
            if len(self.outcomes) >= self.total:
                self.state, self.changed = "JobComplete", due

    def _begun(self, org: Org, at: datetime) -> _Running | None:
        file = CsvFile(self.content or b"", self.delimiter, self.line_ending)
        caller = Caller(
            self.user_id,
            org.access(self.user_id),
            auto_assign=bool(self.assignment_rule)
            or org.world.switch("salesforce.4.bulk_runs_active_rules", False),
            allow_duplicates=False,
            version=float(self.version),
        )
        try:
            self.total = file.check()
            columns = Columns(org, self.owner, caller.access, file.header, self.operation)
            work = RowWork(org, self.owner, self.operation, self.external_field, columns, caller)
        except CsvError as error:
            self.state, self.error, self.changed = "Failed", str(error), at
            return None
        self.state, self.changed = "InProgress", at
        return _Running(file, file.rows(), work)

    def _batch(self, running: _Running, due: datetime) -> None:
        """Up to 10,000 rows, under the stamp at which their batch ends."""
        running.work.caller = replace(running.work.caller, stamp=stamp_of(due))
        struck = self.total // 2 if self.locked else -1
        end = min(self.total, len(self.outcomes) + BATCH_ROWS)
        while len(self.outcomes) < end:
            first = len(self.outcomes)
            rows = [next(running.rows) for _ in range(min(CHUNK, end - first))]
            self.outcomes += running.work.chunk(running.file, rows, struck - first)

    def header(self) -> list[str]:
        """The upload's columns; empty when it was never read."""
        return [] if self._running is None else self._running.file.header

    def found(self) -> Iterator[list[Found]]:
        """All rows with their outcomes, a batch at a time, out of order within it."""
        if self._running is None:
            return
        order = random.Random(self.id)
        window: list[Found] = []
        for place, row in enumerate(self._running.file.rows()):
            window.append((row, self.outcomes[place] if place < len(self.outcomes) else None))
            if len(window) == BATCH_ROWS:
                yield _unordered(window, order)
                window = []
        if window:
            yield _unordered(window, order)

    def cells(self, row: str) -> list[str]:
        """A row's cells, as many as the header has."""
        return [] if self._running is None else self._running.file.cells_anyhow(row)


def _unordered(window: list[Found], order: random.Random) -> list[Found]:
    """Never in the order of the upload, so that no client relies on it."""
    mixed = window.copy()
    order.shuffle(mixed)
    return mixed[::-1] if mixed == window else mixed
