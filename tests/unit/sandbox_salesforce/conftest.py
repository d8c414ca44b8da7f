"""One loopback server for all tests here; each test gets its own org behind it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import uvicorn
from starlette.types import Receive, Scope, Send

from leadpact_sandbox.salesforce import Salesforce
from leadpact_sandbox.seed.model import QUEUE_KEY, Company, Person, Staff
from leadpact_sandbox.world import Fault, World

AS_OF = datetime(2026, 11, 1, tzinfo=UTC)


class Switchboard:
    """Hands every request to the org of the running test."""

    org: Salesforce | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.org is not None
        await self.org.app(scope, receive, send)


def person(key: str, **more: Any) -> Person:
    """A person in Salesforce; keywords replace the plain values."""
    values: dict[str, Any] = {
        "key": key,
        "first_name": "Ana",
        "last_name": f"Lima {key}",
        "email": f"Ana.{key}@Lima.example",
        "phone": None,
        "title": "Head of Data",
        "company": "Lima GmbH",
        "website": None,
        "employees": 40,
        "industry": "Technology",
        "country": "Germany",
        "city": "Köln",
        "lead_source": "Web",
        "created_at": datetime(2026, 9, 1, 8, 30, 15, tzinfo=UTC),
        "hubspot_stage": "lead",
        "hubspot_lead_status": None,
        "salesforce_status": "Open - Not Contacted",
        "converted": None,
        "in_hubspot": True,
        "in_salesforce": True,
        "duplicate_of": None,
        "hubspot_owner": None,
        "salesforce_owner": "staff:rep",
        "opted_out": False,
        "signals": (),
    }
    return Person(**{**values, **more})


COMPANY = Company(
    "Halden Analytics",
    AS_OF,
    (
        Staff("staff:mkt", "Inés", "Robledo", "ines@halden.example", "Marketing", "Manager"),
        Staff("staff:rep", "Sam", "Oyelaran", "sam@halden.example", "Sales", "SDR"),
        Staff("staff:left", "Greta", "Lind", "greta@halden.example", "Sales", "SDR", active=False),
        Staff(
            "staff:int",
            "leadpact",
            "Integration",
            "int@halden.example",
            "RevOps",
            "Integration",
            integration=True,
        ),
    ),
    (
        person("p1"),
        person("p2", salesforce_owner=QUEUE_KEY, company="Oslo AS"),
        person("p3", in_salesforce=False, salesforce_status=None, salesforce_owner=None),
        person("p4", salesforce_status="Closed - Converted", converted="won", company="Rio SA"),
        person("p5", salesforce_status="Closed - Converted", converted="contact"),
    ),
)


@dataclass
class Desk:
    """The org of one test, called over HTTP as a signed-in client calls it."""

    salesforce: Salesforce
    world: World
    url: str
    http: requests.Session = field(default_factory=requests.Session)
    version: str = "66.0"

    def __post_init__(self) -> None:
        self.use(self.salesforce.connection(self.url)["access_token"])

    def use(self, token: str) -> None:
        """Call with this token from now on."""
        self.http.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, json: Any = None, **more: Any) -> requests.Response:
        """A call below ``/services/data/vNN``, or of a path that begins with ``/services``."""
        base = "" if path.startswith("/services") else f"/services/data/v{self.version}"
        return self.http.request(method, self.url + base + path, json=json, timeout=10, **more)

    def get(self, path: str, **params: Any) -> requests.Response:
        """GET with query parameters."""
        return self.call("GET", path, params=params)

    def query(self, soql: str, resource: str = "query", **more: Any) -> requests.Response:
        """Ask SOQL."""
        return self.call("GET", f"/{resource}", params={"q": soql}, **more)

    def records(self, soql: str, resource: str = "query") -> list[dict[str, Any]]:
        """The records of a query's first page."""
        response = self.query(soql, resource)
        assert response.status_code == 200, response.text
        found: list[dict[str, Any]] = response.json()["records"]
        return found

    def ids(self, soql: str, resource: str = "query") -> list[str]:
        """The ids of a query's first page."""
        return [each["Id"] for each in self.records(soql, resource)]

    def lead(self, **fields: Any) -> str:
        """Create a Lead by the API; answers its id."""
        body = {"LastName": "Ito", "Company": "Kyoto KK", **fields}
        response = self.call("POST", "/sobjects/Lead", body)
        assert response.status_code == 201, response.text
        made: str = response.json()["id"]
        return made

    def row(self, kind: str, record_id: str) -> dict[str, Any]:
        """A record as the API shows it."""
        response = self.get(f"/sobjects/{kind}/{record_id}")
        assert response.status_code == 200, response.text
        shown: dict[str, Any] = response.json()
        return shown

    def by(self, key: str = "staff:rep") -> str:
        """``person:<id>`` of a member of staff."""
        return f"person:{self.salesforce.staff[key]}"

    def strike(self, fault: str, route: str = "*", seconds: float | None = None) -> None:
        """Let the next call of a route fail."""
        self.world.faults.replace([Fault("salesforce", route, fault, nth=1, seconds=seconds)])

    def custom_field(self, full_name: str, **metadata: Any) -> str:
        """Create a custom field; answers its id."""
        body = {"FullName": full_name, "Metadata": {"label": "Made", **metadata}}
        response = self.call("POST", "/tooling/sobjects/CustomField", body)
        assert response.status_code == 201, response.text
        made: str = response.json()["id"]
        return made

    def grant(self, *fields: str, edit: bool = True) -> str:
        """Give the integration user a permission set with these fields; answers its id."""
        body = {"Name": "Sync", "Label": "Sync"}
        permission_set: str = self.call("POST", "/sobjects/PermissionSet", body).json()["id"]
        user = self.salesforce.staff["staff:int"]
        assigned = {"PermissionSetId": permission_set, "AssigneeId": user}
        assert self.call("POST", "/sobjects/PermissionSetAssignment", assigned).status_code == 201
        rows = [
            {
                "attributes": {"type": "FieldPermissions"},
                "ParentId": permission_set,
                "SobjectType": each.partition(".")[0],
                "Field": each,
                "PermissionsRead": True,
                "PermissionsEdit": edit,
            }
            for each in fields
        ]
        response = self.call("POST", "/composite/sobjects", {"records": rows})
        assert all(each["success"] for each in response.json()), response.text
        return permission_set


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[Switchboard, str]]:
    board = Switchboard()
    config = uvicorn.Config(board, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield board, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=5)


@pytest.fixture
def desk(served: tuple[Switchboard, str]) -> Iterator[Desk]:
    board, url = served
    world = World()
    salesforce = Salesforce(world)
    salesforce.load(COMPANY)
    board.org = salesforce
    made = Desk(salesforce, world, url)
    yield made
    made.http.close()
    board.org = None


@pytest.fixture
def company() -> Company:
    """The company that every org here is loaded with."""
    return COMPANY


@pytest.fixture
def lead_id(desk: Desk) -> str:
    """The seeded Lead that is owned by a rep."""
    return desk.ids("SELECT Id FROM Lead WHERE Email = 'ana.p1@lima.example'")[0]
