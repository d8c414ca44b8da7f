"""getUpdated, getDeleted, late commits, faults, and what is not covered (facts salesforce §3, §13)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from leadpact_sandbox.salesforce.org import stamp_of
from leadpact_sandbox.world import Fault

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk


def window(desk: Desk, minutes: int = 5, ahead: int = 1) -> dict[str, str]:
    """A span around now, as a client writes it."""
    now = desk.world.clock.now()
    start, end = now - timedelta(minutes=minutes), now + timedelta(minutes=ahead)
    return {"start": start.isoformat(timespec="seconds"), "end": end.isoformat(timespec="seconds")}


def test_updated_names_what_changed_and_deleted_what_went(desk: Desk, lead_id: str) -> None:
    """§3: keyed on SystemModstamp; never later than now; whole minutes."""
    made, gone = desk.lead(), desk.lead()
    desk.call("DELETE", f"/sobjects/Lead/{gone}")
    answer = desk.call("GET", "/sobjects/Lead/updated/", params=window(desk)).json()
    assert answer["ids"] == [made]
    now = desk.world.clock.now()
    assert answer["latestDateCovered"] == stamp_of(now.replace(second=0, microsecond=0))
    answer = desk.call("GET", "/sobjects/Lead/deleted/", params=window(desk)).json()
    assert [each["id"] for each in answer["deletedRecords"]] == [gone]
    assert answer["earliestDateAvailable"] < answer["latestDateCovered"]


@pytest.mark.parametrize(
    "span",
    [
        {},
        {"start": "2026-11-01"},
        {"start": "2026-11-20T10:00:10Z", "end": "2026-11-20T10:00:50Z"},
        {"start": "2026-11-20T10:00:00Z", "end": "2026-11-20T09:00:00Z"},
        {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"},
    ],
)
def test_a_span_of_no_whole_minute_or_too_long_ago_is_400(desk: Desk, span: dict[str, str]) -> None:
    """Seconds are cut, so 10:00:10 to 10:00:50 is empty; nothing before 30 days."""
    response = desk.call("GET", "/sobjects/Lead/updated", params=span)
    assert response.status_code == 400
    assert response.json()[0]["errorCode"] == "INVALID_REPLICATION_DATE"


def test_a_late_commit_surfaces_with_its_older_stamp(desk: Desk, lead_id: str) -> None:
    """§3: the stamp is set before the commit; latestDateCovered stops where it began."""
    desk.world.faults.replace([Fault("salesforce", "*", "stale_index", rate=1.0, seconds=300)])
    shown = desk.salesforce.edit("Lead", lead_id, {"City": "Graz"}, desk.by())
    assert shown["City"] == "Graz"
    desk.world.faults.replace([])
    began = desk.world.clock.now()
    desk.world.clock.advance(120)
    quick = desk.lead()
    assert desk.row("Lead", lead_id)["City"] == "Köln"
    answer = desk.call("GET", "/sobjects/Lead/updated", params=window(desk)).json()
    assert answer["ids"] == [quick]
    assert answer["latestDateCovered"] == stamp_of(began.replace(second=0, microsecond=0))
    desk.world.clock.advance(180)
    late = desk.row("Lead", lead_id)
    assert late["City"] == "Graz"
    assert late["SystemModstamp"] == shown["SystemModstamp"]
    assert late["SystemModstamp"] < desk.row("Lead", quick)["SystemModstamp"]
    answer = desk.call("GET", "/sobjects/Lead/updated", params=window(desk, 10)).json()
    assert set(answer["ids"]) == {quick, lead_id}


def test_a_late_conversion_keeps_the_ids_it_answered(desk: Desk, lead_id: str) -> None:
    desk.world.faults.replace([Fault("salesforce", "*", "stale_index", rate=1.0, seconds=60)])
    before = desk.salesforce.snapshot()
    made = desk.salesforce.convert(lead_id, "Closed - Converted", opportunity="D", by=desk.by())
    assert made["IsConverted"] is True
    assert desk.salesforce.snapshot()["rows"] == before["rows"]
    desk.world.faults.replace([])
    other = desk.salesforce.create("Account", {"Name": "Between"}, desk.by())
    desk.world.clock.advance(61)
    row = desk.row("Lead", lead_id)
    assert row["ConvertedAccountId"] == made["ConvertedAccountId"] != other["Id"]
    assert desk.row("Opportunity", row["ConvertedOpportunityId"])["Name"] == "D"


def test_a_late_act_is_done_anew_on_what_another_wrote_meanwhile(desk: Desk, lead_id: str) -> None:
    desk.world.faults.replace([Fault("salesforce", "*", "stale_index", rate=1.0, seconds=60)])
    desk.salesforce.edit("Lead", lead_id, {"City": "Graz"}, desk.by())
    gone = desk.lead()
    desk.salesforce.edit("Lead", gone, {"City": "Graz"}, desk.by())
    assert desk.call("PATCH", f"/sobjects/Lead/{lead_id}", {"Title": "CTO"}).status_code == 204
    assert desk.call("DELETE", f"/sobjects/Lead/{gone}").status_code == 204
    desk.world.clock.advance(61)
    row = desk.row("Lead", lead_id)
    assert (row["City"], row["Title"]) == ("Graz", "CTO")
    assert desk.get(f"/sobjects/Lead/{gone}").status_code == 404


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("throttle", 403, "REQUEST_LIMIT_EXCEEDED"),
        ("daily_limit", 403, "REQUEST_LIMIT_EXCEEDED"),
        ("unavailable", 503, "SERVER_UNAVAILABLE"),
        ("server_error", 500, "UNKNOWN_EXCEPTION"),
    ],
)
def test_faults_come_in_salesforce_s_shape_and_pass(
    desk: Desk, fault: str, status: int, code: str
) -> None:
    desk.strike(fault, "GET /services/data/{version}/query")
    response = desk.query("SELECT Id FROM Lead")
    assert response.status_code == status
    assert response.json()[0]["errorCode"] == code
    assert "Sforce-Limit-Info" in response.headers
    assert desk.query("SELECT Id FROM Lead").status_code == 200


def test_maintenance_answers_html(desk: Desk) -> None:
    """§1: errors of the edge may be HTML."""
    desk.strike("html_503")
    response = desk.query("SELECT Id FROM Lead")
    assert response.status_code == 503
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    ("method", "path", "named"),
    [
        ("GET", "/jobs/other", "Bulk jobs"),
        ("GET", "/tooling/sobjects/ApexClass", "Tooling"),
        ("POST", "/services/Soap/m/66.0", "Metadata"),
        ("POST", "/services/async/66.0/job", "Bulk API 1.0"),
        ("GET", "/services/oauth2/authorize", "OAuth"),
        ("POST", "/sobjects/Asset", "Asset"),
    ],
)
def test_areas_that_are_not_covered_are_named_with_501(
    desk: Desk, method: str, path: str, named: str
) -> None:
    response = desk.call(method, path)
    assert response.status_code == 501
    assert named in response.json()[0]["message"]
    assert "Sforce-Limit-Info" in response.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/sobjects/Nope", 404),
        ("GET", "/nowhere", 404),
        ("POST", "/composite/sobjects/Nope", 404),
        ("GET", "/services/data/v30.0/query", 410),
        ("GET", "/services/data/v40.0/limits", 410),
        ("GET", "/services/data/v69.0/limits", 404),
        ("GET", "/services/data/66.0/limits", 404),
        ("PUT", "/sobjects/Lead", 405),
        ("DELETE", "/query", 405),
    ],
)
def test_unknown_addresses_versions_and_methods(
    desk: Desk, method: str, path: str, status: int
) -> None:
    """§0: a retired version is 410."""
    response = desk.call(method, path)
    assert response.status_code == status, response.text
    assert response.json()[0]["errorCode"]


def test_supported_versions_are_listed_without_sign_in_and_all_answer(desk: Desk) -> None:
    desk.use("")
    listed = desk.get("/services/data/").json()
    versions = [each["version"] for each in listed]
    assert (versions[0], versions[-1]) == ("41.0", "68.0")
    assert {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"} in listed
    desk.use(desk.salesforce.connection(desk.url)["access_token"])
    for version in (versions[0], versions[-1]):
        desk.version = version
        assert desk.query("SELECT Id FROM Lead").status_code == 200


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"null", b"\xff"])
def test_a_body_that_is_no_json_object_is_400(desk: Desk, body: bytes) -> None:
    for method, path in (("POST", "/sobjects/Lead"), ("PATCH", "/composite/sobjects")):
        response = desk.call(method, path, data=body)
        assert response.status_code == 400
        assert response.json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_calls_are_counted_by_template(desk: Desk, lead_id: str) -> None:
    desk.world.calls.reset()
    desk.row("Lead", lead_id)
    desk.lead()
    desk.call("POST", "/sobjects/Lead/", {"LastName": "a", "Company": "b"})
    counts: Any = desk.world.calls.counts()["salesforce"]
    assert counts == {
        "GET /services/data/{version}/sobjects/Lead/{id}": 1,
        "POST /services/data/{version}/sobjects/Lead": 2,
    }
