"""The way in for every CRM call: counted, delayed, struck by the faults in force (DESIGN §8)."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterable
from copy import copy
from datetime import datetime
from email.utils import format_datetime
from functools import cache, lru_cache
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from leadpact_sandbox.limits import scaled
from leadpact_sandbox.world import Answered, CrmName, Fault, World

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
FaultResponse: TypeAlias = Callable[[Fault, Request], Response]
ANY_METHOD = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
TRANSPORT = "leadpact_sandbox.transport"
"""Key in the ASGI ``state`` where the server keeps the connection, so that a fault can drop it."""
OPENING = "leadpact_sandbox.opening"
"""Key there of a list of seconds, which the first call of a connection takes out and waits for."""
DEFAULT_SLOW_S = 5.0
LONG_S = 20.0
LONG_CALLS = 25
"""Salesforce refuses every call while this many that take ``LONG_S`` or more run (facts §5)."""

_CONVERTOR = re.compile(r":[a-z]+\}")


class DroppedConnectionError(Exception):
    """A fault dropped the connection, and there is no real one to drop (in-process ASGI client)."""


def routes(
    world: World,
    crm: CrmName,
    table: Iterable[tuple[str, str, Endpoint]],
    fault_response: FaultResponse,
) -> list[Route]:
    """Starlette routes for a CRM's endpoints, each behind a :class:`Gate`.

    Args:
        world: where calls are counted and faults are drawn.
        crm: whose endpoints these are.
        table: rows of (method, template, endpoint); literal templates come before those with
            parameters that would also match. Object names are literal, so that counts read well.
        fault_response: the CRM's own shape of a fault that is an answer (throttle, expired_token,
            unavailable ...); ``slow``, ``lost_answer`` and ``cut_body`` are done here.
    """
    made = []
    for method, template, endpoint in table:
        key = f"{method} {_CONVERTOR.sub('}', template)}"
        gate = Gate(world, crm, key, endpoint, fault_response)
        made.append(_route(template, gate, method))
    return made


@cache
def _template(template: str, methods: tuple[str, ...]) -> Route:
    return Route(template, _nowhere, methods=methods)


def _route(template: str, gate: Gate, *methods: str) -> Route:
    """A route to this gate; its pattern is compiled once per process, however many worlds are made."""
    made = copy(_template(template, methods or ANY_METHOD))
    made.endpoint = made.app = gate
    return made


async def _nowhere(request: Request) -> Response:
    raise AssertionError(f"{request.url.path} leads nowhere: its route was never given a gate")


def uncovered(
    world: World,
    crm: CrmName,
    areas: Iterable[tuple[str, str]],
    response: Callable[[str, Request], Response],
) -> list[BaseRoute]:
    """Routes for known product areas that the sandbox does not cover; put them after the covered.

    Args:
        world: where calls are counted.
        crm: whose areas these are.
        areas: rows of (path prefix without a trailing slash, name of the area). Calls are counted
            as ``METHOD prefix/*``.
        response: the 501 answer for (area, request), in the CRM's shape.
    """
    made: list[BaseRoute] = []
    for prefix, area in areas:
        answer = _answer_area(area, response)
        gate = Gate(world, crm, f"{{method}} {prefix}/*", answer, _never_drawn, faulty=False)
        made += [_route(prefix, gate), _route(prefix + "/{rest:path}", gate)]
    return made


def unknown(world: World, crm: CrmName, response: Callable[[Request], Response]) -> list[BaseRoute]:
    """The last routes: any other path, counted as ``METHOD (unknown)``."""

    async def endpoint(request: Request) -> Response:
        return response(request)

    gate = Gate(world, crm, "{method} (unknown)", endpoint, _never_drawn, faulty=False)
    return [_route("/{rest:path}", gate)]


def _answer_area(area: str, response: Callable[[str, Request], Response]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return response(area, request)

    return endpoint


def _never_drawn(fault: Fault, request: Request) -> Response:
    raise AssertionError(f"{fault.fault} drawn for {request.url.path}, which has no faults")


@lru_cache(maxsize=64)
def _date(second: datetime) -> bytes:
    return format_datetime(second, usegmt=True).encode()


class Gate:
    """ASGI application around one endpoint: counts the call, waits the latency, draws a fault.

    Args:
        key: what its calls are counted as; ``{method}`` in it is the method of each call.
        faulty: whether faults are drawn for it.
    """

    def __init__(
        self,
        world: World,
        crm: CrmName,
        key: str,
        endpoint: Endpoint,
        fault_response: FaultResponse,
        *,
        faulty: bool = True,
    ) -> None:
        self._world = world
        self._crm: CrmName = crm
        self._key = key
        self._endpoint = endpoint
        self._fault_response = fault_response
        self._any_method = "{method}" in key
        self._faulty = faulty

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call, with the sandbox's own time in its ``Date`` header."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                at = self._world.clock.now()
                note = Answered(at, self._crm, scope["method"], scope["path"], message["status"])
                self._world.calls.last.append(note)
                date = _date(at.replace(microsecond=0))
                message["headers"] = [*message["headers"], (b"date", date)]
            await send(message)

        await self._answer(scope, receive, dated)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        world = self._world
        key = self._key
        if self._any_method:
            key = key.replace("{method}", scope["method"])
        world.calls.add(self._crm, key)
        request = Request(scope, receive)
        fault = world.faults.draw(self._crm, key) if self._faulty else None
        if world.long_calls and self._crowded():
            crowded = Fault(self._crm, self._key, "throttle")
            await self._fault_response(crowded, request)(scope, receive, send)
            return
        if world.latency_s:
            opening = scope.get("state", {}).get(OPENING)
            await asyncio.sleep(world.latency_s + (opening.pop() if opening else 0))
        if fault is None:
            response = await self._endpoint(request)
            await response(scope, receive, send)
        elif fault.fault == "slow":
            await self._dawdle(DEFAULT_SLOW_S if fault.seconds is None else fault.seconds)
            response = await self._endpoint(request)
            await response(scope, receive, send)
        elif fault.fault == "lost_answer":
            # Whatever the endpoint would have answered, a refusal too, nobody hears it.
            with contextlib.suppress(Exception):
                await self._endpoint(request)
            await _drop(scope, receive)
        elif fault.fault == "cut_body":
            response = await self._endpoint(request)
            await _send_half(response, scope, receive, send)
        else:
            response = self._fault_response(fault, request)
            await response(scope, receive, send)

    def _crowded(self) -> bool:
        most = scaled(self._world.limits, LONG_CALLS)
        return self._crm == "salesforce" and most is not None and self._world.long_calls >= most

    async def _dawdle(self, seconds: float) -> None:
        long = self._crm == "salesforce" and seconds >= LONG_S
        self._world.long_calls += long
        try:
            await asyncio.sleep(seconds)
        finally:
            self._world.long_calls -= long


async def _drop(scope: Scope, receive: Receive) -> None:
    transport = scope.get("state", {}).get(TRANSPORT)
    if not isinstance(transport, asyncio.Transport):
        raise DroppedConnectionError("lost_answer")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_half(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await response(scope, receive, keep)
    body = b"".join(message.get("body", b"") for message in messages[1:])
    start = dict(messages[0])
    headers = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
    # An empty body cannot be cut, so the header promises a byte that never comes.
    start["headers"] = [*headers, (b"content-length", str(max(len(body), 1)).encode())]
    await send(start)
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    transport = scope.get("state", {}).get(TRANSPORT)
    if not isinstance(transport, asyncio.Transport):
        raise DroppedConnectionError("cut_body")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
