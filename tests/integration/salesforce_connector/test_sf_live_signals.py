"""Campaign responses and tasks as signals, fields of parents, Contacts' history (R8, R12, R35; facts §6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.integration.salesforce_connector.conftest import Org

from leadpact.errors import FixSettings
from leadpact.model.record import Record
from leadpact.model.source_signal import SourceSignal
from leadpact.ports.connector import Connector
from leadpact.ports.diagnosis import Diagnosable
from leadpact.ports.signals import GivesSignals

MEMBERS, TASKS = "campaign_members", "tasks"


def told(connector: Connector, source: str, since: str = "") -> tuple[list[SourceSignal], str]:
    assert isinstance(connector, GivesSignals)
    page = connector.signals(source, since)
    assert page.done
    return list(page.signals), page.cursor


def hide(org: Org, kind: str, *names: str) -> None:
    catalog = org.salesforce.org.catalog
    fields = catalog.objects[kind].fields
    for name in names:
        fields[name] = replace(fields[name], hidden=True)
    catalog.version += 1


def webinar(org: Org) -> str:
    return org.make("Campaign", Name="Scoring without guesswork", Type="Webinar")


def test_who_was_only_invited_did_nothing_and_who_answered_did_once(
    org: Org, connector: Connector
) -> None:
    lead, other = org.leads(2)
    campaign = webinar(org)
    member = org.make("CampaignMember", CampaignId=campaign, LeadId=lead)
    org.make("CampaignMember", CampaignId=campaign, LeadId=other)
    found, cursor = told(connector, MEMBERS)
    assert found == []
    org.world.clock.advance(3_600)
    org.edit("CampaignMember", member, Status="Responded")
    (act,), _ = told(connector, MEMBERS, cursor)
    assert (act.ref.kind, act.ref.id, act.kind) == ("Lead", lead, "Responded")
    assert (act.asset, act.detail["Campaign.Type"]) == ("Scoring without guesswork", "Webinar")
    assert (act.whole_day, act.quality) == (True, "exact")
    assert act.at.date() == org.world.clock.now().astimezone(UTC).date()


def test_after_a_conversion_the_same_act_is_the_contacts(org: Org, connector: Connector) -> None:
    (lead,) = org.leads(1)
    org.make("CampaignMember", CampaignId=webinar(org), LeadId=lead, Status="Responded")
    org.make("Task", WhoId=lead, TaskSubtype="Email", Status="Completed", Subject="Hello")
    before = {source: told(connector, source) for source in (MEMBERS, TASKS)}
    done = org.salesforce.convert(lead, "Closed - Converted", by=org.by("person:ann"))
    for source, ((first,), cursor) in before.items():
        (again,), _ = told(connector, source, cursor)
        assert (again.id, again.at) == (first.id, first.at)
        assert (again.ref.kind, again.ref.id) == ("Contact", done["ConvertedContactId"])


def test_a_call_says_what_came_of_it_and_what_is_not_done_is_no_act(
    org: Org, connector: Connector
) -> None:
    (lead,) = org.leads(1)
    org.make("Task", WhoId=lead, TaskSubtype="Call", Subject="Later")
    org.make("Task", WhoId=lead, TaskSubtype="Task", Status="Completed", Subject="Note")
    org.make("Task", TaskSubtype="Call", Status="Completed", Subject="Nobody")
    call = org.make(
        "Task",
        WhoId=lead,
        TaskSubtype="Call",
        Status="Completed",
        Subject="First call",
        CallType="Inbound",
        CallDisposition="Wants a demo",
    )
    (act,), _ = told(connector, TASKS)
    assert (act.id, act.kind, act.asset) == (call, "Call", "First call")
    assert act.detail == {"CallType": "Inbound", "CallDisposition": "Wants a demo"}
    assert abs((act.at - org.world.clock.now()).total_seconds()) < 5


def test_without_the_instant_a_due_day_stands_in_and_is_marked(
    org: Org, connector: Connector
) -> None:
    (lead,) = org.leads(1)
    org.make("Task", WhoId=lead, TaskSubtype="Call", Status="Completed", ActivityDate="2026-01-15")
    hide(org, "Task", "CompletedDateTime", "CallDisposition")
    (act,), _ = told(connector, TASKS)
    assert (act.at, act.whole_day, act.quality) == (
        datetime(2026, 1, 15, tzinfo=UTC),
        True,
        "sampled",
    )


def test_a_quiet_reading_is_one_call(org: Org, connector: Connector) -> None:
    _, cursor = told(connector, TASKS)
    org.calls()
    told(connector, TASKS, cursor)
    assert org.calls() == {"GET queryAll": 1}


def test_a_source_that_is_hidden_is_told_by_the_doctor_with_how_to_grant_it(
    org: Org, connector: Connector
) -> None:
    hide(org, "CampaignMember", "FirstRespondedDate")
    assert isinstance(connector, GivesSignals)
    assert [one.readable for one in connector.signal_sources()] == [False, True]
    assert isinstance(connector, Diagnosable)
    rows = [one for one in connector.diagnose({}) if one.code == "signal_source_unreadable"]
    assert len(rows) == 1
    assert "CampaignMember.FirstRespondedDate" in rows[0].sentence
    assert "CampaignMember" in rows[0].mend
    with pytest.raises(FixSettings, match="FirstRespondedDate"):
        connector.signals(MEMBERS, "")


def contacts(org: Org, count: int) -> list[str]:
    account = org.make("Account", Name="Acme", Industry="Energy", NumberOfEmployees=120)
    return [
        org.make("Contact", LastName=f"Person {at}", AccountId=account if at else None)
        for at in range(count)
    ]


def test_fields_of_the_account_come_with_the_contacts_in_one_call(
    org: Org, connector: Connector
) -> None:
    ids = contacts(org, 120)
    asked = ["LastName", "Account.Industry", "Account.NumberOfEmployees"]
    connector.fetch("Contact", ids[:1], asked)
    org.calls()
    seen = connector.fetch("Contact", ids, asked)
    assert sum(org.calls().values()) == 1
    alone, member = seen[0], seen[1]
    assert isinstance(alone, Record)
    assert isinstance(member, Record)
    assert alone.fields["Account.Industry"] is None
    assert member.fields["Account.Industry"] == "Energy"
    assert member.fields["Account.NumberOfEmployees"] == 120
    assert [one.ref.id for one in seen] == ids


def test_a_hidden_field_of_the_account_is_absent_and_the_others_are_read(
    org: Org, connector: Connector
) -> None:
    _, who = contacts(org, 2)
    hide(org, "Account", "Industry")
    (seen,) = connector.fetch("Contact", [who], ["Account.Industry", "Account.Name"])
    assert isinstance(seen, Record)
    assert "Account.Industry" not in seen.fields
    assert seen.fields["Account.Name"] == "Acme"


def test_a_mapping_may_read_the_accounts_fields_that_the_settings_offer(org: Org) -> None:
    told = org.salesforce.connection(org.base_url)
    signed = {key: told[key] for key in ("instance_url", "access_token")}
    offering = org.connect(**signed, account_fields="Industry, NoSuch__c")
    schema = offering.schema(["Lead", "Contact"])
    field = schema["Contact"].fields["Account.Industry"]
    assert (field.type, field.createable, field.updateable) == ("picklist", False, False)
    assert not [name for kind in schema.values() for name in kind.fields if "NoSuch" in name]
    assert "Account.Industry" not in schema["Lead"].fields
    org.calls()
    assert "Account.Industry" not in org.connect().schema(["Contact"])["Contact"].fields
    assert not [route for route in org.calls() if "Account" in route]


def test_a_contacts_history_names_who_set_what_is_tracked(org: Org, connector: Connector) -> None:
    org.world.switches["salesforce.6.history_tracking"] = True
    (who,) = contacts(org, 1)
    org.world.clock.advance(60)
    org.edit("Contact", who, Title="CFO")
    org.world.clock.advance(60)
    org.edit("Contact", who, by="workflow:1", Department="Finance")
    newest, *_ = connector.history("Contact", [who], ["Title"])[who]
    assert (newest.value, newest.author.kind, newest.inferred) == ("CFO", "person", False)
