"""The HTTP face of the portal: routes, admission, and errors on their way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from leadpact_sandbox import gate
from leadpact_sandbox.hubspot import errors
from leadpact_sandbox.hubspot.account import Account
from leadpact_sandbox.hubspot.batch import Batches
from leadpact_sandbox.hubspot.calls import MAX_QUERY, Answer, Call
from leadpact_sandbox.hubspot.contacts import PATH, Contacts
from leadpact_sandbox.hubspot.portal import Portal
from leadpact_sandbox.hubspot.property_routes import Properties
from leadpact_sandbox.hubspot.rows import asked_names, entry_body
from leadpact_sandbox.hubspot.search import read_query
from leadpact_sandbox.world import Fault

Handler: TypeAlias = Callable[[Call], Answer]
READ = ("crm.objects.contacts.read",)
WRITE = ("crm.objects.contacts.write",)
SCHEMA_READ = ("crm.schemas.contacts.read", "crm.objects.contacts.read")
SCHEMA_WRITE = ("crm.schemas.contacts.write",)
OWNERS = ("crm.objects.owners.read",)
PROPERTIES = "/crm/v3/properties/contacts"
DATED = "2026-03"
SEARCH = f"{PATH}/search"
UNCOVERED = (
    (f"{PATH}/gdpr-delete", "GDPR deletion"),
    ("/crm/v3/objects", "objects other than contacts, and associations"),
    ("/crm/objects", "objects other than contacts, and other dated releases"),
    ("/crm/v3/properties", "properties of objects other than contacts"),
    ("/crm/properties", "properties of objects other than contacts, and other dated releases"),
    ("/crm/v3/pipelines", "pipelines"),
    ("/crm/v3/lists", "lists"),
    ("/crm/v3/imports", "imports"),
    ("/crm/v3/limits", "limit tracking"),
    ("/crm/v3/schemas", "custom objects"),
    ("/crm/v3/property-validations", "property validation rules"),
    ("/crm/v4", "associations"),
    ("/crm/owners", "other dated releases of owners"),
    ("/oauth/v1", "OAuth of public apps"),
    ("/oauth/v3", "OAuth of public apps"),
    ("/webhooks", "webhooks"),
    ("/webhooks-journal", "the webhooks journal"),
    ("/events", "events"),
    ("/marketing", "marketing"),
    ("/automation", "automation"),
    ("/form-integrations", "form submissions"),
    ("/settings", "settings"),
)


def build_app(portal: Portal) -> Starlette:
    """The ASGI application of a portal, each endpoint behind the gate."""
    make = _Endpoints(portal)
    contacts, batches, properties = Contacts(portal), Batches(portal), Properties(portal)
    account = Account(portal)
    groups = f"{PROPERTIES}/groups"
    table = [
        ("POST", f"{PATH}/batch/read", make(batches.read, READ)),
        ("POST", f"{PATH}/batch/update", make(batches.update, WRITE)),
        ("POST", f"{PATH}/batch/upsert", make(batches.upsert, WRITE)),
        ("POST", f"{PATH}/batch/create", make(batches.create, WRITE)),
        ("POST", f"{PATH}/batch/archive", make(batches.archive, WRITE)),
        ("POST", SEARCH, make(_search(portal), READ, search=True)),
        ("POST", f"{PATH}/merge", make(contacts.merge, WRITE)),
        ("GET", PATH, make(contacts.page, READ)),
        ("POST", PATH, make(contacts.create, WRITE)),
        ("GET", f"{PATH}/{{id}}", make(contacts.read, READ)),
        ("PATCH", f"{PATH}/{{id}}", make(contacts.update, WRITE)),
        ("DELETE", f"{PATH}/{{id}}", make(contacts.archive, WRITE)),
        ("GET", PROPERTIES, make(properties.page, SCHEMA_READ)),
        ("POST", PROPERTIES, make(properties.create, SCHEMA_WRITE)),
        ("POST", f"{PROPERTIES}/batch/create", make(properties.batch_create, SCHEMA_WRITE)),
        ("POST", f"{PROPERTIES}/batch/read", make(properties.batch_read, SCHEMA_READ)),
        ("POST", f"{PROPERTIES}/batch/archive", make(properties.batch_archive, SCHEMA_WRITE)),
        ("GET", groups, make(properties.groups, SCHEMA_READ)),
        ("POST", groups, make(properties.create_group, SCHEMA_WRITE)),
        ("GET", f"{groups}/{{name}}", make(properties.group, SCHEMA_READ)),
        ("PATCH", f"{groups}/{{name}}", make(properties.update_group, SCHEMA_WRITE)),
        ("DELETE", f"{groups}/{{name}}", make(properties.archive_group, SCHEMA_WRITE)),
        ("GET", f"{PROPERTIES}/{{name}}", make(properties.read, SCHEMA_READ)),
        ("PATCH", f"{PROPERTIES}/{{name}}", make(properties.update, SCHEMA_WRITE)),
        ("DELETE", f"{PROPERTIES}/{{name}}", make(properties.archive, SCHEMA_WRITE)),
        ("GET", "/crm/v3/owners", make(portal.owners.page, OWNERS)),
        ("GET", "/crm/v3/owners/", make(portal.owners.page, OWNERS)),
        ("GET", "/crm/v3/owners/{id}", make(portal.owners.read, OWNERS)),
        ("GET", "/account-info/v3/details", make(account.details)),
        ("GET", "/account-info/v3/api-usage/daily/private-apps", make(account.usage)),
        (
            "POST",
            "/oauth/v2/private-apps/get/access-token-info",
            make(account.token, bearer=False),
        ),
    ]
    world = portal.world
    dated = [(method, _dated(path), endpoint) for method, path, endpoint in table]
    dated = [row for row, old in zip(dated, table, strict=True) if row[1] != old[1]]
    return Starlette(
        routes=[
            *gate.routes(world, "hubspot", [*table, *dated], make.fault),
            *gate.uncovered(world, "hubspot", UNCOVERED, make.uncovered),
            *gate.unknown(world, "hubspot", make.unknown),
        ]
    )


def _dated(path: str) -> str:
    """The same path under the dated release of March 2026, whose bodies are the same (facts §10)."""
    for family in ("objects", "properties", "owners"):
        path = path.replace(f"/crm/v3/{family}", f"/crm/{family}/{DATED}")
    return path


def _search(portal: Portal) -> Handler:
    def search(call: Call) -> Answer:
        live = portal.catalog.live
        length = len(call.raw.decode("utf-8", "replace"))
        query = read_query(call.json(), length, live, portal.world.switch)
        total, entries, following = portal.searcher.run(query)
        names = asked_names(query.properties, live)
        body: dict[str, object] = {
            "total": total,
            "results": [entry_body(entry, names) for entry in entries],
        }
        if following is not None:
            body["paging"] = {"next": {"after": str(following)}}
        return Answer(200, body)

    return search


class _Endpoints:
    """Makes endpoints of handlers: token, scopes, limits, body, and the answer's headers."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def __call__(
        self,
        handler: Handler,
        needs: tuple[str, ...] = (),
        *,
        search: bool = False,
        bearer: bool = True,
    ) -> gate.Endpoint:
        portal = self._portal

        async def endpoint(request: Request) -> Response:
            headers = {}
            try:
                if len(request.url.query) > MAX_QUERY:
                    raise errors.error(414, "URI Too Long")
                if bearer:
                    portal.admit(request.headers.get("authorization"), needs, search=search)
                    headers = portal.limits.headers(search=search)
                raw = await _json_body(request)
                call = Call(request.path_params, request.query_params, raw, portal.now_ms())
                answer = handler(call)
            except errors.ApiError as refusal:
                return self.refused(refusal, headers)
            return self._answered(answer, headers)

        return endpoint

    def _answered(self, answer: Answer, headers: dict[str, str]) -> Response:
        headers["X-HubSpot-Correlation-Id"] = self._portal.correlation()
        if answer.status == 204:
            return Response(status_code=204, headers=headers)
        return Response(
            orjson.dumps(answer.body),
            answer.status,
            headers,
            "application/json;charset=utf-8",
        )

    def refused(self, refusal: errors.ApiError, headers: dict[str, str] | None = None) -> Response:
        """A refusal on the wire, with its correlation id in body and header."""
        correlation = self._portal.correlation()
        body = {**refusal.body, "correlationId": correlation}
        return Response(
            orjson.dumps(body),
            refusal.status,
            {**(headers or {}), **refusal.headers, "X-HubSpot-Correlation-Id": correlation},
            "application/json;charset=utf-8",
        )

    def fault(self, fault: Fault, request: Request) -> Response:
        """A drawn fault in HubSpot's shape (facts §3)."""
        search = request.url.path in {SEARCH, _dated(SEARCH)}
        if fault.fault == "html_503":
            page = "<!doctype html><html><body><h1>503 Service Unavailable</h1></body></html>"
            return HTMLResponse(page, 503)
        made = {
            "throttle": errors.over_search()
            if search
            else errors.over_policy("TEN_SECONDLY_ROLLING"),
            "daily_limit": errors.over_policy("DAILY"),
            "unavailable": errors.error(503, "Service temporarily unavailable"),
            "expired_token": errors.expired_token(self._portal.now_ms() - 1000),
            "policy_401": errors.bad_token("The access token was refused by the account's policy."),
            "row_lock": errors.error(423, "The resource is locked, try again later", "LOCKED"),
        }
        headers = self._portal.limits.headers(search=search)
        return self.refused(made.get(fault.fault, errors.error(500, "internal error")), headers)

    def uncovered(self, area: str, request: Request) -> Response:
        """501 that names what is not covered."""
        return self.refused(errors.not_covered(f"{area}: {request.method} {request.url.path}"))

    def unknown(self, request: Request) -> Response:
        """404 for a path that HubSpot does not have."""
        return self.refused(errors.error(404, f"resource not found: {request.url.path}"))


async def _json_body(request: Request) -> bytes:
    if request.method not in {"POST", "PATCH", "PUT"}:
        return b""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise errors.error(415, f"HTTP 415 Unsupported Media Type: {kind or 'none'}")
    return await request.body()
