"""Calls an ASGI application in this process, as a client would over a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote


@dataclass
class Call:
    """One request. ``path`` is as it stands on the wire, percent-encoded."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        shown = {k: v for k, v in self.headers.items() if k != "authorization"}
        return f"{self.method} {self.path}{query} {shown} {self.body[:2_000]!r}"


@dataclass
class Answer:
    """What came back; ``status`` 0 where the connection was dropped."""

    status: int
    headers: dict[str, str]
    body: bytes


async def send(app: Any, call: Call) -> Answer:
    """Play one call. What the application raises is raised here."""
    answer = Answer(0, {}, b"")
    sent = False

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": call.body, "more_body": False}

    async def take(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {
                k.decode().lower(): v.decode("latin-1") for k, v in message["headers"]
            }
        else:
            answer.body += message.get("body", b"")

    headers = [
        (name.lower().encode(), value.encode("latin-1")) for name, value in call.headers.items()
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": "http",
        "path": unquote(call.path),
        "raw_path": quote(call.path, safe="/%:@!$&'()*+,;=~-._").encode(),
        "query_string": call.query.encode("utf-8", "surrogatepass"),
        "root_path": "",
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-length", str(len(call.body)).encode()),
            *headers,
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    await app(scope, receive, take)
    return answer


def play(app: Any, calls: list[Call]) -> list[Answer]:
    """Play calls one after the other."""

    async def all_of_them() -> list[Answer]:
        return [await send(app, call) for call in calls]

    return asyncio.run(all_of_them())
