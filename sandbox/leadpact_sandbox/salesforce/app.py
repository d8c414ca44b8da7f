"""Which address answers what: routes, faults in Salesforce's shapes, and what is not covered."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from leadpact_sandbox import gate
from leadpact_sandbox.gate import Endpoint
from leadpact_sandbox.routing import Remembering
from leadpact_sandbox.salesforce import (
    changes,
    collection_calls,
    oauth,
    rest,
    roots,
    setup_calls,
    tooling,
)
from leadpact_sandbox.salesforce.api import (
    LOCKED,
    Api,
    Call,
    check_version,
    json_answer,
    refusal,
)
from leadpact_sandbox.salesforce.bulk.calls import bulk_routes
from leadpact_sandbox.salesforce.catalog import UNCOVERED_OBJECTS
from leadpact_sandbox.salesforce.composite import batch, composite, graph, tree
from leadpact_sandbox.salesforce.composite.subrequests import Subrequests
from leadpact_sandbox.salesforce.errors import ApiError, not_covered, not_found
from leadpact_sandbox.salesforce.late import LateCommits
from leadpact_sandbox.salesforce.rows import row_locked
from leadpact_sandbox.salesforce.soap.calls import fault_answer, soap_routes
from leadpact_sandbox.salesforce.soql.answer import Engine
from leadpact_sandbox.world import Fault

ROOT = "/services/data"
BASE = ROOT + "/{version}"
_AREAS = (
    (BASE + "/tooling", "the Tooling API beyond custom fields, validation rules and record types"),
    (BASE + "/jobs", "Bulk jobs other than ingest and query of API 2.0"),
    (BASE + "/actions", "invocable actions"),
    (BASE + "/search", "SOSL search"),
    (BASE + "/parameterizedSearch", "SOSL search"),
    (BASE + "/ui-api", "the UI API"),
    (BASE + "/chatter", "the Connect API"),
    (BASE + "/connect", "the Connect API"),
    (BASE + "/analytics", "reports and dashboards"),
    (BASE + "/graphql", "the GraphQL API"),
    (BASE + "/metadata", "the Metadata REST API"),
    (BASE + "/event", "platform events"),
    (BASE + "/process", "approvals and rules"),
    (BASE + "/recent", "recently viewed records"),
    (BASE + "/tabs", "tabs"),
    (BASE + "/quickActions", "quick actions"),
    (BASE + "/appMenu", "the app menu"),
    (BASE + "/compactLayouts", "compact layouts"),
    (BASE + "/support", "knowledge and its categories"),
    (BASE + "/dedupe", "duplicate jobs"),
    (BASE + "/eclair", "analytics maps"),
    (BASE + "/wave", "CRM Analytics"),
    (BASE + "/theme", "themes"),
    ("/services/Soap", "the Metadata, Tooling and Apex SOAP APIs"),
    ("/services/async", "Bulk API 1.0"),
    ("/services/apexrest", "custom Apex REST"),
    ("/services/oauth2", "OAuth flows other than client credentials and JWT bearer"),
    ("/cometd", "the Streaming API"),
)

_OF_SESSIONS_AND_ROWS = frozenset(
    {"row_lock", "expired_token", "policy_401", "throttle", "daily_limit"}
)
"""Faults that cannot strike the token endpoint: it has no session, no rows and no daily limit."""


class _Lockable(Response):
    """Handles the call after all, with a row-lock mark where the call is a collection."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[LOCKED] = True
        response = await self._endpoint(Request(scope, receive))
        await response(scope, receive, send)


