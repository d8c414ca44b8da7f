"""The emulated HubSpot as a bench."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import unescape
from typing import Any

import requests
from pydantic import SecretStr
from tests.conformance.emulated import EmulatedBench

from leadpact.conformance import Roles
from leadpact.model.record import Native, RecordRef
from leadpact.model.schema import WantedField
from leadpact.ports.connector import Connector
from leadpact_hubspot import spec
from leadpact_hubspot.counters import COUNTERS
from leadpact_hubspot.settings import HubSpotSettings
from leadpact_sandbox.hubspot import HubSpot
from leadpact_sandbox.hubspot.owners import Owner
from leadpact_sandbox.world import World

CONTACTS = "contacts"
OBJECTS = "/crm/v3/objects/contacts"
NEVER = "An archived contact comes back at HubSpot's own screen only, which the emulator has not."


class HubSpotBench(EmulatedBench):
    """An empty portal."""

    crm = "hubspot"
    sandbox_name = "hubspot"
    kind = CONTACTS
    roles = Roles(
        text="firstname",
        email="email",
        whole="leadpact_whole",
        picklist="hs_lead_status",
        picked=("OPEN", "NEW"),
        short="jobtitle",
        read_only="createdate",
        extra="leadpact_bench",
    )
    external_field = "leadpact_lead_id"
    feed_wall = 10_000
    routes = {
        "feed": "POST /crm/v3/objects/contacts/search",
        "read": f"POST {OBJECTS}/batch/read",
        "find": f"POST {OBJECTS}/batch/read",
        "write": f"POST {OBJECTS}/batch/update",
        "make": f"POST {OBJECTS}/batch/upsert",
        "announce": "POST /crm/v3/objects/tasks/batch/create",
        "any": "*",
    }
    lacks = {
        "convert": "HubSpot converts nobody.",
        "policy": "HubSpot's tokens know no login policies.",
        "duplicate_rule": "HubSpot has no duplicate rules; an address is unique.",
        "narrow": "HubSpot has no record types.",
        "hide": "HubSpot's private apps see every property.",
        "restore": NEVER,
        "hide_source": "HubSpot's private apps see every property.",
    }

    def __init__(self, world: World, hubspot: HubSpot, base_url: str, variant: str = "") -> None:
        super().__init__(world, base_url, variant)
        self.hubspot = hubspot
        hubspot.connection(base_url)
        self.connector = self.open(**self.connection())
        self.connector.provision(FIELDS, dry_run=False)
        hubspot._portal.owners.replace(OWNERS)

    def _open(self, **settings: Any) -> Connector:
        return spec.connect(
            HubSpotSettings(**settings),
            clock=self.time,
            call_budget=self.budget,
            token_vault=None,
            crm_name="hubspot",
        )

    def connection(self) -> dict[str, Any]:
        return {
            "base_url": self.base_url,
            "token": SecretStr(self.hubspot.token),
            "search_per_s": 50,
            "burst_per_10s": 1000,
            "timeout_s": 20,
            "deals": True,
        }

    def elsewhere(self, base_url: str) -> dict[str, Any]:
        return {**self.connection(), "base_url": base_url}

    def wrong_token(self) -> dict[str, Any]:
        return {**self.connection(), "token": SecretStr("pat-eu1-nobody")}

    def add(self, count: int, fields: Mapping[str, Native] | None = None) -> list[str]:
        made = []
        for _ in range(count):
            self._counted += 1
            at = self._counted
            person = {"email": f"p{at}@firm{at % 7}.example", "lastname": "P", **(fields or {})}
            said = {name: value for name, value in person.items() if value is not None}
            made.append(str(self.hubspot.create(CONTACTS, said, "import:1")["id"]))
        return made

    def edit(self, ids: Sequence[str], fields: Mapping[str, Native]) -> None:
        with self.world.clock.held():
            for record_id in ids:
                self.edit_as("person", record_id, fields)

    def edit_as(self, author: str, record_id: str, fields: Mapping[str, Native]) -> None:
        said = {name: "" if value is None else value for name, value in fields.items()}
        self.hubspot.edit(CONTACTS, record_id, said, f"{author}:1")

    def engage(self, source: str, ids: Sequence[str]) -> datetime:
        counter = COUNTERS[source]
        with self.world.clock.held():
            at = self.world.clock.now()
            for record_id in ids:
                stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
                count = {counter.count: str(self._counter(source, record_id) + 1)}
                self.edit_as("workflow", record_id, {**count, counter.last: stamp})
            return at

    def count_up(self, source: str, record_id: str, *, by: int) -> None:
        now = self._counter(source, record_id)
        self.edit_as("workflow", record_id, {COUNTERS[source].count: str(now + by)})

    def _counter(self, source: str, record_id: str) -> int:
        record = self.hubspot._portal.store.resolve(record_id)
        assert record is not None
        return int(record.values.get(COUNTERS[source].count) or 0)

    def delete(self, record_id: str) -> None:
        self.hubspot.archive(CONTACTS, record_id, "person:1")

    def merge(self, primary: str, other: str) -> str:
        return str(self.hubspot.merge(CONTACTS, primary, other)["id"])

    def opportunity(self, record_id: str) -> RecordRef:
        told = {"dealname": "D", "pipeline": "default", "dealstage": "qualifiedtobuy"}
        made = self.hubspot.create("deals", told, "person:1")
        self._own_calls += 1
        requests.put(
            f"{self.base_url}/crm/v4/objects/deals/{made['id']}/associations/default/contacts/{record_id}",
            headers={"Authorization": f"Bearer {self.token()}"},
            timeout=10,
        ).raise_for_status()
        return RecordRef("hubspot", "deals", str(made["id"]))

    def company(self) -> RecordRef:
        made = self.hubspot.create("companies", {"name": "Acme"}, "person:1")
        return RecordRef("hubspot", "companies", str(made["id"]))

    def companies_of(self, record_id: str) -> Sequence[str]:
        found = self.look(f"/crm/v4/objects/contacts/{record_id}/associations/companies")
        return [str(one["toObjectId"]) for one in found["results"]]

    def owner(self) -> str:
        return str(OWNERS[0].id)

    def former_owner(self) -> str:
        return str(OWNERS[1].id)

    def tasks_of(self, record_id: str) -> Sequence[Mapping[str, Native]]:
        found = self.look(f"/crm/v4/objects/contacts/{record_id}/associations/tasks")
        tasks = []
        for one in found["results"]:
            told = self.look(f"/crm/v3/objects/tasks/{one['toObjectId']}", properties=TASK)
            said = told["properties"]
            tasks.append(
                {
                    "id": told["id"],
                    "subject": said["hs_task_subject"],
                    "body": unescape(said["hs_task_body"].replace("<br>", "\n")),
                    "owner": said.get("hubspot_owner_id"),
                    "due": said["hs_timestamp"],
                }
            )
        return tasks

    def stored(self, record_id: str) -> Mapping[str, Native]:
        names = ",".join({*NAMES, STAGE})
        found = self.look(f"{OBJECTS}/{record_id}", properties=names)
        return {} if found is None else dict(found["properties"])

    def count(self) -> int:
        return len(self.look(OBJECTS, limit="100")["results"])

    def token(self) -> str:
        return self.hubspot.token

    def settle(self) -> None:
        self.world.clock.advance(5)

    def lag(self, seconds: float) -> None:
        self.hubspot._portal.index.lag_s = seconds

    def surface_late(self) -> str:
        index = self.hubspot._portal.index
        index.lag_s = 40
        (late,) = self.add(1)
        self.world.clock.advance(10)
        index.lag_s = 0
        # Search lets changes in as they came, so the prompt one is put before the late one by hand.
        index._pending.rotate(-1)
        self.add(1)
        index._pending.rotate(1)
        self._show()
        self.world.clock.advance(45)
        return late

    def _show(self) -> None:
        """Search has been asked, so what is due is in."""
        self.connector.find(CONTACTS, "firstname", ["nobody"], [])

    def wanted(self) -> Sequence[WantedField]:
        return (
            WantedField(CONTACTS, "leadpact_note", "Note", "text", "Kept by leadpact."),
            WantedField(
                CONTACTS,
                "leadpact_choice",
                "Choice",
                "picklist",
                "Kept by leadpact.",
                options=(("one", "One"), ("two", "Two")),
            ),
        )

    def secrets(self) -> Sequence[str]:
        return (self.hubspot.token,)


NAMES = (
    "email",
    "firstname",
    "lastname",
    "leadpact_whole",
    "hs_lead_status",
    "jobtitle",
    "leadpact_bench",
)
STAGE = "lifecyclestage"
TASK = "hs_task_subject,hs_task_body,hubspot_owner_id,hs_timestamp"
OWNERS = (
    Owner(7001, 9001, "ann@acme.example", "Ann", "Rep", "1", "Sales", 0),
    Owner(7002, 9002, "gone@acme.example", "Gone", "Rep", "1", "Sales", 0, archived=True),
)
FIELDS = (
    WantedField(CONTACTS, "leadpact_lead_id", "Lead id", "text", "Key.", external_id=True),
    WantedField(CONTACTS, "leadpact_bench", "Bench", "text", "Of the bench."),
    WantedField(CONTACTS, "leadpact_whole", "Whole", "integer", "Of the bench."),
)
