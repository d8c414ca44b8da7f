"""The real connector through the real client, over HTTP, against an emulated portal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from pydantic import SecretStr
from tests.serving import Serving

from leadpact.model.schema import WantedField
from leadpact_hubspot import spec
from leadpact_hubspot.connector import HubSpotConnector
from leadpact_hubspot.settings import HubSpotSettings
from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.world import Fault, World

EXTERNAL = WantedField(
    "contacts", "leadpact_lead_id", "Lead id", "text", "Key of leadpact.", external_id=True
)


@dataclass
class SandboxTime:
    """The sandbox's clock; waiting moves it on instead of taking time."""

    world: World
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.world.clock.now()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.world.clock.advance(seconds)


@dataclass
class Budget:
    spent: int = 0
    told: list[tuple[int, int, datetime | None]] = field(default_factory=list)

    def spend(self, crm: str, calls: int = 1) -> None:
        assert crm == "hub"
        self.spent += calls

    def correct(self, crm: str, *, limit: int, remaining: int, resets_at: datetime | None) -> None:
        self.told.append((limit, remaining, resets_at))


@dataclass
class Portal:
    """A portal that is served, and connectors to it."""

    world: World
    hubspot: HubSpot
    base_url: str
    time: SandboxTime
    budget: Budget = field(default_factory=Budget)
    routes: list[str] = field(default_factory=list)
    made: list[HubSpotConnector] = field(default_factory=list)

    def connect(self, **settings: Any) -> HubSpotConnector:
        token = settings.pop("token", self.hubspot.token)
        connector = spec.connect(
            HubSpotSettings(base_url=self.base_url, token=SecretStr(token), **settings),
            clock=self.time,
            call_budget=self.budget,
            token_vault=None,
            crm_name="hub",
            count_call=lambda _crm, route: self.routes.append(route),
        )
        self.made.append(connector)
        return connector

    def people(self, count: int, **fields: object) -> list[str]:
        """Contacts made by an import, all visible to search."""
        made = [
            str(
                self.hubspot.create(
                    "contacts",
                    {"email": f"p{number}@firm{number % 7}.example", "firstname": "P", **fields},
                    "import:1",
                )["id"]
            )
            for number in range(count)
        ]
        self.settle()
        return made

    def settle(self) -> None:
        """Let search catch up."""
        self.world.clock.advance(5)

    def fault(self, route: str, name: str, nth: int = 1, rate: float | None = None) -> None:
        fault = Fault("hubspot", route, name, nth=None if rate else nth, rate=rate)
        self.world.faults.replace([fault])

    def calls(self) -> dict[str, int]:
        """Calls since the last time this was asked."""
        counts = dict(self.world.calls.counts()["hubspot"])
        self.world.calls.reset()
        return counts


@pytest.fixture(scope="session")
def served() -> Iterator[Callable[[HubSpot], str]]:
    """Serves one after the other in one thread."""
    serving = Serving()
    yield serving.serve
    serving.stop()


@pytest.fixture
def portal(served: Callable[[HubSpot], str]) -> Iterator[Portal]:
    """An empty portal with our external id."""
    world = World()
    hubspot = HubSpot(world)
    base_url = served(hubspot)
    hubspot.connection(base_url)
    made = Portal(world, hubspot, base_url, SandboxTime(world))
    yield made
    for connector in made.made:
        connector.close()


@pytest.fixture
def connector(portal: Portal) -> HubSpotConnector:
    """Connected, our external id provisioned, nothing counted yet."""
    made = portal.connect()
    made.provision([EXTERNAL], dry_run=False)
    portal.calls()
    portal.routes.clear()
    return made
