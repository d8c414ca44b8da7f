"""Answers on the wire without the parts of a web framework that they do not need."""

from __future__ import annotations

from typing import TypeAlias

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

Pairs: TypeAlias = list[tuple[bytes, bytes]]
"""Headers, their names in lower case."""


class WireResponse(Response):
    """A response whose headers and body are bytes already."""

    def __init__(self, status: int, headers: Pairs, content: bytes = b"") -> None:
        self.status_code = status
        self.background = None
        self.body = content
        self.raw_headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        start = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        await send(start)
        await send({"type": "http.response.body", "body": self.body})
