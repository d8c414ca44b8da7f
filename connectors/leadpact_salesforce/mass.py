"""Bulk 2.0 behind the port of mass writes: rows in, one result per row out, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from leadpact.errors import SetAside, WaitUntil
from leadpact.ports.connector import Refused, WriteResult, WriteRow
from leadpact.ports.mass import MASS_RUNNING
from leadpact_salesforce.bulk import RUNNING, Bulk, BulkOp
from leadpact_salesforce.bulk_job import BulkJob
from leadpact_salesforce.objects import id18, is_id


@dataclass(slots=True)
class MassTicket:
    """One mass write on its way.

    Attributes:
        keys: by row, what its result is told apart by.
        settled: results by key, of rows that were never sent and of jobs that have ended.
    """

    keys: list[str]
    jobs: list[BulkJob] = field(default_factory=list)
    settled: dict[str, WriteResult] = field(default_factory=dict)


class MassWriter:
    """Writes through bulk jobs: one upload for all rows; what a row does not name is left alone."""

    def __init__(self, bulk: Bulk) -> None:
        self._bulk = bulk

    def begin(self, kind: str, rows: Sequence[WriteRow]) -> MassTicket:
        """Upload the rows and let Salesforce begin."""
        ticket = MassTicket([_key(row) for row in rows])
        groups: dict[BulkOp, list[WriteRow]] = {}
        for key, row in zip(ticket.keys, rows, strict=True):
            if row.op in ("set", "make"):
                groups.setdefault(row.op, []).append(row)
            else:
                refused = SetAside(f"No bulk job does {row.op}.", code="op_not_offered")
                ticket.settled[key] = Refused(refused)
        for op, members in sorted(groups.items()):
            fields = sorted({name for row in members for name in row.fields})
            for job in self._bulk.upload(
                kind,
                op,
                fields,
                members,
                refused=lambda row, result: ticket.settled.update({_key(row): result}),
            ):
                self._bulk.close(job)
                ticket.jobs.append(job)
        return ticket

    def results(self, ticket: MassTicket) -> list[WriteResult]:
        """One result per row, same order, once every job has ended."""
        while ticket.jobs:
            try:
                self._bulk.finished(ticket.jobs[0])
            except WaitUntil as running:
                if running.code != RUNNING:
                    raise
                raise WaitUntil(
                    running.message, seconds=running.seconds, code=MASS_RUNNING
                ) from running
            ticket.settled.update(self._bulk.outcomes(ticket.jobs[0]))
            ticket.jobs.pop(0)
        lost = Refused(
            SetAside(
                "The bulk job told nothing of this record; it waits for the next.",
                transient=True,
                code="bulk_not_processed",
            )
        )
        return [ticket.settled.get(key, lost) for key in ticket.keys]


def _key(row: WriteRow) -> str:
    if row.op == "make":
        return row.external_id
    return id18(row.id) if is_id(row.id) else row.id
