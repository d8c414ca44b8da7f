"""Calls an ASGI application in-process, and a small CRM for the control API to act on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.types import ASGIApp, Message

from leadpact_sandbox.acts import RefusedAct
from leadpact_sandbox.seed.model import Company


@dataclass
class Answer:
    """One HTTP answer; ``body`` is what came, whole or not."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Any:
        """The body, parsed."""
        return orjson.loads(self.body)


class LoopbackTransport(asyncio.Transport):
    """Stands for the server's connection: remembers how it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: str | None = None

    def abort(self) -> None:
        self.ended = "aborted"

    def close(self) -> None:
        self.ended = "closed"


async def send(
    app: ASGIApp,
    method: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
    state: dict[str, Any],
) -> Answer:
    """Send one request in the running loop; ``state`` is what the server would add."""
    answer = Answer()
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def hear(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "root_path": "",
        "state": state,
    }
    await app(scope, receive, hear)
    return answer


def call(
    app: ASGIApp,
    method: str,
    path: str,
    body: object = b"",
    headers: dict[str, str] | None = None,
    transport: asyncio.Transport | None = None,
) -> Answer:
    """Send one request; ``body`` is bytes, or anything that becomes JSON."""
    from leadpact_sandbox.gate import TRANSPORT

    sent = body if isinstance(body, bytes) else orjson.dumps(body)
    state = {TRANSPORT: transport} if transport else {}
    return asyncio.run(send(app, method, path, sent, headers or {}, state))


class SmallCrm:
    """Keeps records in a dict and notes every act; knows one object, ``people``."""

    def __init__(self) -> None:
        self.app: ASGIApp = _no_api
        self.records: dict[str, dict[str, object]] = {"1": {"name": "Ada"}}
        self.acts: list[tuple[object, ...]] = []

    def load(self, company: Company) -> None:
        self.records = {person.key: {"name": person.last_name} for person in company.people}

    def reset(self) -> None:
        self.acts.append(("reset",))

    def snapshot(self) -> dict[str, object]:
        return dict(self.records)

    def restore(self, state: dict[str, object]) -> None:
        self.records = {key: dict(record) for key, record in state.items()}  # type: ignore[call-overload]

    def connection(self, base_url: str) -> dict[str, str]:
        return {"base_url": base_url}

    def _find(self, id: str) -> dict[str, object]:
        if id not in self.records:
            raise RefusedAct(404, {"message": f"no record {id}"})
        return self.records[id]

    def edit(self, object: str, id: str, fields: dict[str, object], by: str) -> dict[str, object]:
        self.acts.append(("edit", object, id, by))
        record = self._find(id)
        record.update(fields)
        return {"id": id, **record}

    def create(self, object: str, fields: dict[str, object], by: str) -> dict[str, object]:
        self.acts.append(("create", object, by))
        self.records["2"] = dict(fields)
        return {"id": "2", **fields}

    def people(self) -> Iterator[tuple[str, Mapping[str, object]]]:
        return iter([("people", record) for record in self.records.values()])

    def take_over(self, rows: Iterable[tuple[str, Mapping[str, object]]]) -> int:
        return len(list(rows))

    def archive(self, object: str, id: str, by: str) -> dict[str, object] | None:
        self.acts.append(("archive", object, id, by))
        self.records.pop(id)
        return None

    delete = archive

    def app_details(self) -> dict[str, object]:
        return {"app_id": 1}

    async def deliver(self) -> dict[str, object]:
        self.acts.append(("deliver",))
        return {"waiting": 0}

    def undelete(self, object: str, id: str, by: str) -> dict[str, object]:
        self.acts.append(("undelete", object, id, by))
        return {"id": id}

    def merge(self, object: str, primary: str, other: str, by: str = "") -> dict[str, object]:
        self.acts.append(("merge", object, primary, other, by))
        return {"id": "3"}

    def convert(
        self,
        lead: str,
        status: str,
        contact: str | None = None,
        account: str | None = None,
        opportunity: str | None = None,
        by: str = "",
    ) -> dict[str, object]:
        self.acts.append(("convert", lead, status, contact, account, opportunity, by))
        return {"Id": lead, "IsConverted": True}


async def _no_api(scope: object, receive: object, send: object) -> None:
    raise AssertionError("the control API never calls the CRM's HTTP API")
