"""Bulk 2.0 ingest: states by the clock, CSV traps, results (facts salesforce §4, §13 point 17)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
import requests

from leadpact_sandbox.salesforce.bulk import ingest_calls

if TYPE_CHECKING:
    from tests.unit.sandbox_salesforce.conftest import Desk

JOBS = "/jobs/ingest"


def create(desk: Desk, operation: str = "insert", kind: str = "Lead", **more: Any) -> str:
    """A new job's id."""
    response = desk.call("POST", JOBS, {"object": kind, "operation": operation, **more})
    assert response.status_code == 200, response.text
    assert response.json()["state"] == "Open"
    made: str = response.json()["id"]
    return made


def put(desk: Desk, job: str, content: str | bytes, kind: str = "text/csv") -> requests.Response:
    """Upload."""
    body = content.encode() if isinstance(content, str) else content
    return desk.call("PUT", f"{JOBS}/{job}/batches", data=body, headers={"Content-Type": kind})


def state(desk: Desk, job: str, wanted: str) -> requests.Response:
    """Close or abort."""
    return desk.call("PATCH", f"{JOBS}/{job}", {"state": wanted})


def poll(desk: Desk, job: str) -> dict[str, Any]:
    """The job as it stands."""
    told: dict[str, Any] = desk.get(f"{JOBS}/{job}").json()
    return told


def table(desk: Desk, job: str, which: str) -> list[dict[str, str]]:
    """A result's rows."""
    response = desk.get(f"{JOBS}/{job}/{which}")
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "text/csv"
    return list(csv.DictReader(io.StringIO(response.content.decode(), newline="")))


def run(desk: Desk, content: str | bytes, operation: str = "insert", **more: Any) -> str:
    """A job that has ended; its id."""
    job = create(desk, operation, **more)
    assert put(desk, job, content).status_code == 201
    assert state(desk, job, "UploadComplete").status_code == 200
    desk.world.clock.advance(60)
    return job


def errors(desk: Desk, job: str) -> list[str]:
    """``sf__Error`` codes of a job."""
    return [each["sf__Error"].partition(":")[0] for each in table(desk, job, "failedResults")]


def test_states_follow_the_clock(desk: Desk) -> None:
    job = create(desk)
    assert poll(desk, job)["contentUrl"] == f"services/data/v66.0/jobs/ingest/{job}/batches"
    put(desk, job, "LastName,Company\nIto,Kyoto\n,Oslo\n")
    desk.world.clock.advance(600)
    assert poll(desk, job)["state"] == "Open"
    assert state(desk, job, "UploadComplete").json()["state"] == "UploadComplete"
    assert poll(desk, job)["state"] == "UploadComplete"
    assert desk.get(f"{JOBS}/{job}/successfulResults").status_code == 400
    desk.world.clock.advance(0.25)
    assert poll(desk, job)["state"] == "InProgress"
    assert not desk.ids("SELECT Id FROM Lead WHERE Company = 'Kyoto'")
    desk.world.clock.advance(1)
    assert len(desk.ids("SELECT Id FROM Lead WHERE Company = 'Kyoto'")) == 1
    ended = poll(desk, job)
    assert (ended["state"], ended["numberRecordsProcessed"], ended["numberRecordsFailed"]) == (
        "JobComplete",
        2,
        1,
    )
    desk.world.switches["salesforce.4.processed_counts_failures"] = False
    assert poll(desk, job)["numberRecordsProcessed"] == 1


def test_results_name_ids_and_errors_beside_the_input(desk: Desk) -> None:
    job = run(desk, 'LastName,Company,Title\nIto,Kyoto,"a ""b"", c"\nIto,,x\n')
    (done,) = table(desk, job, "successfulResults")
    assert done["sf__Created"] == "true"
    assert done["Title"] == 'a "b", c'
    assert desk.row("Lead", done["sf__Id"])["Title"] == 'a "b", c'
    (failed,) = table(desk, job, "failedResults")
    assert failed["sf__Error"].startswith("REQUIRED_FIELD_MISSING:Required fields are missing")
    assert failed["sf__Error"].endswith(":Company --")
    assert (failed["sf__Id"], failed["LastName"]) == ("", "Ito")
    assert table(desk, job, "unprocessedrecords") == table(desk, job, "unprocessedRecords") == []


