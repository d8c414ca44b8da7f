"""CPU and memory of a Bulk 2.0 upload of 100,000 rows, or as many as named, of its results and of a query.

All run in a process of their own against a sandbox in another; waiting for the job is not counted. Compared with what
simple-salesforce does before it sends anything: it makes the CSV of all rows and splits it.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from benchmarks.reporting import report
from benchmarks.worlds import Sandbox, sandbox
from leadpact.errors import WaitUntil
from leadpact.model.schema import WantedField
from leadpact.ports.connector import Refused, WriteRow, Written
from leadpact_salesforce import spec
from leadpact_salesforce.settings import SalesforceSettings

ASKED = 100_000
ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else ASKED
FIELDS = ("LastName", "Company", "Email", "Title", "City", "leadpact_score__c")
WANTED = tuple(
    WantedField("Lead", name, name, type_, "Kept by leadpact.", **more)  # type: ignore[arg-type]
    for name, type_, more in (
        ("leadpact_lead_id__c", "text", {"external_id": True, "max_length": 64}),
        ("leadpact_score__c", "number", {"scale": 0}),
    )
)


class _Time:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class _NoBudget:
    def spend(self, crm: str, calls: int = 1) -> None:
        pass

    def correct(self, crm: str, *, limit: int, remaining: int, resets_at: datetime | None) -> None:
        pass


def main() -> None:
    """Measure in a fresh process, so that the peak is of the upload alone."""
    if "measure" in sys.argv:
        measure()
        return
    command = [sys.executable, "-m", "benchmarks.bench_bulk", str(ROWS), "measure"]
    subprocess.run(command, check=True)


def _rows() -> Iterator[WriteRow]:
    for number in range(ROWS):
        fields = {
            "LastName": f"Łoś {number}",
            "Company": "Kowalski, Syn & Co",
            "Email": f"p{number}@firm.example",
            "Title": None,
            "City": "Łódź",
            "leadpact_score__c": number % 100,
        }
        yield WriteRow("make", "", fields, f"0192e4a0-0000-7000-8000-{number:012d}")


def _connector(world: Sandbox) -> Any:
    told = world.ready["salesforce"]
    settings = SalesforceSettings(**{key: told[key] for key in ("instance_url", "access_token")})
    return spec.connect(
        settings, clock=_Time(), call_budget=_NoBudget(), token_vault=None, crm_name="salesforce"
    )


def _wait(bulk: Any, job: Any, world: Sandbox) -> None:
    world.post("/advance", {"seconds": 60})
    while True:
        try:
            bulk.finished(job)
        except WaitUntil as running:
            time.sleep(min(running.seconds or 1, 2))
        else:
            return


def _refused(row: WriteRow, refused: Refused) -> None:
    raise AssertionError(row, refused)


def measure() -> None:
    """Upload, results and query; reports CPU per row and the peak of memory."""
    with sandbox(10) as world:
        connector = _connector(world)
        assert all(each.result == "made" for each in connector.provision(WANTED, dry_run=False))
        bulk = connector.bulk
        began = time.process_time()
        sum(1 for _ in _rows())
        making = time.process_time() - began
        floor = _peak_mb()
        began = time.process_time()
        (job,) = bulk.upload("Lead", "make", FIELDS, _rows(), refused=_refused)
        spent = time.process_time() - began - making
        bulk.close(job)
        print(f"upload of {job.rows} rows, {job.size / 1e6:.1f} MB")
        peak = _peak_mb()
        _wait(bulk, job, world)
        began = time.process_time()
        done = sum(isinstance(result, Written) for _, result in bulk.outcomes(job))
        outcomes = time.process_time() - began
        asked = bulk.ask("SELECT Id, LastName, Email, City, leadpact_score__c FROM Lead")
        _wait(bulk, asked, world)
        began = time.process_time()
        found = sum(1 for _ in bulk.rows(asked))
        query = time.process_time() - began
        print(f"outcomes of {done} rows, query of {found}; peak {_peak_mb():.0f} MB at their end")
        connector.close()
    at = "" if ROWS == ASKED else f"{ROWS:,} rows"
    report("bulk.upload", spent / ROWS * 1e6, ratio=_by_library() / spent, size=at)
    report("bulk.memory", peak, note=f"{floor:.0f} MB before it began", size=at)
    report("bulk.outcomes", outcomes / done * 1e6, size=at)
    report("bulk.query", query / found * 1e6, size=at)


def _by_library() -> float:
    """CPU of simple-salesforce for those rows, until it would send them."""
    from simple_salesforce.bulk2 import _convert_dict_to_csv, _split_csv

    rows: list[dict[str, Any]] = [
        {**one.fields, "leadpact_lead_id__c": one.external_id} for one in _rows()
    ]
    began = time.process_time()
    for _count, _text in _split_csv(records=_convert_dict_to_csv(rows)):
        pass
    return time.process_time() - began


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