class Routing:
    """The application of one emulated org."""

    def __init__(self, api: Api, late: LateCommits) -> None:
        self._api = api
        self._late = late
        self._behind: dict[int, Endpoint] = {}
        self._known: list[tuple[str, str, Endpoint]] = []
        self._parts = Subrequests(api)

    def app(self) -> ASGIApp:
        """The ASGI application; a trailing slash, or a second leading one, makes no difference."""
        world = self._api.world
        self._known = table = self._table()
        handlers = self._api.handlers
        self._parts.use((row[0], row[1], handlers[row[2]]) for row in table if row[2] in handlers)
        known = gate.routes(world, "salesforce", table, self.fault)
        self._behind = {id(route.endpoint): row[2] for route, row in zip(known, table, strict=True)}
        routes: list[BaseRoute] = [
            *known,
            *gate.uncovered(world, "salesforce", _AREAS, self._not_covered),
            *gate.unknown(world, "salesforce", self._unknown),
        ]
        inner = Remembering(Starlette(routes=routes), self._lasting)

        async def trimmed(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                path = scope["path"]
                if path.startswith("//") or (len(path) > 1 and path.endswith("/")):
                    # Clients join an address that ends in a slash with a path that begins with one.
                    scope = {**scope, "path": "/" + path.strip("/")}
            await inner(scope, receive, send)

        return trimmed

    def _lasting(self, endpoint: ASGIApp, parameters: Mapping[str, str]) -> bool:
        """Whether an address is one of those that clients call all the time: it names no record."""
        return id(endpoint) in self._behind and parameters.keys() <= {"version"}

    def _table(self) -> list[tuple[str, str, Endpoint]]:
        api = self._api
        wrap = api.endpoint
        collections = BASE + "/composite/sobjects"
        field = BASE + "/tooling/sobjects/CustomField"
        table: list[tuple[str, str, Endpoint]] = [
            ("GET", BASE + "/query", wrap(self._query)),
            ("GET", BASE + "/query/{locator}", wrap(self._more)),
            ("GET", BASE + "/queryAll", wrap(self._query_all)),
            ("GET", BASE + "/queryAll/{locator}", wrap(self._more)),
            ("POST", collections, wrap(collection_calls.create)),
            ("PATCH", collections, wrap(collection_calls.update)),
            ("DELETE", collections, wrap(collection_calls.delete)),
            ("POST", BASE + "/composite", wrap(composite.composite(self._parts))),
            ("POST", BASE + "/composite/batch", wrap(batch.batch(self._parts))),
            ("POST", BASE + "/composite/graph", wrap(graph.graph(self._parts))),
            *bulk_routes(api, BASE + "/jobs"),
            *soap_routes(api),
            ("POST", "/services/oauth2/token", self._token),
            ("GET", "/services/oauth2/userinfo", self._userinfo),
            ("POST", "/services/oauth2/userinfo", self._userinfo),
            ("GET", "/id/{org}/{user}", self._identity),
            ("GET", ROOT, roots.versions),
            ("GET", BASE, wrap(roots.resources)),
            ("GET", BASE + "/limits", wrap(roots.limits(api))),
            ("GET", BASE + "/sobjects", wrap(rest.describe_all)),
            ("GET", BASE + "/tooling/query", wrap(self._tooling_query)),
            ("GET", BASE + "/tooling/query/{locator}", wrap(self._more)),
            ("GET", BASE + "/tooling/sobjects", wrap(rest.describe_all_tooling)),
            ("POST", field, wrap(tooling.create)),
            ("GET", field + "/{id}", wrap(tooling.read)),
            ("PATCH", field + "/{id}", wrap(tooling.update)),
        ]
        for each in api.org.catalog.objects.values():
            if each.tooling or each.anywhere:
                here = f"{BASE}/tooling/sobjects/{each.name}/describe"
                table.append(("GET", here, wrap(rest.describe_object(each.name))))
        for kind in setup_calls.KINDS:
            here = f"{BASE}/tooling/sobjects/{kind}"
            table += [
                ("POST", here, wrap(setup_calls.create(kind))),
                ("GET", here + "/{id}", wrap(setup_calls.read(kind))),
                ("PATCH", here + "/{id}", wrap(setup_calls.update(kind))),
            ]
        rule = BASE + "/tooling/sobjects/ValidationRule/{id}"
        table.append(("DELETE", rule, wrap(setup_calls.delete("ValidationRule"))))
        kinds = [each.name for each in api.org.catalog.objects.values() if not each.tooling]
        for kind in kinds:
            table += self._of_kind(kind)
        return table

    def _of_kind(self, kind: str) -> list[tuple[str, str, Endpoint]]:
        wrap = self._api.endpoint
        here = f"{BASE}/sobjects/{kind}"
        many = f"{BASE}/composite/sobjects/{kind}"
        return [
            ("POST", many, wrap(collection_calls.read(kind))),
            ("GET", many, wrap(collection_calls.read_by_address(kind))),
            ("PATCH", many + "/{field}", wrap(collection_calls.upsert(kind))),
            ("POST", f"{BASE}/composite/tree/{kind}", wrap(tree.tree(kind))),
            ("GET", here + "/describe", wrap(rest.describe_object(kind))),
            ("GET", here + "/describe/{part:path}", wrap(rest.layouts)),
            ("GET", here + "/listviews", wrap(rest.layouts)),
            ("GET", here + "/quickActions", wrap(rest.layouts)),
            ("GET", here + "/updated", wrap(changes.updated(kind, self._late))),
            ("GET", here + "/deleted", wrap(changes.deleted(kind, self._late))),
            ("GET", here, wrap(rest.basic_information(kind))),
            ("POST", here, wrap(rest.create(kind))),
            ("POST", here + "/Id", wrap(rest.create(kind))),
            ("GET", here + "/{id}", wrap(rest.read(kind))),
            ("PATCH", here + "/{id}", wrap(rest.update(kind))),
            ("DELETE", here + "/{id}", wrap(rest.delete(kind))),
            ("GET", here + "/{field}/{value:path}", wrap(rest.read_by_key(kind))),
            ("PATCH", here + "/{field}/{value:path}", wrap(rest.upsert(kind))),
            ("DELETE", here + "/{field}/{value:path}", wrap(rest.delete_by_key(kind))),
        ]

    def fault(self, fault: Fault, request: Request) -> Response:
        """A fault in Salesforce's shape (§1, §2, §13)."""
        name = fault.fault
        if name == "html_503":
            page = "<html><head><title>Maintenance</title></head><body>Down for maintenance</body></html>"
            return Response(page, 503, {"content-type": "text/html;charset=UTF-8"})
        path = request.url.path
        harmless = path.startswith("/services/oauth2") and name in _OF_SESSIONS_AND_ROWS
        by_row = "/composite" in path or "/jobs/" in path or "/Soap/" in path
        reading = request.method == "GET" or by_row
        if harmless or (name == "row_lock" and reading):
            return _Lockable(self._behind[id(request.scope["endpoint"])])
        if name == "expired_token":
            self._api.sessions.end(self._api.token(request))
        answers: dict[str, ApiError] = {
            "throttle": ApiError(
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
            ),
            "daily_limit": ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
            "unavailable": ApiError(503, "SERVER_UNAVAILABLE", "The server is unavailable"),
            "server_error": ApiError(
                500, "UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId: 1065-77"
            ),
            "expired_token": ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid"),
            "policy_401": ApiError(
                401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API"
            ),
            "row_lock": row_locked(self._api.org, request.path_params.get("id", "")),
        }
        struck = answers.get(name) or answers["server_error"]
        shape = fault_answer if path.startswith("/services/Soap") else refusal
        return self._counted(shape(struck))

    async def _token(self, request: Request) -> Response:
        body = await request.body()
        return oauth.token_answer(self._api.org, self._api.sessions, request, body)

    async def _identity(self, request: Request) -> Response:
        try:
            user_id = self._api.signed_in(request)
        except ApiError:
            return Response("Bad_OAuth_Token", 403, {"content-type": "text/html;charset=UTF-8"})
        asked = (request.path_params["org"], request.path_params["user"])
        if asked != (self._api.org.org_id, user_id):
            return Response("Bad_Id", 404, {"content-type": "text/html;charset=UTF-8"})
        return json_answer(oauth.identity(self._api.org, user_id, request))

    async def _userinfo(self, request: Request) -> Response:
        try:
            user_id = self._api.signed_in(request)
        except ApiError:
            return Response("Bad_OAuth_Token", 403, {"content-type": "text/html;charset=UTF-8"})
        return json_answer(oauth.userinfo(self._api.org, user_id, request))

    def _ask(self, call: Call, *, include_deleted: bool, tooling_only: bool = False) -> Response:
        soql = call.query("q")
        if soql is None:
            raise ApiError(400, "MALFORMED_QUERY", "A query string has to be specified")
        engine = Engine(
            call.org,
            call.caller.access,
            call.version,
            include_deleted=include_deleted,
            tooling=tooling_only,
            user_id=call.caller.user_id,
        )
        if (call.query("columns") or "").lower() == "true":
            return json_answer(engine.columns(soql))
        answer = engine.answer(soql)
        options = call.request.headers.get("sforce-query-options")
        return json_answer(call.cursors.first_page(answer, options, call.version))

    def _query(self, call: Call) -> Response:
        return self._ask(call, include_deleted=False)

    def _query_all(self, call: Call) -> Response:
        return self._ask(call, include_deleted=True)

    def _tooling_query(self, call: Call) -> Response:
        return self._ask(call, include_deleted=False, tooling_only=True)

    def _more(self, call: Call) -> Response:
        return json_answer(call.cursors.later_page(call.path["locator"], call.version))

    def _not_covered(self, area: str, request: Request) -> Response:
        if "/composite/sobjects" in request.url.path:
            return self._unknown(request)
        return self._counted(refusal(not_covered(area)))

    def _counted(self, response: Response) -> Response:
        response.headers["Sforce-Limit-Info"] = self._api.usage()
        return response

    def _unknown(self, request: Request) -> Response:
        """404, 410 for a retired version, 405 for a wrong method, 501 for objects not covered."""
        path = request.url.path.rstrip("/")
        parts = path.split("/")
        try:
            if path.startswith(ROOT + "/"):
                check_version(parts[3])
                self._api.signed_in(request)
                if "sobjects" in parts[:-1]:
                    name = parts[parts.index("sobjects") + 1]
                    if name in UNCOVERED_OBJECTS:
                        raise not_covered(f"the object {name}")
            allowed = self._allowed(request, path)
            if allowed:
                raise ApiError(
                    405,
                    "METHOD_NOT_ALLOWED",
                    f"HTTP Method '{request.method}' not allowed. Allowed are {','.join(allowed)}",
                )
            raise not_found()
        except ApiError as error:
            return self._counted(refusal(error))

    def _allowed(self, request: Request, path: str) -> list[str]:
        return sorted(
            {
                method
                for method, template, _ in self._known
                if _fits(template, path) and method != request.method
            }
        )


def _fits(template: str, path: str) -> bool:
    wanted, given = template.split("/"), path.split("/")
    if wanted[-1].endswith(":path}"):
        given = [*given[: len(wanted) - 1], "/".join(given[len(wanted) - 1 :])]
    return len(wanted) == len(given) and all(
        want == got or (want.startswith("{") and got)
        for want, got in zip(wanted, given, strict=True)
    )
