"""Sandboxes as processes of their own, as the product and outside tools meet them."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.forked import Forked
from tests.sandboxes import launch

ROOT = Path(__file__).resolve().parents[3]
TIMEOUT_S = 20


@dataclass
class RunningSandbox:
    """One sandbox process and what its ready line said."""

    process: Forked
    line: str
    session: requests.Session = field(default_factory=requests.Session)

    @property
    def ready(self) -> dict[str, Any]:
        """The ready line, parsed."""
        parsed: dict[str, Any] = json.loads(self.line)
        return parsed

    def hubspot(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Call HubSpot with its token."""
        crm = self.ready["hubspot"]
        return self._call(method, crm["base_url"] + path, body, crm["token"])

    def salesforce(
        self, method: str, path: str, body: Any = None, params: dict[str, str] | None = None
    ) -> requests.Response:
        """Call Salesforce with its access token; ``path`` is below ``/services/data/v66.0``."""
        crm = self.ready["salesforce"]
        url = f"{crm['instance_url']}/services/data/v66.0{path}"
        return self._call(method, url, body, crm["access_token"], params)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API; the parsed answer of a call that must succeed."""
        headers = {"X-Control-Token": self.ready["control_token"]}
        url = self.ready["control_url"] + path
        answer = self.session.request(method, url, json=body, headers=headers, timeout=TIMEOUT_S)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def _call(
        self,
        method: str,
        url: str,
        body: Any,
        token: str,
        params: dict[str, str] | None = None,
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.session.request(
            method, url, json=body, headers=headers, params=params, timeout=TIMEOUT_S
        )

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Ask it to end; (exit code, what it wrote to stderr)."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=TIMEOUT_S)
        self.session.close()
        return self.process.wait(), errors


def start_sandbox(*arguments: str) -> RunningSandbox:
    """Start one and wait until it is ready."""
    process = launch(*arguments)
    line = process.stdout.readline()
    if not line:
        _, errors = process.communicate(timeout=TIMEOUT_S)
        raise AssertionError(f"the sandbox did not start: {errors}")
    return RunningSandbox(process, line)


@pytest.fixture
def start() -> Iterator[Callable[..., RunningSandbox]]:
    """Start sandboxes that end with the test."""
    running: list[RunningSandbox] = []

    def begin(*arguments: str) -> RunningSandbox:
        running.append(start_sandbox(*arguments))
        return running[-1]

    yield begin
    for one in running:
        if one.process.poll() is None:
            one.stop()


@pytest.fixture(scope="module")
def _shared() -> Iterator[RunningSandbox]:
    running = start_sandbox("--port", "0", "--leads", "200", "--seed", "7")
    yield running
    assert running.stop() == (0, "")


@pytest.fixture
def sandbox(_shared: RunningSandbox) -> RunningSandbox:
    """One sandbox of 200 people for the file's tests, reset before each."""
    _shared.control("POST", "/reset")
    return _shared