def test_results_are_never_in_the_order_of_the_upload(desk: Desk) -> None:
    names = [f"N{place}" for place in range(6)]
    job = run(desk, "LastName,Company\n" + "".join(f"{name},K\n" for name in names))
    found = [each["LastName"] for each in table(desk, job, "successfulResults")]
    assert found != names
    assert sorted(found) == names


def test_blank_leaves_a_field_alone_and_na_clears_it(desk: Desk, lead_id: str) -> None:
    before = desk.row("Lead", lead_id)
    job = run(desk, f"Id,Title,City,Company\n{lead_id},,#N/A,Rio SA\n", "update")
    after = desk.row("Lead", lead_id)
    assert (after["Title"], after["City"], after["Company"]) == (before["Title"], None, "Rio SA")
    (done,) = table(desk, job, "successfulResults")
    assert (done["sf__Id"], done["sf__Created"], done["City"]) == (lead_id, "false", "#N/A")


@pytest.mark.parametrize(
    ("declared", "content"),
    [
        ("LF", "LastName,Company\r\nIto,K\r\n"),
        ("CRLF", "LastName,Company\nIto,K\n"),
        ("CRLF", "LastName,Company\r\nIto,K\nIto,L\r\n"),
    ],
)
def test_another_line_ending_than_declared_fails_the_job(
    desk: Desk, declared: str, content: str
) -> None:
    job = run(desk, content, lineEnding=declared)
    told = poll(desk, job)
    assert told["state"] == "Failed"
    assert told["errorMessage"] == (
        "ClientInputError : LineEnding is invalid on user data. "
        f"Current LineEnding setting is {declared}"
    )
    assert not desk.ids("SELECT Id FROM Lead WHERE LastName = 'Ito'")


def test_line_breaks_within_quotes_are_part_of_the_value(desk: Desk) -> None:
    job = run(desk, 'LastName,Company,Description\r\nIto,K,"a\nb"\r\n', lineEnding="CRLF")
    (done,) = table(desk, job, "successfulResults")
    assert desk.row("Lead", done["sf__Id"])["Description"] == "a\nb"
    assert done["Description"] == "a\nb"


@pytest.mark.parametrize(
    ("name", "mark"), [("TAB", "\t"), ("PIPE", "|"), ("SEMICOLON", ";"), ("CARET", "^")]
)
def test_the_declared_delimiter_is_used(desk: Desk, name: str, mark: str) -> None:
    content = f"LastName{mark}Company\nIto{mark}K, L\n"
    job = run(desk, content, columnDelimiter=name)
    assert poll(desk, job)["numberRecordsFailed"] == 0
    assert run_state(desk, content)["errorMessage"].startswith(
        "InvalidBatch : Field name not found"
    )


def run_state(desk: Desk, content: str, operation: str = "insert", **more: Any) -> dict[str, Any]:
    return poll(desk, run(desk, content, operation, **more))


@pytest.mark.parametrize(
    "row", ['Ito, "K"', 'Ito,"K" ', '"Ito" ,K', 'I"to,K', "Ito,K,L", "Ito", '"Ito,K']
)
def test_a_row_that_is_no_csv_is_an_error_of_its_own(desk: Desk, row: str) -> None:
    job = run(desk, f"LastName,Company\nGood,K\n{row}\n")
    assert errors(desk, job) == ["INVALID_CSV_ROW"]
    assert [each["LastName"] for each in table(desk, job, "successfulResults")] == ["Good"]


