"""The real connector through simple-salesforce, over HTTP, against an emulated org."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.serving import Serving

from leadpact.model.schema import WantedField
from leadpact.ports.connector import Connector
from leadpact_salesforce import spec
from leadpact_salesforce.settings import SalesforceSettings
from leadpact_sandbox.salesforce import Salesforce
from leadpact_sandbox.seed.model import Company, Staff
from leadpact_sandbox.world import Fault, World

STAFF = (
    Staff("ann", "Ann", "Rep", "ann@acme.example", "Sales", "SDR"),
    Staff("max", "Max", "Market", "max@acme.example", "Marketing", "Marketer"),
    Staff("bot", "Sync", "Robot", "bot@acme.example", "RevOps", "Integration", integration=True),
)
REASONS = (("bad_timing", "Bad timing"), ("no_budget", "No budget"))
WANTED = tuple(
    WantedField(kind, name, label, type_, "Kept by leadpact.", **more)  # type: ignore[arg-type]
    for kind in ("Lead", "Contact")
    for name, label, type_, more in (
        ("leadpact_lead_id__c", "Lead id", "text", {"external_id": True, "max_length": 64}),
        ("leadpact_score__c", "Score", "number", {"scale": 0}),
        ("leadpact_reason__c", "Reason", "picklist", {"options": REASONS}),
        ("leadpact_breakdown__c", "Breakdown", "text", {"max_length": 4000}),
        ("leadpact_scored_at__c", "Scored at", "datetime", {}),
    )
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
    told: list[tuple[int, int]] = field(default_factory=list)

    def spend(self, crm: str, calls: int = 1) -> None:
        assert crm == "sf"
        self.spent += calls

    def correct(self, crm: str, *, limit: int, remaining: int, resets_at: datetime | None) -> None:
        self.told.append((limit, remaining))


@dataclass
class Org:
    """An org that is served, and connectors to it."""

    world: World
    salesforce: Salesforce
    base_url: str
    time: SandboxTime
    budget: Budget = field(default_factory=Budget)
    routes: list[str] = field(default_factory=list)
    made: list[Connector] = field(default_factory=list)

    def connect(self, **settings: Any) -> Connector:
        """By the printed token, or as the settings say."""
        told = self.salesforce.connection(self.base_url)
        given = settings or {key: told[key] for key in ("instance_url", "access_token")}
        connector = spec.connect(
            SalesforceSettings(**given),
            clock=self.time,
            call_budget=self.budget,
            token_vault=None,
            crm_name="sf",
            count_call=lambda _crm, route: self.routes.append(route),
        )
        self.made.append(connector)
        return connector

    def leads(self, count: int, **fields: object) -> list[str]:
        """Leads made by a person at the screen."""
        return [
            self.make(
                "Lead",
                LastName=f"Person {number}",
                Company="Firm",
                Email=f"p{number}@firm.example",
                **fields,
            )
            for number in range(count)
        ]

    def make(self, kind: str, **fields: object) -> str:
        return str(self.salesforce.create(kind, fields, self.by("person:ann"))["Id"])

    def edit(self, kind: str, record_id: str, by: str = "person:ann", **fields: object) -> None:
        self.salesforce.edit(kind, record_id, fields, self.by(by))

    def by(self, who: str) -> str:
        """``person:ann`` with the id that Ann has in this org."""
        kind, _, name = who.partition(":")
        return f"{kind}:{self.salesforce.staff.get(name, name)}"

    def fault(self, route: str, name: str, nth: int = 1) -> None:
        self.world.faults.replace([Fault("salesforce", route, name, nth=nth)])

    def calls(self) -> dict[str, int]:
        """Calls since the last time this was asked, paths without their common root."""
        counts = dict(self.world.calls.counts()["salesforce"])
        self.world.calls.reset()
        return {route.replace("/services/data/{version}/", ""): n for route, n in counts.items()}


@pytest.fixture(scope="session")
def served() -> Iterator[Callable[[Salesforce], str]]:
    """Serves one after the other in one thread."""
    serving = Serving()
    yield serving.serve
    serving.stop()


@pytest.fixture
def org(served: Callable[[Salesforce], str]) -> Iterator[Org]:
    """An org with three people of staff and no leads."""
    world = World()
    salesforce = Salesforce(world)
    salesforce.load(Company("Acme", datetime.now(UTC), STAFF, ()))
    made = Org(world, salesforce, served(salesforce), SandboxTime(world))
    yield made
    for connector in made.made:
        connector.close()


@pytest.fixture
def connector(org: Org) -> Connector:
    """Connected, our fields provisioned, nothing counted yet."""
    made = org.connect()
    assert {each.result for each in made.provision(WANTED, dry_run=False)} == {"made"}
    org.calls()
    org.routes.clear()
    return made


def listed(connector: Connector, kind: str, since: str = "") -> tuple[list[Any], str]:
    """All changes of one cycle, and where the next begins."""
    changes: list[Any] = []
    done = False
    while not done:
        page = connector.changes(kind, since)
        changes += page.changes
        since, done = page.cursor, page.done
    return changes, since


def ids_of(changes: Sequence[Any]) -> list[str]:
    return [change.ref.id for change in changes]
