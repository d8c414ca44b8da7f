"""The HTTP face of the portal: admission, bodies, headers, faults, and errors on their way out."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from leadpact_sandbox.gate import ANY_METHOD, Endpoint, Gate
from leadpact_sandbox.hubspot import errors
from leadpact_sandbox.hubspot.calls import MAX_QUERY, Call
from leadpact_sandbox.hubspot.lists import Lists
from leadpact_sandbox.hubspot.paths import Row, placed
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.routes import UNCOVERED, rows
from leadpact_sandbox.hubspot.webhooks import Webhooks
from leadpact_sandbox.hubspot.wire import header, html_response, json_response, whole_body
from leadpact_sandbox.routing import PathTree, Place
from leadpact_sandbox.wire import Pairs, WireResponse
from leadpact_sandbox.world import Fault

_CORRELATION = b"x-hubspot-correlation-id"
_NO_QUERY = QueryParams()
_PAGES = {
    "html_503": (503, "Service Unavailable"),
    "bad_gateway": (502, "Bad Gateway"),
    "gateway_timeout": (504, "Gateway Time-out"),
    "edge_timeout": (524, "A timeout occurred"),
}
"""Faults that are answered by what stands before HubSpot, in HTML."""


def build_app(portal: Portal, webhooks: Webhooks, lists: Lists) -> ASGIApp:
    """The ASGI application of a portal, each endpoint behind the gate."""
    return Face(portal, rows(portal, webhooks, lists)).tree


class Face:
    """Makes endpoints of handlers, and knows how HubSpot refuses.

    Attributes:
        tree: all endpoints by method and path.
    """

    def __init__(self, portal: Portal, covered: list[Row]) -> None:
        self._portal = portal
        others: dict[tuple[int, str], ASGIApp] = {}

        def nowhere(status: int, say: Callable[[Request], str]) -> Callable[[str], ASGIApp]:
            def app(method: str) -> ASGIApp:
                made = others.get((status, method))
                if made is None:
                    made = self._plain(
                        f"{method} (unknown)", lambda r: errors.error(status, say(r))
                    )
                    others[status, method] = made
                return made

            return app

        everywhere = [((each.row.method, each.template), each) for each in placed(covered)]
        places = dict(everywhere)

        def make(route: Place) -> ASGIApp:
            place = places[route]
            key = f"{place.row.method} {place.counted}"
            endpoint = self._endpoint(place.row, place.dated)
            return Gate(portal.world, "hubspot", key, endpoint, self._fault)

        def make_area(place: Place) -> ASGIApp:
            method, prefix = place
            return self._uncovered(method, prefix, areas[prefix])

        areas = dict(UNCOVERED)
        self.tree = PathTree(
            [route for route, _place in everywhere],
            [(method, prefix) for prefix in areas for method in ANY_METHOD],
            make=make,
            make_area=make_area,
            unknown=nowhere(404, lambda request: f"resource not found: {request.url.path}"),
            wrong_method=nowhere(
                405, lambda request: f"HTTP 405 Method Not Allowed: {request.method}"
            ),
        )

    def _plain(self, key: str, say: Callable[[Request], errors.ApiError]) -> ASGIApp:
        async def endpoint(request: Request) -> Response:
            return self._refused(say(request), [])

        return Gate(self._portal.world, "hubspot", key, endpoint, self._fault, faulty=False)

    def _uncovered(self, method: str, prefix: str, area: str) -> ASGIApp:
        def say(request: Request) -> errors.ApiError:
            return errors.not_covered(f"{area}: {request.method} {request.url.path}")

        return self._plain(f"{method} {prefix}/*", say)

    def _endpoint(self, row: Row, dated: str) -> Endpoint:
        portal = self._portal
        handler, needs, bucket = row.handler, row.needs, row.bucket
        bearer = row.door == "bearer"

        async def endpoint(request: Request) -> Response:
            scope = request.scope
            headers: Pairs = []
            try:
                text = scope["query_string"]
                if len(text) > MAX_QUERY:
                    raise errors.error(414, "URI Too Long")
                source = portal.api_source
                if bearer:
                    grant = portal.admit(header(scope, b"authorization"), needs, bucket)
                    headers = portal.rate_headers(grant, bucket)
                    source = portal.source_of(grant)
                raw = await whole_body(request)
                if raw and not row.form:
                    _check_kind(header(scope, b"content-type"))
                query = QueryParams(text) if text else _NO_QUERY
                call = Call(scope["path_params"], query, raw, portal.now_ms(), source, dated)
                answer = handler(call)
            except errors.ApiError as refusal:
                return self._refused(refusal, headers)
            for name, value in answer.headers.items():
                headers.append((name.lower().encode(), value.encode()))
            headers.append((_CORRELATION, portal.correlation().encode()))
            return json_response(answer.status, answer.body, headers)

        return endpoint

    def _refused(self, refusal: errors.ApiError, headers: Pairs) -> WireResponse:
        """A refusal on the wire, with its correlation id in body and header."""
        correlation = self._portal.correlation()
        body = {**refusal.body, "correlationId": correlation}
        pairs = [(name.lower().encode(), text.encode()) for name, text in refusal.headers.items()]
        pairs.append((_CORRELATION, correlation.encode()))
        return json_response(refusal.status, body, [*headers, *pairs])

    def _fault(self, fault: Fault, request: Request) -> Response:
        """A drawn fault in HubSpot's shape (facts §3)."""
        if fault.fault in _PAGES:
            return html_response(*_PAGES[fault.fault])
        search = request.url.path.endswith("/search")
        burst = errors.over_search() if search else errors.over_policy("TEN_SECONDLY_ROLLING")
        moved = errors.error(477, "The account is being moved between data centers")
        moved.headers["Retry-After"] = str(int(3600 if fault.seconds is None else fault.seconds))
        made = {
            "throttle": burst,
            "daily_limit": errors.over_policy("DAILY"),
            "unavailable": errors.error(503, "Service temporarily unavailable"),
            "account_moved": moved,
            "expired_token": errors.expired_token(self._portal.now_ms() - 1000),
            "policy_401": errors.bad_token("The access token was refused by the account's policy."),
            "row_lock": errors.error(423, "The resource is locked, try again later", "LOCKED"),
        }
        headers = self._portal.limits.headers("search" if search else "plain")
        return self._refused(made.get(fault.fault, errors.error(500, "internal error")), headers)


def _check_kind(sent: str | None) -> None:
    if sent == "application/json":
        return
    kind = (sent or "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise errors.error(415, f"HTTP 415 Unsupported Media Type: {kind or 'none'}")
