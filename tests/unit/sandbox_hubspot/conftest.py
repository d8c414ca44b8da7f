"""An emulated portal, in the process and on a loopback port."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from tests.unit.sandbox_hubspot.client import Client

from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.world import World


@pytest.fixture
def world() -> World:
    return World(seed=7)


@pytest.fixture
def portal(world: World) -> HubSpot:
    return HubSpot(world)


@pytest.fixture
def client(portal: HubSpot) -> Client:
    return Client(portal.app, portal.token)


@pytest.fixture
def served(portal: HubSpot) -> Iterator[str]:
    """The portal on a loopback port; answers the base URL."""
    config = uvicorn.Config(portal.app, port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(5)
