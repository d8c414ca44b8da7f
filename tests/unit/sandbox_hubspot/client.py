"""A client that drives the emulated portal's ASGI application in the same process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from starlette.types import ASGIApp, Message

CONTACTS = "/crm/v3/objects/contacts"


@dataclass(frozen=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return orjson.loads(self.raw)


class Client:
    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self.token = token

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        token: str | None = None,
        kind: str = "application/json",
        query: Mapping[str, object] | None = None,
    ) -> Answered:
        sent = raw if raw is not None else b"" if body is None else orjson.dumps(body)
        headers = [(b"content-type", kind.encode())]
        bearer = self.token if token is None else token
        if bearer:
            headers.append((b"authorization", f"Bearer {bearer}".encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": urlencode(query or {}, doseq=True).encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        async def handle() -> None:
            await self.app(scope, receive, send)

        asyncio.run(handle())
        found = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
        whole = b"".join(message.get("body", b"") for message in messages[1:])
        return Answered(messages[0]["status"], found, whole)

    def get(self, path: str, **query: object) -> Answered:
        return self.call("GET", path, query=query)

    def post(self, path: str, body: object, **query: object) -> Answered:
        return self.call("POST", path, body, query=query)

    def patch(self, path: str, body: object, **query: object) -> Answered:
        return self.call("PATCH", path, body, query=query)

    def made(self, **properties: object) -> str:
        """The id of a new contact."""
        answer = self.post(CONTACTS, {"properties": properties})
        assert answer.status == 201, answer.raw
        return str(answer.body["id"])

    def values(self, id: str, *names: str) -> dict[str, Any]:
        answer = self.get(f"{CONTACTS}/{id}", properties=",".join(names))
        assert answer.status == 200, answer.raw
        return dict(answer.body["properties"])

    def found(self, **request: object) -> Answered:
        return self.post(f"{CONTACTS}/search", request)
