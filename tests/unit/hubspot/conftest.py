"""A loopback server that answers as a test says: shapes that the emulated portal never gives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
import pytest
from pydantic import SecretStr

from leadpact_hubspot import spec
from leadpact_hubspot.connector import HubSpotConnector
from leadpact_hubspot.settings import HubSpotSettings

TOKEN = "pat-eu1-11111111-2222-3333-4444-555555555555"


@dataclass
class Told:
    """A clock that waiting moves on."""

    at: datetime = datetime(2026, 11, 21, 10, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Free:
    def spend(self, crm: str, calls: int = 1) -> None:
        pass

    def correct(self, crm: str, *, limit: int, remaining: int, resets_at: datetime | None) -> None:
        pass


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Server:
    url: str
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    answer: Callable[[Asked], tuple[int, Any]] = lambda _asked: (200, {})
    headers: dict[str, str] = field(default_factory=dict)
    routes: list[str] = field(default_factory=list)

    def connect(self, **settings: Any) -> HubSpotConnector:
        return spec.connect(
            HubSpotSettings(base_url=self.url, token=SecretStr(TOKEN), **settings),
            clock=Told(),
            call_budget=Free(),
            token_vault=None,
            crm_name="hub",
            count_call=lambda _crm, route: self.routes.append(route),
        )


@pytest.fixture(scope="module")
def listening() -> Iterator[tuple[str, dict[str, Server]]]:
    current: dict[str, Server] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            current["server"].connections += 1

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def _reply(self) -> None:
            server = current["server"]
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            asked = Asked(
                self.command, self.path, dict(self.headers), orjson.loads(raw) if raw else None
            )
            server.asked.append(asked)
            status, body = server.answer(asked)
            out = body if isinstance(body, bytes) else orjson.dumps(body)
            self.send_response(status)
            for name, value in server.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        do_GET = do_POST = do_PATCH = _reply  # noqa: N815 - the names the server looks for

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}", current
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def server(listening: tuple[str, dict[str, Server]]) -> Server:
    url, current = listening
    current["server"] = Server(url)
    return current["server"]
