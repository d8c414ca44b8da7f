"""What every REST call goes through: size, version, session, daily limit, error array (facts salesforce §1, §5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from leadpact_sandbox.gate import Endpoint
from leadpact_sandbox.limits import RollingDay, scaled
from leadpact_sandbox.salesforce.errors import ApiError, not_found
from leadpact_sandbox.salesforce.late import LateCommits
from leadpact_sandbox.salesforce.org import Caller, Org
from leadpact_sandbox.salesforce.sessions import EXPIRED, Sessions
from leadpact_sandbox.salesforce.soql.paging import Cursors
from leadpact_sandbox.wire import WireResponse
from leadpact_sandbox.world import World

DAILY_CALLS = 100_000
DAILY_BATCHES = 15_000
DAILY_QUERY_JOBS = 10_000
MAX_HEAD_BYTES = 16_384
OLDEST, NEWEST = 41, 68
MAX_BODY_BYTES = 50_000_000
"""Of JSON and XML; an upload of CSV has a limit of its own."""
LOCKED = "leadpact_sandbox.salesforce.locked"
"""Scope key: the row-lock fault strikes one row of this collection call."""
_VERSION = re.compile(r"v(\d{1,3})\.0", re.ASCII)
_JSON = (b"content-type", b"application/json;charset=UTF-8")
_LIMIT_INFO = b"sforce-limit-info"


@dataclass(slots=True)
class Call:
    """One authenticated call.

    Attributes:
        version: API version as in the path, ``66.0``.
        body: the parsed JSON body, None when there was none; raw bytes for a Bulk upload.
        locked: whether one row of it is to fail for a row lock.
    """

    request: Request
    org: Org
    cursors: Cursors
    version: str
    caller: Caller
    body: Any
    locked: bool

    @property
    def path(self) -> dict[str, Any]:
        """Path parameters."""
        return self.request.path_params

    def query(self, name: str) -> str | None:
        """A query parameter."""
        return self.request.query_params.get(name)

    def object_body(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            ApiError: 400 JSON_PARSER_ERROR for anything else.
        """
        if not isinstance(self.body, dict):
            raise ApiError(400, "JSON_PARSER_ERROR", "The HTTP entity body is required")
        return self.body


Handler: TypeAlias = Callable[[Call], Response]


def json_answer(content: object, status: int = 200) -> Response:
    """A JSON answer as REST gives it."""
    body = orjson.dumps(content)
    return WireResponse(status, [_JSON, (b"content-length", b"%d" % len(body))], body)


def empty_answer(status: int = 204) -> Response:
    """An answer without a body."""
    return Response(status_code=status)


def refusal(error: ApiError) -> Response:
    """The error array."""
    return json_answer(error.body(), error.status)


def check_version(text: str) -> str:
    """The version of the path without its ``v``.

    Raises:
        ApiError: 410 for a retired version (this sandbox: all before 41.0), 404 for one that is
            not a version (§0).
    """
    match = _VERSION.fullmatch(text)
    number = 0 if match is None else int(match.group(1))
    if 7 <= number < OLDEST:
        raise ApiError(410, "UNSUPPORTED_API_VERSION", f"API version {number}.0 is retired")
    if not OLDEST <= number <= NEWEST:
        raise not_found()
    return f"{number}.0"


