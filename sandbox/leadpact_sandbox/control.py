"""The control API: what a test may ask of the sandbox and no client of a CRM ever sees."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, TypeAlias

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leadpact_sandbox.acts import RefusedAct, parse_actor
from leadpact_sandbox.crms import EmulatedCrm, EmulatedHubSpot, EmulatedSalesforce
from leadpact_sandbox.faults import FaultRuleError, is_number, read_faults
from leadpact_sandbox.memory import filling
from leadpact_sandbox.world import World

CONTROL_HEADER = "X-Control-Token"
NATIVE_CONNECTOR = "hubspot.4.native_connector"
MAX_ADVANCE_S = 10 * 366 * 86_400
Body: TypeAlias = dict[str, Any]
Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


class Control:
    """The endpoints of DESIGN §8; :attr:`app` serves them.

    Args:
        world: clock, counts, faults and switches that the endpoints act on.
        hubspot: the emulated HubSpot.
        salesforce: the emulated Salesforce.
        token: value that ``X-Control-Token`` must carry, except for ``GET /clock``.
        switches: every known switch with its default; others are refused.
    """

    def __init__(
        self,
        world: World,
        hubspot: EmulatedHubSpot,
        salesforce: EmulatedSalesforce,
        *,
        token: str,
        switches: Mapping[str, bool],
    ) -> None:
        self._world = world
        self._hubspot = hubspot
        self._salesforce = salesforce
        self._token = token.encode()
        self._switches = switches
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/calls", self._calls),
            ("GET", "/requests", self._requests),
            ("POST", "/reset", self._reset),
            ("POST", "/advance", self._advance),
            ("GET", "/faults", self._list_faults),
            ("POST", "/faults", self._replace_faults),
            ("GET", "/switches", self._list_switches),
            ("POST", "/switches", self._set_switches),
            ("GET", "/hubspot/app", self._hubspot_app),
            ("POST", "/hubspot/deliver", self._hubspot_deliver),
            ("POST", "/hubspot/edit", self._hubspot_edit),
            ("POST", "/hubspot/edit_many", self._hubspot_edit_many),
            ("POST", "/hubspot/create", self._hubspot_create),
            ("POST", "/hubspot/archive", self._hubspot_archive),
            ("POST", "/hubspot/merge", self._hubspot_merge),
            ("POST", "/salesforce/edit", self._salesforce_edit),
            ("POST", "/salesforce/edit_many", self._salesforce_edit_many),
            ("POST", "/salesforce/create", self._salesforce_create),
            ("POST", "/salesforce/delete", self._salesforce_delete),
            ("POST", "/salesforce/undelete", self._salesforce_undelete),
            ("POST", "/salesforce/merge", self._salesforce_merge),
            ("POST", "/salesforce/convert", self._salesforce_convert),
        ]
        routes = [
            Route(path, self._guarded(handler), methods=[method]) for method, path, handler in table
        ]
        routes.append(Route("/clock", self._clock, methods=["GET"]))
        self.app = Starlette(
            routes=routes,
            exception_handlers={HTTPException: _refuse_request, RefusedAct: _refuse_act},
        )

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            sent = request.headers.get(CONTROL_HEADER, "").encode()
            if not hmac.compare_digest(sent, self._token):
                raise HTTPException(401, f"the header {CONTROL_HEADER} is missing or wrong")
            return await handler(request)

        return guarded

    def _instant(self) -> Body:
        off = sum(f.seconds or 0.0 for f in self._world.faults.listed() if f.fault == "skew")
        now = (self._world.clock.now() + timedelta(seconds=off)).isoformat(timespec="microseconds")
        return {
            "now": now.replace("+00:00", "Z"),
            "offset_seconds": self._world.clock.offset.total_seconds() + off,
        }

    async def _clock(self, _request: Request) -> Response:
        return _answer(self._instant())

    async def _calls(self, _request: Request) -> Response:
        return _answer(self._world.calls.counts())

    async def _requests(self, _request: Request) -> Response:
        """The last calls, oldest first; no bodies, no headers."""
        return _answer([each._asdict() for each in self._world.calls.last])

    async def _reset(self, _request: Request) -> Response:
        """All records, counts, faults and random draws as after the start; time goes on."""
        self._world.reset()
        with filling():
            self._hubspot.reset()
            self._salesforce.reset()
            self._hubspot.take_over(self._salesforce.people())
        return _answer(self._instant())

    async def _advance(self, request: Request) -> Response:
        body = await _object(request, {"seconds"})
        seconds = body["seconds"]
        if not is_number(seconds) or not 0 <= seconds <= MAX_ADVANCE_S:
            raise HTTPException(400, f"seconds: {seconds!r} is not a number of 0..{MAX_ADVANCE_S}")
        self._world.clock.advance(seconds)
        return _answer(self._instant())

    async def _list_faults(self, _request: Request) -> Response:
        return _answer([asdict(fault) for fault in self._world.faults.listed()])

    async def _replace_faults(self, request: Request) -> Response:
        try:
            faults = read_faults(await _json(request))
        except FaultRuleError as error:
            raise HTTPException(400, str(error)) from error
        self._world.faults.replace(faults)
        return _answer([asdict(fault) for fault in faults])

    def _switch_states(self) -> Response:
        return _answer({**self._switches, **self._world.switches})

    async def _list_switches(self, _request: Request) -> Response:
        return self._switch_states()

    async def _set_switches(self, request: Request) -> Response:
        body = await _object(request, set(), set(self._switches))
        for name, state in body.items():
            if not isinstance(state, bool):
                raise HTTPException(400, f"{name}: {state!r} is neither true nor false")
        self._world.switches.update(body)
        if body.get(NATIVE_CONNECTOR):
            self._hubspot.take_over(self._salesforce.people())
        return self._switch_states()

    async def _hubspot_app(self, _request: Request) -> Response:
        return _answer(self._hubspot.app_details())

    async def _hubspot_deliver(self, _request: Request) -> Response:
        """What is due goes out now, not at the next tick."""
        return _answer(await self._hubspot.deliver())

    async def _hubspot_edit(self, request: Request) -> Response:
        body = await _act(request, {"object", "id", "by"}, "properties")
        return _answer(
            self._hubspot.edit(body["object"], body["id"], body["properties"], body["by"])
        )

    async def _hubspot_edit_many(self, request: Request) -> Response:
        return await self._edit_many(request, self._hubspot)

    async def _salesforce_edit_many(self, request: Request) -> Response:
        return await self._edit_many(request, self._salesforce)

    async def _edit_many(self, request: Request, crm: EmulatedCrm) -> Response:
        """One import or workflow: all records get one stamp; those before a refused one stand."""
        body = await _act(request, {"object", "by"}, "edits")
        for key, fields in body["edits"].items():
            if not (isinstance(fields, dict) and fields):
                raise HTTPException(
                    400, f"edits.{key}: an object with at least one field is needed"
                )
        with self._world.clock.held():
            for key, fields in body["edits"].items():
                crm.edit(body["object"], key, fields, body["by"])
        return _answer({"edited": len(body["edits"])})

    async def _hubspot_create(self, request: Request) -> Response:
        body = await _act(request, {"object", "by"}, "properties")
        return _answer(self._hubspot.create(body["object"], body["properties"], body["by"]), 201)

    async def _hubspot_archive(self, request: Request) -> Response:
        body = await _act(request, {"object", "id", "by"})
        return _answer(self._hubspot.archive(body["object"], body["id"], body["by"]) or {})

    async def _hubspot_merge(self, request: Request) -> Response:
        body = await _act(request, {"object", "primary", "other"})
        return _answer(self._hubspot.merge(body["object"], body["primary"], body["other"]))

    async def _salesforce_edit(self, request: Request) -> Response:
        body = await _act(request, {"object", "id", "by"}, "fields")
        return _answer(
            self._salesforce.edit(body["object"], body["id"], body["fields"], body["by"])
        )

    async def _salesforce_create(self, request: Request) -> Response:
        body = await _act(request, {"object", "by"}, "fields")
        return _answer(self._salesforce.create(body["object"], body["fields"], body["by"]), 201)

    async def _salesforce_delete(self, request: Request) -> Response:
        body = await _act(request, {"object", "id", "by"})
        return _answer(self._salesforce.delete(body["object"], body["id"], body["by"]) or {})

    async def _salesforce_undelete(self, request: Request) -> Response:
        body = await _act(request, {"object", "id", "by"})
        return _answer(self._salesforce.undelete(body["object"], body["id"], body["by"]))

    async def _salesforce_merge(self, request: Request) -> Response:
        body = await _act(request, {"object", "primary", "other", "by"})
        return _answer(self._salesforce.merge(**body))

    async def _salesforce_convert(self, request: Request) -> Response:
        given = {"contact", "account", "opportunity"}
        body = await _act(request, {"lead", "status", "by"}, optional=given)
        return _answer(self._salesforce.convert(**body))


def _answer(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


async def _json(request: Request) -> object:
    try:
        parsed: object = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise HTTPException(400, f"the body is not JSON: {error}") from error
    return parsed


async def _object(request: Request, needed: set[str], optional: set[str] | None = None) -> Body:
    body = await _json(request)
    if not isinstance(body, dict):
        raise HTTPException(400, "the body must be a JSON object")
    known = needed | (optional or set())
    unknown = sorted(body.keys() - known)
    if unknown:
        raise HTTPException(400, f"{unknown[0]}: unknown key; known: {', '.join(sorted(known))}")
    missing = sorted(needed - body.keys())
    if missing:
        raise HTTPException(400, f"{missing[0]}: is missing")
    return body


async def _act(
    request: Request, texts: set[str], values: str | None = None, optional: set[str] | None = None
) -> Body:
    """Read an act: non-empty ``texts``, a JSON object of field ``values``, ``optional`` texts."""
    optional = optional or set()
    body = await _object(request, texts | ({values} if values else set()), optional)
    for key in sorted(texts):
        if not isinstance(body[key], str) or not body[key]:
            raise HTTPException(400, f"{key}: {body[key]!r} is not a non-empty text")
    for key in sorted(optional & body.keys()):
        if body[key] is not None and not (isinstance(body[key], str) and body[key]):
            raise HTTPException(400, f"{key}: {body[key]!r} is neither a non-empty text nor null")
    if values and not (isinstance(body[values], dict) and body[values]):
        raise HTTPException(400, f"{values}: an object with at least one field is needed")
    if "by" in texts:
        parse_actor(body["by"])
    return body


async def _refuse_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers) if error.headers else None
    body = orjson.dumps({"error": f"{request.method} {request.url.path}: {error.detail}"})
    return Response(body, error.status_code, headers, "application/json")


async def _refuse_act(_request: Request, error: Exception) -> Response:
    if not isinstance(error, RefusedAct):
        raise error
    return _answer(error.body, error.status)