def test_a_space_beside_a_comma_is_part_of_the_value(desk: Desk) -> None:
    desk.world.switches["salesforce.1.trims_text"] = False
    job = run(desk, "LastName,Company\nIto, K\n")
    (done,) = table(desk, job, "successfulResults")
    assert desk.row("Lead", done["sf__Id"])["Company"] == " K"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", "InvalidBatch : The CSV holds no header"),
        ("LastName,Nope\nIto,K\n", "InvalidBatch : Field name not found : Nope"),
        ("LastName,LastName\nIto,K\n", "InvalidBatch : Field name is duplicated : LastName"),
        ("LastName,Account.Name\nIto,K\n", "InvalidBatch : Field name not found : Account.Name"),
        (
            b"LastName,Company\n\xff,K\n",
            "InvalidBatch : Failed to parse CSV: the data is not UTF-8",
        ),
    ],
)
def test_a_file_that_cannot_be_taken_fails_the_job(
    desk: Desk, content: str | bytes, error: str
) -> None:
    job = run(desk, content)
    told = poll(desk, job)
    assert (told["state"], told["errorMessage"]) == ("Failed", error)
    assert desk.get(f"{JOBS}/{job}/failedResults").status_code == 200


def test_values_are_read_by_the_type_of_their_field(desk: Desk) -> None:
    job = run(
        desk,
        "LastName,Company,NumberOfEmployees,HasOptedOutOfEmail\n"
        "A,K,12,true\nB,K,many,true\nC,K,1,perhaps\n",
    )
    (done,) = table(desk, job, "successfulResults")
    lead = desk.row("Lead", done["sf__Id"])
    assert (lead["NumberOfEmployees"], lead["HasOptedOutOfEmail"]) == (12, True)
    assert errors(desk, job) == ["INVALID_TYPE_ON_FIELD_IN_RECORD"] * 2


def test_upsert_makes_and_finds_and_refuses_doubles(desk: Desk) -> None:
    desk.custom_field("Lead.Ext__c", type="Text", length=20, externalId=True, unique=True)
    desk.grant("Lead.Ext__c")
    known = desk.lead(Ext__c="7")
    content = "Ext__c,LastName,Company\n7,New,K\n8,Made,K\n9,Twice,K\n9,Twice,K\n,None,K\n"
    job = run(desk, content, "upsert", externalIdFieldName="Ext__c")
    done = {each["Ext__c"]: each for each in table(desk, job, "successfulResults")}
    assert (done["7"]["sf__Id"], done["7"]["sf__Created"]) == (known, "false")
    assert done["8"]["sf__Created"] == "true"
    assert sorted(errors(desk, job)) == ["DUPLICATE_VALUE", "DUPLICATE_VALUE", "MISSING_ARGUMENT"]
    refused = desk.call("POST", JOBS, {"object": "Lead", "operation": "upsert"})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INVALIDJOB")


def test_parents_are_found_by_a_key_of_theirs(desk: Desk) -> None:
    desk.custom_field("Account.Ext__c", type="Text", length=20, externalId=True, unique=True)
    desk.grant("Account.Ext__c")
    body = {"Name": "Kyoto KK", "Ext__c": "k1"}
    account = desk.call("POST", "/sobjects/Account", body).json()["id"]
    rep = desk.salesforce.staff["staff:rep"]
    job = run(
        desk,
        "LastName,Account.Ext__c,Owner.Email\nA,k1,sam@halden.example\nB,nope,\nC,#N/A,\n",
        kind="Contact",
    )
    done = {each["LastName"]: each["sf__Id"] for each in table(desk, job, "successfulResults")}
    contact = desk.row("Contact", done["A"])
    assert (contact["AccountId"], contact["OwnerId"]) == (account, rep)
    assert desk.row("Contact", done["C"])["AccountId"] is None
    assert errors(desk, job) == ["INVALID_FIELD"]


def test_deleting(desk: Desk, lead_id: str) -> None:
    job = run(desk, f"Id\n{lead_id}\n{lead_id}\nzz\n", "delete")
    assert sorted(errors(desk, job)) == ["ENTITY_IS_DELETED", "MALFORMED_ID"]
    assert desk.ids(f"SELECT Id FROM Lead WHERE Id = '{lead_id}'", "queryAll") == [lead_id]
    told = run_state(desk, f"Id,City\n{lead_id},Bonn\n", "delete")
    assert told["state"] == "Failed"