def parsed_json(body: bytes) -> Any:
    """The JSON of a body, None for an empty one.

    Raises:
        ApiError: 400 JSON_PARSER_ERROR.
    """
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, "JSON_PARSER_ERROR", f"Unexpected character: {error}") from None


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body, read no further than ``limit`` bytes.

    Raises:
        ApiError: 413 for a longer one.
        ClientDisconnect: nobody waits for an answer any more.
    """
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise ApiError(413, "REQUEST_ENTITY_TOO_LARGE", f"The body exceeds {limit:,} bytes")
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


class Api:
    """Turns handlers into endpoints."""

    def __init__(self, world: World, org: Org, sessions: Sessions, late: LateCommits) -> None:
        self.world = world
        self._late = late
        self._before: list[Callable[[], None]] = [late.settle]
        self.handlers: dict[Endpoint, Handler] = {}
        self.sessions = sessions
        self.day = RollingDay(world.clock, scaled(world.limits, DAILY_CALLS))
        self.bulk_batches = RollingDay(world.clock, scaled(world.limits, DAILY_BATCHES))
        self.bulk_queries = RollingDay(world.clock, scaled(world.limits, DAILY_QUERY_JOBS))
        self.use(org)

    def forget_days(self) -> None:
        """Count calls, batches and query jobs of the day from zero."""
        for each in (self.day, self.bulk_batches, self.bulk_queries):
            each.reset()

    def use(self, org: Org) -> None:
        """Answer from this org from now on."""
        self.org = org
        self.cursors = Cursors(org)

    def before_each_call(self, do: Callable[[], None]) -> None:
        """Do this before every call that is let in: what became due meanwhile."""
        self._before.append(do)

    def usage(self) -> str:
        """The value of ``Sforce-Limit-Info`` (§5)."""
        return f"api-usage={self.day.used()}/{self.day_limit}"

    @property
    def day_limit(self) -> int:
        """Calls a day; the real edition's number is shown when limits are off."""
        return DAILY_CALLS if self.day.limit is None else self.day.limit

    def token(self, request: Request) -> str:
        """The bearer token of a call, or an empty text."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "oauth") else ""

    def signed_in(self, request: Request) -> str:
        """The user of the call's session.

        Raises:
            ApiError: 401 INVALID_SESSION_ID.
        """
        token = self.token(request)
        if not token:
            raise ApiError(401, "INVALID_SESSION_ID", EXPIRED)
        return self.sessions.user_of(token)

    def endpoint(self, handler: Handler, *, raw_up_to: int | None = None) -> Endpoint:
        """An endpoint that hands authenticated calls to ``handler``.

        Args:
            raw_up_to: the body is no JSON but bytes, this many at most.
        """
        limit = MAX_BODY_BYTES if raw_up_to is None else raw_up_to

        async def run(request: Request) -> Response:
            try:
                body = await read_body(request, limit)
                response = self._answer(request, body, handler, raw=raw_up_to is not None)
            except ApiError as error:
                response = refusal(error)
            response.raw_headers.append((_LIMIT_INFO, self.usage().encode()))
            return response

        if raw_up_to is None:
            self.handlers[run] = handler
        return run

    def _answer(self, request: Request, body: bytes, handler: Handler, *, raw: bool) -> Response:
        scope = request.scope
        headers = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
        address = len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"")
        if address + headers > MAX_HEAD_BYTES:
            status = 414 if address > headers else 431
            code = "URI_TOO_LONG" if status == 414 else "REQUEST_HEADER_FIELDS_TOO_LARGE"
            raise ApiError(status, code, f"URI and headers exceed {MAX_HEAD_BYTES} bytes")
        version = check_version(request.path_params["version"])
        user_id = self.signed_in(request)
        if not self.day.take():
            raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        parsed = body if raw else parsed_json(body)
        self.settle()
        caller = self.caller(request, user_id, version)
        locked = bool(scope.get(LOCKED))
        return handler(Call(request, self.org, self.cursors, version, caller, parsed, locked))

    def settle(self) -> None:
        """Let happen what became due since the last call: late commits, bulk jobs."""
        for do in self._before:
            do()

    def caller(self, request: Request, user_id: str, version: str) -> Caller:
        """On whose behalf a call writes, with what its headers say of rules."""
        assign = request.headers.get("sforce-auto-assign", "TRUE").strip().upper()
        duplicates = (
            request.headers.get("sforce-duplicate-rule-header", "").replace(" ", "").lower()
        )
        return Caller(
            user_id,
            self.org.access(user_id),
            auto_assign=assign != "FALSE",
            allow_duplicates="allowsave=true" in duplicates,
            version=float(version),
        )
