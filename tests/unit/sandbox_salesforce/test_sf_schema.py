"""Describe, custom fields and field-level security (facts salesforce §1, §7)."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk


def fields(desk: Desk, kind: str = "Lead") -> dict[str, dict[str, Any]]:
    described = desk.get(f"/sobjects/{kind}/describe").json()
    return {each["name"]: each for each in described["fields"]}


def test_describe_tells_what_a_client_must_honour(desk: Desk) -> None:
    """§1: names, lengths, picklists, what may be written; hidden fields are missing."""
    lead = fields(desk)
    assert "DoNotCall" not in lead
    assert (lead["LastName"]["length"], lead["LastName"]["nillable"]) == (80, False)
    status = lead["Status"]
    assert status["restrictedPicklist"] is False
    assert status["permissionable"] is False
    assert [each["value"] for each in status["picklistValues"] if each["defaultValue"]] == [
        "Open - Not Contacted"
    ]
    assert lead["OwnerId"]["referenceTo"] == ["Group", "User"]
    assert lead["OwnerId"]["polymorphicForeignKey"] is True
    assert (lead["IsConverted"]["createable"], lead["IsConverted"]["updateable"]) == (True, False)
    assert lead["Description"]["filterable"] is False
    assert lead["ConvertedContactId"]["createable"] is False
    contact = desk.get("/sobjects/Contact/describe").json()
    assert (contact["keyPrefix"], contact["mergeable"]) == ("003", True)
    assert {each["relationshipName"] for each in contact["childRelationships"]} >= {
        "OpportunityContactRoles"
    }


def test_the_global_describe_lists_the_objects(desk: Desk) -> None:
    listed = {each["name"]: each for each in desk.get("/sobjects").json()["sobjects"]}
    assert {"Lead", "Contact", "Account", "Opportunity", "User", "LeadStatus"} <= listed.keys()
    assert "CustomField" not in listed
    assert listed["LeadStatus"]["createable"] is False


def test_describe_answers_304_while_the_schema_stands(desk: Desk) -> None:
    desk.world.clock.advance(60)
    since = {"If-Modified-Since": format_datetime(desk.world.clock.now(), usegmt=True)}
    assert desk.call("GET", "/sobjects/Lead/describe", headers=since).status_code == 304
    desk.world.clock.advance(60)
    desk.custom_field("Lead.New__c", type="Checkbox", defaultValue=False)
    assert desk.call("GET", "/sobjects/Lead/describe", headers=since).status_code == 200


def test_a_new_field_is_invisible_until_granted_and_assigned(desk: Desk, lead_id: str) -> None:
    """§7: no FLS, so missing in describe, INVALID_FIELD in SOQL and rows."""
    desk.custom_field("Lead.Score__c", type="Number", precision=5, scale=0)
    assert "Score__c" not in fields(desk)
    assert desk.query("SELECT Score__c FROM Lead").json()[0]["errorCode"] == "INVALID_FIELD"
    write = ("PATCH", f"/sobjects/Lead/{lead_id}", {"Score__c": 50})
    assert desk.call(*write).json()[0]["errorCode"] == "INVALID_FIELD"
    granted = desk.grant("Lead.Score__c")
    assert fields(desk)["Score__c"]["updateable"] is True
    assert desk.call(*write).status_code == 204
    assert desk.records("SELECT Score__c FROM Lead WHERE Score__c = 50") != []
    assert desk.row("Lead", lead_id)["Score__c"] == 50.0
    assert desk.call("DELETE", f"/sobjects/PermissionSet/{granted}").status_code == 204
    assert "Score__c" not in fields(desk)


def test_read_access_alone_does_not_write(desk: Desk, lead_id: str) -> None:
    desk.custom_field("Lead.Score__c", type="Number", precision=5, scale=0)
    desk.grant("Lead.Score__c", edit=False)
    assert fields(desk)["Score__c"]["updateable"] is False
    refused = desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Score__c": 1}).json()[0]
    assert refused["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert refused["fields"] == ["Score__c"]


def test_every_kind_of_field_keeps_its_own_values(desk: Desk, lead_id: str) -> None:
    desk.custom_field("Lead.Text__c", type="Text", length=10)
    desk.custom_field("Lead.Number__c", type="Number", precision=4, scale=2)
    desk.custom_field("Lead.Long__c", type="LongTextArea", length=1000, visibleLines=3)
    desk.custom_field("Lead.Flag__c", type="Checkbox", defaultValue="true")
    desk.custom_field("Lead.At__c", type="DateTime")
    desk.custom_field("Lead.On__c", type="Date")
    values = [{"fullName": each, "label": each, "default": False} for each in ("sal", "mql")]
    stage = {"restricted": True, "valueSetDefinition": {"sorted": False, "value": values}}
    desk.custom_field("Lead.Stage__c", type="Picklist", valueSet=stage)
    names = ["Text__c", "Number__c", "Long__c", "Flag__c", "At__c", "On__c", "Stage__c"]
    desk.grant(*(f"Lead.{name}" for name in names))
    change: dict[str, Any] = {
        "Text__c": "ten chars!",
        "Number__c": 12.345,
        "Long__c": "line\nline",
        "Flag__c": True,
        "At__c": "2026-11-05T10:00:00.900+02:00",
        "On__c": "2026-11-05",
        "Stage__c": "mql",
    }
    assert desk.call("PATCH", f"/sobjects/Lead/{lead_id}", change).status_code == 204
    row = desk.row("Lead", lead_id)
    assert {name: row[name] for name in names} == {
        **change,
        "Number__c": 12.35,
        "At__c": "2026-11-05T08:00:00.000+0000",
    }
    for name, value, code in (
        ("Stage__c", "Mql!", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Text__c", "eleven char", "STRING_TOO_LONG"),
        ("Number__c", 100, "NUMBER_OUTSIDE_VALID_RANGE"),
        ("At__c", "2026-11-05T10:00:00", "JSON_PARSER_ERROR"),
        ("On__c", "5 Nov", "JSON_PARSER_ERROR"),
    ):
        refused = desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {name: value})
        assert refused.json()[0]["errorCode"] == code, name
    made = desk.row("Lead", desk.lead())
    assert (made["Flag__c"], made["Stage__c"]) == (True, None)


@pytest.mark.parametrize(
    ("full_name", "metadata", "code"),
    [
        ("Lead.X", {"type": "Checkbox"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__Y__c", {"type": "Checkbox"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("User.X__c", {"type": "Checkbox"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "Text"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "Text", "length": 256}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "Number", "precision": 19, "scale": 0}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "LongTextArea", "length": 900}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "Picklist"}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "Checkbox", "label": "x" * 41}, "FIELD_INTEGRITY_EXCEPTION"),
        ("Lead.X__c", {"type": "Poem"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Lead.Taken__c", {"type": "Checkbox"}, "DUPLICATE_DEVELOPER_NAME"),
    ],
)
def test_a_field_that_salesforce_would_not_make_is_refused(
    desk: Desk, full_name: str, metadata: dict[str, Any], code: str
) -> None:
    desk.custom_field("Lead.Taken__c", type="Checkbox")
    body = {"FullName": full_name, "Metadata": {"label": "X", **metadata}}
    response = desk.call("POST", "/tooling/sobjects/CustomField", body)
    assert response.status_code == 400
    assert response.json()[0]["errorCode"] == code


def test_a_custom_field_is_found_read_and_widened(desk: Desk, lead_id: str) -> None:
    """Tooling: query by name, Metadata by id, a picklist grows by PATCH."""

    def stages(*names: str) -> dict[str, Any]:
        values = [{"fullName": each, "label": each} for each in names]
        chosen = {"restricted": True, "valueSetDefinition": {"value": values}}
        return {"label": "Stage", "type": "Picklist", "valueSet": chosen}

    made = desk.custom_field("Lead.Stage__c", **stages("mql"))
    soql = "SELECT Id FROM CustomField WHERE TableEnumOrId = 'Lead' AND DeveloperName IN ('Stage')"
    found = desk.query(soql, "tooling/query").json()["records"]
    assert [each["Id"] for each in found] == [made]
    kept = desk.get(f"/tooling/sobjects/CustomField/{made}").json()
    assert kept["FullName"] == "Lead.Stage__c"
    assert kept["Metadata"] == stages("mql")
    desk.grant("Lead.Stage__c")
    change = ("PATCH", f"/sobjects/Lead/{lead_id}", {"Stage__c": "sal"})
    assert desk.call(*change).status_code == 400
    path = f"/tooling/sobjects/CustomField/{made}"
    assert desk.call("PATCH", path, {"Metadata": stages("mql", "sal")}).status_code == 204
    assert desk.call(*change).status_code == 204
    assert desk.query("SELECT Id FROM CustomField").json()[0]["errorCode"] == "INVALID_TYPE"


def test_permission_rows_are_checked(desk: Desk) -> None:
    """§7: Edit needs Read; a field must exist; nothing twice."""
    desk.custom_field("Lead.Score__c", type="Number", precision=5, scale=0)
    parent = desk.grant("Lead.Score__c")
    plain = {"ParentId": parent, "SobjectType": "Lead", "PermissionsRead": True}
    for field, more, code in (
        ("Lead.Score__c", {}, "DUPLICATE_VALUE"),
        ("Lead.Nope__c", {}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ("Lead.LastName", {}, "FIELD_INTEGRITY_EXCEPTION"),
        (
            "Lead.City",
            {"PermissionsRead": False, "PermissionsEdit": True},
            "FIELD_INTEGRITY_EXCEPTION",
        ),
    ):
        response = desk.call(
            "POST", "/sobjects/FieldPermissions", {**plain, "Field": field, **more}
        )
        assert (response.status_code, response.json()[0]["errorCode"]) == (400, code)
    again = {"PermissionSetId": parent, "AssigneeId": desk.salesforce.staff["staff:int"]}
    response = desk.call("POST", "/sobjects/PermissionSetAssignment", again)
    assert response.json()[0]["errorCode"] == "DUPLICATE_VALUE"
    response = desk.call("POST", "/sobjects/PermissionSet", {"Name": "SYNC", "Label": "Sync"})
    assert response.json()[0]["errorCode"] == "DUPLICATE_DEVELOPER_NAME"


def test_read_only_objects_take_no_writes(desk: Desk) -> None:
    refused = desk.call("POST", "/sobjects/LeadStatus", {"ApiName": "x"})
    assert refused.status_code == 400
    assert refused.json()[0]["errorCode"] == "INVALID_TYPE_FOR_OPERATION"
    assert desk.call("POST", "/sobjects/User", {"LastName": "x"}).status_code == 501
