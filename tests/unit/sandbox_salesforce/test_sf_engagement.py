"""Campaigns, members, tasks, events and the history of deals (facts salesforce §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import requests
    from tests.unit.sandbox_salesforce.conftest import Desk


def make(desk: Desk, kind: str, **fields: Any) -> str:
    response = desk.call("POST", f"/sobjects/{kind}", fields)
    assert response.status_code == 201, response.text
    made: str = response.json()["id"]
    return made


def refused(response: requests.Response) -> str:
    assert response.status_code == 400, response.text
    code: str = response.json()[0]["errorCode"]
    return code


def test_a_member_responds_by_its_status(desk: Desk, lead_id: str) -> None:
    """Status drives read-only HasResponded and FirstRespondedDate (§6)."""
    fair = make(desk, "Campaign", Name="Fair", Type="Trade Show")
    soql = f"SELECT Label, IsDefault, HasResponded FROM CampaignMemberStatus WHERE CampaignId = '{fair}'"
    labels = [(each["Label"], each["IsDefault"]) for each in desk.records(soql)]
    assert labels == [("Sent", True), ("Responded", False)]
    member = make(desk, "CampaignMember", CampaignId=fair, LeadId=lead_id)
    row = desk.row("CampaignMember", member)
    assert (row["Status"], row["HasResponded"], row["FirstRespondedDate"]) == ("Sent", False, None)
    assert (row["Type"], row["Email"]) == ("Lead", "ana.p1@lima.example")
    at = f"/sobjects/CampaignMember/{member}"
    assert desk.call("PATCH", at, {"Status": "Responded"}).status_code == 204
    row = desk.row("CampaignMember", member)
    assert row["HasResponded"] is True
    assert row["FirstRespondedDate"] == desk.world.clock.now().date().isoformat()
    assert refused(desk.call("PATCH", at, {"HasResponded": False})) == (
        "INVALID_FIELD_FOR_INSERT_UPDATE"
    )
    assert refused(desk.call("PATCH", at, {"LeadId": lead_id})) == "INVALID_FIELD_FOR_INSERT_UPDATE"
    counted = desk.row("Campaign", fair)
    assert (counted["NumberOfLeads"], counted["NumberOfResponses"]) == (1, 1)
    (shown,) = desk.records(
        f"SELECT Name, (SELECT Lead.Name, Campaign.Name FROM CampaignMembers) FROM Campaign "
        f"WHERE Id = '{fair}'"
    )
    assert shown["CampaignMembers"]["records"][0]["Campaign"]["Name"] == "Fair"
    assert desk.call("DELETE", at).status_code == 204
    assert desk.row("Campaign", fair)["NumberOfLeads"] == 0


def test_nobody_joins_twice_or_as_two(desk: Desk, lead_id: str) -> None:
    fair = make(desk, "Campaign", Name="Fair")
    make(desk, "CampaignMember", CampaignId=fair, LeadId=lead_id)
    contact = desk.ids("SELECT Id FROM Contact LIMIT 1")[0]
    frozen = desk.ids("SELECT Id FROM Lead WHERE IsConverted = true LIMIT 1")[0]
    for body, code in (
        ({"CampaignId": fair, "LeadId": lead_id}, "DUPLICATE_VALUE"),
        ({"CampaignId": fair}, "FIELD_INTEGRITY_EXCEPTION"),
        (
            {"CampaignId": fair, "LeadId": lead_id, "ContactId": contact},
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        ({"CampaignId": fair, "LeadId": frozen}, "CANNOT_UPDATE_CONVERTED_LEAD"),
        ({"LeadId": lead_id}, "REQUIRED_FIELD_MISSING"),
    ):
        assert refused(desk.call("POST", "/sobjects/CampaignMember", body)) == code


def test_a_status_that_the_campaign_lacks_is_kept_unless_switched(desk: Desk, lead_id: str) -> None:
    fair = make(desk, "Campaign", Name="Fair")
    member = make(desk, "CampaignMember", CampaignId=fair, LeadId=lead_id, Status="Visited booth")
    assert desk.row("CampaignMember", member)["HasResponded"] is False
    desk.world.switches["salesforce.6.member_status_must_exist"] = True
    change = desk.call("PATCH", f"/sobjects/CampaignMember/{member}", {"Status": "Gone"})
    assert refused(change) == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    make(
        desk,
        "CampaignMemberStatus",
        CampaignId=fair,
        Label="Gone",
        HasResponded=True,
        IsDefault=True,
        SortOrder=3,
    )
    change = desk.call("PATCH", f"/sobjects/CampaignMember/{member}", {"Status": "Gone"})
    assert change.status_code == 204
    default = "SELECT Label FROM CampaignMemberStatus WHERE IsDefault = true"
    assert [each["Label"] for each in desk.records(default)] == ["Gone"]


def test_members_follow_their_lead_into_its_contact(desk: Desk, lead_id: str) -> None:
    fair = make(desk, "Campaign", Name="Fair")
    member = make(desk, "CampaignMember", CampaignId=fair, LeadId=lead_id)
    task = make(desk, "Task", WhoId=lead_id, Subject="Call")
    desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"LastName": "Renamed"})
    assert desk.row("CampaignMember", member)["LastName"] == "Renamed"
    converted = desk.salesforce.convert(lead_id, "Closed - Converted", by=desk.by())
    contact = converted["ConvertedContactId"]
    row = desk.row("CampaignMember", member)
    assert (row["LeadId"], row["ContactId"], row["Type"]) == (lead_id, contact, "Contact")
    assert desk.row("Task", task)["WhoId"] == contact
    assert desk.row("Campaign", fair)["NumberOfContacts"] == 1


def test_a_task_closes_with_its_status(desk: Desk, lead_id: str) -> None:
    task = make(desk, "Task", WhoId=lead_id, Subject="Call", Priority="High")
    row = desk.row("Task", task)
    assert (row["Status"], row["IsClosed"], row["IsHighPriority"]) == ("Not Started", False, True)
    desk.call("PATCH", f"/sobjects/Task/{task}", {"Status": "Completed"})
    row = desk.row("Task", task)
    assert row["IsClosed"] is True
    assert row["CompletedDateTime"] == row["LastModifiedDate"]
    soql = f"SELECT Who.Name, Who.Type, What.Name FROM Task WHERE Id = '{task}'"
    (shown,) = desk.records(soql)
    assert (shown["Who"]["Type"], shown["What"]) == ("Lead", None)
    frozen = desk.ids("SELECT Id FROM Lead WHERE IsConverted = true LIMIT 1")[0]
    refusal = desk.call("POST", "/sobjects/Task", {"WhoId": frozen})
    assert refused(refusal) == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_archived_activities_show_in_query_all_only(desk: Desk, lead_id: str) -> None:
    """§6 [b]."""
    task = make(desk, "Task", WhoId=lead_id)
    org = desk.salesforce.org
    org.write("Task", {**org.tables["Task"].rows[task], "IsArchived": True})
    assert desk.ids("SELECT Id FROM Task") == []
    assert desk.ids("SELECT Id FROM Task WHERE IsArchived = true", "queryAll") == [task]


def test_activities_know_the_account_and_go_with_their_person(desk: Desk) -> None:
    deal = desk.records("SELECT Id, AccountId FROM Opportunity LIMIT 1")[0]
    contact = desk.ids("SELECT Id FROM Contact WHERE Account.Name = 'Rio SA'")[0]
    event = make(
        desk,
        "Event",
        WhoId=contact,
        WhatId=deal["Id"],
        StartDateTime="2026-11-05T09:00:00Z",
        EndDateTime="2026-11-05T09:45:00Z",
        Subject="Demo",
    )
    row = desk.row("Event", event)
    assert (row["DurationInMinutes"], row["ActivityDate"]) == (45, "2026-11-05")
    assert row["AccountId"] == deal["AccountId"]
    desk.call("PATCH", f"/sobjects/Event/{event}", {"EndDateTime": "2026-11-05T10:00:00Z"})
    assert desk.row("Event", event)["DurationInMinutes"] == 60
    soql = "SELECT (SELECT Subject FROM Events) FROM Contact WHERE Id = '{}'"
    assert desk.records(soql.format(contact))[0]["Events"]["totalSize"] == 1
    desk.call("DELETE", f"/sobjects/Contact/{contact}")
    assert desk.ids("SELECT Id FROM Event") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"Subject": "x"}, "REQUIRED_FIELD_MISSING"),
        ({"StartDateTime": "2026-11-05T09:00:00Z"}, "REQUIRED_FIELD_MISSING"),
        (
            {"StartDateTime": "2026-11-05T09:00:00Z", "EndDateTime": "2026-11-05T08:00:00Z"},
            "FIELD_INTEGRITY_EXCEPTION",
        ),
        (
            {"ActivityDateTime": "2026-11-05T09:00:00Z", "DurationInMinutes": 99_999},
            "FIELD_INTEGRITY_EXCEPTION",
        ),
    ],
)
def test_an_event_needs_a_beginning_and_a_length(
    desk: Desk, body: dict[str, Any], code: str
) -> None:
    assert refused(desk.call("POST", "/sobjects/Event", body)) == code


def test_a_deal_keeps_its_history_by_itself(desk: Desk) -> None:
    """§6: one row per change of amount, probability, stage or close date; gone with the deal."""
    deal = make(desk, "Opportunity", Name="Deal", StageName="Prospecting", CloseDate="2026-12-31")
    at = f"/sobjects/Opportunity/{deal}"
    desk.call("PATCH", at, {"NextStep": "call"})
    desk.call("PATCH", at, {"StageName": "Closed Won", "Amount": 100})
    desk.call("PATCH", at, {"CloseDate": "2026-11-30"})
    soql = (
        "SELECT StageName, Amount, PrevAmount, CloseDate, PrevCloseDate, Probability, "
        f"Opportunity.Name FROM OpportunityHistory WHERE OpportunityId = '{deal}' ORDER BY Id"
    )
    rows = desk.records(soql)
    assert [(each["StageName"], each["Amount"], each["Probability"]) for each in rows] == [
        ("Prospecting", None, 10.0),
        ("Closed Won", 100.0, 100.0),
        ("Closed Won", 100.0, 100.0),
    ]
    assert (rows[2]["PrevAmount"], rows[2]["PrevCloseDate"]) == (100.0, "2026-12-31")
    assert rows[2]["Opportunity"]["Name"] == "Deal"
    assert refused(desk.call("POST", "/sobjects/OpportunityHistory", {})) == (
        "INVALID_TYPE_FOR_OPERATION"
    )
    desk.call("DELETE", at)
    assert desk.records(soql) == []


def test_seeded_deals_have_passed_their_first_stage(desk: Desk) -> None:
    soql = "SELECT StageName, CreatedDate FROM OpportunityHistory ORDER BY CreatedDate"
    assert [each["StageName"] for each in desk.records(soql)] == ["Prospecting", "Closed Won"]


def test_users_have_profiles_and_queues_their_objects(desk: Desk) -> None:
    (user,) = desk.records(
        "SELECT Profile.Name, UserRole.Name FROM User WHERE Username = 'ines@halden.example'"
    )
    assert (user["Profile"]["Name"], user["UserRole"]) == ("Standard User", None)
    (queue,) = desk.records("SELECT Queue.Name, SobjectType FROM QueueSobject")
    assert (queue["Queue"]["Name"], queue["SobjectType"]) == ("Inbound Leads", "Lead")
