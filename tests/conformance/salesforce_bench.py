"""The emulated Salesforce as a bench."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr
from tests.conformance.emulated import EmulatedBench

from leadpact.conformance import Gap, Roles
from leadpact.model.record import Native, RecordRef
from leadpact.model.schema import WantedField
from leadpact.ports.connector import Connector
from leadpact_salesforce import spec
from leadpact_salesforce.settings import SalesforceSettings
from leadpact_sandbox.salesforce import Salesforce
from leadpact_sandbox.seed.model import Company, Staff
from leadpact_sandbox.world import Fault, World

LEAD, CONTACT, OPPORTUNITY = "Lead", "Contact", "Opportunity"
ROOT = "/services/data/{version}"
API = "/services/data/v66.0"
CONVERTED = "Closed - Converted"
STAFF = (
    Staff("ann", "Ann", "Rep", "ann@acme.example", "Sales", "SDR"),
    Staff("eve", "Eve", "Former", "eve@acme.example", "Sales", "SDR", active=False),
    Staff("bot", "Sync", "Robot", "bot@acme.example", "RevOps", "Integration", integration=True),
)
CHOICES = (("bad_timing", "Bad timing"), ("no_budget", "No budget"))


class SalesforceBench(EmulatedBench):
    """An empty org with one rep."""

    crm = "salesforce"
    sandbox_name = "salesforce"
    kind = LEAD
    roles = Roles(
        text="Title",
        email="Email",
        whole="NumberOfEmployees",
        picklist="leadpact_pick__c",
        picked=("bad_timing", "no_budget"),
        short="City",
        read_only="CreatedDate",
        extra="leadpact_bench__c",
        required={"LastName": "P", "Company": "Firm"},
    )
    external_field = "leadpact_lead_id__c"
    feed_wall = 2_000
    routes = {
        "feed": f"GET {ROOT}/queryAll",
        "read": f"POST {ROOT}/composite/sobjects/Lead",
        "find": f"GET {ROOT}/query",
        "write": f"PATCH {ROOT}/composite/sobjects",
        "make": f"PATCH {ROOT}/composite/sobjects/Lead/{{field}}",
        "announce": f"POST {ROOT}/composite/sobjects",
        "any": "*",
    }
    lacks = {
        "edit_as": "Salesforce's record shows who wrote last, not by which means.",
        "narrow": "The emulator has no record types yet.",
        "count_up": "Salesforce keeps acts, no counters.",
    }
    gaps = {
        "C312@salesforce.6.converted_lead_editable": Gap(
            "connector",
            "such an org takes the write and only a read could tell; the engine reads right before (R7)",
        ),
    }

    def __init__(
        self, world: World, salesforce: Salesforce, base_url: str, variant: str = ""
    ) -> None:
        super().__init__(world, base_url, variant)
        self.salesforce = salesforce
        salesforce.load(Company("Acme", datetime.now(UTC), STAFF, ()))
        self._told = salesforce.connection(base_url)
        self.connector = self.open(**self.connection())
        self.connector.provision(FIELDS, dry_run=False)

    def _open(self, **settings: Any) -> Connector:
        return spec.connect(
            SalesforceSettings(**settings),
            clock=self.time,
            call_budget=self.budget,
            token_vault=None,
            crm_name="salesforce",
        )

    def connection(self) -> dict[str, Any]:
        return {
            "instance_url": self._told["instance_url"],
            "access_token": SecretStr(self._told["access_token"]),
            "timeout_s": 20,
        }

    def elsewhere(self, base_url: str) -> dict[str, Any]:
        return {**self.connection(), "instance_url": base_url}

    def wrong_token(self) -> dict[str, Any]:
        return {**self.connection(), "access_token": SecretStr("00D!nobody")}

    def token(self) -> str:
        return self._told["access_token"]

    def _by(self, author: str) -> str:
        return f"{author}:{self.salesforce.staff['ann']}"

    def add(self, count: int, fields: Mapping[str, Native] | None = None) -> list[str]:
        made = []
        with self.world.clock.held():
            for _ in range(count):
                self._counted += 1
                at = self._counted
                person = {
                    "LastName": f"Person {at}",
                    "Company": "Firm",
                    "Email": f"p{at}@firm{at % 7}.example",
                    **(fields or {}),
                }
                said: dict[str, object] = {n: v for n, v in person.items() if v is not None}
                made.append(str(self.salesforce.create(LEAD, said, self._by("person"))["Id"]))
        return made

    def edit(self, ids: Sequence[str], fields: Mapping[str, Native]) -> None:
        with self.world.clock.held():
            for record_id in ids:
                self.salesforce.edit(LEAD, record_id, dict(fields), self._by("person"))

    def delete(self, record_id: str) -> None:
        self.salesforce.delete(LEAD, record_id, self._by("person"))

    def restore(self, record_id: str) -> None:
        self.salesforce.undelete(LEAD, record_id, self._by("person"))

    def merge(self, primary: str, other: str) -> str:
        self.salesforce.merge(LEAD, primary, other, self._by("person"))
        return primary

    def convert(self, record_id: str) -> RecordRef:
        done = self.salesforce.convert(record_id, CONVERTED, by=self._by("person"))
        return RecordRef("salesforce", CONTACT, str(done["ConvertedContactId"]))

    def opportunity(self, record_id: str) -> RecordRef:
        done = self.salesforce.convert(
            record_id, CONVERTED, opportunity="New business", by=self._by("person")
        )
        return RecordRef("salesforce", OPPORTUNITY, str(done["ConvertedOpportunityId"]))

    def owner(self) -> str:
        return str(self.salesforce.staff["ann"])

    def former_owner(self) -> str:
        return str(self.salesforce.staff["eve"])

    def tasks_of(self, record_id: str) -> Sequence[Mapping[str, Native]]:
        asked = "SELECT Id, Subject, Description, OwnerId, ActivityDate FROM Task"
        found = self.look(f"{API}/query", q=f"{asked} WHERE WhoId = '{record_id}'")
        return [
            {
                "id": one["Id"],
                "subject": one["Subject"],
                "body": one["Description"],
                "owner": one["OwnerId"],
                "due": one["ActivityDate"],
            }
            for one in found["records"]
        ]

    def stored(self, record_id: str) -> Mapping[str, Native]:
        return self.look(f"{API}/sobjects/Lead/{record_id}") or {}

    def count(self) -> int:
        found = self.look(f"{API}/query", q="SELECT COUNT() FROM Lead")
        return int(found["totalSize"])

    def settle(self) -> None:
        self.world.clock.advance(5)

    def lag(self, seconds: float) -> None:
        late = Fault("salesforce", "*", "stale_index", seconds=seconds)
        self.world.faults.replace([late] if seconds else [])

    def surface_late(self) -> str:
        self.lag(120)
        begun = self.salesforce.create(
            LEAD, {"LastName": "Late", "Company": "Firm"}, self._by("person")
        )
        self.lag(0)
        self.world.clock.advance(60)
        self.add(1)
        self.connector.changes(LEAD, "")
        self.world.clock.advance(61)
        return str(begun["Id"])

    def hide(self, field_name: str) -> None:
        org = self.salesforce.org
        for row in list(org.tables["FieldPermissions"].all_rows()):
            if row["Field"] == f"{LEAD}.{field_name}":
                org.erase("FieldPermissions", row["Id"])

    def engage(self, source: str, ids: Sequence[str]) -> datetime:
        by = self._by("person")
        with self.world.clock.held():
            if source == "tasks":
                for record_id in ids:
                    call: dict[str, object] = {
                        "WhoId": record_id,
                        "TaskSubtype": "Call",
                        "Status": "Completed",
                    }
                    self.salesforce.create("Task", call, by)
            else:
                self._counted += 1
                campaign: dict[str, object] = {
                    "Name": f"Webinar {self._counted}",
                    "Type": "Webinar",
                }
                made = str(self.salesforce.create("Campaign", campaign, by)["Id"])
                for record_id in ids:
                    answer = {"CampaignId": made, "LeadId": record_id, "Status": "Responded"}
                    self.salesforce.create("CampaignMember", dict(answer), by)
            return self.world.clock.now()

    def hide_source(self, source: str) -> None:
        kind, name = HIDDEN[source]
        catalog = self.salesforce.org.catalog
        fields = catalog.objects[kind].fields
        fields[name] = replace(fields[name], hidden=True)
        catalog.version += 1

    def duplicate_rule(self) -> None:
        self.world.switches["salesforce.6.duplicate_rules"] = True

    def wanted(self) -> Sequence[WantedField]:
        return (
            WantedField(
                LEAD, "leadpact_note__c", "Note", "text", "Kept by leadpact.", max_length=80
            ),
            WantedField(
                LEAD,
                "leadpact_choice__c",
                "Choice",
                "picklist",
                "Kept by leadpact.",
                options=CHOICES,
            ),
        )

    def secrets(self) -> Sequence[str]:
        return (self._told["access_token"], self._told["client_secret"])


HIDDEN = {"campaign_members": ("CampaignMember", "FirstRespondedDate"), "tasks": ("Task", "WhoId")}
FIELDS = (
    WantedField(
        LEAD, "leadpact_lead_id__c", "Lead id", "text", "Key.", external_id=True, max_length=64
    ),
    WantedField(LEAD, "leadpact_bench__c", "Bench", "text", "Of the bench.", max_length=80),
    WantedField(LEAD, "leadpact_pick__c", "Pick", "picklist", "Of the bench.", options=CHOICES),
)
