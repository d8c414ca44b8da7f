"""What the benches of both emulated CRMs share: the sandbox's time, a budget, faults by their place."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import requests

from leadpact.conformance import Bench, FaultName, Trouble, Where
from leadpact.errors import WaitUntil
from leadpact.ports.connector import Connector
from leadpact_sandbox.world import CrmName, Fault, World

FAULT_NAMES: Mapping[FaultName, str] = {
    "throttled": "throttle",
    "day_spent": "daily_limit",
    "unavailable": "unavailable",
    "html_page": "html_503",
    "server_error": "server_error",
    "lost_answer": "lost_answer",
    "cut_body": "cut_body",
    "slow": "slow",
    "expired": "expired_token",
    "policy": "policy_401",
    "locked_row": "row_lock",
}


@dataclass
class SandboxTime:
    """The sandbox's clock; waiting moves it on instead of taking time."""

    world: World
    slept: list[float] = field(default_factory=list)
    off: timedelta = timedelta()

    def now(self) -> datetime:
        return self.world.clock.now() + self.off

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.world.clock.advance(seconds)


@dataclass
class Budget:
    """The day's budget of one CRM."""

    charged: int = 0
    spent_until: datetime | None = None

    def spend(self, crm: str, calls: int = 1) -> None:
        if self.spent_until is not None:
            raise WaitUntil("The day's calls are spent.", until=self.spent_until, code="budget")
        self.charged += calls

    def correct(self, crm: str, *, limit: int, remaining: int, resets_at: datetime | None) -> None:
        """The CRM's own count is of no matter here."""


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class SimplePage(BaseHTTPRequestHandler):
    """Any web server: a page for every address, and none of a CRM's."""

    protocol_version = "HTTP/1.1"

    def _page(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        body = b"<html><body>It works.</body></html>"
        self.send_response(404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = _page  # noqa: N815 - the names that the server asks for

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


class EmulatedBench(Bench):
    """A bench over an emulator in this process, through real HTTP."""

    sandbox_name: ClassVar[CrmName]
    routes: ClassVar[Mapping[Where, str]]

    def __init__(self, world: World, base_url: str, variant: str) -> None:
        self.world = world
        self.base_url = base_url
        self.variant = variant
        if variant:
            from leadpact_sandbox.switches import DEFAULTS

            world.switches[variant] = not DEFAULTS[variant]
        self.time = SandboxTime(world)
        self.budget = Budget()
        self.made: list[Connector] = []
        self.servers: list[ThreadingHTTPServer] = []
        self._counted = 0
        self._own_calls = 0

    def open(self, **settings: Any) -> Connector:
        """Another connector with these settings; closed with the bench."""
        made = self._open(**settings)
        self.made.append(made)
        return made

    def _open(self, **settings: Any) -> Connector:
        raise AssertionError(f"{self.crm} opens nothing with {settings}")

    def connection(self) -> dict[str, Any]:
        """Settings that sign in."""
        raise AssertionError(f"{self.crm} has no sign-in")

    def close(self) -> None:
        for connector in self.made:
            connector.close()
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def skew(self, seconds: float) -> None:
        self.time.off = timedelta(seconds=seconds)

    def advance(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    def fault(self, name: FaultName, where: Where, *, nth: int = 1, always: bool = False) -> None:
        self.world.faults.replace(
            [
                Fault(
                    self.sandbox_name,
                    self.routes[where],
                    FAULT_NAMES[name],
                    nth=None if always else nth,
                    rate=1.0 if always else None,
                )
            ]
        )

    def calls(self) -> int:
        counts = sum(self.world.calls.counts()[self.sandbox_name].values()) - self._own_calls
        self.world.calls.reset()
        self._own_calls = 0
        return counts

    def look(self, path: str, **asked: str) -> Any:
        """The CRM's own answer to a reading call, past the connector; None for 404."""
        self._own_calls += 1
        answer = requests.get(
            f"{self.base_url}{path}",
            params=asked,
            headers={"Authorization": f"Bearer {self.token()}"},
            timeout=10,
        )
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return answer.json()

    def token(self) -> str:
        """A token that reads everything."""
        raise AssertionError(f"{self.crm} needs no token")

    def slept(self) -> Sequence[float]:
        return self.time.slept

    def spent(self) -> int:
        return self.budget.charged

    def exhaust(self, until: datetime) -> None:
        self.budget.spent_until = until

    def connect(self, *, trouble: Trouble) -> Connector:
        if trouble == "impatient":
            return self.open(**{**self.connection(), "timeout_s": 0.3})
        if trouble == "down":
            return self.open(**self.elsewhere(f"http://127.0.0.1:{free_port()}"))
        if trouble == "wrong_host":
            return self.open(**self.elsewhere(self.no_crm()))
        if trouble == "wrong_token":
            return self.open(**self.wrong_token())
        return self.open(**self.connection())

    def no_crm(self) -> str:
        """The address of a server that is up and is no CRM."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), SimplePage)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self.servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    def elsewhere(self, base_url: str) -> dict[str, Any]:
        """Settings that sign in at another address."""
        raise AssertionError(f"{self.crm} is nowhere else than {base_url}")

    def wrong_token(self) -> dict[str, Any]:
        """Settings whose token nobody gave."""
        raise AssertionError(f"{self.crm} takes any token")
