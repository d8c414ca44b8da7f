"""``POST /composite``: up to 25 subrequests that build on one another (facts salesforce §2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from leadpact_sandbox.salesforce.api import Call, Handler, json_answer
from leadpact_sandbox.salesforce.composite.references import halted, in_address, in_body
from leadpact_sandbox.salesforce.composite.requests import Wanted, flag, only, wanted
from leadpact_sandbox.salesforce.composite.subrequests import (
    Part,
    Subrequests,
    refused,
    resource_of,
)
from leadpact_sandbox.salesforce.errors import ApiError

MOST = 25
MOST_QUERIES = 5
ALLOWED = ("sobjects", "query", "queryAll", "composite/sobjects")
_KEYS = frozenset({"compositeRequest", "allOrNone", "collateSubrequests"})
_ROLLED_BACK = (
    "The transaction was rolled back since another operation in the same transaction failed."
)


class RolledBack(Exception):
    """Ends a transaction of which a part failed."""


def _counts_as_query(call: Call, each: Wanted) -> bool:
    resource = resource_of(each.url)
    if resource.partition("/")[0] in ("query", "queryAll"):
        return True
    collections = call.org.world.switch("salesforce.2.collections_count_as_queries", True)
    return collections and resource.startswith("composite/sobjects")


def run_parts(
    call: Call,
    parts: Subrequests,
    requests: Sequence[Wanted],
    *,
    all_or_none: bool,
    allowed: tuple[str, ...],
    locked: bool = False,
) -> tuple[list[Part], bool]:
    """Do subrequests in order; (their answers, whether all were done).

    Args:
        all_or_none: one failure undoes all of them, and stops those that follow.
        locked: the middle one fails for a row lock.
    """
    answers: dict[str, Any] = {}
    done: list[Part] = []
    struck = len(requests) // 2 if locked else -1
    try:
        with call.org.transaction():
            for place, each in enumerate(requests):
                part = _one(call, parts, each, answers, allowed, locked=place == struck)
                done.append(part)
                if part.ok:
                    answers[each.name] = part.body
                elif all_or_none:
                    raise RolledBack
    except RolledBack:
        failed = done[-1]
        undone = refused(halted(_ROLLED_BACK))
        done = [failed if each is failed else undone for each in done]
        done += [undone] * (len(requests) - len(done))
    return done, all(each.ok for each in done)


def _one(
    call: Call,
    parts: Subrequests,
    each: Wanted,
    answers: dict[str, Any],
    allowed: tuple[str, ...],
    *,
    locked: bool,
) -> Part:
    if locked:
        return refused(
            ApiError(
                400,
                "UNABLE_TO_LOCK_ROW",
                "unable to obtain exclusive access to this record or 1 records",
                [],
            )
        )
    try:
        url, body = in_address(each.url, answers), in_body(each.body, answers)
    except ApiError as error:
        return refused(error)
    return parts.run(call, each.method, url, body, each.headers, allowed)


def shown(requests: Sequence[Wanted], done: Sequence[Part]) -> list[dict[str, Any]]:
    """The items of ``compositeResponse``."""
    return [
        {
            "body": part.body,
            "httpHeaders": dict(part.headers),
            "httpStatusCode": part.status,
            "referenceId": each.name,
        }
        for each, part in zip(requests, done, strict=True)
    ]


def composite(parts: Subrequests) -> Handler:
    """The handler: 200 also where parts fail."""

    def handle(call: Call) -> Response:
        body = call.object_body()
        only(body, _KEYS)
        all_or_none = flag(body, "allOrNone")
        flag(body, "collateSubrequests")
        requests = wanted(body.get("compositeRequest"), MOST)
        queries = sum(_counts_as_query(call, each) for each in requests)
        if queries > MOST_QUERIES:
            raise ApiError(
                400,
                "LIMIT_EXCEEDED",
                f"{queries} queries and collections were sent, at most {MOST_QUERIES} are allowed",
            )
        done, _ = run_parts(
            call, parts, requests, all_or_none=all_or_none, allowed=ALLOWED, locked=call.locked
        )
        return json_answer({"compositeResponse": shown(requests, done)})

    return handle
