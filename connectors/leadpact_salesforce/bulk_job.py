"""A bulk job as plain data, the lines of its upload, and what it says of itself (facts §4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from leadpact.errors import LeadpactError, Stop, WaitUntil
from leadpact_salesforce import errors
from leadpact_salesforce.objects import is_id
from leadpact_webapi.redaction import redact
from leadpact_webapi.retry import ANSWER_LOST

FINAL: Final = frozenset({"JobComplete", "Failed", "Aborted"})


@dataclass(frozen=True, slots=True)
class BulkJob:
    """A job in Salesforce; all that is needed to go on with it.

    Attributes:
        op: ``query`` for a query job.
        rows, size: uploaded rows and bytes.
    """

    id: str
    kind: str
    op: Literal["set", "make", "query"]
    rows: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How a job ended; ``done`` counts rows that were looked at, ``failed`` those of them refused."""

    state: str
    done: int
    failed: int
    error: LeadpactError | None = None


class Upload:
    """The lines of one job, cut where the next would make it too large."""

    def __init__(self, ready: Iterator[bytes], first: bytes, header: bytes, most: int) -> None:
        self._ready = ready
        self._header = header
        self._most = most
        self.left: bytes | None = first
        self.rows = 0
        self.size = len(header)

    def lines(self) -> Iterator[bytes]:
        """Header and rows; ``left`` is then the first row of the next job."""
        yield self._header
        while self.left is not None and (not self.rows or self.size + len(self.left) <= self._most):
            line = self.left
            self.rows += 1
            self.size += len(line)
            yield line
            self.left = next(self._ready, None)


def id_in(told: Any) -> str:
    """The id in the answer that made a job.

    Raises:
        WaitUntil: ``answer_lost`` for one without.
    """
    found = told.get("id") if isinstance(told, dict) else None
    if not isinstance(found, str) or not is_id(found):
        raise WaitUntil("Salesforce's answer about a bulk job is cut.", code=ANSWER_LOST)
    return found


def path_of(job: BulkJob) -> str:
    """Where a job stands below the data root.

    Raises:
        Stop: ``bad_cursor`` for an id that is none; such a text never enters a URL.
    """
    if not is_id(job.id):
        raise Stop("A stored bulk job's id is damaged.", code="bad_cursor")
    return f"jobs/{'query' if job.op == 'query' else 'ingest'}/{job.id}"


def count(told: dict[str, Any], name: str) -> int:
    """A number that a poll tells, 0 where it tells none."""
    value = told.get(name)
    return value if isinstance(value, int) else 0


def error_of(told: dict[str, Any]) -> LeadpactError | None:
    """What a failed job says of itself: ``InvalidBatch : Field name not found : X``."""
    if told["state"] != "Failed":
        return None
    text = str(told.get("errorMessage") or "")
    word = text.partition(":")[0].strip()
    detail = redact(text)
    if "Field name not found" in text:
        return errors.unknown_fields([text.rpartition(":")[2].strip()[:80]], detail=detail)
    if word == "ExceededQuota":
        return errors.of_row([{"statusCode": "REQUEST_LIMIT_EXCEEDED", "message": text}])
    return Stop(
        "Salesforce gave up a bulk job; the detail says why.", code="bulk_failed", detail=detail
    )


def error_of_row(text: str) -> LeadpactError:
    """The error of ``CODE:text:field field --``."""
    code, _, rest = text.partition(":")
    message, _, fields = rest.rpartition(":")
    named = [each for each in fields.split() if each != "--"]
    return errors.of_row([{"statusCode": code, "message": message or rest, "fields": named}])
