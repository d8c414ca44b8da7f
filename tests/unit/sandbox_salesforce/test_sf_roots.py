"""What the API tells of itself, and switches of single rows (facts salesforce §0, §1, §5, §9)."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk


def test_the_version_names_its_resources_and_who_asks(desk: Desk) -> None:
    resources = desk.get("").json()
    assert resources["query"] == "/services/data/v66.0/query"
    assert {"sobjects", "composite", "jobs", "tooling", "limits"} <= resources.keys()
    who = desk.http.get(resources["identity"], timeout=10).json()
    assert who["user_id"] == desk.salesforce.staff["staff:int"]
    assert who["username"] == "int@halden.example"
    other = resources["identity"].replace("/005", "/006")
    assert desk.http.get(other, timeout=10).status_code == 404
    desk.use("gone")
    assert desk.http.get(resources["identity"], timeout=10).status_code == 403


def test_limits_count_down_to_a_refusal(desk: Desk) -> None:
    """§13 item 1: Sforce-Limit-Info counts up to 403 REQUEST_LIMIT_EXCEEDED."""
    limits = desk.get("/limits").json()
    assert limits["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_999}
    assert limits["SingleEmail"]["Max"] == limits["SingleEmail"]["Remaining"]
    desk.salesforce._api.day.limit = 3
    assert desk.get("/limits").headers["Sforce-Limit-Info"] == "api-usage=2/3"
    assert desk.get("/limits").status_code == 200
    refused = desk.get("/limits")
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")


def test_the_global_describe_answers_304_while_the_schema_stands(desk: Desk) -> None:
    desk.world.clock.advance(60)
    since = {"If-Modified-Since": format_datetime(desk.world.clock.now(), usegmt=True)}
    assert desk.call("GET", "/sobjects", headers=since).status_code == 304
    desk.world.clock.advance(60)
    desk.custom_field("Lead.New__c", type="Checkbox", defaultValue=False)
    changed = desk.call("GET", "/sobjects", headers=since)
    assert changed.status_code == 200
    again = {"If-Modified-Since": changed.headers["Last-Modified"]}
    assert desk.call("GET", "/sobjects", headers=again).status_code == 304


def test_the_tooling_api_describes_its_own_objects(desk: Desk) -> None:
    listed = {each["name"] for each in desk.get("/tooling/sobjects").json()["sobjects"]}
    assert {"CustomField", "ValidationRule", "RecordType", "EntityDefinition"} <= listed
    assert "Lead" not in listed
    fields = desk.get("/tooling/sobjects/ValidationRule/describe").json()["fields"]
    assert {"ValidationName", "Metadata"} <= {each["name"] for each in fields}
    (lead,) = desk.records(
        "SELECT DurableId, KeyPrefix FROM EntityDefinition WHERE QualifiedApiName = 'Lead'"
    )
    assert (lead["DurableId"], lead["KeyPrefix"]) == ("Lead", "00Q")


@pytest.mark.parametrize("path", ["describe/layouts", "describe/compactLayouts", "listviews"])
def test_layouts_are_not_covered(desk: Desk, path: str) -> None:
    assert desk.get(f"/sobjects/Lead/{path}").status_code == 501


def test_a_row_lock_may_come_in_the_text_of_a_trigger(desk: Desk, lead_id: str) -> None:
    """§1: CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY often wraps UNABLE_TO_LOCK_ROW."""
    desk.world.switches["salesforce.1.row_lock_in_trigger"] = True
    desk.strike("row_lock", "PATCH")
    refused = desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Title": "x"})
    assert refused.status_code == 400
    error = refused.json()[0]
    assert error["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert "UNABLE_TO_LOCK_ROW" in error["message"]
    desk.strike("row_lock", "PATCH")
    rows = [{"attributes": {"type": "Lead"}, "id": lead_id, "Title": "x"}]
    (outcome,) = desk.call("PATCH", "/composite/sobjects", {"records": rows}).json()
    assert outcome["errors"][0]["statusCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


def test_upsert_by_email_is_a_switch(desk: Desk, lead_id: str) -> None:
    at = "/sobjects/Lead/Email/ana.p1@lima.example"
    assert desk.call("PATCH", at, {"Title": "x"}).status_code == 404
    desk.world.switches["salesforce.1.upsert_by_id_lookup"] = True
    done = desk.call("PATCH", at, {"Title": "x"})
    assert (done.status_code, done.json()["id"]) == (200, lead_id)


def test_a_parent_may_be_named_by_its_key(desk: Desk) -> None:
    """Relationship by external id or idLookup in a row of a collection too."""
    rows = [
        {"attributes": {"type": "Lead"}, "LastName": "a", "Company": "b", "Owner": owner}
        for owner in (
            {"type": "User", "Email": "ines@halden.example"},
            {"Email": "nobody@halden.example"},
            {"Email": "ines@halden.example", "Username": "x"},
            "ines",
        )
    ]
    done = desk.call("POST", "/composite/sobjects", {"records": rows}).json()
    assert [each["success"] for each in done] == [True, False, False, False]
    assert desk.row("Lead", done[0]["id"])["OwnerId"] == desk.salesforce.staff["staff:mkt"]
    assert {each["errors"][0]["statusCode"] for each in done[1:]} == {"INVALID_FIELD"}