def test_hard_delete_needs_its_permission_and_leaves_nothing(desk: Desk, lead_id: str) -> None:
    refused = desk.call("POST", JOBS, {"object": "Lead", "operation": "hardDelete"})
    assert refused.json()[0]["errorCode"] == "FEATURENOTENABLED"
    desk.world.switches["salesforce.4.hard_delete_granted"] = True
    run(desk, f"Id\n{lead_id}\n", "hardDelete")
    assert desk.ids(f"SELECT Id FROM Lead WHERE Id = '{lead_id}'", "queryAll") == []


def test_one_upload_per_job(desk: Desk) -> None:
    job = create(desk)
    assert put(desk, job, "LastName,Company\nA,K\n").status_code == 201
    second = put(desk, job, "LastName,Company\nB,K\n")
    assert (second.status_code, second.json()[0]["errorCode"]) == (400, "CLIENTINPUTERROR")
    desk.world.switches["salesforce.4.one_upload_per_job"] = False
    assert put(desk, job, "LastName,Company\nB,K\n").status_code == 201
    state(desk, job, "UploadComplete")
    assert put(desk, job, "LastName,Company\nC,K\n").json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert state(desk, job, "UploadComplete").json()[0]["errorCode"] == "INVALIDJOBSTATE"


def test_an_aborted_job_keeps_what_it_did_and_tells_the_rest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadpact_sandbox.salesforce.bulk.ingest.BATCH_ROWS", 2)
    job = create(desk)
    put(desk, job, "LastName,Company\nA,K\nB,K\nC,K\nD,K\nE,K\n")
    state(desk, job, "UploadComplete")
    desk.world.clock.advance(0.55)
    assert poll(desk, job)["numberRecordsProcessed"] == 2
    assert state(desk, job, "Aborted").json()["state"] == "Aborted"
    desk.world.clock.advance(600)
    assert poll(desk, job)["numberRecordsProcessed"] == 2
    done = {each["LastName"] for each in table(desk, job, "successfulResults")}
    left = {each["LastName"] for each in table(desk, job, "unprocessedrecords")}
    assert (done, left) == ({"A", "B"}, {"C", "D", "E"})
    assert state(desk, job, "Aborted").status_code == 400


def test_a_job_that_ended_can_be_deleted(desk: Desk) -> None:
    job = run(desk, "LastName,Company\nA,K\n")
    other = create(desk)
    assert {each["id"] for each in desk.get(JOBS).json()["records"]} == {job, other}
    assert desk.call("DELETE", f"{JOBS}/{other}").status_code == 400
    assert desk.call("DELETE", f"{JOBS}/{job}").status_code == 204
    assert desk.get(f"{JOBS}/{job}").status_code == 404
    desk.world.clock.advance(8 * 86_400)
    desk.use(desk.salesforce._sessions.issue(desk.salesforce.org.integration_id))
    assert desk.get(JOBS).json() == {"done": True, "nextRecordsUrl": None, "records": []}


def test_rules_of_assignment_run_only_where_the_job_names_one(desk: Desk) -> None:
    desk.world.switches["salesforce.6.assignment_rules"] = True
    plain = run(desk, "LastName,Company\nA,K\n")
    ruled = run(desk, "LastName,Company\nB,K\n", assignmentRuleId="01Q000000000001")
    owners = [
        desk.row("Lead", table(desk, job, "successfulResults")[0]["sf__Id"])["OwnerId"]
        for job in (plain, ruled)
    ]
    assert owners == [desk.salesforce.org.integration_id, desk.salesforce.org.queue_id]


