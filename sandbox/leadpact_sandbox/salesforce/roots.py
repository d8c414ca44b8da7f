"""What the API tells of itself: versions, resources, limits (facts salesforce §0, §5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from leadpact_sandbox.limits import RollingDay
from leadpact_sandbox.salesforce.api import (
    DAILY_BATCHES,
    DAILY_CALLS,
    DAILY_QUERY_JOBS,
    NEWEST,
    OLDEST,
    Api,
    Call,
    Handler,
    json_answer,
)

_ROOT = "/services/data"
_RESOURCES = (
    *("tooling", "metadata", "chatter", "tabs", "appMenu", "quickActions", "queryAll", "wave"),
    *(
        "search",
        "composite",
        "parameterizedSearch",
        "theme",
        "event",
        "recent",
        "connect",
        "limits",
    ),
    *("process", "dedupe", "query", "jobs", "analytics", "sobjects", "actions", "support"),
)
_UNTOUCHED: Mapping[str, int] = {
    "DailyAsyncApexExecutions": 250_000,
    "DailyDurableStreamingApiEvents": 200_000,
    "DailyGenericStreamingApiEvents": 200_000,
    "DailyStreamingApiEvents": 200_000,
    "DailyWorkflowEmails": 20_000,
    "DataStorageMB": 10_240,
    "FileStorageMB": 10_240,
    "HourlyAsyncReportRuns": 1_200,
    "HourlyDashboardRefreshes": 200,
    "HourlyODataCallout": 20_000,
    "HourlySyncReportRuns": 500,
    "HourlyTimeBasedWorkflow": 1_000,
    "MassEmail": 5_000,
    "PermissionSets": 1_500,
    "SingleEmail": 5_000,
}
"""Limits that nothing here uses up."""


def _left(day: RollingDay, real: int) -> dict[str, int]:
    """A limit as ``/limits`` shows it; the real edition's number where limits are off."""
    most = real if day.limit is None else day.limit
    return {"Max": most, "Remaining": max(0, most - day.used())}


def limits(api: Api) -> Handler:
    """``GET /limits`` (§5)."""

    def handle(_call: Call) -> Response:
        full: dict[str, Any] = {
            "DailyApiRequests": _left(api.day, DAILY_CALLS),
            "DailyBulkApiBatches": _left(api.bulk_batches, DAILY_BATCHES),
            "DailyBulkV2QueryJobs": _left(api.bulk_queries, DAILY_QUERY_JOBS),
            **{name: {"Max": most, "Remaining": most} for name, most in _UNTOUCHED.items()},
        }
        return json_answer(dict(sorted(full.items())))

    return handle


async def versions(request: Request) -> Response:
    """``GET /services/data/``: open to all, never counted."""
    seasons = ("Spring", "Summer", "Winter")
    listed = []
    for number in range(OLDEST, NEWEST + 1):
        season, year = seasons[number % 3], 26 + (number - 65) // 3
        listed.append(
            {
                "label": f"{season} '{year}",
                "url": f"{_ROOT}/v{number}.0",
                "version": f"{number}.0",
            }
        )
    return json_answer(listed)


def resources(call: Call) -> Response:
    """``GET /services/data/vNN``: addresses of the version's resources, covered here or not."""
    base = f"{_ROOT}/v{call.version}"
    url = call.request.url
    identity = f"{url.scheme}://{url.netloc}/id/{call.org.org_id}/{call.caller.user_id}"
    return json_answer({**{name: f"{base}/{name}" for name in _RESOURCES}, "identity": identity})
