"""The simulation's in-memory CRMs as benches: what histories are played on is held to the same contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from tests.simulation.crm_base import FakeCrm
from tests.simulation.crm_hubspot import CONTACTS, FakeHubSpot
from tests.simulation.crm_rows import Row
from tests.simulation.crm_salesforce import FakeSalesforce

from leadpact.conformance import Bench, Roles
from leadpact.model.owner import Owner
from leadpact.model.record import Author, Native, RecordRef
from leadpact.model.schema import FieldSchema, WantedField

LEAD = "Lead"
READ_ONLY = "CreatedDate"
NO_WIRE = "It is reached without a wire: the driver of the simulation plays faults around it."
STAFF = (
    Owner("7001", "Ann Rep", "ann@acme.example"),
    Owner("7002", "Eve Former", "eve@acme.example", active=False),
)
FOREVER = timedelta(days=3650)


class FakeBench(Bench):
    """One in-memory CRM."""

    start: ClassVar[datetime] = datetime(2026, 3, 2, 9, tzinfo=UTC)
    lacks = {
        "calls": NO_WIRE,
        "fault": NO_WIRE,
        "connect": NO_WIRE,
        "spent": NO_WIRE,
        "exhaust": NO_WIRE,
        "duplicate_rule": "No history needs one.",
        "narrow": "No history needs one.",
        "restore": "The driver of the simulation plays it.",
        "provision": "Its fields are all there from the start.",
        "opportunity": "The driver of the simulation plays it.",
    }

    def __init__(self) -> None:
        self.now = self.start
        self.fake = self.make_fake()
        self.fake.person_of = lambda _row: 0
        self.connector = self.fake
        self.fake.tasks.staff = {one.id: one for one in STAFF}
        self.counted = 0

    def make_fake(self) -> FakeCrm:
        """An empty CRM whose time is this bench's."""
        raise AssertionError(f"{self.crm} makes nothing")

    def row(self, record_id: str) -> Row:
        return self.fake.rows[RecordRef(self.fake.name, self.kind, record_id)]

    def add(self, count: int, fields: Mapping[str, Native] | None = None) -> list[str]:
        made = []
        for _ in range(count):
            self.counted += 1
            at = self.counted
            person = {
                **self.roles.required,
                self.roles.email: f"p{at}@firm{at % 7}.example",
                **(fields or {}),
            }
            row = self.fake.make(self.kind, person, at, Author("import", "1"))
            made.append(row.ref.id)
        return made

    def edit(self, ids: Sequence[str], fields: Mapping[str, Native]) -> None:
        self.now += timedelta(seconds=1)
        for record_id in ids:
            self.edit_as("person", record_id, fields)

    def edit_as(self, author: str, record_id: str, fields: Mapping[str, Native]) -> None:
        self.now += timedelta(milliseconds=1)
        self.fake.put(self.row(record_id), fields, Author(author, "1"))  # type: ignore[arg-type]

    def delete(self, record_id: str) -> None:
        row = self.row(record_id)
        row.gone = True
        self.fake.put(row, {}, Author("person", "1"))

    def owner(self) -> str:
        return STAFF[0].id

    def former_owner(self) -> str:
        return STAFF[1].id

    def tasks_of(self, record_id: str) -> Sequence[Mapping[str, Native]]:
        return [
            {
                "id": task_id,
                "subject": said["subject"],
                "body": f"{said['body']}\n[{key}]",
                "owner": said.get("owner"),
                "due": said["due_at"],
            }
            for task_id, (person, key, said) in self.fake.tasks.made.items()
            if person == record_id
        ]

    def stored(self, record_id: str) -> Mapping[str, Native]:
        row = self.row(record_id)
        return {} if row.gone else row.fields

    def count(self) -> int:
        return len(self.fake.live(self.kind))

    def settle(self) -> None:
        self.now += self.fake.lag + timedelta(seconds=1)

    def lag(self, seconds: float) -> None:
        self.fake.lag = timedelta(seconds=seconds)

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def hide(self, field_name: str) -> None:
        self.fake.hidden |= {field_name}

    def wanted(self) -> Sequence[WantedField]:
        return ()

    def close(self) -> None:
        """Nothing to give back."""


class FakeHubSpotBench(FakeBench):
    """The HubSpot-like one."""

    crm = "fake-hubspot"
    kind = CONTACTS
    external_field = "leadpact_lead_id"
    roles = Roles(
        text="firstname",
        email="email",
        whole="leadpact_score",
        picklist="hs_lead_status",
        picked=("OPEN", "NEW"),
        short="company",
        read_only="hs_email_optout",
        extra="leadpact_stage_reason",
    )
    lacks = {
        **FakeBench.lacks,
        "convert": "HubSpot converts nobody.",
        "merge": "The driver of the simulation plays it.",
        "surface_late": "Its feed lags instead.",
        "skew": "It asks no clock.",
    }

    def make_fake(self) -> FakeCrm:
        return FakeHubSpot(lambda: self.now, timedelta(0))


class FakeSalesforceBench(FakeBench):
    """The Salesforce-like one."""

    crm = "fake-salesforce"
    kind = LEAD
    external_field = "leadpact_lead_id__c"
    roles = Roles(
        text="Title",
        email="Email",
        whole="leadpact_score__c",
        picklist="leadpact_stage__c",
        picked=("lead", "mql"),
        short="LastName",
        read_only=READ_ONLY,
        extra="leadpact_stage_reason__c",
        required={"LastName": "P", "Company": "Firm"},
    )
    lacks = {
        **FakeBench.lacks,
        "surface_late": "Its feed lags instead.",
        "edit_as": "It tells who wrote last, not by which means.",
    }

    def make_fake(self) -> FakeCrm:
        made = FakeSalesforce(lambda: self.now, timedelta(0))
        fixed = FieldSchema(READ_ONLY, READ_ONLY, "datetime", createable=False, updateable=False)
        shown = made.schemas[LEAD]
        made.schemas[LEAD] = replace(shown, fields={**shown.fields, READ_ONLY: fixed})
        return made

    def merge(self, primary: str, other: str) -> str:
        assert isinstance(self.fake, FakeSalesforce)
        self.fake.merge(self.row(other), self.row(primary), Author("person", "1"))
        return primary

    def convert(self, record_id: str) -> RecordRef:
        assert isinstance(self.fake, FakeSalesforce)
        row = self.row(record_id)
        made = self.fake.convert(row, Author("person", "1"), into=None, deal=False, carry_ours=True)
        return made.ref
