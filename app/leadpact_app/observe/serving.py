"""`/metrics` and `/health` over HTTP, for Prometheus and for what supervises a container."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from leadpact.audit.digest import Liveness
from leadpact.errors import FixSettings

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def address_of(listen: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT`` or ``PORT``; loopback unless a host is said.

    Raises:
        FixSettings: ``usage``.
    """
    host, _, port = listen.rpartition(":")
    host = host.strip("[]") or LOOPBACK[0]
    if not port.isdecimal() or int(port) > 65_535:
        raise FixSettings(
            f"--listen takes HOST:PORT or PORT, such as 127.0.0.1:9464, not {listen!r}.",
            code="usage",
        )
    return host, int(port)


def application(metrics: Callable[[], str], health: Callable[[], Liveness]) -> Any:
    """The two pages as an ASGI application; they show numbers and times, and no person.

    Raises:
        FixSettings: ``extra_missing``.
    """
    try:
        from starlette.applications import Starlette  # noqa: PLC0415 - an extra
        from starlette.concurrency import run_in_threadpool  # noqa: PLC0415
        from starlette.responses import JSONResponse, PlainTextResponse  # noqa: PLC0415
        from starlette.routing import Route  # noqa: PLC0415
    except ImportError as error:
        raise FixSettings(
            "Serving needs the extra `worker`: pip install 'leadpact[worker]'", code="extra_missing"
        ) from error

    async def show_metrics(_request: Any) -> Any:
        return PlainTextResponse(await run_in_threadpool(metrics), media_type=METRICS_TYPE)

    async def show_health(_request: Any) -> Any:
        alive = await run_in_threadpool(health)
        told = {
            "ok": alive.ok,
            "last_success": alive.last_success.isoformat() if alive.last_success else None,
            "why": alive.why,
        }
        return JSONResponse(told, status_code=200 if alive.ok else 503)

    return Starlette(routes=[Route("/metrics", show_metrics), Route("/health", show_health)])


class Served:
    """A server in a thread of its own, until it is closed."""

    def __init__(self, app: Any, host: str, port: int) -> None:
        import uvicorn  # noqa: PLC0415 - an extra

        config = uvicorn.Config(app, host=host, port=port, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="leadpact-http", daemon=True)
        self._thread.start()

    def wait(self, stopping: threading.Event) -> None:
        """Until it is asked to end, or the server has ended by itself (the port is taken)."""
        while self._thread.is_alive() and not stopping.wait(0.5):
            pass

    @property
    def alive(self) -> bool:
        """Whether it serves."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join(timeout=5)
