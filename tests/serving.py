"""Serves emulated CRMs on loopback in a thread of this process; the newest one takes the place of the last."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from leadpact_sandbox.gate import TRANSPORT


class _Protocol(H11Protocol):
    """Shows the gate its connection, so that faults can drop it."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


class Serving:
    """One server for a whole test session."""

    def __init__(self) -> None:
        self._app: Any = None
        config = uvicorn.Config(
            self._call,
            interface="asgi3",
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
        )
        self._server = uvicorn.Server(config)
        # Small answers go at once only where the protocol is named; else each takes 40 ms.
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._server.serve(sockets=[sock])), daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            assert time.monotonic() < deadline, "the emulated CRM did not start"
            time.sleep(0.01)
        self.base_url = f"http://127.0.0.1:{sock.getsockname()[1]}"

    async def _call(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)

    def serve(self, crm: Any) -> str:
        """Serve this CRM from now on; its address."""
        self._app = crm.app
        return self.base_url

    def stop(self) -> None:
        """End the server."""
        self._server.should_exit = True
        self._thread.join(timeout=10)
