"""getUpdated and getDeleted: whole minutes, and the start of the oldest open transaction (facts salesforce §3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from leadpact_sandbox.salesforce.api import Call, Handler, json_answer
from leadpact_sandbox.salesforce.errors import ApiError
from leadpact_sandbox.salesforce.late import LateCommits
from leadpact_sandbox.salesforce.org import stamp_of
from leadpact_sandbox.salesforce.table import Row
from leadpact_sandbox.salesforce.values import read_moment

UPDATED_WINDOW = timedelta(days=30)
DELETED_WINDOW = timedelta(days=15)
MAX_IDS = 600_000


def _moment(call: Call, name: str) -> datetime:
    text = call.query(name)
    # A plus sign that the caller forgot to encode arrives as a space.
    moment = None if text is None else read_moment(text.strip().replace(" ", "+"))
    if moment is None:
        raise ApiError(400, "INVALID_REPLICATION_DATE", f"{name} is not a date and time: {text}")
    return moment.replace(second=0, microsecond=0)


def _span(call: Call, window: timedelta) -> tuple[datetime, datetime]:
    start, end = _moment(call, "start"), _moment(call, "end")
    if start >= end:
        raise ApiError(
            400, "INVALID_REPLICATION_DATE", "startDate must be at least one minute before endDate"
        )
    if start < call.org.world.clock.now() - window:
        raise ApiError(
            400,
            "INVALID_REPLICATION_DATE",
            f"startDate before {window.days} days ago cannot be asked for",
        )
    return start, end


def _changed(call: Call, kind: str, start: datetime, end: datetime) -> Sequence[Row]:
    low, high = stamp_of(start), stamp_of(end)
    found = [
        row
        for row in call.org.tables[kind].rows_by_stamp(low, high)
        if row["SystemModstamp"] < high
    ]
    if len(found) > MAX_IDS:
        raise ApiError(400, "EXCEEDED_ID_LIMIT", f"more than {MAX_IDS} ids")
    return found


def covered(call: Call, late: LateCommits, end: datetime) -> str:
    """``latestDateCovered``: never after now, nor after the oldest running transaction began."""
    now = call.org.world.clock.now().astimezone(UTC)
    oldest = late.oldest_start()
    limit = min(end, now) if oldest is None else min(end, now, oldest)
    return stamp_of(limit.replace(second=0, microsecond=0))


def updated(kind: str, late: LateCommits) -> Handler:
    """``GET /sobjects/X/updated/?start=&end=``: ids created or changed, not those deleted."""

    def handle(call: Call) -> Response:
        start, end = _span(call, UPDATED_WINDOW)
        found = [row["Id"] for row in _changed(call, kind, start, end) if not row.get("IsDeleted")]
        return json_answer({"ids": found, "latestDateCovered": covered(call, late, end)})

    return handle


def deleted(kind: str, late: LateCommits) -> Handler:
    """``GET /sobjects/X/deleted/?start=&end=``: what still lies in the recycle bin [b]."""

    def handle(call: Call) -> Response:
        start, end = _span(call, DELETED_WINDOW)
        found = [
            {"id": row["Id"], "deletedDate": row["SystemModstamp"]}
            for row in _changed(call, kind, start, end)
            if row.get("IsDeleted")
        ]
        earliest = call.org.world.clock.now() - DELETED_WINDOW
        return json_answer(
            {
                "deletedRecords": found,
                "earliestDateAvailable": stamp_of(earliest.replace(second=0, microsecond=0)),
                "latestDateCovered": covered(call, late, end),
            }
        )

    return handle
