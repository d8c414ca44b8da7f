"""An address that was found before is found at once, and nothing else about a call is different."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Receive, Scope, Send
from tests.unit.sandbox_common.asgi import call

from leadpact_sandbox.routing import MOST_REMEMBERED, Remembering


class Router:
    """Finds one endpoint for all; says how often it was asked and what the endpoint saw."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.app = Remembering(self, self.lasting)

    def lasting(self, endpoint: ASGIApp, parameters: Mapping[str, str]) -> bool:
        return endpoint == self.endpoint and parameters.keys() <= {"version"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.append(f"{scope['method']} {scope['path']}")
        version, _, one = scope["path"][1:].partition("/")
        scope["endpoint"] = self.endpoint
        scope["path_params"] = {"version": version, **({"id": one} if one else {})}
        await self.endpoint(scope, receive, send)

    async def endpoint(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append((scope["path"], dict(scope["path_params"])))
        if len(self.seen) > 1:
            scope["path_params"]["version"] = "spoilt"
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def test_an_address_is_looked_for_once_by_each_method_and_seen_alike() -> None:
    router = Router()
    for method in ("GET", "POST", "GET", "GET", "POST"):
        assert call(router.app, method, "/v66.0").status == 204
    assert router.asked == ["GET /v66.0", "POST /v66.0"]
    assert router.seen[0] == router.seen[2] == router.seen[3] == ("/v66.0", {"version": "v66.0"})


def test_addresses_of_records_are_not_kept_and_others_not_without_end() -> None:
    router = Router()
    for path in ("/v66.0/7", "/v66.0/7"):
        call(router.app, "GET", path)
    assert len(router.asked) == 2
    for number in range(MOST_REMEMBERED + 5):
        call(router.app, "GET", f"/v{number}")
    assert len(router.app._found) <= MOST_REMEMBERED
