"""HubSpot's answers on the wire, and bodies off it."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.types import Scope

from leadpact_sandbox.hubspot.errors import ApiError, error
from leadpact_sandbox.wire import Pairs, WireResponse

MAX_BODY = 10_000_000
"""Bytes; more is answered 413 (where the real limit lies is believed)."""
_JSON = (b"content-type", b"application/json;charset=utf-8")
_HTML = (b"content-type", b"text/html;charset=utf-8")


def json_response(status: int, body: object, headers: Pairs) -> WireResponse:
    """A JSON body; None is no content."""
    if body is None:
        return WireResponse(status, headers)
    content = orjson.dumps(body)
    headers += (_JSON, (b"content-length", b"%d" % len(content)))
    return WireResponse(status, headers, content)


def html_response(status: int, title: str) -> WireResponse:
    """What stands before HubSpot answers when HubSpot does not (facts §3)."""
    page = f"<!doctype html><html><body><h1>{status} {title}</h1></body></html>".encode()
    return WireResponse(status, [_HTML, (b"content-length", b"%d" % len(page))], page)


def header(scope: Scope, name: bytes) -> str | None:
    """A request header by its lower-case name."""
    for known, value in scope["headers"]:
        if known == name:
            return str(value, "latin-1")
    return None


async def whole_body(request: Request) -> bytes:
    """The body of a request.

    Raises:
        ApiError: 413 for a huge one.
    """
    receive = request.receive
    message = await receive()
    if not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        if len(body) > MAX_BODY:
            raise too_large()
        return body
    parts = [message.get("body", b"")]
    size = len(parts[0])
    while message.get("more_body", False):
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            raise too_large()
    return b"".join(parts)


def too_large() -> ApiError:
    """413."""
    return error(413, "Request Entity Too Large")
