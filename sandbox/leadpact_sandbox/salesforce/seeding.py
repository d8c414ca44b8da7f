"""The seeded company as an org: Users, queue, Leads, and what conversion and sales made of some."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from leadpact_sandbox.salesforce import ids
from leadpact_sandbox.salesforce.convert import quarter_end
from leadpact_sandbox.salesforce.org import Org, stamp_of
from leadpact_sandbox.salesforce.schema_lead import LEAD_STATUSES
from leadpact_sandbox.salesforce.schema_sales import STAGES
from leadpact_sandbox.salesforce.table import Row
from leadpact_sandbox.seed.model import Company, Person, Staff

_ZONE = "Europe/Berlin"
_BEFORE = timedelta(days=1_000)
_CONVERTED_AFTER = timedelta(days=14)
_CLOSED_AFTER = timedelta(days=45)
AUTOMATED_NAME = "Automated Process"
IMPORT_NAME = "Data Import"
PEOPLE_PROFILE, MACHINE_PROFILE = "Standard User", "System Administrator"
OTHER_INTEGRATION_NAME = "Other Integration"


class Seeding:
    """Fills an empty org; the same org for the same company."""

    def __init__(self, org: Org, company: Company) -> None:
        self._org = org
        self._company = company
        self._founded = stamp_of(company.as_of - _BEFORE)
        self._staff: dict[str, str] = {}
        self._accounts: dict[str, str] = {}
        self._profile_ids: dict[str, str] = {}

    def fill(self) -> dict[str, str]:
        """Write all rows; answers Staff and queue keys to User and Group ids."""
        org = self._org
        org.org_id = ids.mint("00D", 1)
        self._profiles()
        self._users()
        self._write(
            "Organization",
            org.org_id,
            {
                "Name": self._company.name,
                "OrganizationType": "Enterprise Edition",
                "InstanceName": "LOC1",
                "IsSandbox": True,
                "TimeZoneSidKey": _ZONE,
                "LanguageLocaleKey": "en_US",
                "DefaultLocaleSidKey": "en_US",
            },
        )
        org.queue_id = self._new(
            "Group",
            {
                "Name": self._company.queue_name,
                "DeveloperName": self._company.queue_developer_name,
                "Type": "Queue",
            },
        )
        self._staff[self._company.queue_key] = org.queue_id
        self._new("QueueSobject", {"QueueId": org.queue_id, "SobjectType": "Lead"})
        self._picklists()
        for person in self._company.people:
            if person.in_salesforce:
                self._person(person)
        return dict(self._staff)

    def _new(self, kind: str, values: Row) -> str:
        return self._write(kind, self._org.mint(kind), values)

    def _write(
        self, kind: str, record_id: str, values: Row, at: datetime | None = None, by: str = ""
    ) -> str:
        """Write a row made at ``at``; ``SystemModstamp`` in values moves its change later."""
        org = self._org
        created = self._founded if at is None else stamp_of(at)
        changed = values.pop("SystemModstamp", created)
        user = by or org.integration_id or record_id
        row = {
            "Id": record_id,
            "CreatedDate": created,
            "CreatedById": user,
            "LastModifiedDate": changed,
            "LastModifiedById": user,
            **values,
        }
        known = org.catalog.objects[kind].fields
        row = {name: value for name, value in row.items() if name in known and value is not None}
        row["SystemModstamp"] = changed
        org.write(kind, row)
        return record_id

    def _profiles(self) -> None:
        for name in (PEOPLE_PROFILE, MACHINE_PROFILE):
            self._profile_ids[name] = self._new("Profile", {"Name": name})

    def _users(self) -> None:
        org = self._org
        for each in self._company.staff:
            self._staff[each.key] = self._user(each)
            if each.integration:
                org.integration_id = self._staff[each.key]
        domain = self._company.staff[0].email.partition("@")[2]
        org.import_id = self._service_user("Data", "Import", f"data.import@{domain}", "RevOps")
        org.other_integration_id = self._service_user(
            "Other", "Integration", f"other.integration@{domain}", "RevOps"
        )
        org.automated_id = self._new(
            "User",
            {
                "Username": f"autoproc@{org.org_id.lower()}",
                "LastName": "Process",
                "FirstName": "Automated",
                "Name": AUTOMATED_NAME,
                "Email": f"autoproc@{domain}",
                "Alias": "autoproc",
                "IsActive": True,
                "UserType": "AutomatedProcess",
                "TimeZoneSidKey": _ZONE,
            },
        )

    def _user(self, each: Staff) -> str:
        return self._new(
            "User",
            {
                "Username": each.email,
                "LastName": each.last_name,
                "FirstName": each.first_name,
                "Name": f"{each.first_name} {each.last_name}",
                "CompanyName": self._company.name,
                "Department": each.team,
                "Title": each.role,
                "Email": each.email.lower(),
                "Alias": (each.first_name[:1] + each.last_name)[:8].lower(),
                "IsActive": each.active,
                "UserType": "Standard",
                "TimeZoneSidKey": _ZONE,
                "ProfileId": self._profile_ids[
                    PEOPLE_PROFILE if each.team != "RevOps" else MACHINE_PROFILE
                ],
            },
        )

    def _service_user(self, first: str, last: str, address: str, team: Any) -> str:
        return self._user(Staff(f"{first} {last}", first, last, address, team, last))

    def _picklists(self) -> None:
        for place, (name, converted, default) in enumerate(LEAD_STATUSES):
            self._new(
                "LeadStatus",
                {
                    "MasterLabel": name,
                    "ApiName": name,
                    # Gaps, as a real org has them after edits of the list.
                    "SortOrder": 2 * place + 1,
                    "IsDefault": default,
                    "IsConverted": converted,
                },
            )
        for place, (name, closed, won, probability, forecast) in enumerate(STAGES):
            self._new(
                "OpportunityStage",
                {
                    "MasterLabel": name,
                    "ApiName": name,
                    "IsActive": True,
                    "SortOrder": place + 1,
                    "IsClosed": closed,
                    "IsWon": won,
                    "ForecastCategory": forecast,
                    "ForecastCategoryName": forecast,
                    "DefaultProbability": float(probability),
                },
            )

    def _person(self, person: Person) -> None:
        org = self._org
        owner = self._staff.get(person.salesforce_owner or "", org.integration_id)
        lead: Row = {
            "LastName": person.last_name or "[not provided]",
            "FirstName": person.first_name,
            "Company": person.company or "[not provided]",
            "Title": person.title,
            "Email": None if person.email is None else person.email.lower(),
            "Phone": person.phone,
            "Website": person.website,
            "Industry": person.industry,
            "NumberOfEmployees": person.employees,
            "Country": person.country,
            "City": person.city,
            "LeadSource": person.lead_source,
            "Status": person.salesforce_status,
            "OwnerId": owner,
            "HasOptedOutOfEmail": person.opted_out or None,
        }
        lead["Name"] = " ".join(each for each in (lead["FirstName"], lead["LastName"]) if each)
        if person.converted is not None:
            at = self._after(person.created_at, _CONVERTED_AFTER)
            lead.update(self._conversion(person, lead, at))
            lead["SystemModstamp"] = stamp_of(at)
        self._write("Lead", org.mint("Lead"), lead, person.created_at, owner_or(org, owner))

    def _stage_row(self, deal: Row, at: datetime, by: str) -> None:
        kept = ("StageName", "Probability", "ForecastCategory", "CloseDate", "Amount")
        values = {name: deal.get(name) for name in kept}
        values["OpportunityId"] = deal["Id"]
        made = self._org.mint("OpportunityHistory")
        self._write("OpportunityHistory", made, values, at, by)

    def _after(self, start: datetime, later: timedelta) -> datetime:
        return min(start + later, max(start, self._company.as_of))

    def _conversion(self, person: Person, lead: Row, at: datetime) -> Row:
        org = self._org
        by = owner_or(org, lead["OwnerId"])
        name = lead["Company"]
        account = self._accounts.get(name)
        if account is None:
            account = self._write(
                "Account",
                org.mint("Account"),
                {
                    "Name": name,
                    "Website": person.website,
                    "Industry": person.industry,
                    "NumberOfEmployees": person.employees,
                    "BillingCountry": person.country,
                    "BillingCity": person.city,
                    "OwnerId": by,
                },
                at,
                by,
            )
            self._accounts[name] = account
        same = ("LastName", "FirstName", "Name", "Title", "Email", "Phone", "LeadSource")
        contact = self._write(
            "Contact",
            org.mint("Contact"),
            {
                **{field: lead.get(field) for field in same},
                "HasOptedOutOfEmail": lead["HasOptedOutOfEmail"],
                "MailingCountry": person.country,
                "MailingCity": person.city,
                "AccountId": account,
                "OwnerId": by,
            },
            at,
            by,
        )
        made: Row = {
            "IsConverted": True,
            "ConvertedDate": at.date().isoformat(),
            "ConvertedAccountId": account,
            "ConvertedContactId": contact,
        }
        if person.converted != "contact":
            made["ConvertedOpportunityId"] = self._opportunity(person, lead, account, contact, at)
        return made

    def _opportunity(
        self, person: Person, lead: Row, account: str, contact: str, at: datetime
    ) -> str:
        org = self._org
        stage = {"won": "Closed Won", "lost": "Closed Lost"}.get(
            person.converted or "", "Prospecting"
        )
        closed, won, probability, forecast = next(row[1:] for row in STAGES if row[0] == stage)
        changed = self._after(at, _CLOSED_AFTER) if closed else at
        close: date = changed.date() if closed else quarter_end(self._company.as_of.date())
        by = owner_or(org, lead["OwnerId"])
        made = self._write(
            "Opportunity",
            org.mint("Opportunity"),
            {
                "Name": f"{lead['Company'][:110]} - new",
                "AccountId": account,
                "ContactId": contact,
                "StageName": stage,
                "IsClosed": closed,
                "IsWon": won,
                "Probability": float(probability),
                "ForecastCategory": forecast,
                "ForecastCategoryName": forecast,
                "CloseDate": close.isoformat(),
                "LeadSource": lead["LeadSource"],
                "OwnerId": by,
                "LastStageChangeDate": stamp_of(changed) if closed else None,
                "SystemModstamp": stamp_of(changed),
            },
            at,
            by,
        )
        row = org.tables["Opportunity"].rows[made]
        if closed:
            # It began where every opportunity here begins.
            self._stage_row({**row, **_FIRST_STAGE}, at, by)
        self._stage_row(row, changed, by)
        role = {"OpportunityId": made, "ContactId": contact, "IsPrimary": True}
        self._write("OpportunityContactRole", org.mint("OpportunityContactRole"), role, at, by)
        return made


def _first_stage() -> Row:
    name, _, _, probability, forecast = STAGES[0]
    return {"StageName": name, "Probability": float(probability), "ForecastCategory": forecast}


_FIRST_STAGE = _first_stage()


def owner_or(org: Org, owner: str) -> str:
    """The owner where it is a User, else the integration user (a queue creates nothing)."""
    return org.integration_id if owner.startswith("00G") else owner
