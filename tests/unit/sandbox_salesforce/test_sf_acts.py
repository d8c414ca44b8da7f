"""What people and automations do at the screen: edits, conversion, deals, deletes (facts salesforce §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from leadpact_sandbox.acts import RefusedAct

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk

CONVERTED = "Closed - Converted"


@pytest.mark.parametrize(
    ("by", "user_type", "name"),
    [
        ("person", "Standard", "Sam Oyelaran"),
        ("workflow:41", "AutomatedProcess", "Automated Process"),
        ("import:3", "Standard", "Data Import"),
        ("integration:9", "Standard", "Other Integration"),
    ],
)
def test_the_actor_shows_in_last_modified_by(
    desk: Desk, lead_id: str, by: str, user_type: str, name: str
) -> None:
    """R12 reads the author there: a User, the Automated Process, an import, another integration."""
    by = desk.by() if by == "person" else by
    shown = desk.salesforce.edit("Lead", lead_id, {"City": "Graz"}, by)
    assert shown == {**desk.row("Lead", lead_id), "DoNotCall": False}
    soql = f"SELECT LastModifiedBy.Name, City FROM Lead WHERE Id = '{lead_id}'"
    (row,) = desk.records(soql)
    assert (row["LastModifiedBy"]["Name"], row["City"]) == (name, "Graz")
    user = f"SELECT UserType FROM User WHERE Id = '{shown['LastModifiedById']}'"
    assert desk.records(user)[0]["UserType"] == user_type


def test_an_integration_may_be_named_by_its_user(desk: Desk, lead_id: str) -> None:
    ours = desk.salesforce.staff["staff:int"]
    shown = desk.salesforce.edit("Lead", lead_id, {"City": "Graz"}, f"integration:{ours}")
    assert shown["LastModifiedById"] == ours


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (("edit", "Lead", "00QDn00000009zz", {"City": "x"}), 404),
        (("edit", "Lead", "junk", {"City": "x"}), 400),
        (("edit", "Wish", "junk", {}), 404),
        (("edit", "Lead", "lead", {"Email": "bad"}), 400),
        (("create", "Lead", {"LastName": "x"}), 400),
        (("delete", "Lead", "00QDn00000009zz"), 404),
        (("undelete", "Lead", "lead"), 400),
        (("convert", "lead", "Working - Contacted"), 400),
        (("merge", "Lead", "lead", "lead"), 400),
        (("merge", "Opportunity", "lead", "lead"), 400),
    ],
)
def test_the_screen_refuses_what_salesforce_refuses(
    desk: Desk, lead_id: str, act: tuple[Any, ...], status: int
) -> None:
    name, *given = act
    given = [lead_id if each == "lead" else each for each in given]
    with pytest.raises(RefusedAct) as refused:
        getattr(desk.salesforce, name)(*given, by=desk.by())
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("by", "status"), [("nobody", 400), ("person:x", 404), ("person:left", 404)]
)
def test_only_active_people_act(desk: Desk, lead_id: str, by: str, status: int) -> None:
    by = by.replace("left", desk.salesforce.staff["staff:left"])
    with pytest.raises(RefusedAct) as refused:
        desk.salesforce.edit("Lead", lead_id, {}, by)
    assert refused.value.status == status


def test_conversion_makes_contact_account_opportunity_and_primary_role(
    desk: Desk, lead_id: str
) -> None:
    """§6: the standard fields go over; the Lead stays, frozen, with its stamps moved."""
    before = desk.row("Lead", lead_id)
    shown = desk.salesforce.convert(lead_id, CONVERTED, opportunity="Big deal", by=desk.by())
    row = desk.row("Lead", lead_id)
    assert row["ConvertedContactId"] == shown["ConvertedContactId"]
    assert (row["IsConverted"], row["Status"]) == (True, CONVERTED)
    assert len(row["ConvertedDate"]) == 10
    assert row["SystemModstamp"] > before["SystemModstamp"]
    contact = desk.row("Contact", row["ConvertedContactId"])
    assert (contact["Email"], contact["MailingCity"]) == (before["Email"], "Köln")
    assert contact["AccountId"] == row["ConvertedAccountId"]
    assert contact["OwnerId"] == desk.salesforce.staff["staff:rep"]
    assert desk.row("Account", row["ConvertedAccountId"])["Name"] == "Lima GmbH"
    deal = desk.row("Opportunity", row["ConvertedOpportunityId"])
    assert (deal["Name"], deal["StageName"], deal["IsClosed"]) == ("Big deal", "Prospecting", False)
    assert (deal["Probability"], deal["ForecastCategoryName"]) == (10.0, "Pipeline")
    soql = f"SELECT ContactId, IsPrimary, Role FROM OpportunityContactRole WHERE OpportunityId = '{deal['Id']}'"
    (role,) = desk.records(soql)
    assert (role["ContactId"], role["IsPrimary"], role["Role"]) == (contact["Id"], True, None)


def test_a_converted_lead_is_frozen(desk: Desk, lead_id: str) -> None:
    """§1: CANNOT_UPDATE_CONVERTED_LEAD by any road; the org's setting lets edits in."""
    desk.salesforce.convert(lead_id, CONVERTED, by=desk.by())
    assert desk.row("Lead", lead_id)["ConvertedOpportunityId"] is None
    single = desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Title": "x"})
    assert single.status_code == 400
    assert single.json()[0]["errorCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"
    assert single.json()[0]["message"] == "cannot reference converted lead"
    many = {"records": [{"attributes": {"type": "Lead"}, "id": lead_id, "Title": "x"}]}
    (row,) = desk.call("PATCH", "/composite/sobjects", many).json()
    assert row["errors"][0]["statusCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"
    with pytest.raises(RefusedAct):
        desk.salesforce.edit("Lead", lead_id, {"Title": "x"}, desk.by())
    with pytest.raises(RefusedAct):
        desk.salesforce.convert(lead_id, CONVERTED, by=desk.by())
    desk.world.switches["salesforce.6.converted_lead_editable"] = True
    assert desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Title": "x"}).status_code == 204


def test_conversion_into_an_existing_contact_fills_only_its_empty_fields(
    desk: Desk, lead_id: str
) -> None:
    """§6, R24: what the Contact knows stays; the Lead points at it."""
    made = desk.salesforce.create(
        "Contact", {"LastName": "Lima", "Title": "CTO", "Email": "old@lima.example"}, desk.by()
    )
    shown = desk.salesforce.convert(lead_id, CONVERTED, contact=str(made["Id"]), by=desk.by())
    contact = desk.row("Contact", str(made["Id"]))
    assert shown["ConvertedContactId"] == made["Id"]
    assert (contact["Title"], contact["Email"]) == ("CTO", "old@lima.example")
    assert (contact["FirstName"], contact["MailingCity"]) == ("Ana", "Köln")
    assert contact["AccountId"] == shown["ConvertedAccountId"]
    other = desk.ids("SELECT Id FROM Account WHERE Name = 'Rio SA'")[0]
    with pytest.raises(RefusedAct):
        desk.salesforce.convert(
            desk.lead(), CONVERTED, contact=str(made["Id"]), account=other, by=desk.by()
        )


def test_a_refused_conversion_leaves_nothing_behind(desk: Desk) -> None:
    lead = desk.lead()
    counts = [desk.query(f"SELECT COUNT() FROM {kind}").json() for kind in ("Account", "Contact")]
    with pytest.raises(RefusedAct):
        desk.salesforce.convert(lead, CONVERTED, opportunity="x" * 200, by=desk.by())
    after = [desk.query(f"SELECT COUNT() FROM {kind}").json() for kind in ("Account", "Contact")]
    assert after == counts
    assert desk.row("Lead", lead)["IsConverted"] is False


def test_a_queued_lead_becomes_the_converter_s(desk: Desk) -> None:
    """§6: conversion needs an owner; automation has none to give."""
    queued = desk.ids("SELECT Id FROM Lead WHERE Owner.Type = 'Queue'")[0]
    with pytest.raises(RefusedAct):
        desk.salesforce.convert(queued, CONVERTED, by="workflow:1")
    shown = desk.salesforce.convert(queued, CONVERTED, by=desk.by())
    assert shown["OwnerId"] == desk.salesforce.staff["staff:rep"]


def test_custom_fields_carry_over_only_when_mapped(desk: Desk) -> None:
    """§6: LeadConvertSettings; the switch maps fields of the same name."""
    for kind in ("Lead", "Contact"):
        desk.custom_field(f"{kind}.Key__c", type="Text", length=64)
    desk.custom_field("Contact.Other__c", type="Text", length=64)
    desk.grant("Lead.Key__c", "Contact.Key__c", "Contact.Other__c")

    def converted() -> dict[str, Any]:
        shown = desk.salesforce.convert(desk.lead(Key__c="k"), CONVERTED, by=desk.by())
        return desk.row("Contact", str(shown["ConvertedContactId"]))

    assert converted()["Key__c"] is None
    desk.salesforce.map_on_convert({"Lead.Key__c": "Contact.Other__c"})
    row = converted()
    assert (row["Key__c"], row["Other__c"]) == (None, "k")
    desk.salesforce.map_on_convert({})
    desk.world.switches["salesforce.6.custom_fields_mapped"] = True
    assert converted()["Key__c"] == "k"


def test_closing_a_deal_decides_won_or_lost(desk: Desk, lead_id: str) -> None:
    """§6: IsClosed, IsWon, probability and forecast follow StageName and are not writable."""
    lead = desk.salesforce.convert(lead_id, CONVERTED, opportunity="Deal", by=desk.by())
    deal = str(lead["ConvertedOpportunityId"])
    shown = desk.salesforce.edit("Opportunity", deal, {"Amount": 500}, desk.by())
    assert (shown["ExpectedRevenue"], shown["LastStageChangeDate"]) == (50.0, None)
    for stage, closed, won, probability, forecast in (
        ("Closed Lost", True, False, 0.0, "Omitted"),
        ("Negotiation/Review", False, False, 90.0, "Pipeline"),
        ("Closed Won", True, True, 100.0, "Closed"),
    ):
        row = desk.salesforce.edit("Opportunity", deal, {"StageName": stage}, desk.by())
        assert (row["IsClosed"], row["IsWon"]) == (closed, won)
        assert (row["Probability"], row["ForecastCategory"]) == (probability, forecast)
        assert row["LastStageChangeDate"] == row["SystemModstamp"]
    with pytest.raises(RefusedAct):
        desk.salesforce.edit("Opportunity", deal, {"IsWon": False}, desk.by())


def test_one_contact_role_is_primary(desk: Desk) -> None:
    (role,) = desk.records("SELECT Id, OpportunityId FROM OpportunityContactRole")
    other = desk.ids("SELECT Id FROM Contact WHERE Account.Name = 'Lima GmbH'")[0]
    body = {"OpportunityId": role["OpportunityId"], "ContactId": other, "IsPrimary": True}
    made = desk.call("POST", "/sobjects/OpportunityContactRole", body).json()["id"]
    assert desk.ids("SELECT Id FROM OpportunityContactRole WHERE IsPrimary = true") == [made]


def test_deletes_cascade_and_come_back(desk: Desk, lead_id: str) -> None:
    """R26: IsDeleted and a moved stamp; undelete moves it again; an erased one is gone."""
    shown = desk.salesforce.delete("Lead", lead_id, desk.by())
    assert shown["IsDeleted"] is True
    assert shown["LastModifiedById"] == desk.salesforce.staff["staff:rep"]
    back = desk.salesforce.undelete("Lead", lead_id, desk.by())
    assert back["IsDeleted"] is False
    assert desk.row("Lead", lead_id)["Id"] == lead_id
    desk.salesforce.erase("Lead", lead_id)
    assert desk.ids(f"SELECT Id FROM Lead WHERE Id = '{lead_id}'", "queryAll") == []
    account = desk.ids("SELECT Id FROM Account WHERE Name = 'Rio SA'")[0]
    desk.salesforce.delete("Account", account, desk.by())
    for kind in ("Opportunity", "OpportunityContactRole"):
        assert desk.ids(f"SELECT Id FROM {kind}") == []
        assert len(desk.ids(f"SELECT Id FROM {kind} WHERE IsDeleted = true", "queryAll")) == 1


def test_a_merge_deletes_the_loser_and_names_the_winner(desk: Desk) -> None:
    """§6: MasterRecordId in queryAll; the loser's children move; its values vanish."""
    rio, lima = (
        desk.ids(f"SELECT Id FROM Contact WHERE Account.Name = '{name}'")[0]
        for name in ("Rio SA", "Lima GmbH")
    )
    desk.salesforce.merge("Contact", lima, rio, desk.by())
    soql = (
        "SELECT Id, MasterRecordId FROM Contact WHERE IsDeleted = true AND MasterRecordId != null"
    )
    (loser,) = desk.records(soql, "queryAll")
    assert (loser["Id"], loser["MasterRecordId"]) == (rio, lima)
    assert desk.records("SELECT ContactId FROM OpportunityContactRole")[0]["ContactId"] == lima
    with pytest.raises(RefusedAct):
        desk.salesforce.undelete("Contact", rio, desk.by())


def test_the_seed_tells_one_story(desk: Desk) -> None:
    """Seeded conversions have what conversion makes; e-mails are lower case; queue and users own."""
    soql = "SELECT Company, ConvertedContactId, ConvertedOpportunityId, Email FROM Lead WHERE IsConverted = true"
    rows = {each["Company"]: each for each in desk.records(soql)}
    assert rows["Rio SA"]["ConvertedOpportunityId"] is not None
    assert rows["Lima GmbH"]["ConvertedOpportunityId"] is None
    assert rows["Rio SA"]["Email"] == "ana.p4@lima.example"
    (deal,) = desk.records("SELECT StageName, IsWon, Contact.Email FROM Opportunity")
    assert (deal["StageName"], deal["IsWon"]) == ("Closed Won", True)
    assert deal["Contact"]["Email"] == "ana.p4@lima.example"
    assert desk.query("SELECT COUNT() FROM Lead").json()["totalSize"] == 4


def test_a_snapshot_comes_back_whole_and_reset_forgets_it(desk: Desk, lead_id: str) -> None:
    desk.custom_field("Lead.Key__c", type="Text", length=64, unique=True, externalId=True)
    desk.grant("Lead.Key__c")
    made = desk.lead(Key__c="k1")
    kept = desk.salesforce.snapshot()
    before = {kind: list(table.all_rows()) for kind, table in desk.salesforce.org.tables.items()}
    desk.salesforce.reset()
    assert desk.ids(f"SELECT Id FROM Lead WHERE Id = '{made}'") == []
    assert desk.query("SELECT Key__c FROM Lead").status_code == 400
    desk.salesforce.restore(kept)
    after = {kind: list(table.all_rows()) for kind, table in desk.salesforce.org.tables.items()}
    assert after == before
    assert desk.ids("SELECT Id FROM Lead WHERE Key__c = 'K1'") == [made]
    assert desk.lead() > made


def test_a_reset_is_the_same_org_again(desk: Desk) -> None:
    before = desk.salesforce.snapshot()
    desk.lead()
    desk.world.clock.advance(999)
    desk.salesforce.reset()
    assert desk.salesforce.snapshot() == before
