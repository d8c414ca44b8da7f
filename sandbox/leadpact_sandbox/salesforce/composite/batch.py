"""``POST /composite/batch``: up to 25 independent calls, each counted (facts salesforce §2)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from leadpact_sandbox.salesforce.api import Call, Handler, json_answer
from leadpact_sandbox.salesforce.composite.requests import (
    flag,
    listed,
    method_and_url,
    only,
    wrong_json,
)
from leadpact_sandbox.salesforce.composite.subrequests import ROOT, Part, Subrequests, refused
from leadpact_sandbox.salesforce.errors import ApiError

MOST = 25
_ALLOWED = ("sobjects", "query", "queryAll", "limits")
_KEYS = frozenset({"method", "url", "richInput", "binaryPartName", "binaryPartNameAlias"})


def batch(parts: Subrequests) -> Handler:
    """The handler: serial, no rollback; ``haltOnError`` stops what follows a failure."""

    def handle(call: Call) -> Response:
        body = call.object_body()
        only(body, frozenset({"batchRequests", "haltOnError"}))
        halt = flag(body, "haltOnError")
        requests = listed(body.get("batchRequests"), MOST)
        wanted: list[tuple[str, str, Any]] = []
        for each in requests:
            only(each, _KEYS)
            if "binaryPartName" in each or "binaryPartNameAlias" in each:
                raise wrong_json("this call has no binary parts")
            wanted.append((*method_and_url(each), each.get("richInput")))
        # The call itself was counted on its way in; each subrequest counts (facts §5).
        if len(wanted) > 1 and not parts.api.day.take(len(wanted) - 1):
            raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        done: list[Part] = []
        for method, url, rich in wanted:
            if halt and any(not each.ok for each in done):
                stopped = ApiError(
                    412, "BATCH_PROCESSING_HALTED", "Batch processing halted per request"
                )
                done.append(refused(stopped))
                continue
            address = url if url.startswith("/") else ROOT + url
            done.append(parts.run(call, method, address, rich, {}, _ALLOWED))
        results = [{"statusCode": each.status, "result": each.body} for each in done]
        return json_answer({"hasErrors": any(not each.ok for each in done), "results": results})

    return handle