def test_rows_of_a_batch_share_the_stamp_of_its_end(desk: Desk) -> None:
    job = run(desk, "LastName,Company\nA,K\nB,K\n")
    ids = [each["sf__Id"] for each in table(desk, job, "successfulResults")]
    stamps = {desk.row("Lead", each)["SystemModstamp"] for each in ids}
    assert stamps == {poll(desk, job)["systemModstamp"]}


def test_batches_of_the_day_are_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadpact_sandbox.salesforce.bulk.ingest.BATCH_ROWS", 2)
    run(desk, "LastName,Company\nA,K\nB,K\nC,K\n")
    assert desk.get("/limits").json()["DailyBulkApiBatches"] == {"Max": 15_000, "Remaining": 14_998}
    desk.salesforce._api.bulk_batches.limit = 3
    told = run_state(desk, "LastName,Company\nA,K\nB,K\nC,K\n")
    assert (told["state"], told["numberRecordsProcessed"]) == ("Failed", 2)
    assert told["errorMessage"].startswith("ExceededQuota")


def test_a_row_lock_strikes_one_row(desk: Desk) -> None:
    job = create(desk)
    put(desk, job, "LastName,Company\nA,K\nB,K\nC,K\n")
    desk.strike("row_lock", "PATCH /services/data/{version}/jobs/ingest/{id}")
    state(desk, job, "UploadComplete")
    desk.world.clock.advance(60)
    assert errors(desk, job) == ["UNABLE_TO_LOCK_ROW"]
    assert poll(desk, job)["numberRecordsProcessed"] == 3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "JSON_PARSER_ERROR"),
        ([], "JSON_PARSER_ERROR"),
        ({"object": "Lead"}, "INVALIDJOB"),
        ({"object": "Nope", "operation": "insert"}, "INVALIDENTITY"),
        ({"object": 7, "operation": "insert"}, "INVALIDENTITY"),
        ({"object": "Lead", "operation": "query"}, "INVALIDJOB"),
        ({"object": "Lead", "operation": "insert", "lineEnding": "CR"}, "INVALIDJOB"),
        ({"object": "Lead", "operation": "insert", "contentType": "JSON"}, "INVALIDJOB"),
        ({"object": "Lead", "operation": "insert", "columnDelimiter": ","}, "INVALIDJOB"),
        ({"object": "Lead", "operation": "insert", "surprise": 1}, "JSON_PARSER_ERROR"),
        ({"object": "Lead", "operation": "insert", "externalIdFieldName": "Id"}, "INVALIDJOB"),
        ({"object": "Lead", "operation": "upsert", "externalIdFieldName": "Email"}, "INVALIDJOB"),
        ({"object": "Lead", "operation": "insert", "assignmentRuleId": "x"}, "INVALIDJOB"),
        ({"object": "LeadStatus", "operation": "insert"}, "INVALID_TYPE_FOR_OPERATION"),
    ],
)
def test_a_job_that_cannot_be_is_refused(desk: Desk, body: Any, code: str) -> None:
    response = desk.call("POST", JOBS, body)
    assert (response.status_code, response.json()[0]["errorCode"]) == (400, code)


def test_uploads_are_csv_of_bounded_size(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ingest_calls.MAX_UPLOAD_BYTES == 100_000_000
    job = create(desk)
    assert put(desk, job, "{}", "application/json").status_code == 415
    assert put(desk, job, "a", "text/csv; charset=latin-1").status_code == 415
    assert put(desk, job, "a", "text/csv; charset=UTF-8").status_code == 201
    multipart = desk.call("POST", JOBS, files={"job": ("", "{}")})
    assert multipart.status_code == 501
    assert put(desk, "750000000000001AAA", "a").status_code == 404


def test_a_cell_beyond_the_limit_is_an_error_of_its_row(desk: Desk) -> None:
    job = run(desk, f"LastName,Company,Description\nA,K,{'x' * 131_073}\nB,K,x\n")
    assert poll(desk, job)["numberRecordsFailed"] == 1
    assert b'"","INVALID_CSV_ROW:' in desk.get(f"{JOBS}/{job}/failedResults").content
